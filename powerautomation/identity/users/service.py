"""What can be done with people and their passwords."""

import asyncio
from collections.abc import Iterable
from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import SYSTEM_ADMIN
from powerautomation.identity.organizations import ensure_first_organization, list_closed
from powerautomation.identity.users import repository
from powerautomation.identity.users.breached import is_breached
from powerautomation.identity.users.entities import User
from powerautomation.identity.users.errors import (
    EmailInvalid,
    EmailTaken,
    PasswordBreached,
    PasswordChangedMeanwhile,
    PasswordTooWeak,
    UserNotFound,
)
from powerautomation.identity.users.events import PASSWORD_SET, USER_UPDATED
from powerautomation.identity.users.passwords import hash_password, is_outdated, verify_password
from powerautomation.identity.users.repository import AsyncSession
from powerautomation.identity.users.rules import canonical_email, cleaned_name, normal_password, weakness_of
from powerautomation.identity.users.tables import AccountRow, UserRow
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

FIRST_ADMIN_NAME = "Administrator"


async def bootstrap_first_admin(session: AsyncSession) -> Principal:
    """Return the installation's first administrator, creating it and the organization "Default" when there is none.

    The new administrator has neither e-mail nor password: only a one-time link signs it in. Safe at every start and on
    several replicas at once. An installation whose administrators are all disabled gets no new one; the system
    itself is the principal then.
    """
    organization, is_new = await ensure_first_organization(session)
    if is_new:
        user_id = new_id("usr")
        repository.add_row(
            session,
            UserRow(
                id=user_id,
                organization_id=organization.id,
                email=None,
                name=FIRST_ADMIN_NAME,
                role=SYSTEM_ADMIN,
                locale="",
                created_at=now(),
                disabled_at=None,
                accepted_at=now(),
                deleted_at=None,
            ),
        )
        audit.record(
            session,
            _system(organization.id),
            "users.create",
            audit.Target("user", user_id, FIRST_ADMIN_NAME),
            after={"role": SYSTEM_ADMIN},
        )
        return Principal("user", user_id, organization.id, FIRST_ADMIN_NAME)
    admin = await repository.find_oldest_enabled(session, organization.id, SYSTEM_ADMIN)
    if admin is None:
        return _system(organization.id)
    return Principal("user", admin.id, organization.id, admin.name)


def _system(organization_id: str) -> Principal:
    return Principal("system", "system", organization_id, "System")


async def needs_first_password(session: AsyncSession) -> bool:
    """Say whether nobody ever set a password, so that the terminal should offer a one-time link."""
    return not await repository.has_any_password(session)


async def get_user(session: AsyncSession, organization_id: str, user_id: str) -> User:
    """Return one person of the organization; raises UserNotFound."""
    row = await repository.find_row(session, organization_id, user_id)
    if row is None:
        raise UserNotFound("There is no such person in this organization.")
    return user_of(row)


async def get_user_or_deleted(session: AsyncSession, organization_id: str, user_id: str) -> User:
    """Return one person of the organization, also one who was deleted; raises UserNotFound."""
    row = await repository.find_row(session, organization_id, user_id, deleted=True)
    if row is None:
        raise UserNotFound("There is no such person in this organization.")
    return user_of(row)


