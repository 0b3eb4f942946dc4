"""What who administers an organization can do with its people. Whoever asks is the ``actor``; each function says no
when the actor would give, or take from somebody, more than the actor has."""

from collections.abc import Sequence

from powerautomation.governance import audit
from powerautomation.identity.access import SYSTEM_ADMIN, Role, SignedInUser, ensure_confirmed
from powerautomation.identity.api_keys import count_live_keys_of, revoke_keys_of
from powerautomation.identity.factors import forget_factors
from powerautomation.identity.people import rules
from powerautomation.identity.people.entities import Invited, PersonView
from powerautomation.identity.people.errors import (
    AccountShared,
    AlreadyAccepted,
    LastAdministrator,
    NotYourself,
    RoleAboveYours,
    RoleUnknown,
    UnitNotYours,
)
from powerautomation.identity.privacy import begin_erasure
from powerautomation.identity.roles import hold_role, load_role, load_roles, may_give
from powerautomation.identity.sessions import (
    LiveSession,
    create_invitation,
    end_sessions_of,
    find_meant,
    last_seen,
    list_sessions,
    open_invitations,
    shut_out,
)
from powerautomation.identity.units import put_member, settings_of
from powerautomation.identity.users import (
    User,
    UserNotFound,
    change_user,
    create_service_account,
    create_user,
    delete_user,
    find_deleted_by_email,
    get_deleted_user,
    get_user,
    get_user_or_deleted,
    has_other_system_admin,
    hold_user,
    list_deleted_users,
    list_purgeable,
    list_user_names,
    list_users,
    restore_user,
)
from powerautomation.infrastructure.database import AsyncSession
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal


async def list_people(
    session: AsyncSession,
    actor: SignedInUser,
    *,
    search: str = "",
    state: str = "",
    role: str = "",
    after: str = "",
    most: int = 100,
) -> list[PersonView]:
    """Return the organization's people, newest first: at most ``most`` after the one with the id ``after``."""
    owner = actor.principal.organization_id
    return await _views(
        session, actor, await list_users(session, owner, search=search, state=state, role=role, after=after, most=most)
    )


async def get_person(session: AsyncSession, actor: SignedInUser, user_id: str) -> PersonView:
    """Return one person. Raises UserNotFound."""
    user = await get_user(session, actor.principal.organization_id, user_id)
    return (await _views(session, actor, [user]))[0]


async def invite(
    session: AsyncSession, actor: SignedInUser, *, name: str, email: str, role: str, unit_id: str = ""
) -> Invited:
    """Add a person and make the link by which the person chooses a password, within 7 days.

    ``unit_id``: the unit the person belongs to, from which come the language, and the role where none is given. Raises
    RoleUnknown, RoleAboveYours, ConfirmationNeeded, EmailInvalid, NameInvalid, EmailTaken, TooManyUsers, UnitNotFound,
    UnitNotYours.
    """
    owner = actor.principal.organization_id
    settings = await settings_of(session, owner, unit_id) if unit_id else {}
    role = role or settings.get("default_role", "")
    await check_role(session, actor, role)
    user = await create_user(session, owner, name=name, email=email, role=role, locale=settings.get("locale", ""))
    token, expires_at = await create_invitation(session, owner, user.id)
    _note(session, actor, "users.create", user, after=user)
    if unit_id:
        await put_into(session, actor, user.id, unit_id)
    return Invited(user, token, expires_at)


async def put_into(session: AsyncSession, actor: SignedInUser, user_id: str, unit_id: str) -> None:
    """Make a unit somebody's primary one. Raises UnitNotFound, UserNotFound, UnitNotYours."""
    if not actor.may("units:write"):
        raise UnitNotYours(
            "You may not say who belongs to which unit.", action="Leave the unit out, or ask an administrator."
        )
    await put_member(session, actor, unit_id, user_id, is_primary=True, manages=None)


