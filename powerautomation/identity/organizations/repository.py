"""All SQL about organizations."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.kernel.clock import now


async def find_oldest(session: AsyncSession) -> OrganizationRow | None:
    """Return the organization that has existed longest."""
    return await session.scalar(
        select(OrganizationRow).order_by(OrganizationRow.created_at, OrganizationRow.id).limit(1)
    )


def _open() -> tuple[ColumnElement[bool], ...]:
    return OrganizationRow.suspended_at.is_(None), OrganizationRow.deleted_at.is_(None)


async def is_open(session: AsyncSession, organization_id: str) -> bool:
    """Say whether an organization is neither suspended nor deleted."""
    return bool(await session.scalar(select(OrganizationRow.id).where(OrganizationRow.id == organization_id, *_open())))


async def list_closed(session: AsyncSession) -> set[str]:
    """Return the ids of suspended and deleted organizations."""
    return set(await session.scalars(select(OrganizationRow.id).where(not_(and_(*_open())))))


async def list_rows(session: AsyncSession, most: int) -> list[OrganizationRow]:
    """Return the organizations that are there or can be brought back, by name."""
    query = select(OrganizationRow).where(OrganizationRow.removed_at.is_(None))
    return list(await session.scalars(query.order_by(func.lower(OrganizationRow.name), OrganizationRow.id).limit(most)))


async def hold_rows(session: AsyncSession) -> list[OrganizationRow]:
    """Return every organization but those that were removed, locked until the unit of work ends, in one order."""
    query = select(OrganizationRow).where(OrganizationRow.removed_at.is_(None))
    return list(
        await session.scalars(
            query.order_by(OrganizationRow.id).with_for_update(key_share=True).execution_options(populate_existing=True)
        )
    )


async def list_removable(session: AsyncSession, until: datetime) -> list[str]:
    """Return the organizations that were deleted at ``until`` or before and are still there, in whole or in part."""
    query = select(OrganizationRow.id).where(OrganizationRow.deleted_at <= until, OrganizationRow.name != "")
    return list(await session.scalars(query.order_by(OrganizationRow.id)))


def add_row(session: AsyncSession, row: OrganizationRow) -> None:
    """Store a new organization."""
    session.add(row)


async def update_row(session: AsyncSession, organization_id: str, **values: Any) -> None:
    """Change an organization."""
    await session.execute(
        update(OrganizationRow)
        .where(OrganizationRow.id == organization_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def has_several(session: AsyncSession) -> bool:
    """Say whether there is more than one organization."""
    return len((await session.scalars(select(OrganizationRow.id).limit(2))).all()) > 1


async def find_row(session: AsyncSession, organization_id: str) -> OrganizationRow | None:
    """Return one organization, unless all of it was removed."""
    return await session.scalar(
        select(OrganizationRow)
        .where(OrganizationRow.id == organization_id, OrganizationRow.removed_at.is_(None))
        .execution_options(populate_existing=True)
    )


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