async def hold_user(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Make other units of work that hold this person wait until this one ends, so that "the newest only" stays true."""
    await repository.hold_row(session, organization_id, user_id)


async def find_user_by_email(session: AsyncSession, email: str, organization_id: str = "") -> User | None:
    """Return whom an organization knows by an e-mail address, however it is written.

    Without an organization: who signs in with it, else who is known by it anywhere, in the organization opened last.
    """
    try:
        canonical = canonical_email(email)
    except EmailInvalid:
        return None
    if organization_id:
        row = await repository.find_row_by_email(session, canonical, organization_id)
    else:
        account = await repository.find_account_by_email(session, canonical)
        row = await _opening_row(session, account) if account is not None else None
        row = row or await repository.find_row_by_email(session, canonical)
    return None if row is None else user_of(row)


async def list_people_by_email(session: AsyncSession, email: str) -> list[User]:
    """Return everybody who is known by an e-mail address, or signs in with it, in every organization: at most 200."""
    try:
        canonical = canonical_email(email)
    except EmailInvalid:
        return []
    return [user_of(row) for row in await repository.list_rows_by_email(session, canonical)]


async def find_opening_user(session: AsyncSession, account_id: str) -> User | None:
    """Return the person whose organization opens when somebody signs in with an account: the one used last, else the
    oldest of those that let the person in."""
    account = await repository.find_account(session, account_id)
    row = await _opening_row(session, account) if account is not None else None
    return None if row is None or row.disabled_at is not None else user_of(row)


async def list_memberships(session: AsyncSession, account_id: str) -> list[User]:
    """Return the people one account is, each in another organization, the oldest first; deleted ones are left out.
    Ask where nothing is confined to one organization."""
    return [user_of(row) for row in await repository.list_account_rows(session, account_id)]


async def hold_account(session: AsyncSession, account_id: str) -> None:
    """Make other units of work that hold this account, or a person of it, wait until this one ends."""
    await repository.hold_account(session, account_id)


async def join_account(session: AsyncSession, invited: User, account_id: str) -> User | None:
    """Let an invited person be somebody who has an account already; None when the account is in that organization.

    The caller holds both. From now on the account is of several organizations.
    """
    joined = await repository.join_account(session, invited.organization_id, invited.id, account_id, now())
    if not joined:
        return None
    await repository.delete_account(session, invited.account_id)
    await repository.update_account(session, account_id, {"is_shared": True})
    record_event(session, invited.organization_id, USER_UPDATED, {"user_id": invited.id})
    return await get_user(session, invited.organization_id, invited.id)


async def note_opened(session: AsyncSession, user: User) -> None:
    """Remember in which organization somebody works now, so that the next sign-in opens it."""
    await repository.update_account(session, user.account_id, {"last_user_id": user.id})


async def _opening_row(session: AsyncSession, account: AccountRow) -> UserRow | None:
    rows = await repository.list_account_rows(session, account.id)
    closed = await list_closed(session) if len(rows) > 1 else set()
    return min(
        rows,
        key=lambda row: (
            row.disabled_at is not None,
            row.organization_id in closed,
            row.accepted_at is None,
            row.id != account.last_user_id,
        ),
        default=None,
    )


async def list_user_names(session: AsyncSession, organization_id: str, user_ids: Iterable[str]) -> dict[str, str]:
    """Return what to call each of these people, by id; those of other organizations are left out."""
    return await repository.names_by_id(session, organization_id, user_ids)


async def check_credentials(database: Database, email: str, password: str) -> User | None:
    """Return the person with this e-mail address and password, or None: unknown, disabled, or wrong, in equal time.

    Opens transactions of its own, and none while the password is checked. Before acting on the answer, compare
    ``password_set_at`` in the acting transaction. Raises PasswordsBusy.
    """
    try:
        canonical = canonical_email(email)
    except EmailInvalid:
        canonical = ""
    async with database.read() as session:
        account = await repository.find_account_by_email(session, canonical)
        row = await _opening_row(session, account) if account is not None else None
    return await _checked(database, row, password)


async def check_password(database: Database, user: User, password: str) -> bool:
    """Say whether this is the person's present password. Raises PasswordsBusy."""
    async with database.read() as session:
        row = await repository.find_row(session, user.organization_id, user.id)
    return await _checked(database, row, password) is not None


async def _checked(database: Database, row: UserRow | None, password: str) -> User | None:
    account = row.account if row is not None else None
    password_hash = account.password_hash if account is not None else None
    normal = normal_password(password)
    right = await verify_password(password_hash, normal)
    if not right or account is None or row is None or row.disabled_at is not None:
        return None
    if password_hash is not None and is_outdated(password_hash):
        values = {"password_hash": await hash_password(normal)}
        async with database.unit_of_work() as session:
            await repository.update_account(session, account.id, values, password_set_at=account.password_set_at)
    return user_of(row)


async def hash_new_password(user: User, password: str, *, email: str | None = None, name: str | None = None) -> str:
    """Return the hash of a person's new password; ``email`` and ``name`` are the new ones, if they change with it.

    Raises PasswordTooWeak (with the reason under ``fields``), PasswordBreached, PasswordsBusy.
    Call it outside of any unit of work.
    """
    normal = normal_password(password)
    weakness = weakness_of(
        normal, email=user.email if email is None else email, name=user.name if name is None else name
    )
    if weakness:
        raise PasswordTooWeak(weakness, action="Choose another password.", fields={"new_password": weakness})
    if await asyncio.to_thread(is_breached, normal):
        raise PasswordBreached(
            "This password is in lists of stolen passwords, which are tried first.",
            action="Choose another password; digits and signs added to this one do not help.",
            fields={"new_password": "It is in lists of stolen passwords."},
        )
    return await hash_password(normal)


async def store_password(
    session: AsyncSession, user: User, password_hash: str, *, email: str | None = None, name: str | None = None
) -> User:
    """Give a person a new password, and with it another e-mail address or name where one is given; return the person.

    ``user`` is the person as read when the request was judged. Raises PasswordChangedMeanwhile when that is no longer
    how things are, EmailTaken, EmailInvalid, NameInvalid.
    """
    values: dict[str, Any] = {}
    if user.accepted_at is None:
        values["accepted_at"] = now()
    if email is not None:
        values["email"] = canonical_email(email)
    elif not user.sign_in_email:
        raise EmailInvalid(
            "A password needs an e-mail address to sign in with.",
            action="Give your e-mail address.",
            fields={"email": "Give the e-mail address to sign in with."},
        )
    if name is not None:
        values["name"] = cleaned_name(name)
    secret = {
        "password_hash": password_hash,
        "password_set_at": now(),
        "email": values.get("email", user.sign_in_email),
    }
    new_email = str(secret["email"])
    changed: bool | None = None
    # An address that is somebody's in any organization is not taken first by somebody else: what an invitation says is
    # no proof, so it takes none from who is there by a provider alone.
    stays = user.has_password and new_email == user.sign_in_email
    if stays or not await repository.is_known(session, new_email, but=user.account_id):
        changed = await repository.update_if_password_is(session, user, secret, values)
    if changed is None:
        raise EmailTaken(
            "Another person already signs in with this e-mail address.",
            action="Use another e-mail address.",
            fields={"email": "Another person already signs in with it."},
        )
    if not changed:
        raise PasswordChangedMeanwhile(
            "The password was changed in another place just now.", action="Reload the page and try again."
        )
    record_event(session, user.organization_id, PASSWORD_SET, {"user_id": user.id})
    stored = await get_user(session, user.organization_id, user.id)
    _record_change(session, user, stored, "users.set_password")
    return stored


async def update_profile(
    session: AsyncSession, organization_id: str, user_id: str, *, name: str | None = None, locale: str | None = None
) -> User:
    """Change what a person is called or which language the person reads; what is None stays.

    Raises NameInvalid, UserNotFound.
    """
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = cleaned_name(name)
    if locale is not None:
        values["locale"] = locale
    known = await get_user(session, organization_id, user_id)
    if not values or not await repository.update_row(session, organization_id, user_id, values):
        return known
    record_event(session, organization_id, USER_UPDATED, {"user_id": user_id})
    changed = await get_user(session, organization_id, user_id)
    _record_change(session, known, changed, "users.update")
    return changed


def _record_change(session: AsyncSession, before: User, after: User, action: str) -> None:
    principal = Principal("user", after.id, after.organization_id, after.name)
    target = audit.Target("user", after.id, after.name)
    audit.record(session, principal, action, target, before=_state_of(before), after=_state_of(after))


def _state_of(user: User) -> dict[str, Any]:
    # The password itself is no field: that it was set is all there is to say.
    return {
        "name": user.name,
        "email": user.email,
        "locale": user.locale,
        "role": user.role,
        "password_set_at": user.password_set_at,
    }


def user_of(row: UserRow) -> User:
    """Return the person of a row."""
    account = row.account
    return User(
        id=row.id,
        organization_id=row.organization_id,
        email=row.email or "",
        name=row.name,
        role=row.role,
        locale=row.locale,
        password_set_at=account.password_set_at if account is not None else None,
        is_disabled=row.disabled_at is not None,
        created_at=row.created_at,
        accepted_at=row.accepted_at,
        deleted_at=row.deleted_at,
        kind="service" if row.kind == "service" else "person",
        owner_id=row.owner_id or "",
        account_id=row.account_id or "",
        sign_in_email=(account.email if account is not None else None) or row.email or "",
        is_shared=account is not None and account.is_shared,
    )