async def add_person(session: AsyncSession, actor: SignedInUser, *, name: str, email: str, role: str) -> User:
    """Add a person without an invitation: who signs in by a provider needs no password.

    Raises RoleUnknown, RoleAboveYours, ConfirmationNeeded, EmailInvalid, NameInvalid, EmailTaken, TooManyUsers.
    """
    await check_role(session, actor, role)
    user = await create_user(session, actor.principal.organization_id, name=name, email=email, role=role)
    _note(session, actor, "users.create", user, after=user)
    return user


async def create_service(session: AsyncSession, actor: SignedInUser, *, name: str, role: str) -> PersonView:
    """Add a service account: it has keys and no way to sign in, and the actor answers for it.

    Raises RoleUnknown, RoleAboveYours, NameInvalid, TooManyUsers.
    """
    await check_role(session, actor, role)
    owner = actor.principal.organization_id
    user = await create_service_account(session, owner, name=name, role=role, owner_id=actor.owner_id)
    _note(session, actor, "users.create", user, after=user)
    return await get_person(session, actor, user.id)


async def invite_again(session: AsyncSession, actor: SignedInUser, user_id: str) -> Invited:
    """Make a new link for who has not accepted yet; the old one stops working.

    Raises UserNotFound, RoleAboveYours, AlreadyAccepted.
    """
    user = await _held(session, actor, user_id)
    if user.state != "invited":
        raise AlreadyAccepted(
            "This person has accepted or is deactivated, so there is no invitation to repeat.",
            action="For a forgotten password run on the server: powerautomation users reset-password",
        )
    token, expires_at = await create_invitation(session, user.organization_id, user.id)
    _note(session, actor, "users.invite", user)
    return Invited(user, token, expires_at)


async def change_person(
    session: AsyncSession, actor: SignedInUser, user_id: str, *, name: str | None = None, role: str | None = None
) -> PersonView:
    """Change what a person is called or what the person may do; it holds for the person's next request.

    Raises UserNotFound, NotYourself, RoleAboveYours, RoleUnknown, ConfirmationNeeded, LastAdministrator, NameInvalid.
    """
    user = await _held(session, actor, user_id)
    values: dict[str, str] = {}
    if name is not None:
        values["name"] = name
    if role is not None and role != user.role:
        await check_role(session, actor, role)
        await _keep_an_administrator(session, user)
        values["role"] = role
    changed = await change_user(session, user.organization_id, user.id, **values)
    _note(session, actor, "users.update", user, before=user, after=changed)
    return await get_person(session, actor, user_id)


async def deactivate(
    session: AsyncSession, actor: SignedInUser, user_id: str, *, revoke_keys: bool = False
) -> PersonView:
    """Keep a person out: sessions and links end at once, everywhere; the gateway keys the person made too, if asked,
    and those of a service account in any case.

    Raises UserNotFound, NotYourself, RoleAboveYours, LastAdministrator.
    """
    user = await _held(session, actor, user_id)
    await _keep_an_administrator(session, user)
    if not user.is_disabled:
        await change_user(session, user.organization_id, user.id, disabled_at=now())
    await shut_out(session, user.organization_id, user.id)
    _note(session, actor, "users.deactivate", user)
    if revoke_keys or user.kind == "service":
        await revoke_keys_of(session, actor.principal, user.id)
    return await get_person(session, actor, user_id)


async def activate(session: AsyncSession, actor: SignedInUser, user_id: str) -> PersonView:
    """Let a deactivated person in again. Raises UserNotFound, NotYourself, RoleAboveYours."""
    user = await _held(session, actor, user_id)
    if user.is_disabled:
        await change_user(session, user.organization_id, user.id, disabled_at=None)
        _note(session, actor, "users.activate", user)
    return await get_person(session, actor, user_id)


async def delete_person(session: AsyncSession, actor: SignedInUser, user_id: str, *, revoke_keys: bool = False) -> None:
    """Take a person away; for 30 days the person can be brought back. Sessions and links end at once.

    Raises UserNotFound, NotYourself, RoleAboveYours, LastAdministrator.
    """
    user = await _held(session, actor, user_id)
    await _keep_an_administrator(session, user)
    await shut_out(session, user.organization_id, user.id)
    if revoke_keys or user.kind == "service":
        await revoke_keys_of(session, actor.principal, user.id)
    await delete_user(session, user.organization_id, user.id)
    _note(session, actor, "users.delete", user, before=user)


