"""Providers' turns that many replicas share, in Redis: three of them send what one would."""

import asyncio
import time
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from powerautomation.gateway.routing.turns import InProcessTurns, longest_wait

PAUSE_AFTER_FAILURE_SECONDS = 5.0
_FAILURES = (RedisError, OSError, TimeoutError)
_log = structlog.get_logger("routing")

# ``next_turn`` in milliseconds of the server's clock. ARGV: requests per second, most milliseconds to wait. Returns the
# milliseconds until the turn, or -1.
_TURN = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local per_second, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local free_at = tonumber(redis.call('GET', KEYS[1]) or '0')
if free_at < now then free_at = now end
local wait = free_at - now - (math.max(1, per_second) - 1) * 1000 / per_second
if wait < 0.001 then wait = 0 end
if wait > most + 0.001 then return '-1' end
free_at = free_at + 1000 / per_second
redis.call('SET', KEYS[1], string.format('%.17g', free_at), 'PX', math.ceil(free_at - now) + 1000)
return string.format('%.3f', wait)
"""


class RedisTurns:
    """Turns in Redis, by its clock. While Redis is away each replica counts for itself: the provider then refuses what
    is too much, and such requests go elsewhere."""

    def __init__(self, url: str, *, timeout_seconds: float = 0.5) -> None:
        self._redis: Any = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                max_connections=32,
                # Behind a burst of others one waits longer than for an answer: that does not mean that Redis is away.
                timeout=timeout_seconds * 4,
            )
        )
        self._script = self._redis.register_script(_TURN)
        self._timeout_seconds = timeout_seconds
        self._alone = InProcessTurns()
        self._away_until = 0.0

    async def turn(self, provider: tuple[str, str], per_second: float) -> float | None:
        """Take a turn, as :class:`turns.Turns` says."""
        if time.monotonic() < self._away_until:
            return await self._alone.turn(provider, per_second)
        args = [repr(per_second), repr(longest_wait(per_second) * 1000)]
        key = f"powerautomation:turns:{{{provider[0]}:{provider[1]}}}"
        try:
            async with asyncio.timeout(self._timeout_seconds * 4):
                wait_ms = float(await self._script(keys=[key], args=args))
        except _FAILURES as error:
            self._away_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            _log.warning("routing.redis_away", reason=type(error).__name__)
            return await self._alone.turn(provider, per_second)
        return None if wait_ms < 0 else wait_ms / 1000

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()
