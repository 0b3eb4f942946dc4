"""Regions and service tiers reach the ledger: each is charged at its own price, or at a visibly unknown one."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Installation, Person, installation, settings_with

# A million times what 1,000 tokens of input and 1,000 of output cost, in units: 3 and 15 for a million of each.
INPUT, OUTPUT = 3_000, 15_000


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
async def here(column: Settings, simulator: Simulator) -> AsyncIterator[Installation]:
    simulator.reset()
    simulator.anthropic.always(say("Hello there."))
    at = {"preset": "anthropic", "base_url": simulator.anthropic.base_url, "api_key": "sk-ant-1"}
    settings = settings_with(
        column,
        providers={"plain": at, "american": {**at, "region": "us"}, "european": {**at, "region": "eu"}},
        models={
            name: {"deployments": [{"provider": name, "model": "claude-sonnet-4-6"}]}
            for name in ("plain", "american", "european")
        },
    )
    async with installation(settings) as running:
        yield running


@pytest.mark.parametrize(
    ("model", "wishes", "factor", "band"),
    [
        ("plain", {}, 1, ""),
        ("plain", {"service_tier": "auto", "inference_geo": "global"}, 1, ""),
        ("plain", {"inference_geo": "us"}, 1.1, "region:us"),
        ("american", {}, 1.1, "region:us"),
        ("american", {"inference_geo": "global"}, 1, ""),
        ("european", {}, None, "region:eu"),
        ("plain", {"service_tier": "priority"}, None, "tier:priority"),
    ],
)
async def test_what_a_request_wishes_has_its_price(
    here: Installation, model: str, wishes: dict[str, Any], factor: float | None, band: str
) -> None:
    admin: Person = await here.administrator()
    body = {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "Hi."}], **wishes}
    headers = {"x-api-key": admin.key, "anthropic-version": "2023-06-01"}
    answered = await admin.http.post("/v1/messages", json=body, headers=headers)
    assert answered.status_code == 200, answered.text
    await here.application.flusher.flush_now()
    (attempt,) = (await admin.ok("GET", f"requests/{answered.headers['x-request-id']}"))["attempts"]
    assert attempt["price_band"] == band
    plain = attempt["input_tokens"] * INPUT + attempt["output_tokens"] * OUTPUT
    assert attempt["cost_nanos"] == (None if factor is None else round(plain * factor))
