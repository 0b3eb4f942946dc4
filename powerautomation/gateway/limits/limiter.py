"""The data plane's limits: reserve before the first attempt, settle at the end. One look-up for keys without any."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import structlog

from powerautomation.gateway.limits import rules
from powerautomation.gateway.limits.entities import Ask, Limit, Reservation, Used
from powerautomation.gateway.limits.errors import LimitsUnavailable
from powerautomation.gateway.limits.fitting import left_out_by, offer_of, refusal_of
from powerautomation.gateway.limits.headers import limit_headers
from powerautomation.gateway.limits.memory import InProcessCounters
from powerautomation.gateway.limits.ports import Counters, SpentBefore
from powerautomation.gateway.limits.rules import Plan
from powerautomation.gateway.metering import ExchangeRates
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem

SEED_SECONDS = 10.0
SEED_TRIES = 3
MOST_WARNINGS_WAITING = 1_000
MOST_REMEMBERED_WARNINGS = 100_000
_log = structlog.get_logger("limits")

# The limit, when its period began, the threshold in per cent, and what was used.
Warned = Callable[[Limit, int, int, int], Awaitable[None]]


class KeyLimits:
    """The limits that apply to one key. ``counts_usage``: whether any counts tokens or money."""

    __slots__ = ("counts_usage", "limits", "plans")

    def __init__(self, plans: tuple[Plan, ...]) -> None:
        self.plans = plans
        self.limits = tuple(plan.limit for plan in plans)
        self.counts_usage = any(limit.measure in ("tokens", "money") for limit in self.limits)


class Limiter:
    """Which limits apply to which key, and the counters. ``by_key`` is replaced as a whole when something changes."""

    def __init__(
        self, counters: Counters, spent_before: SpentBefore, warned: Warned, rates: ExchangeRates | None = None
    ) -> None:
        self.counters = counters
        self.rates = rates or ExchangeRates()
        self.by_key: Mapping[str, KeyLimits] = {}
        self._spent_before = spent_before
        self._warned = warned
        self._known: tuple[list[Limit], list[ApiKeyRecord]] = ([], [])
        self._seeding: dict[str, asyncio.Lock] = {}
        self._told: set[tuple[str, int]] = set()
        self._watched: dict[str, Reservation] = {}
        self._warnings: asyncio.Queue[tuple[Limit, int, int, int]] = asyncio.Queue(MOST_WARNINGS_WAITING)
        self._task: asyncio.Task[None] | None = None
        counters.settled = self._on_settled

    def replace(self, limits: list[Limit], keys: list[ApiKeyRecord]) -> None:
        """Take over what applies from now on; what was counted stays counted."""
        if (limits, keys) == self._known:
            return
        self._known = (limits, keys)
        by_subject: dict[tuple[str, str, str], list[Plan]] = {}
        for limit in limits:
            subject = (limit.organization_id, limit.subject_kind, limit.subject_id)
            by_subject.setdefault(subject, []).append(Plan(limit))
        by_key = {}
        for key in keys if by_subject else ():
            owner = key.organization_id
            plans = [
                *by_subject.get((owner, "key", key.id), ()),
                *(by_subject.get((owner, "project", key.project), ()) if key.project else ()),
                *(by_subject.get((owner, "person", key.created_by), ()) if key.created_by else ()),
                *(plan for unit in key.units for plan in by_subject.get((owner, "unit", unit), ())),
                *by_subject.get((owner, "organization", ""), ()),
            ]
            if plans:
                by_key[key.id] = KeyLimits(tuple(plans))
        self.by_key = by_key

    def start(self) -> None:
        """Begin to tell of thresholds."""
        self._task = asyncio.create_task(self._tell_for_ever(), name="limit warnings")

    async def stop(self) -> None:
        """Tell what waits, and end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        while not self._warnings.empty():
            await self._tell(*self._warnings.get_nowait())

    async def reserve(self, key_limits: KeyLimits, lease: str, asks: Sequence[Ask], dialect: str) -> Reservation:
        """Reserve what one request may use, of all its limits at once, or nothing. There is an ask for each deployment
        that may answer: the largest of those that fit is held, and the others are left out.

        Raises LimitReached (429, 402) with when to come back, RequestTooLarge, PriceUnknown, and LimitsUnavailable
        when nobody can say: then nothing is let through.
        """
        plans = key_limits.plans
        counters = self.counters
        owner = key_limits.limits[0].organization_id
        for _ in range(SEED_TRIES):
            moment_ms = now_ms()
            offer = offer_of(plans, asks, self.rates, moment_ms)
            claims = offer.claims
            if isinstance(counters, InProcessCounters):
                outcome = counters.reserve_now(owner, lease, claims)
            else:
                outcome = await counters.reserve(owner, lease, claims)
            if outcome.unseeded:
                for plan, claim in zip(plans, claims, strict=True):
                    if claim.counter in outcome.unseeded:
                        await self._seed(plan, claim.counter)
                continue
            headers = limit_headers(dialect, plans, claims, outcome.levels, moment_ms)
            if outcome.admitted:
                fitting = outcome.fitting
                held = claims if len(offer.places) == 1 else tuple([claim.of(fitting) for claim in claims])
                reservation = Reservation(lease, owner, key_limits.limits, held, moment_ms, headers)
                if len(fitting) < len(asks):
                    reservation.fitting = tuple([offer.places[number] for number in fitting])
                    reservation.left_out = left_out_by(plans, offer, fitting, outcome.levels)
                return reservation
            refusal = refusal_of(plans, offer, asks, outcome.levels, moment_ms)
            refusal.headers = headers
            raise refusal
        raise LimitsUnavailable("The counters of this key's limits are lost as fast as they are read.")

    def settle(self, reservation: Reservation, used: Used) -> None:
        """Replace what was reserved by what was used. Returns at once."""
        limits, claims = reservation.limits, reservation.claims
        began_ms = reservation.began_ms
        amounts = [
            rules.used_of(limit, claim, used, self.rates, began_ms) for limit, claim in zip(limits, claims, strict=True)
        ]
        if any(limit.warn_percents for limit in limits):
            self._watched[reservation.id] = reservation
            if len(self._watched) > MOST_REMEMBERED_WARNINGS:
                self._watched.pop(next(iter(self._watched)))
        self.counters.settle(reservation.organization_id, reservation.id, claims, amounts)

    async def _seed(self, plan: Plan, counter: str) -> None:
        """Begin a budget's period with what the ledger knows of it: the first request of a period, and of a process,
        waits for this one look."""
        lock = self._seeding.setdefault(counter, asyncio.Lock())
        limit = plan.limit
        starts_ms, keep_ms = plan.starts_ms, plan.keep_ms
        try:
            async with asyncio.timeout(SEED_SECONDS), lock:
                (known,) = await self.counters.levels(limit.organization_id, [counter])
                if known is None:
                    level = await self._spent_before(limit, starts_ms)
                    await self.counters.seed(limit.organization_id, counter, level, keep_ms)
        except (Problem, TimeoutError) as error:
            _log.warning("limits.ledger_away", limit=limit.id, reason=str(error) or "timeout")
            raise LimitsUnavailable(
                "This key has a budget, and what was spent of it cannot be read now.",
                action="Try again in a moment.",
                retry_after_seconds=1,
            ) from error
        finally:
            if not lock.locked():
                self._seeding.pop(counter, None)

    def _on_settled(self, lease: str, levels: Iterable[float | None]) -> None:
        reservation = self._watched.pop(lease, None)
        if reservation is None:
            return
        for limit, claim, level in zip(reservation.limits, reservation.claims, levels, strict=False):
            if level is None or not limit.warn_percents:
                continue
            for percent in rules.reached_percents(limit, level):
                if (claim.counter, percent) not in self._told:
                    if len(self._told) >= MOST_REMEMBERED_WARNINGS:
                        self._told.clear()
                    self._told.add((claim.counter, percent))
                    with suppress(asyncio.QueueFull):
                        starts_ms = int(claim.counter.rpartition(":")[2])
                        self._warnings.put_nowait((limit, starts_ms, percent, int(level)))

    async def _tell_for_ever(self) -> None:
        while True:
            await self._tell(*await self._warnings.get())

    async def _tell(self, limit: Limit, starts_ms: int, percent: int, used: int) -> None:
        try:
            await self._warned(limit, starts_ms, percent, used)
        except Exception as error:
            # The next settlement of this process will say it again.
            self._told.discard((f"{limit.id}:{limit.revision}:{starts_ms}", percent))
            _log.warning("limits.warning_not_told", limit=limit.id, percent=percent, reason=str(error))
