"""Fan-out over Redis publish/subscribe, for several replicas."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict

import msgspec
import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.exceptions import RedisError

from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.events.bus import (
    DEFAULT_QUEUE_SIZE,
    RESUMED_TOPIC,
    EventBusUnavailable,
    InProcessEventBus,
    Message,
    Subscription,
)

SILENCE_LIMIT_SECONDS = 15.0
_REMEMBERED_FAILURES = 10_000
_log = structlog.get_logger(__name__)


class _Envelope(msgspec.Struct, array_like=True):
    origin: str
    topic: str
    payload: bytes


class RedisEventBus:
    """The bus of an installation with several replicas.

    Subscribers in this process are served at once, without Redis; one connection listens for the other replicas and
    comes back by itself. After a gap every subscriber gets ``RESUMED_TOPIC``.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 2.0, longest_pause_seconds: float = 5.0) -> None:
        self._url = url
        # Redis channels are shared by all its databases; two installations on one Redis must not hear each other.
        self._channel = f"powerautomation:events:{parse_url(url).get('db', 0)}"
        self._timeout_seconds = timeout_seconds
        self._longest_pause_seconds = longest_pause_seconds
        self._local = InProcessEventBus()
        self._origin = secrets.token_hex(8)
        self._sender = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                max_connections=8,
                timeout=timeout_seconds,
            )
        )
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._delivered_here: OrderedDict[bytes, None] = OrderedDict()

    async def start(self) -> None:
        """Begin listening to other replicas; returns at once, also when Redis cannot be reached yet."""
        if self._listener is None:
            self._listener = asyncio.get_running_loop().create_task(self._listen(), name="event-bus-listener")

    async def publish(self, topic: str, payload: bytes) -> None:
        """Serve this process, then tell the others; a repetition after EventBusUnavailable serves the others only."""
        body = msgspec.msgpack.encode(_Envelope(self._origin, topic, payload))
        digest = hashlib.sha256(body).digest()
        if digest not in self._delivered_here:
            self._local.deliver(Message(topic, payload))
        try:
            async with asyncio.timeout(self._timeout_seconds * 2):
                await self._sender.publish(self._channel, body)
        except (RedisError, OSError, TimeoutError) as error:
            self._delivered_here[digest] = None
            if len(self._delivered_here) > _REMEMBERED_FAILURES:
                self._delivered_here.popitem(last=False)
            raise EventBusUnavailable(
                "Redis cannot be reached, so other replicas were not told yet.",
                action="See that the Redis server of redis_url runs and accepts connections.",
                retry_after_seconds=1,
            ) from error
        self._delivered_here.pop(digest, None)

    def subscribe(self, topic: str, queue_size: int = DEFAULT_QUEUE_SIZE) -> Subscription:
        """Return a subscription that receives what is published from now on."""
        return self._local.subscribe(topic, queue_size)

    async def connected(self) -> bool:
        """Say whether the listening connection is up (before ``start``: whether Redis answers)."""
        if self._listener is not None:
            return self._listening.is_set()
        try:
            async with asyncio.timeout(self._timeout_seconds * 2):
                return bool(await self._sender.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def wait_connected(self, timeout_seconds: float) -> None:
        """Wait until the listening connection is up; raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            await self._listening.wait()

    async def close(self) -> None:
        """End every subscription and both connections."""
        if self._listener is not None:
            await end_task(self._listener)
            self._listener = None
        await self._local.close()
        await self._sender.aclose()

    async def _listen(self) -> None:
        pause = 0.1
        gap = False
        while True:
            try:
                await self._listen_once(gap)
            except (RedisError, OSError, TimeoutError) as error:
                if self._listening.is_set():
                    _log.warning("event bus lost Redis; other replicas' news waits", reason=type(error).__name__)
                    pause = 0.1
            gap = True
            self._listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest_pause_seconds)

    async def _listen_once(self, gap: bool) -> None:
        connection = Redis.from_url(
            self._url,
            socket_timeout=self._timeout_seconds,
            socket_connect_timeout=self._timeout_seconds,
            single_connection_client=True,
        )
        channel = connection.pubsub()
        try:
            await channel.subscribe(self._channel)
            silent_since = asyncio.get_running_loop().time()
            while True:
                received = await channel.get_message(timeout=1.0)
                now = asyncio.get_running_loop().time()
                if received is None:
                    # A socket cut without a word looks like silence: ask, and give up when nobody answers.
                    if now - silent_since > SILENCE_LIMIT_SECONDS:
                        raise TimeoutError
                    if now - silent_since > SILENCE_LIMIT_SECONDS / 3:
                        await channel.ping()
                    continue
                silent_since = now
                if received["type"] == "subscribe":
                    self._listening.set()
                    if gap:
                        _log.info("event bus is connected to Redis again")
                        self._local.deliver(Message(RESUMED_TOPIC, b""))
                elif received["type"] == "message":
                    self._take(received["data"])
        finally:
            await channel.aclose()  # type: ignore[no-untyped-call]  # redis-py has no types here
            await connection.aclose()

    def _take(self, body: bytes) -> None:
        try:
            envelope = msgspec.msgpack.decode(body, type=_Envelope)
        except msgspec.MsgspecError:
            _log.warning("event bus received something that is not an event")
            return
        if envelope.origin != self._origin:
            self._local.deliver(Message(envelope.topic, envelope.payload))
