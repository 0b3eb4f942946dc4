"""Fan-out inside one process."""

import asyncio

import pytest

from powerautomation.infrastructure.events import RESUMED_TOPIC, InProcessEventBus, Message


async def test_messages_arrive_in_order_by_topic_by_prefix_and_for_all() -> None:
    bus = InProcessEventBus()
    exact, prefix, everything = bus.subscribe("a.b"), bus.subscribe("a.*"), bus.subscribe("*")
    for topic in ("a.b", "a.c", "z"):
        await bus.publish(topic, b"1")

    assert await exact.receive() == Message("a.b", b"1")
    assert [(await prefix.receive()).topic for _ in range(2)] == ["a.b", "a.c"]
    assert [(await everything.receive()).topic for _ in range(3)] == ["a.b", "a.c", "z"]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(exact.receive(), 0.01)


async def test_a_slow_subscriber_loses_the_oldest_and_the_loss_is_counted() -> None:
    bus = InProcessEventBus()
    slow = bus.subscribe("*", queue_size=3)

    for number in range(10):
        await bus.publish("t", str(number).encode())

    assert slow.dropped == 7
    assert [(await slow.receive()).payload for _ in range(3)] == [b"7", b"8", b"9"]


async def test_a_waiting_subscriber_is_woken_by_a_message_and_by_closing() -> None:
    bus = InProcessEventBus()
    subscription = bus.subscribe("t")

    async def collect() -> list[bytes]:
        return [message.payload async for message in subscription]

    collecting = asyncio.create_task(collect())
    await asyncio.sleep(0)
    await bus.publish("t", b"1")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    subscription.close()

    assert await asyncio.wait_for(collecting, 1) == [b"1"]


async def test_leaving_the_block_ends_the_subscription() -> None:
    bus = InProcessEventBus()
    with bus.subscribe("t") as subscription:
        pass

    await bus.publish("t", b"1")

    with pytest.raises(EOFError):
        await subscription.receive()


async def test_every_subscriber_hears_that_the_bus_was_away() -> None:
    bus = InProcessEventBus()
    subscription = bus.subscribe("a.b")

    bus.deliver(Message(RESUMED_TOPIC, b""))

    assert (await subscription.receive()).topic == RESUMED_TOPIC