async def list_deleted_people(session: AsyncSession, actor: SignedInUser) -> list[User]:
    """Return who can still be brought back, the latest first, at most 200."""
    return await list_deleted_users(session, actor.principal.organization_id)


async def restore_person(session: AsyncSession, actor: SignedInUser, user_id: str) -> PersonView:
    """Bring a person back who was deleted in the last 30 days. Raises UserNotFound, RoleAboveYours, EmailTaken."""
    user = await get_deleted_user(session, actor.principal.organization_id, user_id)
    _check_lock(actor, user, await load_role(session, user.organization_id, user.role))
    await restore_user(session, user.organization_id, user.id)
    _note(session, actor, "users.restore", user, after=user)
    return await get_person(session, actor, user_id)


async def list_sessions_of(session: AsyncSession, actor: SignedInUser, user_id: str) -> list[LiveSession]:
    """Return a person's live sessions, the one used last first. Raises UserNotFound."""
    user = await get_user(session, actor.principal.organization_id, user_id)
    return await list_sessions(session, user.organization_id, user.id)


async def end_all_sessions_of(session: AsyncSession, actor: SignedInUser, user_id: str) -> int:
    """Sign a person out everywhere; return from how many sessions.

    Raises UserNotFound, NotYourself, RoleAboveYours.
    """
    user = await _held(session, actor, user_id)
    _note(session, actor, "users.end_sessions", user)
    return await end_sessions_of(session, user.organization_id, user.id)


async def remove_factors_of(session: AsyncSession, actor: SignedInUser, user_id: str) -> None:
    """Take every second factor of a person away who lost them; the password alone signs the person in again, and the
    sessions end. Raises UserNotFound, NotYourself, RoleAboveYours, AccountShared."""
    user = await _held(session, actor, user_id)
    if user.is_shared:
        raise AccountShared(
            "This person signs in to other organizations with the same factors, so only the person changes them.",
            action="Let the person remove them under Account, or whoever runs the server: "
            "powerautomation users remove-factors",
        )
    await forget_factors(session, user.account_id)
    await end_sessions_of(session, user.organization_id, user.id)
    _note(session, actor, "users.remove_factors", user)


async def erase_person(session: AsyncSession, actor: SignedInUser, user_id: str) -> None:
    """Begin to erase a person, deleted or not: sessions and keys end at once, and nothing brings the person back.
    Raises UserNotFound, NotYourself, RoleAboveYours, LastAdministrator."""
    owner = actor.principal.organization_id
    await hold_user(session, owner, user_id)
    user = await get_user_or_deleted(session, owner, user_id)
    _check_lock(actor, user, await load_role(session, owner, user.role))
    await begin_erasing(session, actor.principal, user)


async def erase_by_email(
    session: AsyncSession, principal: Principal, email: str, organization_id: str = ""
) -> tuple[str, str]:
    """Begin to erase who signs in, or signed in until deleted, with an e-mail address, in whichever organization;
    return organization and person. Raises UserNotFound, LastAdministrator."""
    user = await find_meant(session, email, organization_id) or await find_deleted_by_email(session, email)
    if user is None:
        raise UserNotFound("Nobody has this e-mail address.", action="See: powerautomation users list")
    # In the organization of who is erased, whoever holds the command line.
    owner = user.organization_id
    mine = principal if principal.organization_id == owner else Principal("system", "system", owner, "System")
    await begin_erasing(session, mine, user)
    return owner, user.id


async def begin_erasing(session: AsyncSession, principal: Principal, user: User) -> None:
    """Begin to erase a person who asked for it, or for whom somebody did. Raises LastAdministrator."""
    if user.deleted_at is None:
        await _keep_an_administrator(session, user)
    await shut_out(session, user.organization_id, user.id)
    await revoke_keys_of(session, principal, user.id)
    await begin_erasure(session, principal, user.id, "asked")


