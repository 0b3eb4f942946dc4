"""The cache of several replicas, in Redis."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from powerautomation.infrastructure.cache.memory import InProcessCache
from powerautomation.infrastructure.cache.ports import Cache, CacheUnavailable
from powerautomation.infrastructure.settings import Settings

_PREFIX = "powerautomation:cache:"
_PAUSE_AFTER_FAILURE_SECONDS = 1.0
_log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


class RedisCache:
    """Shared by every replica. While Redis is away, values are simply missing and counters are counted here."""

    def __init__(self, url: str, *, timeout_seconds: float = 1.0) -> None:
        from redis.asyncio import BlockingConnectionPool, Redis

        self._timeout_seconds = timeout_seconds
        self._redis = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                max_connections=32,
                timeout=timeout_seconds,
            )
        )
        self._meanwhile = InProcessCache(max_entries=10_000)
        self._away_until = 0.0

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None when there is none or Redis is away."""
        try:
            value = await self._ask(self._redis.get(_PREFIX + key))
        except CacheUnavailable:
            return None
        return value if isinstance(value, bytes) else None

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Keep a value for at most ``ttl_seconds``; forgotten at once while Redis is away."""
        try:
            await self._ask(self._redis.set(_PREFIX + key, value, px=_milliseconds(ttl_seconds)))
        except CacheUnavailable:
            return

    async def delete(self, key: str) -> None:
        """Forget a value; raises CacheUnavailable while Redis is away, as others could still see it."""
        self._away_until = 0.0
        await self._ask(self._redis.delete(_PREFIX + key))

    async def increment(self, key: str, ttl_seconds: float) -> int:
        """Add one to a counter and return it, in one atomic step."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(_PREFIX + key, 0, px=_milliseconds(ttl_seconds), nx=True)
        pipeline.incr(_PREFIX + key)
        try:
            answers: list[int] = await self._ask(pipeline.execute())
        except CacheUnavailable:
            return await self._meanwhile.increment(key, ttl_seconds)
        return int(answers[1])

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def _ask(self, question: Awaitable[Answer]) -> Answer:
        from redis.exceptions import RedisError

        if time.monotonic() < self._away_until:
            # Waiting for a time-out on each call would make every request slow for as long as Redis is away.
            _discard(question)
            raise _unavailable()
        try:
            async with asyncio.timeout(self._timeout_seconds * 2):
                return await question
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + _PAUSE_AFTER_FAILURE_SECONDS
            _log.warning("cache cannot reach Redis", reason=type(error).__name__)
            raise _unavailable() from error


def make_cache(settings: Settings) -> Cache:
    """Return the cache the settings mean: Redis when there is a ``redis_url``, else in process."""
    return RedisCache(settings.redis_url) if settings.redis_url else InProcessCache()


def _discard(question: Awaitable[object]) -> None:
    close = getattr(question, "close", None)
    if close is not None:
        close()


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _unavailable() -> CacheUnavailable:
    return CacheUnavailable(
        "The shared cache (Redis) cannot be reached.",
        action="Try again in a moment; see that the Redis server of redis_url runs.",
        retry_after_seconds=1,
    )
