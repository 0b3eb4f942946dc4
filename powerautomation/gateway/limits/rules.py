"""Decisions about limits: which period it is, what to claim, what a refusal says. Without input or output."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from powerautomation.gateway.limits.entities import (
    MEASURES,
    ROLLING_MS,
    SUBJECT_KINDS,
    Claim,
    Limit,
    NewLimit,
    Used,
)
from powerautomation.gateway.limits.errors import (
    BudgetSpent,
    BudgetTooSmall,
    LimitInvalid,
    LimitReached,
    RequestTooLarge,
    TooManyAtOnce,
)
from powerautomation.gateway.metering import ExchangeRates

# Counters are exact up to 2**53, in Redis too: five million units of a currency in nanos, and room above.
MOST_AMOUNT = 5 * 10**15
# One request cannot claim more than fits beside a full counter.
MOST_ASKED = 10**15
# An ask above every limit, and small enough to be added to one exactly.
NEVER_FITS = MOST_AMOUNT + 1
MOST_LIMITS = 1_000
MOST_AT_ONCE = 100_000
MOST_WARNINGS = 5
_DAY_MS = 86_400_000
_KEEP_AFTER_MS = 2 * _DAY_MS
CONCURRENCY_RETRY_SECONDS = 1.0
_MEASURE_WORDS = {"requests": "requests", "tokens": "tokens", "money": "money", "concurrency": "requests at once"}


@lru_cache(maxsize=4096)
def _period(window: str, zone_name: str, day: int) -> tuple[int, int]:
    zone = ZoneInfo(zone_name)
    date = datetime.fromordinal(day)
    if window == "week":
        date -= timedelta(days=date.weekday())
        end = date + timedelta(days=7)
    elif window == "month":
        date = date.replace(day=1)
        end = (date + timedelta(days=32)).replace(day=1)
    else:
        end = date + timedelta(days=1)
    return _ms(date.replace(tzinfo=zone)), _ms(end.replace(tzinfo=zone))


def _ms(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)


def period_of(limit: Limit, now_ms: int) -> tuple[int, int]:
    """Return start and end of a calendar limit's present period, in milliseconds since the epoch.

    Days begin at midnight of the organization's time zone, weeks on Monday, months on the first.
    """
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(limit.time_zone))
    return _period(limit.window, limit.time_zone, local.toordinal())


class Plan:
    """A limit, ready to be claimed many times a second: its counter's name for the present period is remembered."""

    __slots__ = (
        "_counter",
        "_ends_ms",
        "_keep_ms",
        "_needs_seed",
        "_starts_ms",
        "capacity",
        "limit",
        "measure",
        "rate",
    )

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.measure = limit.measure
        self.capacity = limit.capacity
        self.rate = limit.rate_per_ms
        self._needs_seed = limit.is_budget
        self._ends_ms = 0
        self._starts_ms = 0
        self._counter = ""
        self._keep_ms = 0

    def counter(self, now_ms: int) -> str:
        """Return the name of the counter that counts now."""
        if not self._starts_ms <= now_ms < self._ends_ms:
            limit = self.limit
            if limit.is_budget:
                self._starts_ms, self._ends_ms = period_of(limit, now_ms)
                self._counter = f"{limit.id}:{limit.revision}:{self._starts_ms}"
                self._keep_ms = self._ends_ms - now_ms + _KEEP_AFTER_MS
            else:
                self._ends_ms = 2**62
                self._counter = f"{limit.id}:{limit.revision}"
                # Twice the time in which a full counter sinks to nothing.
                full_ms = int(limit.capacity / self.rate) if self.rate else _DAY_MS
                self._keep_ms = max(60_000, 2 * full_ms)
        return self._counter

    @property
    def starts_ms(self) -> int:
        """When the period of the last counter began; 0 for what has none."""
        return self._starts_ms

    @property
    def ends_ms(self) -> int:
        """When the period of the last counter ends."""
        return self._ends_ms

    @property
    def keep_ms(self) -> int:
        """How long the last counter matters after a use."""
        return self._keep_ms

    def claim(self, asks: tuple[int, ...], now_ms: int) -> Claim:
        """Return what a request claims of this limit, with an ask for each place it may be answered at."""
        return Claim(self.counter(now_ms), asks, self.capacity, self.rate, self._needs_seed, self._keep_ms)


def used_of(limit: Limit, claim: Claim, used: Used, rates: ExchangeRates, began_ms: int) -> int:
    """Return what a settlement counts against a limit: money by the rate of the day the request began. Where that
    cannot be said, the reservation stands."""
    if limit.measure == "requests":
        return used.requests
    if limit.measure == "tokens":
        return min(used.tokens, MOST_ASKED)
    if limit.measure == "concurrency":
        return 0
    if used.costs is None:
        return claim.ask
    total = 0
    for currency, nanos in used.costs.items():
        converted = rates.convert(nanos, currency, limit.currency, began_ms)
        if converted is None:
            return claim.ask
        total += converted
    return min(total, MOST_ASKED)


def wait_ms(limit: Limit, claim: Claim, level: float, ends_ms: int, now_ms: int) -> float:
    """Return after how many milliseconds a refused claim may fit: 0 when it fits now, infinite when it never does."""
    missing = level + claim.ask - claim.capacity
    if missing <= 0:
        return 0.0
    if claim.ask > claim.capacity:
        return math.inf
    if limit.measure == "concurrency":
        return CONCURRENCY_RETRY_SECONDS * 1000
    if claim.rate_per_ms:
        return missing / claim.rate_per_ms
    return max(1.0, ends_ms - now_ms)


