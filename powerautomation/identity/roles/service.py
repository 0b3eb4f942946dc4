"""What can be done with roles: look, make, change, delete; and what every sign-in asks: what a role comes to.

Nothing of a role is kept in memory: each request reads the role of whoever asks, so a change holds for the next request
on every replica, and for open pages within the five seconds after which they look again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import (
    MOST_LEVELS,
    ROLES,
    SERVER_PERMISSIONS,
    Circumstances,
    Role,
    RoleDraft,
    SignedInUser,
    Supposed,
    check_permission,
    decide_for,
    describe_resource,
    resolve_role,
    subject_of,
    suppose,
    units_of,
)
from powerautomation.identity.organizations import FIRST_ORGANIZATION_ID
from powerautomation.identity.roles import repository, rules
from powerautomation.identity.roles.entities import AccessAnswer, RoleView
from powerautomation.identity.roles.errors import (
    MoreThanYours,
    RoleInherited,
    RoleInUse,
    RoleInvalid,
    RoleNameTaken,
    RoleNotFound,
    TooManyRoles,
)
from powerautomation.identity.roles.events import ROLE_CREATED, ROLE_DELETED, ROLE_UPDATED
from powerautomation.identity.roles.repository import AsyncSession
from powerautomation.identity.roles.tables import RoleRow
from powerautomation.identity.users import count_users_by_role, get_user, move_users
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id


async def load_role(session: AsyncSession, organization_id: str, role_id: str) -> Role:
    """Return what a role comes to, with all it inherits; one that does not exist may do nothing."""
    drafts: dict[str, RoleDraft] = {}
    at: str | None = role_id
    while at is not None and at not in ROLES and at not in drafts and len(drafts) < MOST_LEVELS:
        row = await repository.find_row(session, organization_id, at)
        if row is None:
            break
        drafts[at] = _draft_of(row)
        at = row.base
    return within(organization_id, resolve_role(role_id, drafts))


async def load_roles(session: AsyncSession, organization_id: str) -> dict[str, Role]:
    """Return every role of an organization by id, the predefined ones first."""
    drafts = _drafts_of(await repository.list_rows(session, organization_id))
    roles = {**ROLES, **{role_id: resolve_role(role_id, drafts) for role_id in drafts}}
    return {role_id: within(organization_id, role) for role_id, role in roles.items()}


def within(organization_id: str, role: Role) -> Role:
    """Return a role as it is in an organization: what concerns the whole server is of the first one alone."""
    if organization_id == FIRST_ORGANIZATION_ID or not role.permissions & SERVER_PERMISSIONS:
        return role
    return replace(role, permissions=role.permissions - SERVER_PERMISSIONS)


async def hold_role(session: AsyncSession, organization_id: str, role_id: str) -> Role:
    """Return what a role comes to, and keep it as it is until the unit of work ends."""
    if role_id not in ROLES:
        await repository.hold_row(session, organization_id, role_id)
    return await load_role(session, organization_id, role_id)


async def list_roles(session: AsyncSession, actor: SignedInUser) -> list[RoleView]:
    """Return every role, the predefined ones first, with what who asks may do with it."""
    owner = actor.principal.organization_id
    roles = await load_roles(session, owner)
    people = await count_users_by_role(session, owner) if "users:read" in actor.permissions else None
    return [_view(actor, role, people) for role in roles.values()]


async def create_role(session: AsyncSession, actor: SignedInUser, draft: RoleDraft) -> RoleView:
    """Make a role. Raises RoleInvalid, RoleNameTaken, TooManyRoles, MoreThanYours."""
    owner = actor.principal.organization_id
    drafts = _drafts_of(await repository.list_rows(session, owner, hold=True))
    if len(drafts) >= rules.MOST_ROLES:
        raise TooManyRoles(f"There are {rules.MOST_ROLES} roles already.", action="Delete roles that nobody has.")
    role_id = new_id("rol")
    checked = _checked(draft)
    role = _judged(actor, role_id, {**drafts, role_id: checked})
    moment = now()
    row = RoleRow(id=role_id, organization_id=owner, created_at=moment, updated_at=moment, **_values_of(checked))
    if not await repository.insert_row(session, row):
        raise _name_taken()
    record_event(session, owner, ROLE_CREATED, {"role_id": role_id})
    _note(session, actor, "roles.create", role, after=_state_of(checked))
    return _view(actor, role, None)


async def change_role(session: AsyncSession, actor: SignedInUser, role_id: str, change: dict[str, Any]) -> RoleView:
    """Change fields of a role's draft; it holds for the next request of everybody who has it or inherits it.

    Raises RoleNotFound, RoleInvalid, RoleNameTaken, RoleIsYours, MoreThanYours.
    """
    owner = actor.principal.organization_id
    drafts = _drafts_of(await repository.list_rows(session, owner, hold=True))
    known = _known(drafts, role_id)
    reached = rules.affected_by(role_id, drafts)
    # What they may do now counts too: nobody takes from a role that may do more than the own.
    rules.check_maker(actor.permissions, actor.role, [resolve_role(one, drafts) for one in reached], None)
    fields = ("name", "base", "added", "removed", "summary")
    checked = _checked(RoleDraft(**{field: change.get(field, getattr(known, field)) for field in fields}))
    role = _judged(actor, role_id, {**drafts, role_id: checked})
    if checked == known:
        return _view(actor, role, None)
    if not await repository.update_row(session, owner, role_id, {**_values_of(checked), "updated_at": now()}):
        raise _name_taken()
    record_event(session, owner, ROLE_UPDATED, {"role_id": role_id})
    _note(session, actor, "roles.update", role, before=_state_of(known), after=_state_of(checked))
    return _view(actor, role, None)


async def delete_role(session: AsyncSession, actor: SignedInUser, role_id: str, move_to: str | None = None) -> None:
    """Take a role away; whoever has it gets the role ``move_to`` instead, deleted people who may come back included.

    Raises RoleNotFound, RoleIsYours, MoreThanYours, RoleInherited, RoleInUse, RoleInvalid, PermissionMissing.
    """
    owner = actor.principal.organization_id
    drafts = _drafts_of(await repository.list_rows(session, owner, hold=True))
    known = _known(drafts, role_id)
    role = resolve_role(role_id, drafts)
    rules.check_maker(actor.permissions, actor.role, [role], None)
    heirs = [draft.name for draft in drafts.values() if draft.base == role_id]
    if heirs:
        raise RoleInherited(
            f"Other roles inherit from “{known.name}”: {', '.join(sorted(heirs)[:5])}.",
            action="Let them inherit from another role first.",
        )
    people = (await count_users_by_role(session, owner, deleted=True)).get(role_id, 0)
    if people:
        if move_to is None:
            raise RoleInUse(
                f"{people} people have the role “{known.name}” (deleted ones who may come back included).",
                action="Say with move_to which role they get instead.",
                fields={"move_to": "Needed: people have the role."},
            )
        check_permission(actor, "users:write")
        target = ROLES.get(move_to) or resolve_role(move_to, drafts)
        if not target.is_known or move_to == role_id:
            raise RoleInvalid(
                "There is no such role to move people to.",
                action="Choose another role.",
                fields={"move_to": "There is no such role."},
            )
        if not rules.may_give(actor.permissions, target):
            raise MoreThanYours(
                f"“{target.name}” may do more than you, so you cannot give it.",
                action="Choose another role.",
                fields={"move_to": "It may do more than you."},
            )
        await move_users(session, actor.principal, role_id, move_to)
    await repository.delete_row(session, owner, role_id)
    record_event(session, owner, ROLE_DELETED, {"role_id": role_id})
    _note(session, actor, "roles.delete", role, before=_state_of(known))


async def explain_access(
    session: AsyncSession,
    actor: SignedInUser,
    permission: str,
    user_id: str | None = None,
    supposed: Supposed | None = None,
) -> AccessAnswer:
    """Say whether a person (oneself without an id) has a permission under supposed circumstances, and why.

    Raises UserNotFound, CircumstancesInvalid.
    """
    owner = actor.principal.organization_id
    user = await get_user(session, owner, user_id or actor.principal.id)
    roles = await load_roles(session, owner)
    role = roles.get(user.role) or resolve_role(user.role, {})
    here = actor.circumstances or Circumstances(now())
    units = await units_of(session, owner, user.id, actor.policies)
    subject, circumstances, resource = suppose(
        here, subject_of(user.id, role, kind=user.kind, units=units), permission, supposed or Supposed()
    )
    resource = await describe_resource(session, owner, resource, subject)
    told = decide_for(
        subject,
        permission,
        policies=actor.policies,
        circumstances=circumstances,
        resource=resource,
        disabled=user.is_disabled,
    )
    return AccessAnswer(user.id, told, tuple(one for one in roles.values() if permission in one.permissions))


def _judged(actor: SignedInUser, role_id: str, drafts: dict[str, RoleDraft]) -> Role:
    """Return what a role of ``drafts`` comes to, when the actor may have it so with all that it reaches."""
    rules.check_bases(role_id, drafts)
    role = resolve_role(role_id, drafts)
    reached: Iterable[Role] = [resolve_role(one, drafts) for one in rules.affected_by(role_id, drafts)]
    rules.check_maker(actor.permissions, actor.role, reached, role.base)
    return role


def _checked(draft: RoleDraft) -> RoleDraft:
    added, removed = rules.checked_permissions(draft.added, draft.removed)
    return RoleDraft(
        rules.cleaned_name(draft.name), draft.base, added, removed, summary=rules.cleaned_summary(draft.summary)
    )


def _known(drafts: dict[str, RoleDraft], role_id: str) -> RoleDraft:
    if role_id in ROLES:
        raise RoleNotFound(
            "This role comes with the product and stays as it is.", action="Make a role that inherits from it."
        )
    if role_id not in drafts:
        raise RoleNotFound("There is no such role.", action="Look at the list of roles again.")
    return drafts[role_id]


def _name_taken() -> RoleNameTaken:
    return RoleNameTaken(
        "Another role has this name.", action="Choose another name.", fields={"name": "Another role has it."}
    )


def _view(actor: SignedInUser, role: Role, people: dict[str, int] | None) -> RoleView:
    assignable = "users:write" in actor.permissions and rules.may_give(actor.permissions, role)
    locked = rules.lock_of(actor.permissions, actor.role, role)
    return RoleView(role, assignable, locked, None if people is None else people.get(role.id, 0))


def _drafts_of(rows: Sequence[RoleRow]) -> dict[str, RoleDraft]:
    return {row.id: _draft_of(row) for row in rows}


def _draft_of(row: RoleRow) -> RoleDraft:
    return RoleDraft(row.name, row.base, frozenset(row.added), frozenset(row.removed), summary=row.summary)


def _values_of(draft: RoleDraft) -> dict[str, Any]:
    return {**_state_of(draft), "name_key": rules.name_key_of(draft.name)}


def _state_of(draft: RoleDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "summary": draft.summary,
        "base": draft.base,
        "added": sorted(draft.added),
        "removed": sorted(draft.removed),
    }


def _note(session: AsyncSession, actor: SignedInUser, action: str, role: Role, **states: Any) -> None:
    audit.record(session, actor.principal, action, audit.Target("role", role.id, role.name), **states)
