"""All SQL about custom roles."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.roles.tables import RoleRow


async def find_row(session: AsyncSession, organization_id: str, role_id: str) -> RoleRow | None:
    """Return one role of the organization."""
    return await session.scalar(
        select(RoleRow)
        .where(RoleRow.organization_id == organization_id, RoleRow.id == role_id)
        .execution_options(populate_existing=True)
    )


async def list_rows(session: AsyncSession, organization_id: str, *, hold: bool = False) -> list[RoleRow]:
    """Return the organization's roles in the order of their making; ``hold`` locks them until the unit of work ends."""
    query = select(RoleRow).where(RoleRow.organization_id == organization_id).order_by(RoleRow.created_at, RoleRow.id)
    if hold:
        # In one order for everybody; SQLite has one writer anyway and ignores it.
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(query))


async def hold_row(session: AsyncSession, organization_id: str, role_id: str) -> bool:
    """Keep a role from being changed or deleted until the unit of work ends; False when there is none."""
    query = (
        select(RoleRow.id)
        .where(RoleRow.organization_id == organization_id, RoleRow.id == role_id)
        .with_for_update(read=True)
    )
    return await session.scalar(query) is not None


async def insert_row(session: AsyncSession, row: RoleRow) -> bool:
    """Create a role; False (and nothing created) when another one has its name."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def update_row(session: AsyncSession, organization_id: str, role_id: str, values: dict[str, Any]) -> bool:
    """Change a role; False (and nothing changed) when another one has its name."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(RoleRow)
                .where(RoleRow.organization_id == organization_id, RoleRow.id == role_id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return True


async def delete_row(session: AsyncSession, organization_id: str, role_id: str) -> None:
    """Forget a role."""
    await session.execute(
        delete(RoleRow)
        .where(RoleRow.organization_id == organization_id, RoleRow.id == role_id)
        .execution_options(synchronize_session=False)
    )
