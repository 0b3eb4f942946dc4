"""All SQL about limits. Every query is filtered by organization, but for the data plane's snapshot."""

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.limits.tables import LimitRow, LimitWarningRow
from powerautomation.kernel.clock import now


async def list_rows(session: AsyncSession, organization_id: str) -> list[LimitRow]:
    """Return the organization's limits, oldest first."""
    query = (
        select(LimitRow)
        .where(LimitRow.organization_id == organization_id, LimitRow.deleted_at.is_(None))
        .order_by(LimitRow.created_at, LimitRow.id)
    )
    return list(await session.scalars(query))


async def list_rows_everywhere(session: AsyncSession) -> list[LimitRow]:
    """Return every organization's limits: for the data plane's snapshot."""
    return list(await session.scalars(select(LimitRow).where(LimitRow.deleted_at.is_(None)).order_by(LimitRow.id)))


async def count_rows(session: AsyncSession, organization_id: str) -> int:
    """Return how many limits the organization has."""
    query = select(func.count()).where(LimitRow.organization_id == organization_id, LimitRow.deleted_at.is_(None))
    return await session.scalar(query) or 0


async def find_row(
    session: AsyncSession, organization_id: str, limit_id: str, *, deleted: bool = False
) -> LimitRow | None:
    """Return one limit, or None; ``deleted`` looks among those that were taken away."""
    state = LimitRow.deleted_at.is_not(None) if deleted else LimitRow.deleted_at.is_(None)
    query = select(LimitRow).where(LimitRow.organization_id == organization_id, LimitRow.id == limit_id, state)
    return (await session.scalars(query)).one_or_none()


async def insert_warning(
    session: AsyncSession, organization_id: str, limit_id: str, period_start_ms: int, percent: int
) -> bool:
    """Note that a threshold was reached; False when that is known already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    noted = await session.scalar(
        insert(LimitWarningRow)
        .values(
            organization_id=organization_id,
            limit_id=limit_id,
            period_start_ms=period_start_ms,
            percent=percent,
            warned_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(LimitWarningRow.limit_id)
    )
    return noted is not None
