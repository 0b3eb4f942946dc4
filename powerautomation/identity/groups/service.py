"""What can be done with groups. Who is in one is only written down here; what follows from it is decided elsewhere."""

from collections.abc import Collection, Sequence
from typing import Any

from powerautomation.identity.groups import repository
from powerautomation.identity.groups.entities import Group, GroupRef
from powerautomation.identity.groups.errors import GroupNameTaken, GroupNotFound, TooManyGroups
from powerautomation.identity.groups.repository import AsyncSession
from powerautomation.identity.groups.tables import GroupRow
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id

MOST_GROUPS = 1000


async def find_groups(
    session: AsyncSession, organization_id: str, *, start: int = 0, most: int = 100, **wanted: str
) -> tuple[list[Group], int]:
    """Return a page of groups by name, from place ``start`` (0 is the first), and how many there are; ``wanted`` limits
    them: ``id``, ``name`` (in any case), ``external_id``, ``user_id`` of somebody who is in it."""
    values = {
        ("name_key" if key == "name" else key): _key(one) if key == "name" else one for key, one in wanted.items()
    }
    rows, total = await repository.find_rows(session, organization_id, values, start, most)
    counts = await repository.count_people(session, organization_id, [row.id for row in rows])
    return [_group_of(row, counts.get(row.id, 0)) for row in rows], total


async def list_groups(session: AsyncSession, organization_id: str) -> list[Group]:
    """Return every group by name, at most 1,000."""
    return (await find_groups(session, organization_id, most=MOST_GROUPS))[0]


async def get_group(session: AsyncSession, organization_id: str, group_id: str, *, hold: bool = False) -> Group:
    """Return one group; with ``hold`` it stays as it is until the unit of work ends. Raises GroupNotFound."""
    row = await repository.find_row(session, organization_id, group_id, hold=hold)
    if row is None:
        raise GroupNotFound("There is no such group in this organization.")
    counts = await repository.count_people(session, organization_id, [row.id])
    return _group_of(row, counts.get(row.id, 0))


async def create_group(session: AsyncSession, organization_id: str, name: str, external_id: str) -> Group:
    """Make a group nobody is in. Raises GroupNameTaken, TooManyGroups."""
    if (await find_groups(session, organization_id, most=1))[1] >= MOST_GROUPS:
        raise TooManyGroups(
            f"There are {MOST_GROUPS} groups already.", action="Let the provider send only the groups that are needed."
        )
    moment = now()
    row = GroupRow(
        id=new_id("grp"),
        organization_id=organization_id,
        name=name,
        name_key=_key(name),
        external_id=external_id,
        unit_id="",
        created_at=moment,
        updated_at=moment,
    )
    if not await repository.insert_row(session, row):
        raise _name_taken()
    return _group_of(row, 0)


async def change_group(
    session: AsyncSession,
    organization_id: str,
    group_id: str,
    *,
    name: str | None = None,
    external_id: str | None = None,
    unit_id: str | None = None,
) -> None:
    """Change what a group is called, or into which unit its people are put. Raises GroupNameTaken."""
    given = {"name": name, "external_id": external_id, "unit_id": unit_id}
    values: dict[str, Any] = {key: one for key, one in given.items() if one is not None}
    if name is not None:
        values["name_key"] = _key(name)
    if not await repository.update_row(session, organization_id, group_id, {**values, "updated_at": now()}):
        raise _name_taken()


async def remove_group(session: AsyncSession, organization_id: str, group_id: str) -> None:
    """Remove a group."""
    await repository.delete_row(session, organization_id, group_id)


async def list_people(session: AsyncSession, organization_id: str, group_id: str) -> list[str]:
    """Return the ids of who is in a group."""
    return await repository.list_people(session, organization_id, group_id)


async def add_people(session: AsyncSession, organization_id: str, group_id: str, user_ids: Collection[str]) -> None:
    """Put people of the organization, who are not in it, into a group."""
    repository.add_people(session, organization_id, group_id, sorted(user_ids))
    await session.flush()
    await repository.touch(session, organization_id, group_id, now())


async def remove_people(session: AsyncSession, organization_id: str, group_id: str, user_ids: Collection[str]) -> None:
    """Take people out of a group."""
    await repository.remove_people(session, organization_id, group_id, sorted(user_ids))
    await repository.touch(session, organization_id, group_id, now())


async def remove_person(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Take somebody out of every group."""
    await repository.remove_person(session, organization_id, user_id)


async def names_of(
    session: AsyncSession, organization_id: str, user_ids: Sequence[str]
) -> dict[str, tuple[GroupRef, ...]]:
    """Return the groups each of these people is in; who is in none is left out."""
    found = await repository.groups_of(session, organization_id, user_ids)
    return {user_id: tuple(GroupRef(*one) for one in groups) for user_id, groups in found.items()}


def _key(name: str) -> str:
    return name.casefold()[:600]


def _group_of(row: GroupRow, people: int) -> Group:
    return Group(row.id, row.name, row.external_id, row.unit_id, people, row.created_at, row.updated_at)


def _name_taken() -> GroupNameTaken:
    return GroupNameTaken("Another group has this name.", action="Choose another name, or change that group.")
