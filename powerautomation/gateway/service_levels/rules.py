"""Measuring promises: decisions without input or output. Hours are counted since the epoch, in UTC."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from powerautomation.gateway.service_levels.entities import (
    Breach,
    BreachedMeasure,
    Credit,
    CreditStep,
    HourSums,
    Measured,
    Period,
    Promise,
)

if TYPE_CHECKING:
    from powerautomation.infrastructure.settings import Settings

HOUR_SECONDS = 3600
# Upper bounds of latency buckets in milliseconds, each a quarter above the one before: 20 ms to about 4 minutes.
LATENCY_EDGES_MS: tuple[int, ...] = tuple(round(20 * 1.25**step) for step in range(43))
LEAST_ATTEMPTS = 20
_NEUTRAL_KINDS = frozenset({"caller", "credential"})


def declared_promises(settings: "Settings") -> dict[str, Promise]:
    """Return the promises of the configuration file by provider."""
    return {
        name: Promise(
            provider.promise.availability_percent,
            provider.promise.latency_p95_ms,
            provider.promise.error_rate_percent,
            tuple(CreditStep(step.below_percent, step.credit_percent) for step in provider.promise.credits),
        )
        for name, provider in settings.providers.items()
        if provider.promise is not None
    }


def sum_hours(rows: Iterable[Mapping[str, object]]) -> list[HourSums]:
    """Return hourly sums of what the ledger counted: rows of hour, provider, outcome, failure_kind, answered (whether a
    first token came), bucket (of its latency, None without one), currency, attempts and cost_nanos.

    A caller's mistake and a refused key say nothing about a provider; neither does a request that was given up before
    its first token. What they cost counts as spent.
    """
    hours: dict[tuple[str, int], HourSums] = {}
    for row in rows:
        provider, hour = str(row["provider"]), _whole(row["hour"])
        entry = hours.get((provider, hour))
        if entry is None:
            counts = [0] * (len(LATENCY_EDGES_MS) + 1)
            entry = hours[provider, hour] = HourSums(provider, hour, 0, 0, 0, counts, {})
        count, cost = _whole(row["attempts"]), _whole(row["cost_nanos"] or 0)
        if cost:
            currency = str(row["currency"])
            entry.spent[currency] = entry.spent.get(currency, 0) + cost
        outcome, kind = row["outcome"], row["failure_kind"]
        if outcome == "failed":
            if kind in _NEUTRAL_KINDS:
                continue
            entry.attempts += count
            if kind == "rate_limited":
                entry.rate_limited += count
            else:
                entry.failed += count
        elif outcome == "completed" or row["answered"]:
            entry.attempts += count
            if row["bucket"] is not None:
                entry.latency_counts[_whole(row["bucket"])] += count
    return list(hours.values())


def _whole(value: object) -> int:
    return int(value)  # type: ignore[call-overload, no-any-return]


def period_start(period: Period, moment: datetime) -> datetime:
    """Return when the period that holds a moment began, in UTC."""
    moment = moment.astimezone(UTC)
    if period == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if period == "day" else day.replace(day=1)


def period_before(period: Period, start: datetime) -> datetime:
    """Return when the period before the one that begins at ``start`` began."""
    return period_start(period, start - timedelta(seconds=1))


def hour_of(moment: datetime) -> int:
    """Return the hour of a moment."""
    return int(moment.timestamp()) // HOUR_SECONDS


def start_of_hour(hour: int) -> datetime:
    """Return when an hour began."""
    return datetime.fromtimestamp(hour * HOUR_SECONDS, UTC)


def measure(start: datetime, hours: Iterable[HourSums]) -> Measured:
    """Return what the hours of one provider show together."""
    attempts = failed = limited = 0
    counts = [0] * (len(LATENCY_EDGES_MS) + 1)
    for hour in hours:
        attempts += hour.attempts
        failed += hour.failed
        limited += hour.rate_limited
        for place, count in enumerate(hour.latency_counts[: len(counts)]):
            counts[place] += count
    return Measured(
        start=start,
        attempts=attempts,
        failed=failed,
        rate_limited=limited,
        availability_percent=100 * (attempts - failed) / attempts if attempts else None,
        error_rate_percent=100 * (failed + limited) / attempts if attempts else None,
        latency_p50_ms=percentile(counts, 0.50),
        latency_p95_ms=percentile(counts, 0.95),
    )


def percentile(counts: Sequence[int], share: float) -> float | None:
    """Return the latency in milliseconds below which that share of the counted answers lies; None without any.

    Between the bounds of its bucket it is taken to grow evenly, so it is off by less than a quarter.
    """
    total = sum(counts)
    if not total:
        return None
    wanted = share * total
    below = 0
    for place, count in enumerate(counts):
        if count and below + count >= wanted:
            low = LATENCY_EDGES_MS[place - 1] if place else 0
            high = LATENCY_EDGES_MS[place] if place < len(LATENCY_EDGES_MS) else low
            return low + (high - low) * (wanted - below) / count
        below += count
    return float(LATENCY_EDGES_MS[-1])


def group_hours(hours: Iterable[HourSums], period: Period) -> dict[str, dict[datetime, list[HourSums]]]:
    """Return hours by provider and by the period they belong to."""
    found: dict[str, dict[datetime, list[HourSums]]] = {}
    for hour in hours:
        start = period_start(period, start_of_hour(hour.hour))
        found.setdefault(hour.provider, {}).setdefault(start, []).append(hour)
    return found


def find_breaches(provider: str, period: Period, measured: Measured, promise: Promise) -> list[Breach]:
    """Return which parts of a promise a period did not keep; none when too few attempts say anything."""
    if measured.attempts < LEAST_ATTEMPTS:
        return []
    found = []

    def add(name: BreachedMeasure, promised: float, value: float) -> None:
        found.append(Breach(provider, period, measured.start, name, promised, value, measured.attempts))

    least, most = promise.availability_percent, promise.error_rate_percent
    if least is not None and measured.availability_percent is not None and measured.availability_percent < least:
        add("availability", float(least), measured.availability_percent)
    longest, p95 = promise.latency_p95_ms, measured.latency_p95_ms
    if longest is not None and p95 is not None and p95 > longest:
        add("latency_p95", float(longest), p95)
    if most is not None and measured.error_rate_percent is not None and measured.error_rate_percent > most:
        add("error_rate", float(most), measured.error_rate_percent)
    return found


def find_credits(provider: str, measured: Measured, spent: Mapping[str, int], promise: Promise) -> list[Credit]:
    """Return what a provider owes for a month that is over, one entry for each currency: the largest step that its
    availability fell below, of what was spent there."""
    available = measured.availability_percent
    if available is None or measured.attempts < LEAST_ATTEMPTS:
        return []
    steps = [step for step in promise.credits if available < step.below_percent]
    if not steps:
        return []
    step = max(steps, key=lambda one: one.credit_percent)
    month = f"{measured.start:%Y-%m}"
    return [
        Credit(
            provider=provider,
            month=month,
            currency=currency,
            spent_nanos=nanos,
            credit_percent=step.credit_percent,
            amount_nanos=int((Decimal(nanos) * step.credit_percent / 100).to_integral_value(rounding=ROUND_HALF_EVEN)),
            promised_percent=float(step.below_percent),
            measured_percent=available,
            attempts=measured.attempts,
        )
        for currency, nanos in sorted(spent.items())
        if nanos > 0
    ]


def sum_spent(hours: Iterable[HourSums]) -> dict[str, int]:
    """Return what was spent in the hours, in nanos by currency."""
    spent: dict[str, int] = {}
    for hour in hours:
        for currency, nanos in hour.spent.items():
            spent[currency] = spent.get(currency, 0) + nanos
    return spent
