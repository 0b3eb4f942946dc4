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
    ],
)
async def test_what_a_request_wishes_has_its_price(
    here: Installation, simulator: Simulator, model: str, wishes: dict[str, Any], factor: float | None, band: str
) -> None:
    simulator.anthropic.always(say("Hello there."))
    assert await charged(here, model, wishes) == (factor, band)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("wished", "granted", "factor", "band"),
    [
        ("auto", "priority", None, "tier:priority"),
        ("priority", "standard", 1, ""),
        ("standard_only", "batch", 0.5, "tier:batch"),
        # A host's own word for its usual service.
        ("auto", "on-the-house", 1, ""),
    ],
)
async def test_tier_is_charged_as_granted_and_not_as_wished(
    here: Installation, simulator: Simulator, stream: bool, wished: str, granted: str, factor: float | None, band: str
) -> None:
    simulator.anthropic.always(say("Hello there.", tier=granted))
    assert await charged(here, "plain", {"service_tier": wished, "stream": stream}) == (factor, band)


async def charged(here: Installation, model: str, wishes: dict[str, Any]) -> tuple[float | None, str]:
    """Ask one question; return how many times the plain price it cost, None where that is unknown, and its band."""
    admin: Person = await here.administrator()
    body = {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "Hi."}], **wishes}
    headers = {"x-api-key": admin.key, "anthropic-version": "2023-06-01"}
    answered = await admin.http.post("/v1/messages", json=body, headers=headers)
    assert answered.status_code == 200, answered.text
    await here.application.flusher.flush_now()
    (attempt,) = (await admin.ok("GET", f"requests/{answered.headers['x-request-id']}"))["attempts"]
    plain = attempt["input_tokens"] * INPUT + attempt["output_tokens"] * OUTPUT
    cost = attempt["cost_nanos"]
    return None if cost is None else cost / plain, attempt["price_band"]
