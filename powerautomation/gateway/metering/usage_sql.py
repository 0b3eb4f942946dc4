"""SQL of usage: sums by bucket, group and currency. Every query is filtered by organization."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, case, cast, func, literal, not_, or_, select

from powerautomation.gateway.metering.entities import UsageGrouping
from powerautomation.gateway.metering.ledger_rows import HOUR_MS, USAGE_SUMS
from powerautomation.gateway.metering.repository import AsyncSession, Columns
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow, UsageHourlyRow


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


async def sum_unsummed_attempts(
    session: AsyncSession, organization_id: str, *, from_ms: int, to_ms: int, limit: int
) -> list[Columns]:
    """Return what attempts cost by key and currency, of requests that have no cost as a whole: attempts in two
    currencies, or one of unknown price among others."""
    request, attempt = GatewayRequestRow.__table__.c, GatewayAttemptRow.__table__.c
    keys = (request.api_key_id, attempt.currency)
    query = (
        select(*keys, cast(func.sum(attempt.cost_nanos), BigInteger).label("spent_nanos"))
        .join_from(GatewayRequestRow, GatewayAttemptRow, attempt.request_id == request.id)
        .where(
            request.organization_id == organization_id,
            attempt.organization_id == organization_id,
            request.started_ms >= from_ms,
            request.started_ms < to_ms,
            request.cost_nanos.is_(None),
            attempt.cost_nanos > 0,
        )
        .group_by(*keys)
        .order_by(*keys)
        .limit(limit)
    )
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
        "requests": 1 + table.repeats,
        "failed": case((table.outcome == "failed", 1 + table.repeats), else_=0),
        "refused": case((table.outcome == "refused", 1 + table.repeats), else_=0),
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
