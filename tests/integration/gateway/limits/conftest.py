"""Real servers with limits: one process on each storage column, and three replicas on PostgreSQL and Redis."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import COLUMNS, TEST_SECRET_KEY
from tests.fixtures.console import Console
from tests.fixtures.databases import TestRun
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Simulator
from tests.integration.app.replicas import replicas, services

Json = dict[str, Any]
LEASE_SECONDS = 3
MODEL = "kimi"
# Requests per second of the provider behind the model ``rated``.
RATE = 20


# A thousandth of a dollar for a thousand tokens, in and out.
def of_price(amount: str, currency: str = "USD") -> Json:
    """A price of so much for a million tokens of any kind."""
    return {"input": amount, "output": amount, "cached_input": amount, "currency": currency}


PRICE = of_price("1")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    """The simulated vendors, with no scripts and nothing remembered."""
    simulator.reset()
    return simulator


def config_of(sim: Simulator) -> Json:
    return {
        "gateway": {
            "limit_lease_seconds": LEASE_SECONDS,
            "first_token_timeout_seconds": 20,
            "idle_timeout_seconds": 20,
        },
        "providers": {
            "infini": {"dialect": "openai-chat", "base_url": sim.infini.base_url, "api_key": "sk-infini"},
            "rated": {
                "dialect": "openai-chat",
                "base_url": sim.moonshot.base_url,
                "api_key": "sk-rated",
                "requests_per_second": RATE,
            },
            "moonshot": {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-moonshot"},
        },
        # 1 yuan is 0.25 dollars.
        "exchange_rates": [{"from": "USD", "to": "CNY", "rate": "4", "date": "2026-01-01"}],
        "models": {
            "rated": {"deployments": [{"provider": "rated", "model": "kimi-k2.6"}]},
            MODEL: {"deployments": [{"provider": "infini", "model": "kimi-k2-instruct", "price": PRICE}]},
            "unpriced": {"deployments": [{"provider": "moonshot", "model": "kimi-of-nobody"}]},
            "dear": {
                "deployments": [{"provider": "moonshot", "model": "kimi-k2-0905-preview", "price": of_price("100")}]
            },
            "chinese": {"deployments": [{"provider": "infini", "model": "kimi-k2.5", "price": of_price("4", "CNY")}]},
            "european": {
                "deployments": [
                    {"provider": "moonshot", "model": "kimi-k2-turbo-preview", "price": of_price("1", "EUR")}
                ]
            },
        },
        "routes": [
            {"name": "mixed", "match": {"model": "mixed"}, "use": [MODEL, "dear"], "policy": "in_order"},
            {
                "name": "uncertain",
                "match": {"model": "uncertain"},
                "use": ["unpriced", "european", "chinese"],
                "policy": "in_order",
            },
            {"name": "hopeless", "match": {"model": "hopeless"}, "use": ["unpriced", "european"]},
            {"name": "kept", "match": {"model": "kept"}, "use": [MODEL], "cache": {"max_temperature": 1}},
        ],
    }


@contextlib.contextmanager
def _one(request: pytest.FixtureRequest, column: str, simulator: Simulator, folder: Path) -> Iterator[Server]:
    if column == COLUMNS[0]:
        environment = {"POWERAUTOMATION_SECRET_KEY": TEST_SECRET_KEY}
        with running_server(folder, config_of(simulator), environment=environment) as server:
            yield server
        return
    run: TestRun = request.getfixturevalue("test_run")
    template = request.getfixturevalue("postgresql_template")
    with (
        services(run, request.getfixturevalue("postgresql_server"), template) as environment,
        replicas(folder, config_of(simulator), environment, 1) as servers,
    ):
        yield servers[0]


@pytest.fixture(scope="module", params=COLUMNS)
def running(
    request: pytest.FixtureRequest, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One process, once per storage column, for the tests that leave it as it was."""
    with _one(request, request.param, simulator, tmp_path_factory.mktemp("limits")) as server:
        yield server


@pytest.fixture(scope="module")
def signed_in(running: Server) -> Iterator[Console]:
    with Console(running) as session:
        yield session


@pytest.fixture
def server(running: Server, sim: Simulator) -> Server:
    """The process, with vendors that remember nothing."""
    return running


@pytest.fixture
def console(server: Server, signed_in: Console) -> Iterator[Console]:
    """A signed-in administrator of an organization without limits."""
    yield signed_in
    remove_limits(signed_in)


@pytest.fixture(params=COLUMNS)
def own_server(request: pytest.FixtureRequest, sim: Simulator, tmp_path: Path) -> Iterator[Server]:
    """A process of one test alone, once per storage column."""
    with _one(request, request.param, sim, tmp_path / "server") as server:
        yield server


@pytest.fixture(scope="module")
def replicas_of_three(
    test_run: TestRun,
    postgresql_server: str,
    postgresql_template: str,
    simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Server]]:
    with (
        services(test_run, postgresql_server, postgresql_template) as environment,
        replicas(tmp_path_factory.mktemp("three"), config_of(simulator), environment, 3) as servers,
    ):
        yield servers


@pytest.fixture
def three(replicas_of_three: list[Server], sim: Simulator) -> list[Server]:
    """Three replicas that share PostgreSQL and Redis."""
    for server in replicas_of_three:
        if server.process is not None and server.process.poll() is not None:
            server.start()
    with Console(replicas_of_three[0]) as console:
        remove_limits(console)
    return replicas_of_three


def remove_limits(console: Console) -> None:
    """Leave the organization without limits."""
    for limit in console.get("limits")["items"]:
        console.http.delete(f"/api/v1/limits/{limit['id']}")


def limited_key(console: Console, *limits: Json, name: str = "limited") -> str:
    """Make a key with limits of its own and return it."""
    made = console.http.post("/api/v1/limits/api-keys", json={"name": name, "limits": list(limits)})
    assert made.status_code == 201, made.text
    token: str = made.json()["token"]
    return token


def body_of(prompt: str = "hi", **more: Any) -> Json:
    return {"model": MODEL, "messages": [{"role": "user", "content": prompt}], "max_tokens": 100, **more}


def ask_at_once(servers: Sequence[Server], key: str, count: int, **more: Any) -> "Counter[int]":
    """Send so many requests at once, spread over the servers; return how often each status came."""

    async def all_of_them() -> list[int]:
        headers = {"authorization": f"Bearer {key}"}
        limits = httpx2.Limits(max_connections=count)
        async with httpx2.AsyncClient(verify=False, headers=headers, timeout=60, limits=limits) as http:

            async def one(number: int) -> int:
                url = f"{servers[number % len(servers)].url}/v1/chat/completions"
                answer = await http.post(url, json=body_of(f"number {number}", **more))
                return answer.status_code

            return await asyncio.gather(*(one(number) for number in range(count)))

    return Counter(asyncio.run(all_of_them()))


def used(console: Console) -> list[int]:
    """How much of each limit is used, in the order of their creation."""
    return [limit["used"] for limit in console.get("limits")["items"]]
