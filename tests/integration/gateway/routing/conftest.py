"""A whole installation on each storage column with one dear and one cheap provider, and the vendors it calls."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Installation, Person, installation, settings_with


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    """The simulated vendors, which say who they are."""
    simulator.reset()
    simulator.moonshot.always(say("Cheap."))
    simulator.infini.always(say("Dear."))
    return simulator


@pytest.fixture
async def here(column: Settings, sim: Simulator) -> AsyncIterator[Installation]:
    """The installation; the dear provider stands first."""

    def at(vendor: Any) -> dict[str, str]:
        return {"dialect": "openai-chat", "base_url": vendor.base_url, "api_key": "sk-of-the-file-1234"}

    def model(provider: str, name: str, input: str) -> dict[str, Any]:
        price = {"input": input, "output": input, "cached_input": "0.01"}
        return {"deployments": [{"provider": provider, "model": name, "price": price}]}

    settings = settings_with(
        column,
        providers={"dear": at(sim.infini), "cheap": at(sim.moonshot)},
        models={"dear": model("dear", "kimi-k2-instruct", "3"), "cheap": model("cheap", "kimi-k2.6", "0.5")},
        routes=[
            {"name": "filed", "match": {"model": "filed-*"}, "use": ["dear", "cheap"]},
            {"name": "closed", "match": {"model": "closed-*", "when": "tools == 0"}, "refuse": "Closed today."},
        ],
    )
    async with installation(settings) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    """The first administrator."""
    return await here.administrator()
