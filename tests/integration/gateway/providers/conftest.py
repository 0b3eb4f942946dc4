"""A whole installation on each storage column whose configuration declares one provider, and the vendors it calls."""

from collections.abc import AsyncIterator, Iterator

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.ports import held_port
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Person, installation, settings_with


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    """The simulated vendors, with no scripts and nothing remembered."""
    simulator.reset()
    return simulator


@pytest.fixture
async def here(column: Settings, sim: Simulator, dead_port: int) -> AsyncIterator[Installation]:
    """The installation; hosts of the configuration may be called, and one more where nobody listens."""
    declared = {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-of-the-file-1234"}
    settings = settings_with(
        column,
        providers={"filed": declared},
        models={"filed-kimi": {"deployments": [{"provider": "filed", "model": "kimi-k2.6"}]}},
        gateway={"allowed_hosts": [f"127.0.0.1:{dead_port}"]},
    )
    async with installation(settings) as running:
        yield running


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port nobody listens on."""
    with held_port() as port:
        yield port


@pytest.fixture
async def admin(here: Installation) -> Person:
    """The first administrator."""
    return await here.administrator()
