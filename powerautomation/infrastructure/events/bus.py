"""Fan-out of messages to subscribers in this process, and the protocol the Redis bus shares."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from powerautomation.kernel.errors import Problem

# Delivered to every subscriber, whatever its topic and with an empty payload, after the bus lost touch with other
# replicas: read anew what you hold, as messages may have been missed meanwhile.
RESUMED_TOPIC = "bus.resumed"

DEFAULT_QUEUE_SIZE = 1000


class EventBusUnavailable(Problem):
    """The bus cannot reach the other replicas now; publish the same message again later."""

    code = "events.unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class Message:
    """What a subscriber gets: the topic (the event's kind, such as ``api_keys.created``) and its bytes."""

    topic: str
    payload: bytes


class Subscription:
    """A bounded queue of messages of one topic (``api_keys.*`` means every topic beginning so, ``*`` means all).

    Iterate over it, or ``await receive()``. A slow reader loses the oldest messages, counted in ``dropped``; so treat a
    message as a hint to read again, never as the only copy of a fact. Close it, or use it as a context manager.
    """

    def __init__(self, topic: str, queue_size: int = DEFAULT_QUEUE_SIZE) -> None:
        self.topic = topic
        self.dropped = 0
        self.closed = False
        self._prefix = topic[:-1] if topic.endswith("*") else None
        self._messages: deque[Message] = deque(maxlen=queue_size)
        self._arrived = asyncio.Event()

    def wants(self, topic: str) -> bool:
        """Say whether a message of this topic is for this subscriber."""
        if topic == RESUMED_TOPIC:
            return True
        return topic == self.topic if self._prefix is None else topic.startswith(self._prefix)

    def offer(self, message: Message) -> None:
        """Queue a message; when the queue is full the oldest one falls out and is counted. For the bus."""
        if self.closed:
            return
        if len(self._messages) == self._messages.maxlen:
            self.dropped += 1
        self._messages.append(message)
        self._arrived.set()

    async def receive(self) -> Message:
        """Return the next message, waiting for it; raises EOFError when the subscription was closed."""
        while not self._messages:
            if self.closed:
                raise EOFError("the subscription is closed")
            self._arrived.clear()
            await self._arrived.wait()
        return self._messages.popleft()

    def close(self) -> None:
        """Stop receiving; whoever waits is woken."""
        self.closed = True
        self._messages.clear()
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            try:
                message = await self.receive()
            except EOFError:
                return
            yield message

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class EventBus(Protocol):
    """Tells every replica's subscribers what happened. Messages may arrive twice, and out of order between topics."""

    async def start(self) -> None:
        """Begin listening to other replicas; returns at once, also when they cannot be reached yet."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send to all subscribers; raises EventBusUnavailable when other replicas could not be told (retry helps)."""

    def subscribe(self, topic: str, queue_size: int = DEFAULT_QUEUE_SIZE) -> Subscription:
        """Return a subscription that receives what is published from now on. Needs a running event loop."""

    async def connected(self) -> bool:
        """Say whether messages to and from other replicas flow now."""

    async def close(self) -> None:
        """End every subscription and connection."""


class InProcessEventBus:
    """The bus of an installation with one process."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    async def start(self) -> None:
        """Nothing to do: there is nobody else to listen to."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Queue the message with every subscriber that wants it; never waits."""
        self.deliver(Message(topic, payload))

    def deliver(self, message: Message) -> None:
        """Queue a message with every subscriber that wants it, and forget the closed ones."""
        if any(subscription.closed for subscription in self._subscriptions):
            self._subscriptions = [one for one in self._subscriptions if not one.closed]
        for subscription in self._subscriptions:
            if subscription.wants(message.topic):
                subscription.offer(message)

    def subscribe(self, topic: str, queue_size: int = DEFAULT_QUEUE_SIZE) -> Subscription:
        """Return a subscription that receives what is published from now on."""
        subscription = Subscription(topic, queue_size)
        self._subscriptions = [one for one in self._subscriptions if not one.closed] + [subscription]
        return subscription

    async def connected(self) -> bool:
        """Always true: there is nobody else to reach."""
        return True

    async def close(self) -> None:
        """End every subscription."""
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = []
