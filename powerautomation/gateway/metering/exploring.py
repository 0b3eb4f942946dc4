"""The usage explorer: sums of any period by day or hour and one dimension, in currencies, with what broken caches cost.

Savings compare with the list price of the model that was asked for. Where that price is in another currency than the
cost, it is converted at the configured rate of the request's day, and the report names every rate it used.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from powerautomation.gateway.metering import exploring_sql
from powerautomation.gateway.metering.errors import RangeInvalid, ZoneUnknown
from powerautomation.gateway.metering.exploring_sql import SUMS, AsyncSession, RatingCounts
from powerautomation.gateway.metering.rates import Rate, rate_between
from powerautomation.gateway.metering.repository import Columns
from powerautomation.identity.api_keys import list_api_keys
from powerautomation.identity.users import list_user_names
from powerautomation.kernel.clock import from_ms

MOST_SUMS = 20_000
LONGEST_RANGE = timedelta(days=400)
_EPOCH = datetime.fromtimestamp(0, UTC)
Bucket = Literal["none", "hour", "day"]
Grouping = Literal[
    "none", "model", "served_model", "provider", "deployment", "person", "project", "api_key", "tag", "session", "task"
]


class Question(msgspec.Struct, frozen=True):
    """What to sum. ``filters``: dimension to the value it must have; ``zone``: an IANA name such as Asia/Shanghai."""

    start: datetime
    end: datetime
    bucket: Bucket = "day"
    group_by: Grouping = "none"
    zone: str = "UTC"
    filters: Mapping[str, str] = {}


class ExploredSums(msgspec.Struct, frozen=True):
    """Sums in one currency, money in nanos of it.

    ``requests`` counts a request where its last attempt went; tokens and ``spent_nanos`` are of all attempts.
    ``input_tokens`` are those neither read from a cache nor written to one. ``compared_nanos`` is the cost of the
    requests that ``baseline_nanos`` is stated for; ``unpriced_requests`` could not be compared.
    ``cache_lost_nanos`` is in no other sum: it is the part of what was spent that broken caches cost.
    ``good_ratings`` and ``bad_ratings`` are what people and programs thought of the requests, whenever they said so.
    """

    currency: str
    requests: int
    failed: int
    refused: int
    cancelled: int
    attempts: int
    estimated_attempts: int
    unpriced_attempts: int
    unpriced_requests: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    spent_nanos: int
    compared_nanos: int
    baseline_nanos: int
    savings_nanos: int
    cache_breaks: int
    cache_lost_tokens: int
    cache_lost_nanos: int
    good_ratings: int
    bad_ratings: int


class ExploredRow(ExploredSums, frozen=True):
    """Sums of one hour or day (``start``, None without buckets) and one group; ``name`` is what people call it."""

    start: datetime | None
    group: str
    name: str


class Exploration(msgspec.Struct, frozen=True):
    """Rows, oldest first; totals for each currency; the exchange rates that were used."""

    rows: tuple[ExploredRow, ...]
    totals: tuple[ExploredSums, ...]
    rates: tuple[Rate, ...]
    start: datetime
    end: datetime


async def explore_usage(
    session: AsyncSession,
    organization_id: str,
    question: Question,
    rates: Sequence[Rate],
    ratings: RatingCounts,
) -> Exploration:
    """Return sums straight from the ledger's attempts. Raises RangeInvalid, ZoneUnknown.

    A request with several tags counts for each of them, and once in the totals.
    """
    start, end = question.start, question.end
    if end <= start or end - start > LONGEST_RANGE:
        raise RangeInvalid(
            "The range must end after it starts and span at most 400 days.", action="Choose another range."
        )
    zone = _zone(question.zone)
    days = sorted({rate.on for rate in rates})
    found = await exploring_sql.sum_attempts(
        session,
        organization_id,
        from_ms=_ms(start),
        to_ms=_ms(end),
        bucket=question.bucket,
        offsets=_offsets(zone, start, end),
        rate_days_ms=[_ms(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in days],
        pairs=sorted({pair for one in rates for pair in ((one.base, one.quote), (one.quote, one.base))}),
        group_by=question.group_by,
        filters=_stored_filters(question.filters),
        ratings=ratings,
        limit=MOST_SUMS + 1,
    )
    if len(found) > MOST_SUMS:
        raise RangeInvalid(
            f"The answer would have more than {MOST_SUMS:,} sums.",
            action="Choose a shorter range, days instead of hours, another grouping or a filter.",
        )
    names = await _names(session, organization_id, question.group_by)
    used: dict[Rate, None] = {}
    rows: dict[tuple[int, str, str], dict[str, int]] = {}
    totals: dict[str, dict[str, int]] = {}
    for row in found:
        sums = _in_one_currency(row, days, rates, used)
        currency = row["currency"]
        _add(totals.setdefault(currency, dict.fromkeys(SUMS, 0)), sums)
        for group in _groups(question.group_by, row["group"]):
            _add(rows.setdefault((row["bucket_ms"], group, currency), dict.fromkeys(SUMS, 0)), sums)
    return Exploration(
        rows=tuple(
            ExploredRow(
                currency=currency,
                **_shown(sums),
                start=_moment(question.bucket, bucket_ms, zone),
                group=group,
                name=names.get(group, group),
            )
            for (bucket_ms, group, currency), sums in sorted(rows.items())
        ),
        totals=tuple(ExploredSums(currency=currency, **_shown(sums)) for currency, sums in sorted(totals.items())),
        rates=tuple(used),
        start=start,
        end=end,
    )


def csv_lines(exploration: Exploration) -> Iterator[str]:
    """Yield an exploration as CSV, a line at a time; money in whole units of the currency, exact."""
    counts = [name for name in ExploredSums.__struct_fields__ if name != "currency"]
    header = [name.removesuffix("_nanos") for name in counts]
    yield _csv_line(["start", "group", "name", "currency", *header])
    for row in exploration.rows:
        values = [getattr(row, name) for name in counts]
        shown = [
            format(Decimal(value).scaleb(-9).normalize(), "f") if name.endswith("_nanos") else value
            for name, value in zip(counts, values, strict=True)
        ]
        start = row.start.isoformat() if row.start else ""
        yield _csv_line([start, _plain(row.group), _plain(row.name), row.currency, *shown])


def _csv_line(values: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _plain(text: str) -> str:
    """Return a name so that a spreadsheet takes it for text: clients choose models and sessions, formulas too."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _in_one_currency(row: Columns, days: Sequence[date], rates: Sequence[Rate], used: dict[Rate, None]) -> Any:
    """Return a row whose baseline is in the cost's currency; compared with nothing when no rate was in force."""
    base, currency = row["baseline_currency"], row["currency"]
    if not base or base == currency:
        return row
    period = row["rate_period"]
    rate = rate_between(rates, base, currency, days[period - 1]) if period else None
    if rate is None:
        uncompared = row["unpriced_requests"] + row["requests"]
        return {**row, "compared_nanos": 0, "baseline_nanos": 0, "unpriced_requests": uncompared}
    used[rate] = None
    factor = rate.rate if rate.base == base else 1 / rate.rate
    baseline = (row["baseline_nanos"] * factor).quantize(Decimal(1), ROUND_HALF_EVEN)
    return {**row, "baseline_nanos": int(baseline)}


