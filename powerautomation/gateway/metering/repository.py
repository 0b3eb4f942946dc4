"""All SQL of the ledger. Every query is filtered by organization; inserting is idempotent by request id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    Select,
    Table,
    case,
    cast,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.ledger_rows import (
    ATTEMPT_COLUMNS,
    HOUR_MS,
    REQUEST_COLUMNS,
    USAGE_KEYS,
    USAGE_SUMS,
    UsageKey,
    add_usage,
    attempt_values,
    request_values,
)
from powerautomation.gateway.metering.tables import (
    GatewayAttemptRow,
    GatewayRequestRow,
    UsageHourlyRow,
)

# A row by column name.
Columns = Mapping[Any, Any]

# Rows of one INSERT. One statement with many rows takes the interpreter's lock once, where one execution for each row
# would fight the request path for it each time; more rows would hold it longer than a request may be delayed.
ROWS_PER_INSERT = 256


class PreparedRecords(msgspec.Struct):
    """Records of different requests, shaped for inserting ahead of the transaction."""

    records: list[RequestRecord]
    requests: list[tuple[Any, ...]]
    attempts: list[tuple[Any, ...]]


def prepare_records(records: Iterable[RequestRecord]) -> PreparedRecords:
    """Shape records for :func:`insert_prepared`; of one request id only the first record counts."""
    unique: dict[str, RequestRecord] = {}
    for record in records:
        unique.setdefault(record.request_id, record)
    kept = list(unique.values())
    return PreparedRecords(
        records=kept,
        requests=[request_values(record) for record in kept],
        attempts=[values for record in kept for values in attempt_values(record)],
    )


async def insert_prepared(session: AsyncSession, slices: Sequence[PreparedRecords]) -> list[RequestRecord]:
    """Insert requests, attempts and hourly sums in the caller's transaction; return the records that were really new.

    What is in the ledger already is passed over, in the rows and in the sums: inserting twice changes nothing.
    """
    connection = await session.connection()
    insert_new = _insert_new_sqlite if connection.dialect.name == "sqlite" else _insert_new_postgresql
    new: list[RequestRecord] = []
    sums: dict[UsageKey, list[int]] = {}
    for prepared in _joined(slices):
        fresh = await insert_new(connection, prepared)
        for record, values in zip(fresh.records, fresh.requests, strict=True):
            add_usage(sums, record, values)
        new += fresh.records
    if sums:
        # One order for everybody: two replicas that add to the same hours wait for each other instead of deadlocking.
        rows = [(*key, *sums[key]) for key in sorted(sums)]
        await connection.exec_driver_sql(_add_usage_sql(connection.dialect.name), rows)
    return new


def _joined(slices: Sequence[PreparedRecords]) -> Iterator[PreparedRecords]:
    """Yield the slices' records in portions of about ROWS_PER_INSERT."""
    portion = PreparedRecords([], [], [])
    ids: set[str] = set()
    for prepared in slices:
        again = {values[0] for values in prepared.requests if values[0] in ids}
        unique = _without(prepared, again) if again else prepared
        ids.update(values[0] for values in unique.requests)
        portion.records += unique.records
        portion.requests += unique.requests
        portion.attempts += unique.attempts
        if len(portion.records) >= ROWS_PER_INSERT:
            yield portion
            portion = PreparedRecords([], [], [])
    if portion.records:
        yield portion


def _without(prepared: PreparedRecords, known: set[str]) -> PreparedRecords:
    return PreparedRecords(
        records=[record for record in prepared.records if record.request_id not in known],
        requests=[values for values in prepared.requests if values[0] not in known],
        attempts=[values for values in prepared.attempts if values[0] not in known],
    )


async def _insert_new_sqlite(connection: AsyncConnection, prepared: PreparedRecords) -> PreparedRecords:
    # The unit of work holds the one write lock, so nobody can insert between the look and the insert.
    ids = msgspec.json.encode([values[0] for values in prepared.requests]).decode()
    look = "SELECT id FROM gateway_requests WHERE id IN (SELECT value FROM json_each(?))"
    known = {row[0] for row in (await connection.exec_driver_sql(look, (ids,))).all()}
    if known:
        prepared = _without(prepared, known)
    await _insert_rows_sqlite(connection, GatewayRequestRow.__tablename__, REQUEST_COLUMNS, prepared.requests)
    await _insert_rows_sqlite(connection, GatewayAttemptRow.__tablename__, ATTEMPT_COLUMNS, prepared.attempts)
    return prepared


