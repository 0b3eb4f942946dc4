"""All SQL about flags."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.governance.flags.tables import FlagRow


async def list_all(session: AsyncSession) -> list[FlagRow]:
    """Return every flag of every organization: for the snapshot that is evaluated."""
    return list(await session.scalars(select(FlagRow).order_by(FlagRow.organization_id, FlagRow.key)))


async def list_rows(session: AsyncSession, organization_id: str) -> list[FlagRow]:
    """Return an organization's flags by key."""
    query = select(FlagRow).where(FlagRow.organization_id == organization_id).order_by(FlagRow.key)
    return list(await session.scalars(query))


async def find_row(session: AsyncSession, organization_id: str, key: str, *, hold: bool = False) -> FlagRow | None:
    """Return one flag; ``hold`` keeps it from being changed by others until the unit of work ends."""
    query = select(FlagRow).where(FlagRow.organization_id == organization_id, FlagRow.key == key)
    if hold:
        query = query.with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def count_rows(session: AsyncSession, organization_id: str) -> int:
    """Return how many flags an organization has."""
    query = select(func.count()).select_from(FlagRow).where(FlagRow.organization_id == organization_id)
    return await session.scalar(query) or 0


async def insert_if_absent(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Create a flag; False (and nothing created) when the organization has one with this key."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    created = await session.scalar(
        insert(FlagRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["organization_id", "key"])
        .returning(FlagRow.key)
    )
    return created is not None


async def update_row(session: AsyncSession, organization_id: str, key: str, values: dict[str, Any]) -> None:
    """Change a flag."""
    await session.execute(
        update(FlagRow)
        .where(FlagRow.organization_id == organization_id, FlagRow.key == key)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def delete_row(session: AsyncSession, organization_id: str, key: str) -> None:
    """Forget a flag."""
    await session.execute(
        delete(FlagRow)
        .where(FlagRow.organization_id == organization_id, FlagRow.key == key)
        .execution_options(synchronize_session=False)
    )
