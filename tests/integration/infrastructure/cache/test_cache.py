"""What a cache promises, in process and in Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.cache import Cache, CacheUnavailable, make_cache
from powerautomation.infrastructure.cache.redis_cache import RedisCache
from powerautomation.infrastructure.settings import Settings
from tests.integration.infrastructure.conftest import CuttableRedis


@pytest.fixture
async def cache(column: Settings) -> AsyncIterator[Cache]:
    cache = make_cache(column)
    yield cache
    await cache.close()


async def test_a_value_is_there_until_it_is_deleted_or_replaced(cache: Cache) -> None:
    assert await cache.get("k") is None
    await cache.set("k", b"\x00\xff", 60)
    assert await cache.get("k") == b"\x00\xff"
    await cache.set("k", b"2", 60)
    assert await cache.get("k") == b"2"
    await cache.delete("k")
    await cache.delete("k")
    assert await cache.get("k") is None


async def test_a_value_runs_out(cache: Cache) -> None:
    await cache.set("k", b"1", 0.02)
    async with asyncio.timeout(5):
        while await cache.get("k") is not None:
            await asyncio.sleep(0.005)


async def test_a_counter_counts_every_concurrent_step_once(cache: Cache) -> None:
    first = await cache.increment("n", 60)
    numbers = await asyncio.gather(*(cache.increment("n", 60) for _ in range(40)))

    assert sorted([first, *numbers]) == list(range(1, 42))


async def test_a_counter_ends_although_it_is_used_all_the_time(cache: Cache) -> None:
    highest = 0
    async with asyncio.timeout(5):
        while (number := await cache.increment("n", 0.1)) > highest:
            highest = number
            await asyncio.sleep(0.005)

    assert number == 1


async def test_without_redis_values_are_missing_counters_go_on_and_deleting_is_refused(
    cuttable_redis: CuttableRedis,
) -> None:
    cache = RedisCache(cuttable_redis.url)
    try:
        await cache.set("k", b"1", 60)
        assert await cache.get("k") == b"1"
        await cuttable_redis.cut()

        assert await cache.get("k") is None
        await cache.set("k", b"2", 60)
        assert [await cache.increment("n", 60) for _ in range(3)] == [1, 2, 3]
        with pytest.raises(CacheUnavailable):
            await cache.delete("k")
        await cuttable_redis.join()
        async with asyncio.timeout(10):
            while await cache.get("k") != b"1":
                await asyncio.sleep(0.02)
    finally:
        await cache.close()


async def test_while_redis_does_not_answer_calls_do_not_each_wait_for_it(cuttable_redis: CuttableRedis) -> None:
    cache = RedisCache(cuttable_redis.url, timeout_seconds=0.1)
    try:
        await cuttable_redis.cut()
        await cuttable_redis.join(silent=True)

        async with asyncio.timeout(5):
            for _ in range(500):
                assert await cache.get("k") is None
    finally:
        await cache.close()
