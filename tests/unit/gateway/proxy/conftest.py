"""A data plane alone, without server, database and control plane: simulated vendors before, a list as ledger behind."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from powerautomation.gateway.families import family_of
from powerautomation.gateway.metering import JournalFull, RequestRecord, load_price_table
from powerautomation.gateway.providers import Deployment, Route, Timeouts
from powerautomation.gateway.proxy import Gateway, GatewayApp, sweeper
from powerautomation.gateway.proxy.credentials import hmac_of_token
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.infrastructure.http_client import Client as HttpClient
from tests.fixtures.clients import DialectName, Seen, posted, read_answer, request_body
from tests.fixtures.gateway import catalog_of, deployment_of
from tests.fixtures.simulators import Simulator, Vendor

SECRET = b"a secret of the tests, long enough"
TOKEN = "pa_test-token-0123456789"
_SPOKEN = {"anthropic": "anthropic-messages", "responses": "openai-responses", "google": "gemini"}
_PRESETS = {"moonshot": "moonshot"}
LIMIT_SECONDS = 10.0
PATIENT = Timeouts(first_token=30, idle=30, total=60)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    """The simulated vendors, with no scripts and nothing remembered."""
    simulator.reset()
    return simulator


@pytest.fixture(autouse=True)
def swift_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look after requests so often that tests need not wait."""
    monkeypatch.setattr(sweeper, "INTERVAL_SECONDS", 0.01)


@dataclass
class Client:
    """One request on its way: what was sent to the client so far, and its leaving."""

    seen: Seen
    task: "asyncio.Task[None] | None" = None
    left: asyncio.Event = field(default_factory=asyncio.Event)
    heads: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    noticed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something sent to the client makes it hold."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while not holds():
                self.moved.clear()
                await self.moved.wait()

    def leave(self) -> None:
        """Close the client's connection."""
        self.left.set()

    async def gone(self) -> None:
        """Wait until the gateway has noticed that the client left."""
        async with asyncio.timeout(LIMIT_SECONDS):
            await self.noticed.wait()

    async def end(self) -> None:
        """Wait until the gateway is done with the request."""
        assert self.task is not None
        await asyncio.wait_for(self.task, LIMIT_SECONDS)


