"""All SQL of the ledger. Every query is filtered by organization; inserting is idempotent by request id."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow, UsageHourlyRow

HOUR_MS = 3_600_000
_SUMS = (
    "requests", "failed", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "spent_nanos",
    "cost_nanos", "baseline_nanos", "unpriced_requests", "demo_requests",
)  # fmt: skip
_KEYS = ("organization_id", "hour", "requested_model", "deployment", "api_key_id", "currency")


def _insert(session: AsyncSession, table: Any) -> Any:
    dialect = session.get_bind().dialect.name
    return sqlite_insert(table) if dialect == "sqlite" else postgresql_insert(table)


async def insert_records(session: AsyncSession, records: Sequence[RequestRecord]) -> list[RequestRecord]:
    """Insert requests, attempts and hourly sums in the caller's transaction; return the records that were really new."""
    unique = {record.request_id: record for record in records}
    rows = [request_row(record) for record in unique.values()]
    inserted = await session.execute(
        _insert(session, GatewayRequestRow).on_conflict_do_nothing().returning(GatewayRequestRow.id), rows
    )
    new = [unique[request_id] for request_id in inserted.scalars()]
    if not new:
        return []
    attempts = [row for record in new for row in _attempt_rows(record)]
    if attempts:
        await session.execute(_insert(session, GatewayAttemptRow).on_conflict_do_nothing(), attempts)
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in new:
        _add_to_sums(sums, record)
    statement = _insert(session, UsageHourlyRow)
    added = {name: getattr(UsageHourlyRow, name) + getattr(statement.excluded, name) for name in _SUMS}
    # One order for everybody: two replicas that add to the same hours wait for each other instead of deadlocking.
    ordered = [sums[key] for key in sorted(sums)]
    await session.execute(statement.on_conflict_do_update(index_elements=list(_KEYS), set_=added), ordered)
    return new


def deployment_of(record: RequestRecord) -> str:
    """Return the deployment that served the request, or the last one tried; empty when none was."""
    return record.attempts[-1].deployment if record.attempts else ""


def request_row(record: RequestRecord) -> dict[str, Any]:
    """Return a record as a row of ``gateway_requests``: tokens are the sums of all attempts."""
    attempts = record.attempts
    return {
        "id": record.request_id,
        "organization_id": record.organization_id,
        "api_key_id": record.api_key_id,
        "dialect": record.dialect,
        "requested_model": record.requested_model[:200],
        "deployment": deployment_of(record)[:300],
        "route": record.route,
        "reason": record.reason,
        "session": record.session[:200],
        "stream": record.stream,
        "started_ms": record.started_ms,
        "duration_us": record.duration_us,
        "first_token_us": record.first_token_us,
        "overhead_us": record.overhead_us,
        "outcome": record.outcome,
        "status": record.status,
        "error_code": record.error_code[:100],
        "error_message": record.error_message,
        "input_tokens": sum([a.input_tokens for a in attempts]),
        "cached_input_tokens": sum([a.cached_input_tokens for a in attempts]),
        "cache_write_tokens": sum([a.cache_write_5m_tokens + a.cache_write_1h_tokens for a in attempts]),
        "output_tokens": sum([a.output_tokens for a in attempts]),
        "reasoning_tokens": sum([a.reasoning_tokens for a in attempts]),
        "usage_estimated": any(a.estimated for a in attempts),
        "cost_nanos": record.cost_nanos,
        "currency": record.currency,
        "baseline_nanos": record.baseline_nanos,
        "baseline_model": record.baseline_model[:200],
        "baseline_currency": record.baseline_currency,
        "attempts_count": len(attempts),
        "demo": record.demo,
        "body_bytes": record.body_bytes,
    }


def _attempt_rows(record: RequestRecord) -> list[dict[str, Any]]:
    return [
        {
            "request_id": record.request_id,
            "number": number,
            "organization_id": record.organization_id,
            **{name: getattr(attempt, name) for name in attempt.__struct_fields__},
        }
        for number, attempt in enumerate(record.attempts)
    ]


