"""All SQL about units."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.units.tables import UnitPersonRow, UnitRow


async def list_rows(session: AsyncSession, organization_id: str, *, hold: bool = False) -> list[UnitRow]:
    """Return the units that are not archived, by name; with ``hold`` they stay as they are until the unit of work
    ends."""
    query = (
        select(UnitRow)
        .where(UnitRow.organization_id == organization_id, UnitRow.archived_at.is_(None))
        .order_by(UnitRow.name_key, UnitRow.id)
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query.with_for_update(key_share=True) if hold else query))


async def find_row(session: AsyncSession, organization_id: str, unit_id: str) -> UnitRow | None:
    """Return a unit, archived or not."""
    query = select(UnitRow).where(UnitRow.organization_id == organization_id, UnitRow.id == unit_id)
    return await session.scalar(query.execution_options(populate_existing=True))


async def list_all_rows(session: AsyncSession) -> list[UnitRow]:
    """Return the units of every organization that are not archived: for the data plane only."""
    return list(await session.scalars(select(UnitRow).where(UnitRow.archived_at.is_(None))))


async def list_all_memberships(session: AsyncSession, user_ids: Sequence[str]) -> list[tuple[str, str, str, bool]]:
    """Return organization, person, unit and whether it is the primary one, of these people of any organization: for the
    data plane only."""
    row = UnitPersonRow
    query = select(row.organization_id, row.user_id, row.unit_id, row.is_primary).where(row.user_id.in_(user_ids))
    return [(found[0], found[1], found[2], found[3]) for found in await session.execute(query)]


async def list_memberships(
    session: AsyncSession, organization_id: str, user_id: str = ""
) -> list[tuple[str, str, bool]]:
    """Return person, unit and whether it is the primary one, of everybody in a unit or of one person."""
    row = UnitPersonRow
    query = select(row.user_id, row.unit_id, row.is_primary).where(row.organization_id == organization_id)
    if user_id:
        query = query.where(row.user_id == user_id)
    return [(found[0], found[1], found[2]) for found in await session.execute(query)]


async def insert_row(session: AsyncSession, row: UnitRow) -> bool:
    """Create a unit; False (and nothing created) when its name is taken there."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def update_row(session: AsyncSession, organization_id: str, unit_id: str, values: dict[str, Any]) -> bool:
    """Change a unit; False (and nothing changed) when its name is taken there."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(UnitRow)
                .where(UnitRow.organization_id == organization_id, UnitRow.id == unit_id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return True


async def archive_rows(session: AsyncSession, organization_id: str, unit_ids: Sequence[str], moment: Any) -> None:
    """Archive units, and let nobody belong to them."""
    await session.execute(
        delete(UnitPersonRow).where(
            UnitPersonRow.organization_id == organization_id, UnitPersonRow.unit_id.in_(unit_ids)
        )
    )
    await session.execute(
        update(UnitRow)
        .where(UnitRow.organization_id == organization_id, UnitRow.id.in_(unit_ids))
        .values(archived_at=moment)
        .execution_options(synchronize_session=False)
    )


async def count_people(session: AsyncSession, organization_id: str) -> dict[str, int]:
    """Return how many people belong to each unit, those below it not counted."""
    rows = await session.execute(
        select(UnitPersonRow.unit_id, func.count())
        .where(UnitPersonRow.organization_id == organization_id)
        .group_by(UnitPersonRow.unit_id)
    )
    return {row[0]: row[1] for row in rows}


async def list_people(session: AsyncSession, organization_id: str, unit_id: str) -> list[UnitPersonRow]:
    """Return who belongs to a unit."""
    query = select(UnitPersonRow).where(
        UnitPersonRow.organization_id == organization_id, UnitPersonRow.unit_id == unit_id
    )
    return list(await session.scalars(query.order_by(UnitPersonRow.user_id)))


async def put_person(
    session: AsyncSession, organization_id: str, unit_id: str, user_id: str, *, is_primary: bool, manages: bool | None
) -> None:
    """Let a person belong to a unit; a new primary unit takes the place of the one there was."""
    mine = (UnitPersonRow.organization_id == organization_id, UnitPersonRow.user_id == user_id)
    others = await session.scalar(
        select(func.count()).where(*mine, UnitPersonRow.is_primary.is_(True), UnitPersonRow.unit_id != unit_id)
    )
    if is_primary and others:
        await session.execute(
            update(UnitPersonRow).where(*mine).values(is_primary=False).execution_options(synchronize_session=False)
        )
    # Somebody's first unit is the primary one.
    values = {"is_primary": is_primary or not others} | ({} if manages is None else {"manages": manages})
    changed = await session.execute(
        update(UnitPersonRow)
        .where(*mine, UnitPersonRow.unit_id == unit_id)
        .values(**values)
        .returning(UnitPersonRow.unit_id)
        .execution_options(synchronize_session=False)
    )
    if changed.first() is None:
        row = UnitPersonRow(unit_id=unit_id, user_id=user_id, organization_id=organization_id)
        row.is_primary, row.manages = values["is_primary"], bool(manages)
        session.add(row)
        await session.flush()


async def remove_person(session: AsyncSession, organization_id: str, unit_id: str, user_id: str) -> bool:
    """Let a person no longer belong to a unit; False when the person did not."""
    removed = await session.scalar(
        delete(UnitPersonRow)
        .where(
            UnitPersonRow.organization_id == organization_id,
            UnitPersonRow.unit_id == unit_id,
            UnitPersonRow.user_id == user_id,
        )
        .returning(UnitPersonRow.user_id)
        .execution_options(synchronize_session=False)
    )
    return removed is not None
