"""What can be done with the people of an organization by others than themselves. Who may do it is decided above."""

from datetime import datetime, timedelta
from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import SYSTEM_ADMIN
from powerautomation.identity.users import repository
from powerautomation.identity.users.entities import User
from powerautomation.identity.users.errors import EmailInvalid, EmailTaken, TooManyUsers, UserNotFound
from powerautomation.identity.users.events import USER_CREATED, USER_DELETED, USER_UPDATED
from powerautomation.identity.users.repository import AsyncSession
from powerautomation.identity.users.rules import canonical_email, cleaned_name
from powerautomation.identity.users.service import get_user, user_of
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

UNDO_TIME = timedelta(days=30)
MOST_USERS = 10_000
MOST_DELETED_LISTED = 200
MOST_PURGED_AT_ONCE = 100


async def list_users(
    session: AsyncSession,
    organization_id: str,
    *,
    search: str = "",
    state: str = "",
    role: str = "",
    after: str = "",
    most: int = 200,
) -> list[User]:
    """Return the organization's people, newest first: at most ``most`` after the one with the id ``after``.

    search: part of a name or an e-mail address; state: ``invited``, ``active``, ``inactive`` or empty for all; role:
    the id of a role, empty for all.
    """
    rows = await repository.list_rows(
        session, organization_id, search=search.strip(), state=state, role=role, after=after, most=most
    )
    return [user_of(row) for row in rows]


async def create_user(
    session: AsyncSession, organization_id: str, *, name: str, email: str, role: str, locale: str = ""
) -> User:
    """Add a person who has yet to accept; ``locale`` is the language of the console, empty for the browser's.

    Raises EmailInvalid, NameInvalid, EmailTaken, TooManyUsers.
    """
    row = UserRow(
        id=new_id("usr"),
        organization_id=organization_id,
        email=canonical_email(email),
        name=cleaned_name(name),
        role=role,
        locale=locale,
        created_at=now(),
        disabled_at=None,
        accepted_at=None,
        deleted_at=None,
    )
    if await repository.count_rows(session, organization_id) >= MOST_USERS:
        raise TooManyUsers(f"There are {MOST_USERS} people already.", action="Remove people who left.")
    if not await repository.insert_row(session, row):
        raise _email_taken()
    record_event(session, organization_id, USER_CREATED, {"user_id": row.id})
    return user_of(row)


async def create_service_account(
    session: AsyncSession, organization_id: str, *, name: str, role: str, owner_id: str
) -> User:
    """Add somebody who is no person: has keys, and no way to sign in. Raises NameInvalid, TooManyUsers."""
    moment = now()
    row = UserRow(
        id=new_id("svc"),
        organization_id=organization_id,
        email=None,
        name=cleaned_name(name),
        role=role,
        locale="",
        created_at=moment,
        disabled_at=None,
        accepted_at=moment,
        deleted_at=None,
        kind="service",
        owner_id=owner_id,
    )
    if await repository.count_rows(session, organization_id) >= MOST_USERS:
        raise TooManyUsers(f"There are {MOST_USERS} people already.", action="Remove people who left.")
    repository.add_row(session, row)
    record_event(session, organization_id, USER_CREATED, {"user_id": row.id})
    return user_of(row)


async def change_user(session: AsyncSession, organization_id: str, user_id: str, **values: Any) -> User:
    """Change a person's ``name``, ``email``, ``role``, ``disabled_at`` or ``accepted_at``.

    With the e-mail address the person signs in with the new one too, unless the account is of several organizations.
    Raises NameInvalid, EmailInvalid, EmailTaken, UserNotFound.
    """
    if "name" in values:
        values["name"] = cleaned_name(values["name"])
    if "email" in values:
        values["email"] = canonical_email(values["email"])
        known = await get_user(session, organization_id, user_id)
        if known.has_password:
            await _follow(session, known, values["email"])
    changed = bool(values) and await repository.update_row(session, organization_id, user_id, values)
    if changed is None:
        raise _email_taken()
    if changed:
        record_event(session, organization_id, USER_UPDATED, {"user_id": user_id})
    return await get_user(session, organization_id, user_id)


async def count_people(session: AsyncSession, organization_id: str = "") -> dict[str, int]:
    """Return how many people each organization has, by its id, or only one; deleted people are left out."""
    return await repository.count_people(session, organization_id)


async def count_users_by_role(session: AsyncSession, organization_id: str, *, deleted: bool = False) -> dict[str, int]:
    """Return how many people have each role; with ``deleted`` those who can still be brought back are counted too."""
    since = now() - UNDO_TIME if deleted else None
    return await repository.count_by_role(session, organization_id, deleted_since=since)


async def move_users(session: AsyncSession, principal: Principal, role: str, to: str) -> None:
    """Give everybody of the principal's organization who has a role another one, and write down for each who did it."""
    owner = principal.organization_id
    for user_id, name in await repository.move_rows(session, owner, role, to):
        target = audit.Target("user", user_id, name)
        audit.record(session, principal, "users.update", target, before={"role": role}, after={"role": to})
    record_event(session, owner, USER_UPDATED, {"role": to})


