"""What an identity provider can do with groups, and what follows: roles by the rules of the sign-in providers, and the
unit an administrator has bound a group to."""

from collections.abc import Collection
from dataclasses import dataclass

from powerautomation.governance import audit
from powerautomation.identity import groups
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.groups import Group, GroupRef
from powerautomation.identity.scim import group_rules
from powerautomation.identity.scim.entities import ScimGroup
from powerautomation.identity.scim.errors import ScimInvalid
from powerautomation.identity.scim.granting import Granting, roles_of
from powerautomation.identity.scim.group_rules import Change, WantedGroup
from powerautomation.identity.scim.repository import AsyncSession
from powerautomation.identity.single_sign_on import load_group_rules
from powerautomation.identity.units import UnitNotFound, get_unit_names, put_member, remove_member
from powerautomation.identity.users import UserNotFound, get_user, list_user_names


@dataclass(frozen=True, slots=True)
class MappedGroup:
    """A group, the roles it may lead to with the provider that says so, and the unit its people are put into."""

    group: Group
    roles: tuple[tuple[str, str], ...]
    unit_name: str


async def list_mapped(session: AsyncSession, organization_id: str) -> list[MappedGroup]:
    """Return every group by name with what it leads to."""
    providers = await load_group_rules(session, organization_id)
    units = await get_unit_names(session, organization_id)
    return [
        MappedGroup(one, tuple(roles_of(providers, one)), units.get(one.unit_id, ""))
        for one in await groups.list_groups(session, organization_id)
    ]


async def find(
    session: AsyncSession, actor: SignedInUser, text: str | None, start: int, most: int, *, people: bool
) -> tuple[list[ScimGroup], int]:
    """Return a page of the groups a filter finds, or of all, from place ``start`` (1 is the first), and how many there
    are. ``people``: with who is in them. Raises ScimInvalid."""
    owner = actor.principal.organization_id
    wanted = group_rules.group_filter_of(text) if text is not None else {}
    found, total = await groups.find_groups(session, owner, start=start - 1, most=most, **wanted)
    return [await _view(session, owner, one, people=people) for one in found], total


async def get(session: AsyncSession, actor: SignedInUser, group_id: str, *, people: bool = True) -> ScimGroup:
    """Return one group. Raises GroupNotFound."""
    owner = actor.principal.organization_id
    return await _view(session, owner, await groups.get_group(session, owner, group_id[:64]), people=people)


async def hold(session: AsyncSession, actor: SignedInUser, group_id: str) -> ScimGroup:
    """Return one group, which stays as it is until the unit of work ends. Raises GroupNotFound."""
    owner = actor.principal.organization_id
    return await _view(session, owner, await groups.get_group(session, owner, group_id[:64], hold=True), people=True)


async def create(session: AsyncSession, actor: SignedInUser, wanted: WantedGroup) -> ScimGroup:
    """Make a group. Raises ScimInvalid, GroupNameTaken, TooManyGroups and what People raises."""
    owner = actor.principal.organization_id
    if not wanted.name:
        raise ScimInvalid("A group has a displayName.", "invalidValue")
    made = await groups.create_group(session, owner, wanted.name, wanted.external_id or "")
    audit.record(session, actor.principal, "groups.create", _target(made), after={"name": made.name})
    await change(session, actor, made.id, WantedGroup(changes=wanted.changes))
    return await get(session, actor, made.id)


async def change(session: AsyncSession, actor: SignedInUser, group_id: str, wanted: WantedGroup) -> ScimGroup:
    """Change what a request says of a group, and nothing else; roles and units follow at once.

    Raises GroupNotFound, GroupNameTaken, ScimInvalid (somebody is not here) and what People raises.
    """
    owner = actor.principal.organization_id
    group = await groups.get_group(session, owner, group_id[:64], hold=True)
    known = frozenset(await groups.list_people(session, owner, group.id))
    members = _after(known, wanted.changes)
    renamed = GroupRef(
        group.id,
        group.name if wanted.name is None else wanted.name,
        group.external_id if wanted.external_id is None else wanted.external_id,
    )
    same_name = (renamed.name, renamed.external_id) == (group.name, group.external_id)
    added, removed = members - known, known - members
    affected = added | removed if same_name else members | known
    if added:
        await _check_people(session, owner, added)
    granting = await Granting.begin(session, actor, sorted(affected))
    if added or (not same_name and members):
        await granting.check_group(session, renamed)
    if not same_name:
        await groups.change_group(session, owner, group.id, name=renamed.name, external_id=renamed.external_id)
        after = {"name": renamed.name, "external_id": renamed.external_id}
        before = {"name": group.name, "external_id": group.external_id}
        audit.record(session, actor.principal, "groups.update", _target(group), before=before, after=after)
    await _move(session, actor, group, added, removed)
    await granting.settle(session)
    return await get(session, actor, group.id)


