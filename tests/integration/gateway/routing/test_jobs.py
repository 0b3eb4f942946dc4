"""Health between replicas, and active checks against a simulated vendor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from powerautomation.app.health_checks import check_provider
from powerautomation.gateway.dialects import UpstreamFailure
from powerautomation.gateway.providers import Catalog, Deployment, HealthCheck
from powerautomation.gateway.routing import CheckResult, HealthWatch, Router
from powerautomation.infrastructure.events import EventBus, make_event_bus
from powerautomation.infrastructure.http_client import Client
from powerautomation.infrastructure.settings import Settings
from tests.fixtures.gateway import catalog_of, deployment_of
from tests.fixtures.simulators import Failure, Simulator

LIMIT_SECONDS = 10.0


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another task brings about."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def replica(bus: EventBus, catalog: Catalog) -> AsyncIterator[Router]:
    """A replica's router with its watch."""

    async def never(provider: object) -> CheckResult:
        raise AssertionError("nobody asked for checks")

    router = Router()
    watch = HealthWatch(router, bus, lambda: [catalog], never)
    watch.start()
    try:
        yield router
    finally:
        await watch.stop()


async def test_a_circuit_opened_by_one_replica_rests_the_deployment_on_the_other(column: Settings) -> None:
    deployment = deployment_of("a", "kimi", "m")
    catalog = catalog_of([deployment], [])
    first_bus, second_bus = make_event_bus(column), make_event_bus(column)
    if not column.redis_url:
        second_bus = first_bus
    await first_bus.start()
    await second_bus.start()
    async with replica(first_bus, catalog) as first, replica(second_bus, catalog) as second:
        async with asyncio.timeout(LIMIT_SECONDS):
            while second.health_of(deployment).state != "open":
                # Said again until it is heard: Redis listens a moment after the start.
                first.failed(deployment, UpstreamFailure("overloaded", "busy", 529, retry_after_seconds=30))
                await asyncio.sleep(0.05)
        assert second.health_of(deployment).why == "replica"
        first.succeeded(deployment)
        await until(lambda: second.health_of(deployment).state == "half_open")
    await first_bus.close()
    if second_bus is not first_bus:
        await second_bus.close()


def checked(sim: Simulator, check: HealthCheck) -> Deployment:
    """Return a deployment at the simulated Moonshot whose provider is checked so."""
    deployment = deployment_of("moonshot", "kimi-k2.6", "m")
    provider = msgspec.structs.replace(
        deployment.provider, base_url=sim.moonshot.base_url, api_key="sk-moonshot", health_check=check
    )
    return msgspec.structs.replace(deployment, provider=provider)


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    simulator.reset()
    client = Client(connect_timeout_seconds=2)
    yield client
    await client.close()


async def watch_of(client: Client, router: Router, deployment: Deployment) -> HealthWatch:
    """Return a watch that has checked the deployment's provider once."""

    async def check(provider: object) -> CheckResult:
        return await check_provider(client, deployment.provider)

    bus = make_event_bus(Settings())
    watch = HealthWatch(router, bus, lambda: [catalog_of([deployment], [])], check)
    await watch.check_now(deployment.provider, [deployment])
    return watch


@pytest.mark.parametrize(
    "check", [HealthCheck(1.0), HealthCheck(1.0, "request", "kimi-k2.6")], ids=["models", "request"]
)
async def test_a_provider_that_is_well_passes_its_check(
    simulator: Simulator, client: Client, check: HealthCheck
) -> None:
    deployment = checked(simulator, check)
    watch = await watch_of(client, Router(), deployment)
    latest = watch.latest_check(deployment.provider)
    assert latest is not None
    assert (latest.ok, latest.message) == (True, "")
    assert latest.latency_ms > 0


async def test_failed_checks_open_the_circuit_and_a_good_one_closes_it(simulator: Simulator, client: Client) -> None:
    deployment = checked(simulator, HealthCheck(1.0, "request", "kimi-k2.6"))
    router = Router()
    simulator.moonshot.always(Failure("server_error"))
    for _ in range(5):
        watch = await watch_of(client, router, deployment)
    latest = watch.latest_check(deployment.provider)
    assert latest is not None
    assert not latest.ok
    assert router.health_of(deployment).state == "open"
    simulator.moonshot.always(None)
    router._circuits["", deployment.id].try_now(0)
    router._circuits["", deployment.id].open_until_ms = 1
    await watch_of(client, router, deployment)
    assert router.health_of(deployment).state == "closed"


async def test_a_refused_key_is_told_and_opens_nothing(simulator: Simulator, client: Client) -> None:
    deployment = checked(simulator, HealthCheck(1.0, "request", "kimi-k2.6"))
    provider = msgspec.structs.replace(deployment.provider, api_key="sk-wrong-1")
    deployment = msgspec.structs.replace(deployment, provider=provider)
    router = Router()
    for _ in range(6):
        watch = await watch_of(client, router, deployment)
    latest = watch.latest_check(deployment.provider)
    assert latest is not None
    assert not latest.ok
    assert router.health_of(deployment).state == "closed"
