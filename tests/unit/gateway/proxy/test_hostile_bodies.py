"""No body, however bent, makes the gateway fail: it is answered, or refused in the caller's own dialect."""

import pytest

from tests.fixtures.clients import DialectName
from tests.fixtures.hostile import SEEDS, hostile_bodies
from tests.fixtures.simulators import Simulator
from tests.unit.gateway.proxy.conftest import DataPlane

PARTS = 5
MODELS = {
    "anthropic": "claude-sonnet-4-6",
    "moonshot": "kimi-k2.6",
    "responses": "gpt-5.5",
    "google": "gemini-3.8-flash",
}
# In all 10,000 bodies for each dialect, a quarter of them toward each kind of vendor.
COUNT = 10_000 // (len(MODELS) * PARTS)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("vendor", MODELS)
@pytest.mark.parametrize("dialect", SEEDS)
async def test_hostile_bodies_never_make_the_gateway_fail(
    plane: DataPlane, sim: Simulator, dialect: DialectName, vendor: str, part: int
) -> None:
    plane.offer(getattr(sim, vendor), "a", model=MODELS[vendor])
    bad: list[str] = []
    answered = 0
    for raw in hostile_bodies(dialect, COUNT, seed=part * len(MODELS) + list(MODELS).index(vendor)):
        seen = await plane.ask(dialect=dialect, raw=raw, stream=len(raw) % 2 == 1)
        answered += seen.status == 200 and seen.error is None
        if seen.status >= 500:
            bad.append(f"{seen.status} {seen.raw[:200]!r} to {raw[:2000]!r}")
        elif seen.status >= 400 and (seen.error is None or not seen.error[1]):
            bad.append(f"no error in the caller's dialect: {seen.raw[:200]!r} to {raw[:300]!r}")
    assert bad == [], f"{len(bad)} of {COUNT}"
    assert answered, "no body at all passed: the mutations are too wild to test anything"
