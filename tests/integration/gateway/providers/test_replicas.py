"""What one replica is told holds on the other within five seconds."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.fixtures.clients import Caller
from tests.fixtures.console import Console
from tests.fixtures.databases import TestRun
from tests.fixtures.server import Server, create_key, run_command
from tests.fixtures.simulators import Simulator
from tests.integration.app.replicas import services, two_replicas

PROMISED_SECONDS = 5.0


@pytest.fixture(scope="module")
def replicas(
    test_run: TestRun,
    postgresql_server: str,
    postgresql_template: str,
    simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, Server]]:
    """Two servers that may call the simulated vendors."""
    host = simulator.url.removeprefix("http://")
    with services(test_run, postgresql_server, postgresql_template) as environment:
        config = {"gateway": {"allowed_hosts": [host]}}
        with two_replicas(tmp_path_factory.mktemp("replicas"), config, environment) as servers:
            yield servers


def within(holds: Callable[[], bool]) -> None:
    """Ask again until it holds; fails when the promise is broken."""
    deadline = time.monotonic() + PROMISED_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {PROMISED_SECONDS} s"
        time.sleep(0.02)


def test_provider_appears_and_goes_on_the_other_replica(replicas: tuple[Server, Server], sim: Simulator) -> None:
    first, second = replicas
    body = {
        "name": "shared",
        "dialect": "openai-chat",
        "base_url": sim.moonshot.base_url,
        "api_key": "sk-shared",
        "models": [{"public_model": "shared-kimi", "model": "kimi-k2.6"}],
    }
    with Console(first) as console, Caller(second.url, second.key, "openai-chat") as caller:
        created = console.http.post("/api/v1/providers", json=body)
        assert created.status_code == 201, created.text
        within(lambda: caller.ask("shared-kimi").headers["x-powerautomation-route"] == "shared/kimi-k2.6")
        assert console.http.delete(f"/api/v1/providers/{created.json()['id']}").status_code == 204
        within(lambda: caller.ask("shared-kimi").headers["x-powerautomation-route"] != "shared/kimi-k2.6")
        served = len(sim.moonshot.exchanges)
        caller.ask("shared-kimi")
        assert len(sim.moonshot.exchanges) == served


def test_revoked_key_stops_on_the_other_replica(replicas: tuple[Server, Server]) -> None:
    first, second = replicas
    with Console(first) as console:
        created = console.http.post("/api/v1/api-keys", json={"name": "short-lived"})
        assert created.status_code == 201, created.text
        token, key_id = created.json()["token"], created.json()["api_key"]["id"]
        with Caller(second.url, token, "openai-chat") as caller:
            within(lambda: caller.ask("powerautomation-demo").status == 200)
            assert console.http.delete(f"/api/v1/api-keys/{key_id}").status_code in (200, 204)
            within(lambda: caller.ask("powerautomation-demo").status == 401)


def test_key_made_and_revoked_by_command_is_known_on_every_replica(replicas: tuple[Server, Server]) -> None:
    first, second = replicas
    token = create_key(first.data_dir, "by-command", first.environment)
    with Console(first) as console:
        (listed,) = [key for key in console.get("api-keys")["items"] if key["name"] == "by-command"]
    with Caller(second.url, token, "openai-chat") as caller:
        within(lambda: caller.ask("powerautomation-demo").status == 200)
        done = run_command("keys", "revoke", listed["id"], "--data", str(first.data_dir), environment=first.environment)
        assert done.returncode == 0, done.stderr
        within(lambda: caller.ask("powerautomation-demo").status == 401)
