"""Agents that wait for an answer: each a small entry in memory, woken by news and by nothing else."""

import asyncio
import contextlib
from collections.abc import Iterator

import msgspec
import structlog

from powerautomation.approvals.requests.events import TOPIC
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.events import RESUMED_TOPIC, EventBus, Message

QUEUE_SIZE = 20_000
# So many wait in one process; others are answered at once, and ask again.
MOST_WAITING = 20_000
_log = structlog.get_logger("approvals")


class Waiter:
    """One agent that waits. Use ``wait`` again after each time it was woken."""

    __slots__ = ("_news",)

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there is news."""
        self._news.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for news, at most so long; return whether there is any."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class ApprovalWatch:
    """Wakes who waits in this process when any replica has news of a request. Nobody asks the database meanwhile."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._waiting: dict[str, set[Waiter]] = {}
        self._count = 0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def waiting(self) -> int:
        """How many wait in this process."""
        return self._count

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._listen(), name="approval watch")

    async def stop(self) -> None:
        """Stop; who waits is woken and answered with how it stands."""
        self._stopping = True
        self._wake_all()
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    @contextlib.contextmanager
    def listening(self, approval_id: str) -> Iterator[Waiter | None]:
        """Take part from now on: look after this how it stands, then wait. None when too many wait already."""
        if self._count >= MOST_WAITING or self._stopping:
            yield None
            return
        waiter = Waiter()
        self._waiting.setdefault(approval_id, set()).add(waiter)
        self._count += 1
        try:
            yield waiter
        finally:
            self._count -= 1
            others = self._waiting[approval_id]
            others.discard(waiter)
            if not others:
                del self._waiting[approval_id]

    async def _listen(self) -> None:
        dropped = 0
        with self._bus.subscribe(TOPIC, QUEUE_SIZE) as subscription:
            async for message in subscription:
                if message.topic == RESUMED_TOPIC or subscription.dropped != dropped:
                    dropped = subscription.dropped
                    self._wake_all()
                else:
                    self._wake(message)

    def _wake(self, message: Message) -> None:
        try:
            payload = msgspec.json.decode(message.payload)["payload"]
            approval_id = payload.get("approval_id", "")
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            _log.warning("approvals.news_unreadable", topic=message.topic)
            return
        for waiter in self._waiting.get(approval_id, ()):
            waiter.wake()

    def _wake_all(self) -> None:
        for waiters in self._waiting.values():
            for waiter in waiters:
                waiter.wake()
