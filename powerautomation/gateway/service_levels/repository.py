"""All SQL of service levels. Every query is filtered by organization, but for the background work's list of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.service_levels.entities import Breach, Credit, HourSums, Promise
from powerautomation.gateway.service_levels.tables import (
    ServiceBreachRow,
    ServiceCreditRow,
    ServiceLevelHourRow,
    ServicePromiseRow,
)
from powerautomation.kernel.ids import new_id

_SUMS = ("attempts", "failed", "rate_limited", "latency_counts", "spent")


def _insert(session: AsyncSession, row: type[Any]) -> Any:
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(row)


async def put_hours(session: AsyncSession, organization_id: str, hours: Sequence[HourSums]) -> None:
    """Store hours as they are counted now, in place of what was counted before."""
    for hour in sorted(hours, key=lambda one: (one.hour, one.provider)):
        statement = _insert(session, ServiceLevelHourRow).values(
            organization_id=organization_id, **msgspec.structs.asdict(hour)
        )
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["organization_id", "hour", "provider"],
                set_={name: statement.excluded[name] for name in _SUMS},
            )
        )


async def list_hours(session: AsyncSession, organization_id: str, from_hour: int, to_hour: int) -> list[HourSums]:
    """Return the hours from ``from_hour`` until before ``to_hour``, oldest first."""
    row = ServiceLevelHourRow
    rows = await session.scalars(
        select(row)
        .where(row.organization_id == organization_id, row.hour >= from_hour, row.hour < to_hour)
        .order_by(row.hour, row.provider)
    )
    return [
        HourSums(
            one.provider, one.hour, one.attempts, one.failed, one.rate_limited, list(one.latency_counts), one.spent
        )
        for one in rows
    ]


async def list_promises(session: AsyncSession, organization_id: str) -> dict[str, Promise]:
    """Return the promises people noted, by provider."""
    rows = await session.scalars(select(ServicePromiseRow).where(ServicePromiseRow.organization_id == organization_id))
    return {row.provider: msgspec.convert(row.content, Promise, strict=False) for row in rows}


async def list_promising_organizations(session: AsyncSession) -> list[str]:
    """Return every organization that noted a promise: for the background work only."""
    return list(await session.scalars(select(ServicePromiseRow.organization_id).distinct()))


async def put_promise(
    session: AsyncSession, organization_id: str, provider: str, promise: Promise, user_id: str, at: datetime
) -> None:
    """Store a promise in place of the one before."""
    statement = _insert(session, ServicePromiseRow).values(
        organization_id=organization_id,
        provider=provider,
        content=msgspec.to_builtins(promise),
        updated_by=user_id,
        updated_at=at,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "provider"],
            set_={name: statement.excluded[name] for name in ("content", "updated_by", "updated_at")},
        )
    )


async def delete_promise(session: AsyncSession, organization_id: str, provider: str) -> bool:
    """Forget a promise; say whether there was one."""
    row = ServicePromiseRow
    deleted = await session.scalars(
        delete(row).where(row.organization_id == organization_id, row.provider == provider).returning(row.provider)
    )
    return deleted.first() is not None


async def add_breach(session: AsyncSession, organization_id: str, breach: Breach, at: datetime) -> bool:
    """Store a breach; False when it is known already."""
    statement = _insert(session, ServiceBreachRow).values(
        id=new_id("brc"),
        organization_id=organization_id,
        provider=breach.provider,
        period=breach.period,
        starts_at=breach.start,
        measure=breach.measure,
        promised=breach.promised,
        measured=breach.measured,
        attempts=breach.attempts,
        created_at=at,
    )
    return await session.scalar(statement.on_conflict_do_nothing().returning(ServiceBreachRow.id)) is not None


async def add_credit(session: AsyncSession, organization_id: str, credit: Credit, at: datetime) -> bool:
    """Store a credit; False when that month has one in that currency."""
    statement = _insert(session, ServiceCreditRow).values(
        id=new_id("crd"),
        organization_id=organization_id,
        provider=credit.provider,
        month=credit.month,
        currency=credit.currency,
        amount_nanos=credit.amount_nanos,
        spent_nanos=credit.spent_nanos,
        reason=msgspec.to_builtins(credit),
        created_at=at,
    )
    return await session.scalar(statement.on_conflict_do_nothing().returning(ServiceCreditRow.id)) is not None


async def list_breaches(session: AsyncSession, organization_id: str, limit: int) -> list[Breach]:
    """Return the latest breaches, newest first."""
    row = ServiceBreachRow
    rows = await session.scalars(
        select(row)
        .where(row.organization_id == organization_id)
        .order_by(row.starts_at.desc(), row.id.desc())
        .limit(limit)
    )
    return [
        msgspec.convert(
            {
                "provider": one.provider,
                "period": one.period,
                "start": one.starts_at,
                "measure": one.measure,
                "promised": one.promised,
                "measured": one.measured,
                "attempts": one.attempts,
            },
            Breach,
        )
        for one in rows
    ]


async def list_credits(session: AsyncSession, organization_id: str, limit: int) -> list[Credit]:
    """Return the latest credits, newest month first."""
    row = ServiceCreditRow
    rows = await session.scalars(
        select(row)
        .where(row.organization_id == organization_id)
        .order_by(row.month.desc(), row.provider, row.currency)
        .limit(limit)
    )
    return [msgspec.convert(one.reason, Credit, strict=False) for one in rows]