async def _insert_rows_sqlite(
    connection: AsyncConnection, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> None:
    start = 0
    while start < len(rows):
        # Powers of two: few different statements, so that SQLite has each of them compiled already.
        count = min(ROWS_PER_INSERT, 1 << ((len(rows) - start).bit_length() - 1))
        values: list[Any] = []
        for row in rows[start : start + count]:
            values += row
        await connection.exec_driver_sql(_insert_sql_sqlite(table, columns, count), tuple(values))
        start += count


@cache
def _insert_sql_sqlite(table: str, columns: tuple[str, ...], count: int) -> str:
    row = f"({','.join('?' * len(columns))})"
    rows = ",".join([row] * count)
    return f"INSERT INTO {table} ({','.join(columns)}) VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608 - our names


async def _insert_new_postgresql(connection: AsyncConnection, prepared: PreparedRecords) -> PreparedRecords:
    if not prepared.requests:
        return prepared
    inserted = await connection.exec_driver_sql(
        _insert_sql_postgresql(GatewayRequestRow, REQUEST_COLUMNS) + " RETURNING id",
        (msgspec.json.encode(prepared.requests).decode(),),
    )
    new = {row[0] for row in inserted.all()}
    if len(new) < len(prepared.requests):
        prepared = _without(prepared, {values[0] for values in prepared.requests} - new)
    if prepared.attempts:
        await connection.exec_driver_sql(
            _insert_sql_postgresql(GatewayAttemptRow, ATTEMPT_COLUMNS),
            (msgspec.json.encode(prepared.attempts).decode(),),
        )
    return prepared


@cache
def _insert_sql_postgresql(row: type[Any], columns: tuple[str, ...]) -> str:
    """Return an INSERT with one parameter, a JSON array of rows, which costs us far less than binding each value."""
    table: Table = row.__table__
    picked = ",".join(f"(r->>{place})::{_type_name(table.c[name].type)}" for place, name in enumerate(columns))
    return (
        f"INSERT INTO {table.name} ({','.join(columns)}) SELECT {picked} "  # noqa: S608 - our names
        "FROM jsonb_array_elements(%s::jsonb) AS rows(r) ON CONFLICT DO NOTHING"
    )


def _type_name(column_type: object) -> str:
    if isinstance(column_type, BigInteger):
        return "bigint"
    if isinstance(column_type, Integer):
        return "integer"
    return "boolean" if isinstance(column_type, Boolean) else "text"


@cache
def _add_usage_sql(dialect_name: str) -> str:
    mark = "?" if dialect_name == "sqlite" else "%s"
    columns = (*USAGE_KEYS, *USAGE_SUMS)
    marks = ",".join([mark] * len(columns))
    added = ", ".join(f"{name} = usage_hourly.{name} + excluded.{name}" for name in USAGE_SUMS)
    return (
        f"INSERT INTO usage_hourly ({','.join(columns)}) VALUES ({marks}) "  # noqa: S608 - our names
        f"ON CONFLICT ({','.join(USAGE_KEYS)}) DO UPDATE SET {added}"
    )


async def list_rows(
    session: AsyncSession,
    organization_id: str,
    *,
    filters: Mapping[str, str | bool | None],
    priced: bool | None = None,
    from_ms: int | None,
    to_ms: int | None,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Columns]:
    """Return requests, newest first, at most ``limit``; the rest is as :func:`listing` says."""
    query = listing(organization_id, filters=filters, priced=priced, from_ms=from_ms, to_ms=to_ms, after=after)
    return list((await session.execute(query.limit(limit))).mappings())


def listing(
    organization_id: str,
    *,
    filters: Mapping[str, str | bool | None],
    priced: bool | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    after: tuple[int, str] | None = None,
) -> Select[Any]:
    """Return the query for requests, newest first, older than the cursor ``after`` (started_ms, id).

    filters: column to the value it must have, None for any; priced: whether the cost must be known.
    """
    table = GatewayRequestRow
    query = select(*(getattr(table, name) for name in REQUEST_COLUMNS)).where(table.organization_id == organization_id)
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(table, name) == value)
    if filters.get("outcome") not in (None, "completed"):
        # In the words of the index of what did not end well, without which SQLite does not see that it fits.
        query = query.where(table.outcome != literal_column("'completed'"))
    if priced is not None:
        query = query.where(table.cost_nanos.is_not(None) if priced else table.cost_nanos.is_(None))
    if from_ms is not None:
        query = query.where(table.started_ms >= from_ms)
    if to_ms is not None:
        query = query.where(table.started_ms < to_ms)
    if after is not None:
        # Compared as a row, the index on (organization_id, started_ms, id) leads straight to the page.
        query = query.where(tuple_(table.started_ms, table.id) < tuple_(*after))
    return query.order_by(table.started_ms.desc(), table.id.desc())


