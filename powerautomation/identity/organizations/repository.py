"""All SQL about organizations."""

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.kernel.clock import now


async def find_oldest(session: AsyncSession) -> OrganizationRow | None:
    """Return the organization that has existed longest."""
    return await session.scalar(
        select(OrganizationRow).order_by(OrganizationRow.created_at, OrganizationRow.id).limit(1)
    )


async def has_several(session: AsyncSession) -> bool:
    """Say whether there is more than one organization."""
    return len((await session.scalars(select(OrganizationRow.id).limit(2))).all()) > 1


async def find_row(session: AsyncSession, organization_id: str) -> OrganizationRow | None:
    """Return one organization."""
    return await session.get(OrganizationRow, organization_id)


async def insert_if_absent(session: AsyncSession, organization_id: str, name: str) -> bool:
    """Create an organization under a given id; False when another process has just done so."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    created = await session.scalar(
        insert(OrganizationRow)
        .values(id=organization_id, name=name, created_at=now(), time_zone="UTC")
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(OrganizationRow.id)
    )
    return created is not None


async def list_time_zones(session: AsyncSession) -> dict[str, str]:
    """Return the time zone of every organization, by id: for the data plane's snapshot."""
    return {
        row.id: row.time_zone for row in await session.execute(select(OrganizationRow.id, OrganizationRow.time_zone))
    }


async def write_time_zone(session: AsyncSession, organization_id: str, time_zone: str) -> None:
    """Change an organization's time zone."""
    await session.execute(
        update(OrganizationRow).where(OrganizationRow.id == organization_id).values(time_zone=time_zone)
    )
