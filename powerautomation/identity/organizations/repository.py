"""All SQL about organizations."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.kernel.clock import now


async def find_oldest(session: AsyncSession) -> OrganizationRow | None:
    """Return the organization that has existed longest."""
    return await session.scalar(
        select(OrganizationRow).order_by(OrganizationRow.created_at, OrganizationRow.id).limit(1)
    )


async def find_row(session: AsyncSession, organization_id: str) -> OrganizationRow | None:
    """Return one organization."""
    return await session.get(OrganizationRow, organization_id)


async def insert_if_absent(session: AsyncSession, organization_id: str, name: str) -> bool:
    """Create an organization under a given id; False when another process has just done so."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    created = await session.scalar(
        insert(OrganizationRow)
        .values(id=organization_id, name=name, created_at=now())
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(OrganizationRow.id)
    )
    return created is not None