def _add_to_sums(sums: dict[tuple[Any, ...], dict[str, Any]], record: RequestRecord) -> None:
    row = request_row(record)
    key = (
        record.organization_id,
        record.started_ms // HOUR_MS,
        row["requested_model"],
        row["deployment"],
        record.api_key_id,
        record.currency,
    )
    entry = sums.get(key)
    if entry is None:
        entry = sums[key] = {**dict(zip(_KEYS, key, strict=True)), **dict.fromkeys(_SUMS, 0)}
    comparable = (
        record.cost_nanos is not None
        and record.baseline_nanos is not None
        and record.currency == record.baseline_currency
        and not record.demo
    )
    entry["requests"] += 1
    entry["failed"] += record.outcome == "failed"
    entry["input_tokens"] += row["input_tokens"] + row["cache_write_tokens"]
    entry["cached_input_tokens"] += row["cached_input_tokens"]
    entry["output_tokens"] += row["output_tokens"]
    entry["reasoning_tokens"] += row["reasoning_tokens"]
    entry["spent_nanos"] += record.cost_nanos or 0
    entry["cost_nanos"] += record.cost_nanos or 0 if comparable else 0
    entry["baseline_nanos"] += record.baseline_nanos or 0 if comparable else 0
    entry["unpriced_requests"] += record.cost_nanos is None
    entry["demo_requests"] += record.demo


async def list_rows(
    session: AsyncSession,
    organization_id: str,
    *,
    filters: dict[str, str],
    from_ms: int | None,
    to_ms: int | None,
    after: tuple[int, str] | None,
    limit: int,
) -> list[GatewayRequestRow]:
    """Return requests, newest first, at most ``limit``, older than the cursor ``after`` (started_ms, id)."""
    table = GatewayRequestRow
    query = select(table).where(table.organization_id == organization_id)
    for name, value in filters.items():
        query = query.where(getattr(table, name) == value)
    if from_ms is not None:
        query = query.where(table.started_ms >= from_ms)
    if to_ms is not None:
        query = query.where(table.started_ms < to_ms)
    if after is not None:
        started_ms, request_id = after
        query = query.where(
            or_(table.started_ms < started_ms, and_(table.started_ms == started_ms, table.id < request_id))
        )
    rows = await session.scalars(query.order_by(table.started_ms.desc(), table.id.desc()).limit(limit))
    return list(rows)


async def find_row(
    session: AsyncSession, organization_id: str, request_id: str
) -> tuple[GatewayRequestRow, list[GatewayAttemptRow]] | None:
    """Return one request of the organization with its attempts in order, or None."""
    row = (
        await session.scalars(
            select(GatewayRequestRow).where(
                GatewayRequestRow.organization_id == organization_id, GatewayRequestRow.id == request_id
            )
        )
    ).one_or_none()
    if row is None:
        return None
    attempts = await session.scalars(
        select(GatewayAttemptRow)
        .where(GatewayAttemptRow.organization_id == organization_id, GatewayAttemptRow.request_id == request_id)
        .order_by(GatewayAttemptRow.number)
    )
    return row, list(attempts)


async def sum_usage(
    session: AsyncSession,
    organization_id: str,
    *,
    from_hour: int,
    to_hour: int,
    hours_per_bucket: int,
    offset_hours: int,
    group_by: str,
    limit: int,
) -> list[dict[str, Any]]:
    """Return sums by bucket, group and currency, oldest first, at most ``limit`` rows.

    ``bucket`` is the first hour (since the epoch, UTC) of the bucket; with 24 hours a bucket begins at midnight of the
    zone ``offset_hours`` ahead of UTC.
    """
    table = UsageHourlyRow
    shifted = table.hour + offset_hours
    bucket = (shifted - func.mod(shifted, hours_per_bucket) - offset_hours).label("bucket")
    column = {"model": table.requested_model, "deployment": table.deployment, "api_key": table.api_key_id}.get(group_by)
    keys = [bucket, table.currency] + ([column.label("group")] if column is not None else [])
    sums = [cast(func.sum(getattr(table, name)), BigInteger).label(name) for name in _SUMS]
    query = (
        select(*keys, *sums)
        .where(table.organization_id == organization_id, table.hour >= from_hour, table.hour < to_hour)
        .group_by(*keys)
        .order_by(bucket)
        .limit(limit)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def has_requests(session: AsyncSession, organization_id: str) -> bool:
    """Say whether the organization ever sent a request."""
    found = await session.scalars(
        select(GatewayRequestRow.id).where(GatewayRequestRow.organization_id == organization_id).limit(1)
    )
    return found.first() is not None
