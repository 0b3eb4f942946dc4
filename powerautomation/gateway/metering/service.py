"""What a person can ask the ledger."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

from powerautomation.gateway.metering import repository, usage_sql
from powerautomation.gateway.metering.entities import (
    AttemptDetail,
    RequestDetail,
    RequestFilters,
    RequestPage,
    RequestRecord,
    RequestSummary,
    UsageBucket,
    UsageBucketSize,
    UsageGrouping,
    UsageReport,
    UsageSums,
)
from powerautomation.gateway.metering.errors import CursorInvalid, RangeInvalid, RequestNotFound
from powerautomation.gateway.metering.ledger_rows import HOUR_MS, REQUEST_COLUMNS, USAGE_SUMS, request_values
from powerautomation.gateway.metering.reasons import parse_reason, reason_sentence
from powerautomation.gateway.metering.repository import AsyncSession, Columns
from powerautomation.gateway.metering.rules import savings_nanos
from powerautomation.identity.api_keys import list_api_keys
from powerautomation.kernel.clock import from_ms

MOST_LISTED = 200
MOST_BUCKETS = 20_000
LONGEST_RANGE = timedelta(days=400)
_EPOCH = datetime.fromtimestamp(0, UTC)
_DAY_HOURS = 24
# Attempt columns that go out as they are stored; moments and durations change their unit.
_PLAIN_ATTEMPT_COLUMNS = tuple(
    name for name in AttemptDetail.__struct_fields__ if name not in ("started_at", "duration_ms", "first_token_ms")
)


def summary_of(record: RequestRecord, key_name: str) -> RequestSummary:
    """Return a finished request as the live feed shows it."""
    return RequestSummary(**_summary(dict(zip(REQUEST_COLUMNS, request_values(record), strict=True)), key_name))


async def list_requests(
    session: AsyncSession, organization_id: str, filters: RequestFilters, *, cursor: str | None, limit: int
) -> RequestPage:
    """Return a page of the organization's requests, newest first, at most 200. Raises CursorInvalid."""
    limit = min(limit, MOST_LISTED)
    rows = await repository.list_rows(
        session,
        organization_id,
        filters={
            "requested_model": filters.requested_model,
            "deployment": filters.deployment,
            "outcome": filters.outcome,
            "api_key_id": filters.api_key_id,
            "demo": filters.demo,
            "currency": filters.currency,
        },
        priced=filters.priced,
        from_ms=_ms(filters.started_from),
        to_ms=_ms(filters.started_until),
        after=_parsed_cursor(cursor) if cursor else None,
        limit=limit + 1,
    )
    names = await _key_names(session, organization_id) if rows else {}
    page = rows[:limit]
    return RequestPage(
        items=tuple(RequestSummary(**_summary(row, names.get(row["api_key_id"], ""))) for row in page),
        next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
    )


async def get_request(session: AsyncSession, organization_id: str, request_id: str) -> RequestDetail:
    """Return one request with its attempts. Raises RequestNotFound."""
    found = await repository.find_row(session, organization_id, request_id)
    if found is None:
        raise _not_found()
    row, attempts = found
    names = await _key_names(session, organization_id)
    return RequestDetail(
        **_summary(row, names.get(row["api_key_id"], "")),
        reason=reason_sentence(row["reason"]),
        reason_parts=parse_reason(row["reason"]),
        error_message=row["error_message"],
        attempts=tuple(_attempt(attempt) for attempt in attempts),
    )


async def check_request(session: AsyncSession, organization_id: str, request_id: str) -> None:
    """See that the organization sent such a request. Raises RequestNotFound."""
    if not await repository.has_request(session, organization_id, request_id):
        raise _not_found()


def _not_found() -> RequestNotFound:
    return RequestNotFound(
        "There is no such request.", action="A request appears here about a second after it has ended."
    )