def refusal(
    plans: Sequence[Plan], claims: Sequence[Claim], levels: Sequence[float], now_ms: int, deployment: str
) -> LimitReached:
    """Return what a refused client is told: of the limit that keeps it waiting longest, and of the deployment whose ask
    it is that does not fit."""
    waits = [
        wait_ms(plan.limit, claim, level, plan.ends_ms, now_ms)
        for plan, claim, level in zip(plans, claims, levels, strict=True)
    ]
    worst = max(range(len(plans)), key=lambda place: waits[place])
    limit, claim, seconds = plans[worst].limit, claims[worst], waits[worst] / 1000
    words = described(limit)
    if limit.measure == "concurrency":
        return TooManyAtOnce(
            f"{words} are running already.",
            action="Wait until one of them ends, or ask an administrator for a higher limit.",
            retry_after_seconds=seconds,
        )
    asked = _asked(limit, claim.ask, deployment)
    left = amount_words(limit, max(0, int(claim.capacity - levels[worst])))
    if limit.is_budget:
        resets = datetime.fromtimestamp(plans[worst].ends_ms / 1000, UTC)
        return BudgetSpent(
            f"The budget of {words} is spent: {left} left, and this request may use {asked}. It begins anew at "
            f"{resets:%Y-%m-%dT%H:%M:%SZ}.",
            action="Wait until then, ask for a shorter answer, or ask an administrator for a higher budget.",
            retry_after_seconds=seconds,
        )
    return LimitReached(
        f"The limit of {words} is reached: {left} left now, and this request may use {asked}.",
        action=f"Try again in {max(1, round(seconds))} seconds, or ask an administrator for a higher limit.",
        retry_after_seconds=seconds,
    )


def _asked(limit: Limit, amount: int, deployment: str) -> str:
    """Return what a request may use in words, and where that depends on who answers, at whom."""
    words = amount_words(limit, amount)
    return f"{words} at {deployment}" if deployment and limit.measure in ("tokens", "money") else words


def too_large(limit: Limit, wanted: int, deployment: str) -> RequestTooLarge:
    """Return what a client is told whose one request never fits, however long it waits."""
    what = "budget" if limit.is_budget else "limit"
    action = f"Ask an administrator for a higher {what}."
    if limit.measure in ("tokens", "money"):
        action = f"Ask for a shorter answer (max_tokens), send less, or ask an administrator for a higher {what}."
    kind = BudgetTooSmall if limit.is_budget else RequestTooLarge
    return kind(
        f"This request alone may use {_asked(limit, wanted, deployment)}, and the whole {what} is {described(limit)}: "
        "waiting does not help.",
        action=action,
    )


def amount_words(limit: Limit, amount: int) -> str:
    """Return an amount of a limit in words: ``USD 0.0125``, ``1,000 tokens``."""
    if limit.measure == "money":
        whole, nanos = divmod(amount, 10**9)
        fraction = f"{nanos:09d}".rstrip("0").ljust(2, "0")
        return f"{limit.currency} {whole:,}.{fraction}"
    word = _MEASURE_WORDS[limit.measure]
    return f"{amount:,} {word[:-1] if amount == 1 and word.endswith('s') else word}"


def described(limit: Limit) -> str:
    """Return a limit in words: ``60 requests a minute for this key``."""
    whose = {
        "organization": "the organization",
        "person": "this person",
        "key": "this key",
        "unit": "the unit of this person",
    }.get(limit.subject_kind)
    whose = whose or f"the project “{limit.subject_id}”"
    period = f" a {limit.window}" if limit.window else ""
    return f"{amount_words(limit, limit.amount)}{period} for {whose}"


def reached_percents(limit: Limit, level: float) -> list[int]:
    """Return the warning thresholds a calendar budget has reached at a level."""
    if not limit.is_budget:
        return []
    return [percent for percent in limit.warn_percents if level * 100 >= percent * limit.amount]


def checked(new: NewLimit) -> NewLimit:
    """Return a limit as it may be stored; raises LimitInvalid with the field that is wrong."""
    fields: dict[str, str] = {}
    if new.subject_kind not in SUBJECT_KINDS:
        fields["subject_kind"] = f"one of {', '.join(SUBJECT_KINDS)}"
    elif (new.subject_kind == "organization") != (not new.subject_id):
        fields["subject_id"] = "empty for the organization, otherwise whom the limit is for"
    if len(new.subject_id) > 100 or not new.subject_id.isprintable():
        fields["subject_id"] = "at most 100 visible characters"
    if new.measure not in MEASURES:
        fields["measure"] = f"one of {', '.join(MEASURES)}"
    elif (new.measure == "concurrency") != (not new.window):
        fields["window"] = "a period for every measure but concurrency, which has none"
    if not 0 <= new.amount <= (MOST_AT_ONCE if new.measure == "concurrency" else MOST_AMOUNT):
        fields["amount"] = "at least 0, and not that much"
    if new.window in ROLLING_MS and new.amount < 1:
        fields["amount"] = "at least 1 for a rolling window"
    if new.burst is not None and (new.window not in ROLLING_MS or not 1 <= new.burst <= MOST_AMOUNT):
        fields["burst"] = "at least 1, and only for a minute or an hour"
    if (new.measure == "money") != bool(new.currency):
        fields["currency"] = "needed for money, and only there"
    percents = new.warn_percents if new.window and new.window not in ROLLING_MS else ()
    if len(percents) > MOST_WARNINGS or any(not 1 <= percent <= 100 for percent in percents):
        fields["warn_percents"] = f"at most {MOST_WARNINGS}, each from 1 to 100"
    if fields:
        raise LimitInvalid("The limit cannot be made like this.", action="Mend what is marked.", fields=fields)
    return NewLimit(
        new.subject_kind,
        new.subject_id,
        new.measure,
        new.window,
        new.amount,
        new.burst,
        new.currency,
        tuple(sorted(set(percents))),
    )
