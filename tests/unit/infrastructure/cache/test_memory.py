"""The cache of one process: what it forgets, and when."""

from powerautomation.infrastructure.cache import InProcessCache


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_the_least_recently_used_falls_out_when_there_are_too_many() -> None:
    cache = InProcessCache(max_entries=2)
    await cache.set("a", b"1", 60)
    await cache.set("b", b"2", 60)
    await cache.get("a")
    await cache.set("c", b"3", 60)

    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


async def test_bytes_are_bounded_too_and_an_oversized_value_is_not_kept() -> None:
    cache = InProcessCache(max_bytes=100)
    await cache.set("a", b"x" * 60, 60)
    await cache.set("b", b"x" * 60, 60)
    assert await cache.get("a") is None
    assert await cache.get("b") == b"x" * 60

    await cache.set("c", b"x" * 200, 60)
    assert await cache.get("c") is None


async def test_replacing_a_value_does_not_count_its_bytes_twice() -> None:
    cache = InProcessCache(max_bytes=100)
    for _ in range(50):
        await cache.set("a", b"x" * 40, 60)
    await cache.set("b", b"x" * 40, 60)

    assert await cache.get("a") == b"x" * 40


async def test_a_counter_ends_after_its_first_use_not_its_last() -> None:
    clock = Clock()
    cache = InProcessCache(clock=clock)
    assert await cache.increment("n", 10) == 1
    clock.seconds = 9
    assert await cache.increment("n", 10) == 2
    clock.seconds = 10
    assert await cache.increment("n", 10) == 1