def _add(total: dict[str, int], sums: Any) -> None:
    for name in SUMS:
        total[name] += sums[name]


def _shown(sums: dict[str, int]) -> dict[str, int]:
    return {**sums, "savings_nanos": sums["baseline_nanos"] - sums["compared_nanos"]}


def _groups(group_by: str, stored: str) -> Sequence[str]:
    return (msgspec.json.decode(stored or "[]", type=list[str]) or [""]) if group_by == "tag" else (stored,)


def _stored_filters(filters: Mapping[str, str]) -> dict[str, str]:
    return {
        name: msgspec.json.encode(value).decode() if name == "tag" and value else value
        for name, value in filters.items()
    }


async def _names(session: AsyncSession, organization_id: str, group_by: str) -> dict[str, str]:
    if group_by not in ("api_key", "person"):
        return {}
    keys = await list_api_keys(session, organization_id)
    if group_by == "api_key":
        return {key.id: key.name for key in keys}
    return await list_user_names(session, organization_id, {key.created_by for key in keys})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneUnknown(
            f"There is no time zone “{name[:60]}”.", action="Name it as in Europe/Berlin, Asia/Shanghai or UTC."
        ) from None


def _offsets(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[int, int]]:
    """Return when the zone's clocks change in a range, and to which offset; to the hour, which all zones keep."""
    moment = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    offsets = [(_ms(moment), _offset_ms(moment, zone))]
    while moment < end:
        day_later = moment + timedelta(days=1)
        if _offset_ms(day_later, zone) != offsets[-1][1]:
            while _offset_ms(moment, zone) == offsets[-1][1]:
                moment += timedelta(minutes=30)
            offsets.append((_ms(moment), _offset_ms(moment, zone)))
        moment = day_later
    return offsets


def _offset_ms(moment: datetime, zone: ZoneInfo) -> int:
    return (moment.astimezone(zone).utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _moment(bucket: str, bucket_ms: int, zone: ZoneInfo) -> datetime | None:
    if bucket == "none":
        return None
    moment = from_ms(bucket_ms)
    return moment.replace(tzinfo=zone).astimezone(UTC) if bucket == "day" else moment


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
