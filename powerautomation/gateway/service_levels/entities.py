"""Promises of providers, what was measured, and what follows from it."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Period = Literal["hour", "day", "month"]
BreachedMeasure = Literal["availability", "latency_p95", "error_rate"]


class CreditStep(msgspec.Struct, frozen=True):
    """Below this availability in a month (percent), so much of the month's spend is owed back (percent)."""

    below_percent: Decimal
    credit_percent: Decimal


class Promise(msgspec.Struct, frozen=True):
    """What a provider promises, each None when it says nothing: least availability in percent, longest 95th percentile
    of the time to the first token in milliseconds, largest share of errors in percent; and what it credits."""

    availability_percent: Decimal | None = None
    latency_p95_ms: int | None = None
    error_rate_percent: Decimal | None = None
    credits: tuple[CreditStep, ...] = ()


class HourSums(msgspec.Struct):
    """One hour of one provider. ``attempts`` are those that say something about it; ``failed`` of them it could not
    serve; ``rate_limited`` it refused for being too many. ``latency_counts`` counts good answers by the time to their
    first token, by the buckets of the rules; ``spent`` is in nanos by currency."""

    provider: str
    hour: int
    attempts: int
    failed: int
    rate_limited: int
    latency_counts: list[int]
    spent: dict[str, int]


class Measured(msgspec.Struct, frozen=True):
    """What a period shows. Percentages and latencies are None without attempts that could tell."""

    start: datetime
    attempts: int
    failed: int
    rate_limited: int
    availability_percent: float | None
    error_rate_percent: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None


class Breach(msgspec.Struct, frozen=True):
    """A promise that was not kept in a period which is over."""

    provider: str
    period: Period
    start: datetime
    measure: BreachedMeasure
    promised: float
    measured: float
    attempts: int


class Credit(msgspec.Struct, frozen=True):
    """What a provider owes for a month, in nanos of a currency: ``credit_percent`` of what was spent there."""

    provider: str
    month: str
    currency: str
    spent_nanos: int
    credit_percent: Decimal
    amount_nanos: int
    promised_percent: float
    measured_percent: float
    attempts: int
