"""All SQL of the ledger. Every query is filtered by organization; inserting is idempotent by request id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.metering.entities import Price, RequestRecord, UsageGrouping
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
    ImportedPriceRow,
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
    filters: Mapping[str, str | None],
    from_ms: int | None,
    to_ms: int | None,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Columns]:
    """Return requests, newest first, at most ``limit``, older than the cursor ``after`` (started_ms, id).

    filters: column to the value it must have, None for any.
    """
    table = GatewayRequestRow
    query = select(*(getattr(table, name) for name in REQUEST_COLUMNS)).where(table.organization_id == organization_id)
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(table, name) == value)
    if from_ms is not None:
        query = query.where(table.started_ms >= from_ms)
    if to_ms is not None:
        query = query.where(table.started_ms < to_ms)
    if after is not None:
        # Compared as a row, the index on (organization_id, started_ms, id) leads straight to the page.
        query = query.where(tuple_(table.started_ms, table.id) < tuple_(*after))
    query = query.order_by(table.started_ms.desc(), table.id.desc()).limit(limit)
    return list((await session.execute(query)).mappings())


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


async def sum_usage(
    session: AsyncSession,
    organization_id: str,
    *,
    from_ms: int,
    to_ms: int,
    bucket_hours: int,
    offset_ms: int,
    group_by: UsageGrouping,
    limit: int,
) -> list[Columns]:
    """Return sums by bucket, group and currency, oldest first, at most ``limit`` rows.

    ``bucket_ms`` is where a bucket begins; with 24 hours that is midnight of the zone ``offset_ms`` ahead of UTC. Zones
    whose hours are UTC's are read from the hourly sums. Where clocks differ by part of an hour no hourly sum fits, and
    the requests themselves are summed, which takes longer.
    """
    source = _hourly_usage(organization_id, from_ms, to_ms)
    if offset_ms % HOUR_MS:
        source = _request_usage(organization_id, from_ms, to_ms)
    usage = source.subquery().c
    column = {"model": usage.requested_model, "deployment": usage.deployment, "api_key": usage.api_key_id}.get(group_by)
    bucket_ms = usage.at_ms - (usage.at_ms + offset_ms) % (bucket_hours * HOUR_MS)
    in_buckets = select(
        bucket_ms.label("bucket_ms"),
        usage.currency,
        (literal("", String) if column is None else column).label("group"),
        *(usage[name] for name in USAGE_SUMS),
    ).subquery().c  # fmt: skip
    keys = (in_buckets.bucket_ms, in_buckets.currency, in_buckets.group)
    sums = [cast(func.sum(in_buckets[name]), BigInteger).label(name) for name in USAGE_SUMS]
    query = select(*keys, *sums).group_by(*keys).order_by(*keys).limit(limit)
    return list((await session.execute(query)).mappings())


def _hourly_usage(organization_id: str, from_ms: int, to_ms: int) -> Select[Any]:
    table = UsageHourlyRow.__table__.c
    dimensions = (table.requested_model, table.deployment, table.api_key_id, table.currency)
    return select(
        (cast(table.hour, BigInteger) * HOUR_MS).label("at_ms"), *dimensions, *(table[name] for name in USAGE_SUMS)
    ).where(table.organization_id == organization_id, table.hour >= from_ms // HOUR_MS, table.hour < to_ms // HOUR_MS)


def _request_usage(organization_id: str, from_ms: int, to_ms: int) -> Select[Any]:
    """Return requests as if each were an hourly sum, by the same rules as ``add_usage``."""
    table = GatewayRequestRow.__table__.c
    compared = and_(
        table.demo.is_(False),
        table.cost_nanos.is_not(None),
        table.baseline_nanos.is_not(None),
        table.currency == table.baseline_currency,
    )
    unpriced = and_(
        table.demo.is_(False),
        or_(table.cost_nanos.is_(None), and_(table.outcome == "completed", not_(compared))),
    )
    sums = {
        "requests": literal(1),
        "failed": _one_if(table.outcome == "failed"),
        "input_tokens": table.input_tokens + table.cache_write_tokens,
        "cached_input_tokens": table.cached_input_tokens,
        "output_tokens": table.output_tokens,
        "reasoning_tokens": table.reasoning_tokens,
        "spent_nanos": func.coalesce(table.cost_nanos, 0),
        "cost_nanos": case((compared, table.cost_nanos), else_=0),
        "baseline_nanos": case((compared, table.baseline_nanos), else_=0),
        "unpriced_requests": _one_if(unpriced),
        "demo_requests": _one_if(table.demo),
    }
    dimensions = (table.requested_model, table.deployment, table.api_key_id, table.currency)
    return select(
        table.started_ms.label("at_ms"), *dimensions, *(value.label(name) for name, value in sums.items())
    ).where(table.organization_id == organization_id, table.started_ms >= from_ms, table.started_ms < to_ms)


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


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


async def write_prices(
    session: AsyncSession, organization_id: str, prices: Sequence[tuple[str, str, Price]], imported_ms: int
) -> None:
    """Store imported (vendor, model, price), each instead of the one of the same currency and day."""
    for vendor, model, price in prices:
        row = ImportedPriceRow(
            organization_id=organization_id,
            vendor=vendor,
            model=model,
            currency=price.currency,
            effective_from="" if price.effective_from is None else price.effective_from.isoformat(),
            price=msgspec.to_builtins(price),
            imported_ms=imported_ms,
        )
        await session.merge(row)


async def list_imported_prices(session: AsyncSession, organization_id: str) -> list[tuple[str, str, Price]]:
    """Return what the organization imported, in order of import."""
    rows = await session.scalars(
        select(ImportedPriceRow)
        .where(ImportedPriceRow.organization_id == organization_id)
        .order_by(ImportedPriceRow.imported_ms, ImportedPriceRow.vendor, ImportedPriceRow.model)
    )
    return [(row.vendor, row.model, msgspec.convert(row.price, Price)) for row in rows]


async def list_imported_prices_everywhere(session: AsyncSession) -> list[tuple[str, str, str, Price]]:
    """Return (organization, vendor, model, price) of every organization: for the data plane's snapshot only."""
    rows = await session.scalars(
        select(ImportedPriceRow).order_by(ImportedPriceRow.imported_ms, ImportedPriceRow.vendor, ImportedPriceRow.model)
    )
    return [(row.organization_id, row.vendor, row.model, msgspec.convert(row.price, Price)) for row in rows]