async def begin_purge(session: AsyncSession) -> int:
    """Begin to erase people of all organizations who were deleted 30 days ago or before; return how many, at most 100.
    Keys that were left to go on working when the person was deleted do."""
    gone = await list_purgeable(session)
    for organization_id, user_id in gone:
        await begin_erasure(session, Principal("system", "system", organization_id, "System"), user_id, "deleted")
    return len(gone)


def _note(
    session: AsyncSession,
    actor: SignedInUser,
    action: str,
    user: User,
    *,
    before: User | None = None,
    after: User | None = None,
) -> None:
    """Write down who did what to whom."""
    audit.record(
        session,
        actor.principal,
        action,
        audit.Target("user", user.id, user.name),
        before=None if before is None else _state_of(before),
        after=None if after is None else _state_of(after),
    )


def _state_of(user: User) -> dict[str, str]:
    return {"name": user.name, "email": user.email, "role": user.role, "state": user.state}


async def _views(session: AsyncSession, actor: SignedInUser, users: Sequence[User]) -> list[PersonView]:
    owner = actor.principal.organization_id
    ids = [user.id for user in users]
    seen = await last_seen(session, owner, ids)
    waiting = await open_invitations(session, owner, ids)
    live_keys = await count_live_keys_of(session, owner, ids)
    owners = await list_user_names(session, owner, {user.owner_id for user in users if user.owner_id})
    roles = {role: await load_role(session, owner, role) for role in {user.role for user in users}}
    return [
        PersonView(
            user=user,
            last_seen_at=seen.get(user.id),
            invited_until=waiting.get(user.id),
            live_keys=live_keys.get(user.id, 0),
            locked=rules.lock_of(actor.owner_id, actor.permissions, user, roles[user.role]),
            role=roles[user.role],
            owner_name=owners.get(user.owner_id, ""),
        )
        for user in users
    ]


async def _held(session: AsyncSession, actor: SignedInUser, user_id: str) -> User:
    """Return a person whom the actor may change, locked until the unit of work ends."""
    owner = actor.principal.organization_id
    await hold_user(session, owner, user_id)
    user = await get_user(session, owner, user_id)
    _check_lock(actor, user, await load_role(session, owner, user.role))
    return user


def _check_lock(actor: SignedInUser, user: User, role: Role) -> None:
    lock = rules.lock_of(actor.owner_id, actor.permissions, user, role)
    if lock == "yourself":
        raise NotYourself(
            "Nobody changes the own role or takes the own access away.",
            action="Ask another administrator. Your name and password are under Account.",
        )
    if lock:
        raise RoleAboveYours(
            "This person may do more than you, so you cannot change the person.",
            action="Ask somebody who has that role.",
        )


async def check_role(session: AsyncSession, actor: SignedInUser, role_id: str) -> None:
    """Raise unless somebody may give a role. Raises RoleUnknown, RoleAboveYours, ConfirmationNeeded."""
    owner = actor.principal.organization_id
    role = await hold_role(session, owner, role_id)
    if not role.is_known:
        known = ", ".join(await load_roles(session, owner))
        raise RoleUnknown(
            f"There is no role of that name. There are: {known}.",
            action="Choose one of them.",
            fields={"role": f"One of: {known}."},
        )
    if not may_give(actor.permissions, role):
        raise RoleAboveYours(
            "This role may do more than you, so you cannot give it.",
            action="Choose another role, or ask somebody who has it.",
            fields={"role": "It may do more than you."},
        )
    if rules.administers(role):
        ensure_confirmed(actor)


async def _keep_an_administrator(session: AsyncSession, user: User) -> None:
    if user.role != SYSTEM_ADMIN or user.state != "active":
        return
    if not await has_other_system_admin(session, user.organization_id, user.id):
        raise LastAdministrator(
            "This is the last system administrator who can sign in.",
            action="Make somebody else system administrator first.",
        )
