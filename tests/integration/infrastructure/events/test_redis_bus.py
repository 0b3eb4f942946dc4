"""Fan-out between replicas over Redis."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.events import RESUMED_TOPIC, EventBusUnavailable, Message
from powerautomation.infrastructure.events.redis_bus import RedisEventBus
from tests.integration.infrastructure.conftest import CuttableRedis


async def receive(subscription: object) -> Message:
    return await asyncio.wait_for(subscription.receive(), 10)  # type: ignore[attr-defined]


@pytest.fixture
async def replicas(cuttable_redis: CuttableRedis, redis_url: str) -> AsyncIterator[tuple[RedisEventBus, RedisEventBus]]:
    """One whose network can be cut, and one on the good side."""
    cut = RedisEventBus(cuttable_redis.url, timeout_seconds=0.5, longest_pause_seconds=0.1)
    good = RedisEventBus(redis_url)
    for bus in (cut, good):
        await bus.start()
        await bus.wait_connected(10)
    yield cut, good
    await cut.close()
    await good.close()


async def test_every_replica_gets_each_message_once(replicas: tuple[RedisEventBus, RedisEventBus]) -> None:
    here, there = replicas
    at_home, abroad = here.subscribe("api_keys.*"), there.subscribe("api_keys.*")

    await here.publish("providers.changed", b"0")
    await here.publish("api_keys.created", b"\x00\xff1")
    await here.publish("api_keys.revoked", b"2")

    for subscription in (at_home, abroad):
        assert await receive(subscription) == Message("api_keys.created", b"\x00\xff1")
        assert await receive(subscription) == Message("api_keys.revoked", b"2")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(at_home.receive(), 0.05)


async def test_while_redis_is_away_this_process_is_served_once_and_the_publisher_is_told(
    replicas: tuple[RedisEventBus, RedisEventBus], cuttable_redis: CuttableRedis
) -> None:
    here, there = replicas
    at_home, abroad = here.subscribe("k"), there.subscribe("k")
    await cuttable_redis.cut()

    for _ in range(3):
        with pytest.raises(EventBusUnavailable):
            async with asyncio.timeout(5):
                await here.publish("k", b"news")
    assert await receive(at_home) == Message("k", b"news")
    assert not await here.connected()

    await cuttable_redis.join()
    async with asyncio.timeout(10):
        while True:
            try:
                await here.publish("k", b"news")
                break
            except EventBusUnavailable:
                await asyncio.sleep(0.02)
    assert await receive(abroad) == Message("k", b"news")
    await here.wait_connected(10)
    assert await receive(at_home) == Message(RESUMED_TOPIC, b"")


async def test_the_listener_comes_back_by_itself_and_says_that_it_was_away(
    replicas: tuple[RedisEventBus, RedisEventBus], cuttable_redis: CuttableRedis
) -> None:
    here, there = replicas
    subscription = here.subscribe("k")
    await cuttable_redis.cut()
    await there.publish("k", b"missed")
    await cuttable_redis.join()

    assert await receive(subscription) == Message(RESUMED_TOPIC, b"")
    await there.publish("k", b"heard")
    assert await receive(subscription) == Message("k", b"heard")


async def test_starting_without_redis_works_and_connects_later(cuttable_redis: CuttableRedis) -> None:
    await cuttable_redis.cut()
    bus = RedisEventBus(cuttable_redis.url, timeout_seconds=0.5, longest_pause_seconds=0.1)
    try:
        await bus.start()
        assert not await bus.connected()
        await cuttable_redis.join()
        await bus.wait_connected(10)
        assert await bus.connected()
    finally:
        await bus.close()


async def test_two_databases_of_one_redis_do_not_hear_each_other(redis_url: str) -> None:
    head, _, database = redis_url.rpartition("/")
    one, two = RedisEventBus(redis_url), RedisEventBus(f"{head}/{(int(database) + 1) % 16}")
    topic = secrets.token_hex(8)  # the other database may be a neighbouring test's
    try:
        for bus in (one, two):
            await bus.start()
            await bus.wait_connected(10)
        stranger = two.subscribe(topic)
        await one.publish(topic, b"private")
        await two.publish(topic, b"own")
        assert await receive(stranger) == Message(topic, b"own")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.receive(), 0.1)
    finally:
        await one.close()
        await two.close()


async def test_rubbish_on_the_channel_is_ignored(replicas: tuple[RedisEventBus, RedisEventBus], redis_url: str) -> None:
    from redis.asyncio import Redis

    here, there = replicas
    subscription = here.subscribe("k")
    async with Redis.from_url(redis_url) as client:
        await client.publish(here._channel, b"\xc1 rubbish")
    await there.publish("k", b"sense")

    assert await receive(subscription) == Message("k", b"sense")
