"""What a person can ask the ledger."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.gateway.metering import repository
from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.errors import CursorInvalid, RangeInvalid, RequestNotFound
from powerautomation.gateway.metering.ledger_rows import HOUR_MS, REQUEST_COLUMNS, USAGE_SUMS, request_values
from powerautomation.gateway.metering.rules import savings_nanos
from powerautomation.gateway.metering.schemas import (
    Attempt,
    RequestDetail,
    RequestList,
    RequestSummary,
    UsageBucket,
    UsageReport,
    UsageSums,
)
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow
from powerautomation.kernel.clock import from_ms

MOST_BUCKET_ROWS = 5_000
LONGEST_RANGE = timedelta(days=400)


def _summary(row: Mapping[str, Any], key_name: str) -> dict[str, Any]:
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
    }


def summary_of(record: RequestRecord, key_name: str) -> dict[str, Any]:
    """Return a finished request as the live feed shows it: the fields of RequestSummary."""
    return _summary(dict(zip(REQUEST_COLUMNS, request_values(record), strict=True)), key_name)


def _columns(row: GatewayRequestRow) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in GatewayRequestRow.__table__.columns}


def _cursor(row: GatewayRequestRow) -> str:
    return base64.urlsafe_b64encode(f"{row.started_ms}.{row.id}".encode()).decode().rstrip("=")


def _parse_cursor(cursor: str) -> tuple[int, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        started_ms, _, request_id = text.partition(".")
        number = int(started_ms)
    except (ValueError, binascii.Error):
        raise CursorInvalid("The cursor is not valid.", action="Begin again without a cursor.") from None
    if not 0 <= number < 2**53 or not request_id or "\x00" in request_id:
        raise CursorInvalid("The cursor is not valid.", action="Begin again without a cursor.")
    return number, request_id


async def list_requests(
    session: AsyncSession,
    organization_id: str,
    key_names: Mapping[str, str],
    *,
    filters: Mapping[str, str | None],
    start: datetime | None,
    end: datetime | None,
    cursor: str | None,
    limit: int,
) -> RequestList:
    """Return a page of requests, newest first, at most 200. Raises CursorInvalid."""
    rows = await repository.list_rows(
        session,
        organization_id,
        filters={name: value for name, value in filters.items() if value},
        from_ms=_ms(start),
        to_ms=_ms(end),
        after=_parse_cursor(cursor) if cursor else None,
        limit=limit + 1,
    )
    page = rows[:limit]
    return RequestList(
        items=[RequestSummary(**_summary(_columns(row), key_names.get(row.api_key_id, ""))) for row in page],
        next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
    )


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


async def get_request(
    session: AsyncSession, organization_id: str, key_names: Mapping[str, str], request_id: str
) -> RequestDetail:
    """Return one request with its attempts. Raises RequestNotFound."""
    found = await repository.find_row(session, organization_id, request_id)
    if found is None:
        raise RequestNotFound(
            "There is no such request.", action="A request appears here about a second after it has ended."
        )
    row, attempts = found
    return RequestDetail(
        **_summary(_columns(row), key_names.get(row.api_key_id, "")),
        reason=row.reason,
        error_message=row.error_message,
        attempts=[_attempt(attempt) for attempt in attempts],
    )


def _attempt(row: GatewayAttemptRow) -> Attempt:
    return Attempt(
        deployment=row.deployment,
        provider=row.provider,
        model=row.model,
        dialect=row.dialect,
        started_at=from_ms(row.started_ms),
        duration_ms=row.duration_us / 1000,
        first_token_ms=None if row.first_token_us is None else row.first_token_us / 1000,
        outcome=row.outcome,
        status=row.status,
        failure_kind=row.failure_kind,
        failure_message=row.failure_message,
        input_tokens=row.input_tokens,
        cached_input_tokens=row.cached_input_tokens,
        cache_write_5m_tokens=row.cache_write_5m_tokens,
        cache_write_1h_tokens=row.cache_write_1h_tokens,
        output_tokens=row.output_tokens,
        reasoning_tokens=row.reasoning_tokens,
        estimated=row.estimated,
        cost_nanos=row.cost_nanos,
        currency=row.currency,
        price_effective=row.price_effective,
    )


async def summarize_usage(
    session: AsyncSession,
    organization_id: str,
    *,
    start: datetime,
    end: datetime,
    bucket: Literal["hour", "day"],
    group_by: Literal["none", "model", "deployment", "api_key"],
    utc_offset_minutes: int,
) -> UsageReport:
    """Return sums by hour or local day. Raises RangeInvalid for an empty range or one of more than 400 days.

    The ledger's sums are hourly, so local days of zones with half hours begin at the full hour before midnight.
    """
    if end <= start or end - start > LONGEST_RANGE:
        raise RangeInvalid("The range must end after it starts and span at most 400 days.")
    rows = await repository.sum_usage(
        session,
        organization_id,
        from_hour=int(start.timestamp() * 1000) // HOUR_MS,
        to_hour=-(-int(end.timestamp() * 1000) // HOUR_MS),
        hours_per_bucket=24 if bucket == "day" else 1,
        offset_hours=utc_offset_minutes // 60,
        group_by=group_by,
        limit=MOST_BUCKET_ROWS,
    )
    totals: dict[str, dict[str, int]] = {}
    for row in rows:
        total = totals.setdefault(row["currency"], dict.fromkeys(USAGE_SUMS, 0))
        for name in USAGE_SUMS:
            total[name] += row[name]
    return UsageReport(
        buckets=[
            UsageBucket(
                start=from_ms(row["bucket"] * HOUR_MS),
                group=row.get("group", ""),
                currency=row["currency"],
                savings_nanos=row["baseline_nanos"] - row["cost_nanos"],
                **{name: row[name] for name in USAGE_SUMS},
            )
            for row in rows
        ],
        totals=[
            UsageSums(currency=currency, savings_nanos=total["baseline_nanos"] - total["cost_nanos"], **total)
            for currency, total in sorted(totals.items())
        ],
        range_start=start,
        range_end=end,
    )