async def summarize_usage(
    session: AsyncSession,
    organization_id: str,
    *,
    start: datetime,
    end: datetime,
    bucket: UsageBucketSize,
    group_by: UsageGrouping,
    utc_offset_minutes: int,
) -> UsageReport:
    """Return sums by hour or day of the zone that is so many minutes ahead of UTC.

    Whole hours are summed: the range is widened to the zone's full hours, and the report says to what. Raises
    RangeInvalid for an empty range, one of more than 400 days, or one of too many buckets and groups.
    """
    if end <= start or end - start > LONGEST_RANGE:
        raise RangeInvalid(
            "The range must end after it starts and span at most 400 days.", action="Choose another range."
        )
    shift_ms = utc_offset_minutes * 60_000 % HOUR_MS
    from_ms_ = (_count_ms(start) + shift_ms) // HOUR_MS * HOUR_MS - shift_ms
    to_ms = -((-_count_ms(end) - shift_ms) // HOUR_MS) * HOUR_MS - shift_ms
    rows = await usage_sql.sum_usage(
        session,
        organization_id,
        from_ms=from_ms_,
        to_ms=to_ms,
        bucket_hours=_DAY_HOURS if bucket == "day" else 1,
        offset_ms=utc_offset_minutes * 60_000,
        group_by=group_by,
        limit=MOST_BUCKETS + 1,
    )
    if len(rows) > MOST_BUCKETS:
        raise RangeInvalid(
            f"The answer would have more than {MOST_BUCKETS:,} sums.",
            action="Choose a shorter range, days instead of hours, or no grouping.",
        )
    totals: dict[str, dict[str, int]] = {}
    for row in rows:
        total = totals.setdefault(row["currency"], dict.fromkeys(USAGE_SUMS, 0))
        for name in USAGE_SUMS:
            total[name] += row[name]
    return UsageReport(
        buckets=tuple(UsageBucket(**_sums(row), start=from_ms(row["bucket_ms"]), group=row["group"]) for row in rows),
        totals=tuple(UsageSums(**_sums({**total, "currency": name})) for name, total in sorted(totals.items())),
        start=from_ms(from_ms_),
        end=from_ms(to_ms),
    )


async def _key_names(session: AsyncSession, organization_id: str) -> dict[str, str]:
    return {key.id: key.name for key in await list_api_keys(session, organization_id)}


def _summary(row: Columns, key_name: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "started_at": from_ms(row["started_ms"]),
        "dialect": row["dialect"],
        "requested_model": row["requested_model"],
        "deployment": row["deployment"] or None,
        "route": row["route"],
        "stream": row["stream"],
        "outcome": row["outcome"],
        "status": row["status"],
        "error_code": row["error_code"],
        "duration_ms": row["duration_us"] / 1000,
        "first_token_ms": None if row["first_token_us"] is None else row["first_token_us"] / 1000,
        "overhead_ms": row["overhead_us"] / 1000,
        "input_tokens": row["input_tokens"],
        "cached_input_tokens": row["cached_input_tokens"],
        "cache_write_tokens": row["cache_write_tokens"],
        "output_tokens": row["output_tokens"],
        "reasoning_tokens": row["reasoning_tokens"],
        "usage_estimated": row["usage_estimated"],
        "cost_nanos": row["cost_nanos"],
        "currency": row["currency"],
        "baseline_nanos": row["baseline_nanos"],
        "baseline_model": row["baseline_model"],
        "baseline_currency": row["baseline_currency"],
        "savings_nanos": savings_nanos(
            row["cost_nanos"], row["currency"], row["baseline_nanos"], row["baseline_currency"], demo=row["demo"]
        ),
        "attempts_count": row["attempts_count"],
        "api_key_id": row["api_key_id"],
        "api_key_name": key_name,
        "demo": row["demo"],
        "session": row["session"],
        "repeats": row["repeats"],
    }


def _attempt(row: Columns) -> AttemptDetail:
    return AttemptDetail(
        started_at=from_ms(row["started_ms"]),
        duration_ms=row["duration_us"] / 1000,
        first_token_ms=None if row["first_token_us"] is None else row["first_token_us"] / 1000,
        **{name: row[name] for name in _PLAIN_ATTEMPT_COLUMNS},
    )


def _sums(row: Columns) -> dict[str, Any]:
    return {
        "currency": row["currency"],
        "savings_nanos": row["baseline_nanos"] - row["cost_nanos"],
        **{name: row[name] for name in USAGE_SUMS},
    }


def _cursor(row: Columns) -> str:
    return base64.urlsafe_b64encode(f"{row['started_ms']}.{row['id']}".encode()).decode().rstrip("=")


def _parsed_cursor(cursor: str) -> tuple[int, str]:
    problem = CursorInvalid("The cursor is not one this server gave out.", action="Begin again without a cursor.")
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise problem from None
    started_ms, _, request_id = text.partition(".")
    # Digits of this alphabet only: int() would take others too, which no cursor of ours has.
    if not (started_ms.isascii() and started_ms.isdigit() and len(started_ms) <= 16) or not request_id:
        raise problem
    if "\x00" in request_id:
        raise problem
    return int(started_ms), request_id


def _count_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else _count_ms(moment)