class DataPlane:
    """A gateway with the deployments a test needs, under the one public model ``m``."""

    def __init__(self, gateway: Gateway, journal: "_Ledger") -> None:
        self.gateway = gateway
        self.journal = journal
        self.ledger = journal.records
        self.app = GatewayApp(gateway, _nothing_else)
        self._deployments: list[Deployment] = []
        self._version = 0
        self._continues = False

    def offer(
        self,
        vendor: Vendor,
        name: str,
        *,
        model: str = "kimi-k2.6",
        timeouts: Timeouts = PATIENT,
        requests_per_second: float | None = None,
    ) -> "DataPlane":
        """Add a deployment, tried after those added before."""
        dialect = _SPOKEN.get(vendor.name, "openai-chat")
        blank = deployment_of(name, model, "m", dialect=dialect, requests_per_second=requests_per_second)
        account = msgspec.structs.replace(
            blank.provider, base_url=vendor.base_url, timeouts=timeouts, preset=_PRESETS.get(vendor.name, "")
        )
        family = family_of(model, None, dialect)
        self._deployments.append(msgspec.structs.replace(blank, provider=account, family=family))
        return self._publish()

    def offer_first(self, vendor: Vendor, name: str, **given: Any) -> "DataPlane":
        """Add a deployment, tried before those added before."""
        self.offer(vendor, name, **given)
        self._deployments.insert(0, self._deployments.pop())
        return self._publish()

    def _publish(self) -> "DataPlane":
        self._version += 1
        catalog = catalog_of(self._deployments, [])
        if self._continues:
            route = Route("r", "m", ("m",), "file", policy="in_order", continue_streams=True)
            catalog = msgspec.structs.replace(catalog, routes=(route,))
        self.gateway.default_catalog = msgspec.structs.replace(catalog, version=self._version)
        return self

    def continue_streams(self) -> "DataPlane":
        """Ask for streams that survive their upstream."""
        self._continues = True
        return self._publish()

    def well_again(self) -> None:
        """Forget every failure so far."""
        for deployment in self._deployments:
            self.gateway.router.succeeded(deployment)

    def failures_in_a_row(self) -> int:
        """How often the first deployment failed since it last answered."""
        return self.gateway.router.health_of(self._deployments[0]).failures_in_row

    def offer_dead(self, name: str) -> "DataPlane":
        """Add a deployment whose address nobody listens at."""
        blank = deployment_of(name, "kimi-k2-instruct", "m", dialect="openai-chat")
        account = msgspec.structs.replace(blank.provider, base_url="http://127.0.0.1:1/v1", timeouts=PATIENT)
        self._deployments.append(msgspec.structs.replace(blank, provider=account))
        return self._publish()

    def begin(
        self,
        *,
        stream: bool = False,
        dialect: DialectName = "openai-chat",
        headers: dict[str, str] | None = None,
        stuck: bool = False,
        raw: bytes | None = None,
        path: str = "",
        prompt: str = "hi",
        **fields: Any,
    ) -> Client:
        """Send a request, with more ``fields`` or a ``raw`` body, and return while it is being answered. A ``stuck``
        client takes nothing of the answer's body."""
        client = Client(Seen(0, {}))
        usual, given_body = posted(dialect, {**request_body(dialect, "m", prompt, stream=stream), **fields})
        path = path or usual
        body = json.dumps(given_body).encode() if raw is None else raw
        given = {"authorization": f"Bearer {TOKEN}"} if headers is None else headers
        scope = {
            "type": "http",
            "method": "POST",
            "path": path.partition("?")[0],
            "query_string": path.partition("?")[2].encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        }
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            await client.left.wait()
            client.noticed.set()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                client.heads += 1
                client.seen.status = message["status"]
                client.seen.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            elif stuck:
                await asyncio.Event().wait()
            else:
                client.seen.raw += message["body"]
            client.moved.set()

        client.task = asyncio.create_task(self.app(scope, receive, send))
        return client

    async def ask(self, *, stream: bool = False, dialect: DialectName = "openai-chat", **given: Any) -> Seen:
        """Send a request and return its whole answer."""
        client = self.begin(stream=stream, dialect=dialect, **given)
        await client.end()
        assert client.heads == 1
        read_answer(dialect, client.seen)
        return client.seen


async def _nothing_else(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} is not of the gateway")


class _Ledger:
    """Stands in for the journal; the real one has tests of its own."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []
        self.full = False

    def append(self, record: RequestRecord) -> None:
        if self.full:
            raise JournalFull("The request cannot be recorded (No space left on device), so it is not answered.")
        self.records.append(record)


@pytest.fixture
def keepalive_seconds() -> float:
    """How long a client hears nothing before it is told that work goes on."""
    return 30.0


@pytest.fixture
async def plane(sim: Simulator, keepalive_seconds: float) -> AsyncIterator[DataPlane]:
    """A running data plane without deployments, for one key."""
    async with open_plane(keepalive_seconds) as opened:
        yield opened


@contextlib.asynccontextmanager
async def open_plane(keepalive_seconds: float = 30.0) -> AsyncIterator[DataPlane]:
    """Open a data plane without deployments, for one key."""
    ledger = _Ledger()
    async with contextlib.AsyncExitStack() as stack:
        client = HttpClient()
        stack.push_async_callback(client.close)
        gateway = Gateway(
            client=client,
            journal=ledger,  # type: ignore[arg-type]
            prices=load_price_table(),
            hmac_secret=SECRET,
            keepalive_seconds=keepalive_seconds,
            max_attempts=4,
            max_body_bytes=1024 * 1024,
        )
        digest = hmac_of_token(TOKEN.encode(), SECRET)
        gateway.keys = {digest: ApiKeyRecord("key_1", "org_1", "test", digest)}
        gateway.sweeper.start()
        stack.push_async_callback(gateway.sweeper.stop)
        yield DataPlane(gateway, ledger)