async def has_other_system_admin(session: AsyncSession, organization_id: str, user_id: str) -> bool:
    """Say whether somebody else of the organization is a system administrator who may sign in.

    They stay as they are until the unit of work ends, so that two who remove each other at once are not both gone.
    """
    return any(one != user_id for one in await repository.hold_active_ids(session, organization_id, SYSTEM_ADMIN))


async def delete_user(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Take a person away; for 30 days the person can be brought back. Raises UserNotFound."""
    user = await get_user(session, organization_id, user_id)
    if not await repository.update_row(session, organization_id, user_id, {"deleted_at": now()}):
        raise UserNotFound("There is no such person in this organization.")
    if user.account_id and not user.is_shared:
        # Nobody signs in with it now: somebody else may have the address.
        await repository.update_account(session, user.account_id, {"email": None})
    record_event(session, organization_id, USER_DELETED, {"user_id": user_id})


async def list_deleted_users(session: AsyncSession, organization_id: str) -> list[User]:
    """Return the people who can still be brought back, the latest first, at most 200."""
    rows = await repository.list_deleted_rows(session, organization_id, now() - UNDO_TIME, MOST_DELETED_LISTED)
    return [user_of(row) for row in rows]


async def get_deleted_user(session: AsyncSession, organization_id: str, user_id: str) -> User:
    """Return a person who can still be brought back. Raises UserNotFound."""
    row = await repository.find_deleted_row(session, organization_id, user_id, now() - UNDO_TIME)
    if row is None:
        raise UserNotFound("There is no deleted person of that id who could be brought back.")
    return user_of(row)


async def find_deleted_by_email(session: AsyncSession, email: str) -> User | None:
    """Return who was deleted last of those who signed in with an e-mail address, in whichever organization."""
    try:
        row = await repository.find_deleted_by_email(session, canonical_email(email))
    except EmailInvalid:
        return None
    return None if row is None else user_of(row)


async def restore_user(session: AsyncSession, organization_id: str, user_id: str) -> User:
    """Bring a person back as the person was. Raises UserNotFound, EmailTaken."""
    user = await get_deleted_user(session, organization_id, user_id)
    if not await repository.restore_row(session, organization_id, user_id):
        raise _email_taken()
    if user.has_password:
        await _follow(session, user, user.email)
    record_event(session, organization_id, USER_UPDATED, {"user_id": user_id})
    return await get_user(session, organization_id, user_id)


async def list_purgeable(session: AsyncSession) -> list[tuple[str, str]]:
    """Return organization and id of people of all organizations who were deleted 30 days ago or before: at most 100."""
    return await repository.list_purgeable(session, now() - UNDO_TIME, MOST_PURGED_AT_ONCE)


async def hold_account_of(session: AsyncSession, organization_id: str, user_id: str) -> str | None:
    """Return with which account a person signs in, held until the unit of work ends; None without one."""
    account_id = await repository.find_account_id(session, organization_id, user_id)
    if account_id is not None:
        await repository.hold_account(session, account_id)
    return account_id


async def leave_account(session: AsyncSession, account_id: str) -> None:
    """Say of an account that it is of one organization only when one person is left who signs in with it."""
    if await repository.count_account_rows(session, account_id) == 1:
        await repository.update_account(session, account_id, {"is_shared": False})


async def purge_user(session: AsyncSession, organization_id: str, user_id: str) -> str:
    """Forget a person of an organization that is removed whole; what refers to the person must be gone.

    Returns the id of the account that is nobody any more now, for ``delete_account``; empty when it is still somebody.
    """
    account_id = await hold_account_of(session, organization_id, user_id)
    await repository.delete_rows(session, organization_id, [user_id])
    if account_id is None:
        return ""
    await leave_account(session, account_id)
    return "" if await repository.count_account_rows(session, account_id) else account_id


async def delete_account(session: AsyncSession, account_id: str) -> None:
    """Forget for good what somebody signed in with who is nowhere any more; its factors must be gone."""
    await repository.delete_account(session, account_id)


async def end_undo(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Delete a person so that the person cannot be brought back."""
    moment = now() - UNDO_TIME - timedelta(seconds=1)
    await repository.mark_deleted(session, organization_id, user_id, moment)
    record_event(session, organization_id, USER_DELETED, {"user_id": user_id})


def restorable_until(user: User) -> datetime:
    """Return until when a deleted person can be brought back."""
    return (user.deleted_at or now()) + UNDO_TIME


async def _follow(session: AsyncSession, user: User, email: str) -> None:
    """Let a person sign in with the address the organization gave, where the account is of no other organization."""
    if not user.is_shared and await repository.update_account(session, user.account_id, {"email": email}) is None:
        raise _email_taken()


def _email_taken() -> EmailTaken:
    return EmailTaken(
        "Another person already signs in with this e-mail address.",
        action="Use another e-mail address.",
        fields={"email": "Another person already signs in with it."},
    )