async def find_row(
    session: AsyncSession, organization_id: str, request_id: str
) -> tuple[Columns, list[Columns]] | None:
    """Return one request of the organization with its attempts in order, or None."""
    requests, attempts = GatewayRequestRow.__table__.c, GatewayAttemptRow.__table__.c
    of_request = select(*(requests[name] for name in REQUEST_COLUMNS)).where(
        requests.organization_id == organization_id, requests.id == request_id
    )
    row = (await session.execute(of_request)).mappings().one_or_none()
    if row is None:
        return None
    of_attempts = (
        select(*(attempts[name] for name in ATTEMPT_COLUMNS))
        .where(attempts.organization_id == organization_id, attempts.request_id == request_id)
        .order_by(attempts.number)
    )
    return row, list((await session.execute(of_attempts)).mappings())


async def has_request(session: AsyncSession, organization_id: str, request_id: str) -> bool:
    """Say whether a request of this id is the organization's."""
    table = GatewayRequestRow
    wanted = select(table.id).where(table.organization_id == organization_id, table.id == request_id)
    return (await session.scalars(wanted)).first() is not None


async def count_attempts(
    session: AsyncSession, organization_id: str, from_hour: int, to_hour: int, edges_ms: Sequence[int]
) -> list[Columns]:
    """Return attempts counted by hour (of their request), provider, outcome, failure_kind, ``answered`` (a first token
    came), currency and ``bucket``: how many of the ascending edges their time to the first token lies above; None
    without a first token. Each row has the number of ``attempts`` and their ``cost_nanos``."""
    requests, attempts = GatewayRequestRow.__table__.c, GatewayAttemptRow.__table__.c
    first = attempts.first_token_us
    bucket = case(
        (first.is_(None), None),
        *((first <= edge * 1000, place) for place, edge in enumerate(edges_ms)),
        else_=len(edges_ms),
    )
    keys = {
        "hour": requests.started_ms // HOUR_MS,
        "provider": attempts.provider,
        "outcome": attempts.outcome,
        "failure_kind": attempts.failure_kind,
        "currency": attempts.currency,
        "bucket": bucket,
    }
    counted = (
        select(*(value.label(name) for name, value in keys.items()), attempts.cost_nanos)
        .join_from(requests.id.table, attempts.request_id.table, requests.id == attempts.request_id)
        .where(
            requests.organization_id == organization_id,
            attempts.organization_id == organization_id,
            requests.started_ms >= from_hour * HOUR_MS,
            requests.started_ms < to_hour * HOUR_MS,
        )
        .subquery()
        .c
    )
    grouped = [counted[name] for name in keys]
    query = select(
        *grouped,
        counted.bucket.is_not(None).label("answered"),
        func.count().label("attempts"),
        cast(func.coalesce(func.sum(counted.cost_nanos), 0), BigInteger).label("cost_nanos"),
    ).group_by(*grouped)
    return list((await session.execute(query)).mappings())


async def list_organizations_with_usage(session: AsyncSession, from_hour: int) -> list[str]:
    """Return every organization with requests since an hour: for background work over all of them."""
    found = select(UsageHourlyRow.organization_id).where(UsageHourlyRow.hour >= from_hour).distinct()
    return sorted(await session.scalars(found))


async def has_requests(session: AsyncSession, organization_id: str) -> bool:
    """Say whether the organization ever sent a request."""
    found = await session.scalars(
        select(GatewayRequestRow.id).where(GatewayRequestRow.organization_id == organization_id).limit(1)
    )
    return found.first() is not None
