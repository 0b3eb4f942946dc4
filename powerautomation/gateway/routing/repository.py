"""All SQL about routes added in the console. Every query is filtered by organization, but for the snapshot's own."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.routing.tables import RouteRow


async def list_all_rows(session: AsyncSession) -> list[RouteRow]:
    """Return every live route of every organization in order: for the data plane only."""
    query = select(RouteRow).where(RouteRow.deleted_at.is_(None)).order_by(RouteRow.position, RouteRow.id)
    return list(await session.scalars(query))


async def list_rows(session: AsyncSession, organization_id: str) -> list[RouteRow]:
    """Return the organization's live routes in order."""
    query = (
        select(RouteRow)
        .where(RouteRow.organization_id == organization_id, RouteRow.deleted_at.is_(None))
        .order_by(RouteRow.position, RouteRow.id)
    )
    return list(await session.scalars(query))


async def find_row(
    session: AsyncSession, organization_id: str, route_id: str, *, deleted: bool = False
) -> RouteRow | None:
    """Return one live route (or one deleted, when asked for) of the organization, or None."""
    state = RouteRow.deleted_at.is_not(None) if deleted else RouteRow.deleted_at.is_(None)
    query = select(RouteRow).where(RouteRow.organization_id == organization_id, RouteRow.id == route_id, state)
    return (await session.scalars(query)).one_or_none()
