"""One real server per storage column for all tests of the data plane, with fresh deployments for each test."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import COLUMNS, TEST_SECRET_KEY
from tests.fixtures import databases
from tests.fixtures.clients import Caller, DialectName
from tests.fixtures.console import Console
from tests.fixtures.ports import held_port
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Simulator, Vendor

LANES = 400
FIRST_TOKEN_SECONDS = 1.0
DRAIN_SECONDS = 20
# Vendors that speak another dialect than most.
DIALECT_OF = {"anthropic": "anthropic-messages", "responses": "openai-responses", "google": "gemini"}
PRICE = {"input": "0.60", "cached_input": "0.15", "output": "2.50", "currency": "USD"}
CLAUDE_PRICE = {
    "input": "3",
    "cache_write_5m": "3.75",
    "cache_write_1h": "6",
    "cached_input": "0.30",
    "output": "15",
    "currency": "USD",
}
BILLED = {
    "anthropic": ("claude-sonnet-4-6", CLAUDE_PRICE),
    "moonshot": ("kimi-k2.6", PRICE),
    "openai": ("gpt-4o-mini", PRICE),
}


def gateway_config(sim: Simulator, dead_port: int) -> dict[str, Any]:
    """Providers and models enough that every test gets deployments whose health nothing before has touched."""

    def provider(vendor: Vendor, key: str) -> dict[str, Any]:
        dialect = DIALECT_OF.get(vendor.name, "openai-chat")
        return {"dialect": dialect, "base_url": vendor.base_url, "api_key": key}

    providers: dict[str, Any] = {"wrong-chat": provider(sim.moonshot, "sk-wrong-1")}
    providers["wrong-messages"] = provider(sim.anthropic, "sk-wrong-2")
    providers["dead"] = {"dialect": "openai-chat", "base_url": f"http://127.0.0.1:{dead_port}/v1", "api_key": "sk-x"}
    models: dict[str, Any] = {}

    def model(name: str, *deployments: tuple[str, str]) -> None:
        models[name] = {"deployments": [{"provider": who, "model": what} for who, what in deployments]}

    for lane in range(LANES):
        infini, moonshot, first, second = f"infini-{lane}", f"moonshot-{lane}", f"anthropic-{lane}", f"spare-{lane}"
        providers[infini] = provider(sim.infini, "sk-infini")
        providers[moonshot] = provider(sim.moonshot, "sk-moonshot")
        providers[first] = provider(sim.anthropic, "sk-ant-first")
        providers[second] = provider(sim.anthropic, "sk-ant-spare")
        model(f"chat-{lane}", (infini, "kimi-k2-instruct"), (moonshot, "kimi-k2.6"))
        model(f"messages-{lane}", (first, "claude-sonnet-4-6"), (second, "claude-sonnet-4-6"))
        model(f"mixed-{lane}", (moonshot, "kimi-k2.6"), (second, "claude-sonnet-4-6"))
        model(f"instruct-{lane}", (infini, "kimi-k2-instruct"))
        model(f"kimi-{lane}", (moonshot, "kimi-k2.6"))
        model(f"sonnet-{lane}", (first, "claude-sonnet-4-6"))
        model(f"wrong-chat-{lane}", ("wrong-chat", f"kimi-k2.6-{lane}"), (moonshot, "kimi-k2.6"))
        model(f"dead-{lane}", ("dead", f"kimi-k2.6-{lane}"), (moonshot, "kimi-k2.6"))
    # No test makes this one fail, so that all may share it.
    providers["native-gpt"] = provider(sim.responses, "sk-responses")
    model("native-gpt", ("native-gpt", "gpt-5.5"))
    providers["google"] = provider(sim.google, "google-key")
    model("native-gemini", ("google", "gemini-3.8-flash"))
    providers["google-chat"] = {**provider(sim.vendors["gemini"], "google-chat-key"), "preset": "gemini"}
    model("chat-gemini", ("google-chat", "gemini-3.5-flash"))
    providers["google-limited"] = provider(sim.google, "google-limited-key")
    model("limited-gemini", ("google-limited", "gemini-2.5-pro"))
    providers["gpt"] = provider(sim.openai, "sk-openai")
    providers["priced-kimi"] = provider(sim.infini, "sk-priced-kimi")
    providers["priced-claude"] = provider(sim.anthropic, "sk-priced-claude")
    models["priced-kimi"] = {"deployments": [{"provider": "priced-kimi", "model": "kimi-k2-instruct", "price": PRICE}]}
    models["priced-claude"] = {
        "deployments": [{"provider": "priced-claude", "model": "claude-sonnet-4-6", "price": CLAUDE_PRICE}]
    }
    providers["lasting-claude"] = provider(sim.anthropic, "sk-ant-lasting")
    providers["lasting-kimi"] = {**provider(sim.moonshot, "sk-lasting"), "preset": "moonshot"}
    model("lasting", ("lasting-claude", "claude-sonnet-4-5"), ("lasting-kimi", "kimi-k2.6"))
    # Who takes no prefix is told to go on.
    providers["lasting-gpt"] = provider(sim.openai, "sk-lasting-gpt")
    providers["told-claude"] = provider(sim.anthropic, "sk-ant-told")
    model("lasting-told", ("told-claude", "claude-sonnet-4-5"), ("lasting-gpt", "gpt-4o-mini"))
    providers["masked-claude"] = provider(sim.anthropic, "sk-ant-masked")
    providers["masked-kimi"] = {**provider(sim.moonshot, "sk-masked"), "preset": "moonshot"}
    model("lasting-masked", ("masked-claude", "claude-sonnet-4-5"), ("masked-kimi", "kimi-k2.6"))
    for name, (billed, price) in BILLED.items():
        for public, seconds in ((f"billed-{name}", 0), (f"billed-{name}-read-on", DRAIN_SECONDS)):
            for account in (public, f"{public}-spare"):
                providers[account] = {
                    **provider(getattr(sim, name), f"sk-{account}"),
                    "drain_cancelled_seconds": seconds,
                }
            models[public] = {
                "deployments": [
                    {"provider": account, "model": billed, "price": price} for account in (public, f"{public}-spare")
                ]
            }
    model("gpt", ("gpt", "gpt-4o-mini"))
    model("embed", ("priced-claude", "claude-sonnet-4-6"), ("dead", "embed"), ("gpt", "text-embedding-3-small"))
    model("only-claude-embeds", ("priced-claude", "claude-sonnet-4-6"))
    models["google-embeds"] = {"deployments": [{"provider": "google", "model": "gemini-embedding-001", "price": PRICE}]}
    model("google-embeds-silently", ("google", "gemini-embedding-silent"))
    model("only-wrong-chat", ("wrong-chat", "kimi-k2.6"))
    model("only-wrong-messages", ("wrong-messages", "claude-sonnet-4-6"))
    return {
        "server": {"max_body_bytes": 2 * 1024 * 1024},
        "gateway": {
            "connect_timeout_seconds": 1,
            "first_token_timeout_seconds": FIRST_TOKEN_SECONDS,
            "idle_timeout_seconds": 1,
            "total_timeout_seconds": 30,
            "keepalive_seconds": 0.3,
        },
        "providers": providers,
        "models": models,
        "routes": [
            {"name": "claude-to-kimi", "match": {"model": "claude-*"}, "use": ["priced-kimi", "priced-claude"]},
            {"name": "lasting", "match": {"model": "lasting"}, "use": ["lasting"], "continue_streams": True},
            {
                "name": "lasting-told",
                "match": {"model": "lasting-told"},
                "use": ["lasting-told"],
                "policy": "in_order",
                "continue_streams": True,
            },
            {
                "name": "lasting-masked",
                "match": {"model": "lasting-masked"},
                "use": ["lasting-masked"],
                "continue_streams": True,
                "guardrails": {"personal_data": "mask"},
            },
        ],
    }


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    """The simulated vendors, with no scripts and nothing remembered."""
    simulator.reset()
    return simulator


@pytest.fixture(scope="session")
def dead_port() -> Iterator[int]:
    with held_port() as port:
        yield port


@pytest.fixture(scope="session", params=COLUMNS)
def server(
    request: pytest.FixtureRequest, simulator: Simulator, dead_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The real server, once per storage column."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    config = gateway_config(simulator, dead_port)
    environment = {"POWERAUTOMATION_SECRET_KEY": TEST_SECRET_KEY}
    if request.param == COLUMNS[0]:
        with running_server(folder, config, environment=environment) as running:
            yield running
        return
    run = request.getfixturevalue("test_run")
    address = databases.redis_server(run)
    databases.empty_redis(address)
    with databases.postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        environment |= {"POWERAUTOMATION_DATABASE_URL": url, "POWERAUTOMATION_REDIS_URL": address}
        with running_server(folder, config, environment=environment) as running:
            yield running


@pytest.fixture(scope="session")
def console(server: Server) -> Iterator[Console]:
    """A signed-in administrator of the server."""
    with Console(server) as session:
        yield session


_numbers: dict[int, "itertools.count[int]"] = {}


@dataclass(frozen=True, slots=True)
class Lane:
    """The model names that belong to one test alone."""

    number: int

    def __getattr__(self, name: str) -> str:
        return f"{name.replace('_', '-')}-{self.number}"


@pytest.fixture
def lane(server: Server) -> Lane:
    """Deployments that no other test uses. When all are used up the server starts again, with all health forgotten."""
    number = next(_numbers.setdefault(server.port, itertools.count(1)))
    if number == LANES:
        server.stop()
        server.start()
        _numbers[server.port] = itertools.count(2)
        number = 1
    return Lane(number)


@pytest.fixture(params=["anthropic-messages", "openai-chat", "openai-responses", "gemini"])
def dialect(request: pytest.FixtureRequest) -> DialectName:
    """Each dialect a client may speak."""
    name: DialectName = request.param
    return name


@pytest.fixture
def caller(server: Server, dialect: DialectName) -> Iterator[Caller]:
    """A client that speaks ``dialect``."""
    with Caller(server.url, server.key, dialect) as client:
        yield client


@pytest.fixture
def anthropic(server: Server) -> Iterator[Caller]:
    """A client that speaks Anthropic's dialect."""
    with Caller(server.url, server.key, "anthropic-messages") as client:
        yield client


@pytest.fixture
def openai(server: Server) -> Iterator[Caller]:
    """A client that speaks OpenAI's dialect."""
    with Caller(server.url, server.key, "openai-chat") as client:
        yield client


@pytest.fixture(params=[False, True], ids=["whole", "stream"])
def stream(request: pytest.FixtureRequest) -> bool:
    """Whole answers and streams."""
    wanted: bool = request.param
    return wanted
