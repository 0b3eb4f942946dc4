"""Tells other replicas where conversations have their prompt cache, and hears of it; no request waits for that.

A replica that does not know a conversation's home asks nobody: it decides as for a new one.
"""

import asyncio
import secrets
import time
from collections import OrderedDict

import msgspec

from powerautomation.gateway.routing.affinity import LONG_CACHE_MS, LONGEST_KEY, Affinity, Home
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.events import EventBus, EventBusUnavailable

TOPIC = "routing.homes"
# A home is told at once when nothing was told lately; those of the next moment go together.
BATCH_SECONDS = 0.02
PAUSE_AFTER_FAILURE_SECONDS = 1.0
MOST_WAITING = 10_000
MOST_IN_BATCH = 500
LONGEST_DEPLOYMENT = 400


class _Told(msgspec.Struct, array_like=True):
    # What is left of the time, as replicas share no clock that only goes forward.
    conversation: str
    deployment: str
    cached_tokens: int
    for_ms: int


class _News(msgspec.Struct, array_like=True):
    process: str
    homes: list[_Told]


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(_News)


class HomeSharing:
    """One per process of several. While the bus is away every process goes by what it knows itself; the newest 10,000
    homes that were not told yet are told once it is back, where they still hold."""

    def __init__(self, affinity: Affinity, bus: EventBus) -> None:
        self._affinity = affinity
        self._bus = bus
        self._process = secrets.token_hex(8)
        self._waiting: OrderedDict[str, Home] = OrderedDict()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._affinity.on_home = self._on_home
        self._tasks = [
            asyncio.create_task(self._tell(), name="homes out"),
            asyncio.create_task(self._hear(), name="homes in"),
        ]

    async def stop(self) -> None:
        """Stop."""
        self._affinity.on_home = None
        await asyncio.gather(*(end_task(task) for task in self._tasks))
        self._tasks = []

    def _on_home(self, conversation: str, home: Home) -> None:
        self._waiting[conversation] = home
        self._waiting.move_to_end(conversation)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        self._woken.set()

    async def _tell(self) -> None:
        while True:
            await self._woken.wait()
            batch = [self._waiting.popitem(last=False) for _ in range(min(MOST_IN_BATCH, len(self._waiting)))]
            if not self._waiting:
                self._woken.clear()
            try:
                await self._bus.publish(TOPIC, self._news(batch))
            except EventBusUnavailable:
                self._keep(batch)
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
            else:
                await asyncio.sleep(BATCH_SECONDS)

    def _news(self, batch: list[tuple[str, Home]]) -> bytes:
        now_ms = int(time.monotonic() * 1000)
        return _encode(
            _News(
                self._process,
                [
                    _Told(conversation, home.deployment, home.cached_tokens, home.until_ms - now_ms)
                    for conversation, home in batch
                    if home.until_ms > now_ms
                ],
            )
        )

    def _keep(self, batch: list[tuple[str, Home]]) -> None:
        """Put back what could not be told, behind nothing newer of the same conversations and within the bound."""
        for conversation, home in reversed(batch):
            if len(self._waiting) >= MOST_WAITING:
                break
            if conversation not in self._waiting:
                self._waiting[conversation] = home
                self._waiting.move_to_end(conversation, last=False)
        self._woken.set()

    async def _hear(self) -> None:
        with self._bus.subscribe(TOPIC) as subscription:
            async for message in subscription:
                try:
                    news = _decoder.decode(message.payload)
                except msgspec.MsgspecError:
                    continue
                if news.process != self._process:
                    self._learn(news.homes[:MOST_IN_BATCH])

    def _learn(self, homes: list[_Told]) -> None:
        now_ms = int(time.monotonic() * 1000)
        for told in homes:
            if 0 < len(told.conversation) <= LONGEST_KEY and len(told.deployment) <= LONGEST_DEPLOYMENT:
                for_ms = min(told.for_ms, LONG_CACHE_MS)
                if for_ms > 0 and told.cached_tokens > 0:
                    self._affinity.told(told.conversation, Home(told.deployment, told.cached_tokens, now_ms + for_ms))
