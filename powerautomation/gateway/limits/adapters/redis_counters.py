"""The counters of many replicas, in Redis."""

import asyncio
import contextlib
import hashlib
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import NoScriptError, RedisError

from powerautomation.gateway.limits.adapters.scripts import LEVELS, RENEW, RESERVE, SEED, SETTLE
from powerautomation.gateway.limits.entities import Claim, Outcome
from powerautomation.gateway.limits.errors import LimitsUnavailable
from powerautomation.gateway.limits.ports import Settled

LEASE_MS = 30_000
DONE_MS = 60_000
PAUSE_AFTER_FAILURE_SECONDS = 0.5
MOST_WAITING = 100_000
SETTLED_AT_ONCE = 64
CLOSE_SECONDS = 3.0
_FAILURES = (RedisError, OSError, TimeoutError)
_log = structlog.get_logger("limits")


class RedisCounters:
    """Counts in Redis, by its clock. A reservation is a lease that is renewed while its request runs; when the replica
    dies, what it held comes back after ``lease_ms``. What cannot be settled now is settled when Redis is back."""

    is_local = False

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 1.0,
        lease_ms: int = LEASE_MS,
        done_ms: int = DONE_MS,
        now_ms: int = 0,
        settled: Settled = lambda lease, levels: None,
    ) -> None:
        self._redis = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                max_connections=32,
                timeout=timeout_seconds,
            )
        )
        self._timeout_seconds = timeout_seconds
        self._lease_ms = lease_ms
        self._done_ms = done_ms
        # For tests, which move the clock themselves; 0 means the server's.
        self.now_ms = now_ms
        self.settled = settled
        self._away_until = 0.0
        self._running: dict[str, tuple[str, tuple[Claim, ...]]] = {}
        self._waiting: deque[tuple[str, str, tuple[Claim, ...], tuple[int, ...]]] = deque()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to settle and renew in the background."""
        self._tasks = [
            asyncio.create_task(self._settle_for_ever(), name="limits settling"),
            asyncio.create_task(self._renew_for_ever(), name="limits renewing"),
        ]

    async def close(self) -> None:
        """Settle what waits, for a few seconds, and close every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(*_FAILURES):
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._waiting:
                    await self._settle_some()
        await self._redis.aclose()

    async def reserve(self, organization_id: str, lease: str, claims: Sequence[Claim]) -> Outcome:
        """Add to every counter the largest ask of the places that fit, or nothing at all. Raises LimitsUnavailable."""
        arguments: list[Any] = [lease, self._lease_ms, len(claims[0].asks)]
        for claim in claims:
            arguments += (claim.counter, claim.capacity, repr(claim.rate_per_ms))
            arguments += ("1" if claim.needs_seed else "0", claim.keep_ms, *claim.asks)
        try:
            answer = await self._ask(RESERVE, organization_id, arguments)
        except BaseException:
            # It may have been reserved all the same: give it back when that can be said.
            self._queue((organization_id, lease, tuple(claims), (0,) * len(claims)))
            raise
        fitting = tuple(place for place, mark in enumerate(answer[0]) if mark == ord("1"))
        if fitting:
            self._running[lease] = (organization_id, tuple([claim.of(fitting) for claim in claims]))
        levels = tuple(float(level) for level in answer[1 : 1 + len(claims)])
        return Outcome(fitting, levels, tuple(name.decode() for name in answer[1 + len(claims) :]))

    def settle(self, organization_id: str, lease: str, claims: Sequence[Claim], used: Sequence[int]) -> None:
        """Replace what a reservation holds by what was used: queued, and sent at once when Redis is there."""
        self._running.pop(lease, None)
        self._queue((organization_id, lease, tuple(claims), tuple(used)))

    def _queue(self, settlement: tuple[str, str, tuple[Claim, ...], tuple[int, ...]]) -> None:
        if len(self._waiting) >= MOST_WAITING:
            # The ledger has it; the counters are wrong by this one until their period ends.
            self._waiting.popleft()
            _log.warning("limits.settlement_dropped", waiting=MOST_WAITING)
        self._waiting.append(settlement)
        self._woken.set()

    async def seed(self, organization_id: str, counter: str, level: int, keep_ms: int) -> None:
        """Say what was used before the counter began; the first to say so counts. Raises LimitsUnavailable."""
        await self._ask(SEED, organization_id, [counter, level, keep_ms])

    async def levels(self, organization_id: str, counters: Sequence[str]) -> list[float | None]:
        """Return the counters' levels now, None for one that counts nothing yet. Raises LimitsUnavailable."""
        if not counters:
            return []
        answer = await self._ask(LEVELS, organization_id, list(counters))
        return [float(level) if level else None for level in answer]

    async def settle_now(
        self, organization_id: str, lease: str, claims: Sequence[Claim], used: Sequence[int]
    ) -> list[float | None]:
        """Do what ``settle`` does, now, and return the levels then; empty when it was settled before. Raises
        LimitsUnavailable."""
        arguments: list[Any] = [lease, self._done_ms]
        for claim, amount in zip(claims, used, strict=True):
            arguments += (claim.counter, amount, repr(claim.rate_per_ms), "1" if claim.needs_seed else "0")
            arguments.append(claim.keep_ms)
        answer = await self._ask(SETTLE, organization_id, arguments)
        levels = [float(level) if level else None for level in answer]
        if levels:
            self.settled(lease, levels)
        return levels

    async def renew_now(self, organization_id: str, lease: str, claims: Sequence[Claim]) -> None:
        """Hold a reservation for longer; one that expired or was lost is taken again. Raises LimitsUnavailable."""
        arguments: list[Any] = [lease, self._lease_ms]
        for claim in claims:
            arguments += (claim.counter, claim.ask, repr(claim.rate_per_ms), "1" if claim.needs_seed else "0")
            arguments.append(claim.keep_ms)
        await self._ask(RENEW, organization_id, arguments)

    async def _ask(self, script: str, organization_id: str, arguments: list[Any]) -> Any:
        if time.monotonic() < self._away_until:
            # Waiting for a time-out on each request would make all of them slow for as long as Redis is away.
            raise _unavailable()
        try:
            async with asyncio.timeout(self._timeout_seconds * 2):
                return await run_script(
                    self._redis, script, f"powerautomation:limits:{{{organization_id}}}:", self.now_ms, arguments
                )
        except _FAILURES as error:
            self._away_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            _log.warning("limits.redis_away", reason=type(error).__name__)
            raise _unavailable() from error

    async def _settle_for_ever(self) -> None:
        while True:
            await self._woken.wait()
            try:
                await self._settle_some()
            except LimitsUnavailable:
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
            except Exception:
                _log.exception("limits.settlement_failed")
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)

    async def _settle_some(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(SETTLED_AT_ONCE, len(self._waiting)))]
        done = await asyncio.gather(*(self.settle_now(*one) for one in batch), return_exceptions=True)
        failed = [one for one, result in zip(batch, done, strict=True) if isinstance(result, BaseException)]
        self._waiting.extendleft(reversed(failed))
        if not self._waiting:
            self._woken.clear()
        for result in done:
            if isinstance(result, BaseException):
                raise result

    async def _renew_for_ever(self) -> None:
        while True:
            before = set(self._running)
            # A new lease is renewed after a third of its time at the latest: a busy moment must not end it.
            await asyncio.sleep(self._lease_ms / 6000)
            for lease in before:
                # Requests that ended meanwhile need no renewal, and most are quicker than this.
                running = self._running.get(lease)
                if running is not None:
                    with contextlib.suppress(LimitsUnavailable):
                        await self.renew_now(running[0], lease, running[1])


async def run_script(redis: Any, script: str, prefix: str, now_ms: int, arguments: Sequence[Any]) -> Any:
    """Run a script by its hash, sending its text only to a server that does not know it yet."""
    values = [prefix, now_ms, *arguments]
    try:
        return await redis.evalsha(_hash_of(script), 1, f"{prefix}leases", *values)
    except NoScriptError:
        return await redis.eval(script, 1, f"{prefix}leases", *values)


_hashes: dict[str, str] = {}


def _hash_of(script: str) -> str:
    known = _hashes.get(script)
    if known is None:
        # The name Redis gives a script.
        known = _hashes[script] = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
    return known


def _unavailable() -> LimitsUnavailable:
    return LimitsUnavailable(
        "This key has limits, and the shared counters (Redis) cannot be reached.",
        action="Try again in a moment; see that the Redis server of redis_url runs.",
        retry_after_seconds=1,
    )