async def remove(session: AsyncSession, actor: SignedInUser, group_id: str) -> None:
    """Remove a group; who had a role by it has it no more. Raises GroupNotFound and what People raises."""
    owner = actor.principal.organization_id
    group = await groups.get_group(session, owner, group_id[:64], hold=True)
    people = frozenset(await groups.list_people(session, owner, group.id))
    granting = await Granting.begin(session, actor, sorted(people))
    await _move(session, actor, group, frozenset(), people)
    await groups.remove_group(session, owner, group.id)
    audit.record(session, actor.principal, "groups.delete", _target(group), before={"name": group.name})
    await granting.settle(session)


async def bind_unit(session: AsyncSession, actor: SignedInUser, group_id: str, unit_id: str) -> None:
    """Put the people of a group into a unit from now on, or (empty) into none: they leave the one before.

    Raises GroupNotFound, UnitNotFound.
    """
    owner = actor.principal.organization_id
    group = await groups.get_group(session, owner, group_id[:64], hold=True)
    names = await get_unit_names(session, owner)
    if unit_id and unit_id not in names:
        raise UnitNotFound("There is no such unit in this organization.", action="Reload the page.")
    if unit_id == group.unit_id:
        return
    for one in await groups.list_people(session, owner, group.id):
        await _leave(session, actor, group.unit_id, one)
        await _join(session, actor, unit_id, one)
    await groups.change_group(session, owner, group.id, unit_id=unit_id)
    before, after = {"unit": names.get(group.unit_id, "")}, {"unit": names.get(unit_id, "")}
    audit.record(session, actor.principal, "groups.update", _target(group), before=before, after=after)


def _after(known: frozenset[str], changes: list[Change]) -> frozenset[str]:
    members = known
    for one in changes:
        if one.verb == "add":
            members |= one.people or frozenset()
        elif one.verb == "replace":
            members = one.people or frozenset()
        else:
            members -= members if one.people is None else one.people
    return members


async def _check_people(session: AsyncSession, owner: str, user_ids: Collection[str]) -> None:
    for one in sorted(user_ids):
        try:
            user = await get_user(session, owner, one)
        except UserNotFound:
            user = None
        if user is None or user.kind != "person":
            raise ScimInvalid("A member of the group is not here: add the person first.", "invalidValue")


async def _move(
    session: AsyncSession, actor: SignedInUser, group: Group, added: frozenset[str], removed: frozenset[str]
) -> None:
    owner = actor.principal.organization_id
    if added:
        await groups.add_people(session, owner, group.id, added)
    if removed:
        await groups.remove_people(session, owner, group.id, removed)
    for one in sorted(added):
        target = audit.Target("group", group.id, group.name, one)
        audit.record(session, actor.principal, "groups.add_person", target, after={"person": one})
    for one in sorted(removed):
        target = audit.Target("group", group.id, group.name, one)
        audit.record(session, actor.principal, "groups.remove_person", target, before={"person": one})
    for one in sorted(removed):
        await _leave(session, actor, group.unit_id, one)
    for one in sorted(added):
        await _join(session, actor, group.unit_id, one)


async def _join(session: AsyncSession, actor: SignedInUser, unit_id: str, user_id: str) -> None:
    if unit_id:
        try:
            await put_member(session, actor, unit_id, user_id, is_primary=False, manages=False)
        except (UnitNotFound, UserNotFound):
            # The unit was archived, or the person deleted, since: neither keeps the provider from going on.
            return


async def _leave(session: AsyncSession, actor: SignedInUser, unit_id: str, user_id: str) -> None:
    if unit_id:
        try:
            await remove_member(session, actor, unit_id, user_id)
        except UnitNotFound:
            return


async def _view(session: AsyncSession, owner: str, group: Group, *, people: bool) -> ScimGroup:
    ids = await groups.list_people(session, owner, group.id) if people else []
    names = await list_user_names(session, owner, ids) if ids else {}
    return ScimGroup(
        id=group.id,
        name=group.name,
        external_id=group.external_id,
        people=tuple((one, names[one]) for one in ids if one in names) if people else None,
        created_at=group.created_at,
        updated_at=group.updated_at,
    )


def _target(group: Group) -> audit.Target:
    return audit.Target("group", group.id, group.name)
