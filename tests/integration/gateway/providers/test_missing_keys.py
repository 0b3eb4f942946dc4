"""A provider whose key variable has no value: seen as not configured everywhere, and never called."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from powerautomation.infrastructure.settings import Settings, load_settings
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Installation, Person, installation

CONFIG = """\
providers:
  without: {{dialect: openai-chat, base_url: "{url}", api_key: "${{SOME_UNSET_KEY}}"}}
  keyless: {{dialect: openai-chat, base_url: "{url}"}}
  with: {{dialect: openai-chat, base_url: "{url}", api_key: "${{SOME_SET_KEY}}"}}
models:
  both: {{deployments: [{{provider: without, model: kimi-k2.6}}, {{provider: with, model: kimi-k2.5}}]}}
  alone: {{deployments: [{{provider: without, model: kimi-k2.6}}]}}
  local: {{deployments: [{{provider: keyless, model: kimi-k2.6}}]}}
"""


@pytest.fixture
async def here(tmp_path: Path, sim: Simulator) -> AsyncIterator[Installation]:
    """An installation whose configuration names a variable that is not set."""
    path = tmp_path / "pa.yaml"
    path.write_text(CONFIG.format(url=sim.moonshot.base_url))
    settings: Settings = load_settings(path, {"SOME_SET_KEY": "sk-there"}, {"data_dir": tmp_path / "data"})
    async with installation(settings) as running:
        yield running


async def test_provider_without_its_key_is_shown_as_not_configured(admin: Person) -> None:
    providers = {item["name"]: item for item in (await admin.ok("GET", "providers"))["items"]}
    assert {name: item["missing_key"] for name, item in providers.items()} == {
        "without": "SOME_UNSET_KEY",
        "keyless": "",
        "with": "",
        "demo": "",
    }
    tested = await admin.ok("POST", "providers/without/test")
    assert (tested["ok"], tested["problem"]["code"]) == (False, "providers.not_configured")
    checks = {check["id"]: check for check in (await admin.ok("GET", "doctor"))["checks"]}
    assert checks["provider_keys"]["state"] == "failed"
    assert "SOME_UNSET_KEY" in checks["provider_keys"]["action"]
    assert checks["provider_keys"]["code"] == "provider_keys_missing"
    assert checks["provider_keys"]["values"] == {"names": "without", "settings": "SOME_UNSET_KEY"}


async def test_provider_without_its_key_is_passed_over_and_never_called(admin: Person, sim: Simulator) -> None:
    sim.moonshot.always(say("Hello."))
    answer = await admin.ask("both")
    assert (answer.status_code, answer.headers["x-powerautomation-route"]) == (200, "with/kimi-k2.5")
    refused = await admin.ask("alone")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "gateway.provider_not_configured")
    assert "SOME_UNSET_KEY" in refused.json()["error"]["message"]
    await admin.ok("POST", "providers/without/test")
    assert [exchange.api_key for exchange in sim.moonshot.exchanges] == ["sk-there"]


async def test_server_that_declares_no_key_is_called_without_one(admin: Person, sim: Simulator) -> None:
    await admin.ask("local")
    assert len(sim.ledger.exchanges()) == 1
