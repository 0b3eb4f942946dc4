"""All SQL about groups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.groups.tables import GroupPersonRow, GroupRow

# What one statement may name: SQLite takes no more variables than some thousands.
_AT_ONCE = 500


async def find_row(session: AsyncSession, organization_id: str, group_id: str, *, hold: bool) -> GroupRow | None:
    """Return one group; with ``hold`` locked until the unit of work ends."""
    query = select(GroupRow).where(GroupRow.organization_id == organization_id, GroupRow.id == group_id)
    query = query.execution_options(populate_existing=True)
    return await session.scalar(query.with_for_update() if hold else query)


async def find_rows(
    session: AsyncSession, organization_id: str, wanted: dict[str, str], start: int, most: int
) -> tuple[list[GroupRow], int]:
    """Return a page of the groups that have these values (``id``, ``name_key``, ``external_id``, ``user_id`` of
    somebody who is in it), by name, from the one at place ``start`` (0 is the first); and how many there are."""
    where: list[ColumnElement[bool]] = [GroupRow.organization_id == organization_id]
    columns = {"id": GroupRow.id, "name_key": GroupRow.name_key, "external_id": GroupRow.external_id}
    for name, value in wanted.items():
        if name == "user_id":
            mine = select(GroupPersonRow.group_id).where(
                GroupPersonRow.organization_id == organization_id, GroupPersonRow.user_id == value
            )
            where.append(GroupRow.id.in_(mine))
        else:
            where.append(columns[name] == value)
    total = await session.scalar(select(func.count()).select_from(GroupRow).where(*where)) or 0
    query = select(GroupRow).where(*where).order_by(GroupRow.name_key, GroupRow.id).offset(start).limit(most)
    return list(await session.scalars(query)), total


async def insert_row(session: AsyncSession, row: GroupRow) -> bool:
    """Create a group; False (and nothing created) when its name is taken."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def update_row(session: AsyncSession, organization_id: str, group_id: str, values: dict[str, Any]) -> bool:
    """Change a group; False (and nothing changed) when its name is taken."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(GroupRow)
                .where(GroupRow.organization_id == organization_id, GroupRow.id == group_id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return True


async def delete_row(session: AsyncSession, organization_id: str, group_id: str) -> None:
    """Remove a group; nobody is in it any more."""
    for table, column in ((GroupPersonRow, GroupPersonRow.group_id), (GroupRow, GroupRow.id)):
        await session.execute(delete(table).where(table.organization_id == organization_id, column == group_id))


async def list_people(session: AsyncSession, organization_id: str, group_id: str) -> list[str]:
    """Return the ids of who is in a group, in their order."""
    query = select(GroupPersonRow.user_id).where(
        GroupPersonRow.organization_id == organization_id, GroupPersonRow.group_id == group_id
    )
    return list(await session.scalars(query.order_by(GroupPersonRow.user_id)))


async def count_people(session: AsyncSession, organization_id: str, group_ids: Sequence[str]) -> dict[str, int]:
    """Return how many people are in each of these groups; those without anybody are left out."""
    found = await session.execute(
        select(GroupPersonRow.group_id, func.count())
        .where(GroupPersonRow.organization_id == organization_id, GroupPersonRow.group_id.in_(group_ids))
        .group_by(GroupPersonRow.group_id)
    )
    return {row[0]: row[1] for row in found}


async def groups_of(
    session: AsyncSession, organization_id: str, user_ids: Sequence[str]
) -> dict[str, list[tuple[str, str, str]]]:
    """Return id, name and external id of the groups each of these people is in, by name."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for start in range(0, len(user_ids), _AT_ONCE):
        rows = await session.execute(
            select(GroupPersonRow.user_id, GroupRow.id, GroupRow.name, GroupRow.external_id)
            .join(GroupRow, GroupRow.id == GroupPersonRow.group_id)
            .where(
                GroupPersonRow.organization_id == organization_id,
                GroupPersonRow.user_id.in_(user_ids[start : start + _AT_ONCE]),
            )
            .order_by(GroupRow.name_key, GroupRow.id)
        )
        for row in rows:
            found.setdefault(row[0], []).append((row[1], row[2], row[3]))
    return found


def add_people(session: AsyncSession, organization_id: str, group_id: str, user_ids: Sequence[str]) -> None:
    """Put people into a group who are not in it."""
    session.add_all(GroupPersonRow(group_id=group_id, user_id=one, organization_id=organization_id) for one in user_ids)


async def remove_people(session: AsyncSession, organization_id: str, group_id: str, user_ids: Sequence[str]) -> None:
    """Take people out of a group."""
    for start in range(0, len(user_ids), _AT_ONCE):
        await session.execute(
            delete(GroupPersonRow).where(
                GroupPersonRow.organization_id == organization_id,
                GroupPersonRow.group_id == group_id,
                GroupPersonRow.user_id.in_(user_ids[start : start + _AT_ONCE]),
            )
        )


async def remove_person(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Take somebody out of every group."""
    await session.execute(
        delete(GroupPersonRow).where(
            GroupPersonRow.organization_id == organization_id, GroupPersonRow.user_id == user_id
        )
    )


async def touch(session: AsyncSession, organization_id: str, group_id: str, moment: datetime) -> None:
    """Note that a group changed."""
    await update_row(session, organization_id, group_id, {"updated_at": moment})
