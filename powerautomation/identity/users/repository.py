"""All SQL about people and their accounts. Queries by e-mail, by account and of the first administrator cross
organizations: nobody is known yet, or one person is asked for in every organization."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.users.entities import User
from powerautomation.identity.users.tables import AccountRow, UserRow
from powerautomation.infrastructure.database import note_growth


async def find_row(
    session: AsyncSession, organization_id: str, user_id: str, *, deleted: bool = False
) -> UserRow | None:
    """Return one person of the organization; with ``deleted`` also one who was deleted."""
    asked = select(UserRow).where(UserRow.organization_id == organization_id, UserRow.id == user_id)
    if not deleted:
        asked = asked.where(UserRow.deleted_at.is_(None))
    return await session.scalar(asked.execution_options(populate_existing=True))


async def hold_row(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Lock one person's row and account until the unit of work ends. SQLite has one writer anyway and ignores it.

    NO KEY UPDATE: rows that only refer to the person may still be written meanwhile.
    """
    account_id = await session.scalar(
        select(UserRow.account_id)
        .where(UserRow.organization_id == organization_id, UserRow.id == user_id)
        .with_for_update(key_share=True)
    )
    if account_id is not None:
        # What the person signs in with is one thing for all of the person's organizations.
        await hold_account(session, account_id)


async def find_row_by_email(session: AsyncSession, email: str, organization_id: str = "") -> UserRow | None:
    """Return whom an organization knows by a canonical e-mail address; without one, who is known by it longest."""
    query = select(UserRow).where(UserRow.email == email, UserRow.deleted_at.is_(None))
    if organization_id:
        query = query.where(UserRow.organization_id == organization_id)
    return await session.scalar(
        query.order_by(UserRow.created_at, UserRow.id).limit(1).execution_options(populate_existing=True)
    )


async def list_rows_by_email(session: AsyncSession, email: str) -> list[UserRow]:
    """Return everybody who is known by a canonical e-mail address, or signs in with it, in every organization."""
    signs_in = select(AccountRow.id).where(AccountRow.email == email)
    query = select(UserRow).where(
        or_(UserRow.email == email, UserRow.account_id.in_(signs_in)), UserRow.deleted_at.is_(None)
    )
    return list(await session.scalars(query.order_by(UserRow.created_at, UserRow.id).limit(200)))


async def is_known(session: AsyncSession, email: str, *, but: str) -> bool:
    """Say whether an organization knows somebody who has accepted, of another account than ``but``, by an address."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    UserRow.email == email,
                    UserRow.account_id != but,
                    UserRow.accepted_at.is_not(None),
                    UserRow.deleted_at.is_(None),
                )
            )
        )
    )


async def find_account(session: AsyncSession, account_id: str) -> AccountRow | None:
    """Return one account."""
    return await session.scalar(
        select(AccountRow).where(AccountRow.id == account_id).execution_options(populate_existing=True)
    )


async def find_account_by_email(session: AsyncSession, email: str) -> AccountRow | None:
    """Return the account that signs in with a canonical e-mail address."""
    return await session.scalar(
        select(AccountRow).where(AccountRow.email == email).execution_options(populate_existing=True)
    )


async def list_account_rows(session: AsyncSession, account_id: str) -> list[UserRow]:
    """Return the people an account is, in all organizations, the oldest first; deleted ones are left out."""
    return list(
        await session.scalars(
            select(UserRow)
            .where(UserRow.account_id == account_id, UserRow.deleted_at.is_(None))
            .order_by(UserRow.created_at, UserRow.id)
            .execution_options(populate_existing=True)
        )
    )


_ANY: Any = object()


async def update_account(
    session: AsyncSession, account_id: str, values: dict[str, Any], *, password_set_at: Any = _ANY
) -> bool | None:
    """Change an account, where a moment is given only while its password is the one set then. True: changed; False:
    not found in that state; None: the e-mail address is another account's (nothing changed)."""
    conditions: list[ColumnElement[bool]] = [AccountRow.id == account_id]
    if password_set_at is not _ANY:
        conditions.append(AccountRow.password_set_at.is_not_distinct_from(password_set_at))
    try:
        async with session.begin_nested():
            changed = await session.scalar(
                update(AccountRow)
                .where(*conditions)
                .values(**values)
                .returning(AccountRow.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return None
    return changed is not None


async def find_account_id(session: AsyncSession, organization_id: str, user_id: str) -> str | None:
    """Return with what account a person signs in, a deleted one too."""
    return await session.scalar(
        select(UserRow.account_id).where(UserRow.organization_id == organization_id, UserRow.id == user_id)
    )


async def hold_account(session: AsyncSession, account_id: str) -> None:
    """Lock an account until the unit of work ends."""
    await session.execute(select(AccountRow.id).where(AccountRow.id == account_id).with_for_update(key_share=True))


async def count_account_rows(session: AsyncSession, account_id: str) -> int:
    """Return how many people an account is, in all organizations, those who can be brought back too."""
    return await session.scalar(select(func.count()).where(UserRow.account_id == account_id)) or 0


async def join_account(
    session: AsyncSession, organization_id: str, user_id: str, account_id: str, moment: datetime
) -> bool:
    """Let a person who has yet to accept sign in with an account; False when the account is in the organization."""
    try:
        async with session.begin_nested():
            joined = await session.scalar(
                update(UserRow)
                .where(
                    UserRow.organization_id == organization_id,
                    UserRow.id == user_id,
                    UserRow.accepted_at.is_(None),
                    UserRow.disabled_at.is_(None),
                    UserRow.deleted_at.is_(None),
                )
                .values(account_id=account_id, accepted_at=moment)
                .returning(UserRow.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return joined is not None


async def delete_account(session: AsyncSession, account_id: str) -> None:
    """Forget an account for good."""
    await session.execute(delete(AccountRow).where(AccountRow.id == account_id))


async def find_deleted_by_email(session: AsyncSession, email: str) -> UserRow | None:
    """Return who was deleted last of those with a canonical e-mail address, in whichever organization."""
    return await session.scalar(
        select(UserRow)
        .where(UserRow.email == email, UserRow.deleted_at.is_not(None))
        .order_by(UserRow.deleted_at.desc(), UserRow.id)
        .limit(1)
    )


async def find_oldest_enabled(session: AsyncSession, organization_id: str, role: str) -> UserRow | None:
    """Return the longest-standing person with a role who may still sign in."""
    return await session.scalar(
        select(UserRow)
        .where(
            UserRow.organization_id == organization_id,
            UserRow.role == role,
            UserRow.kind == "person",
            UserRow.disabled_at.is_(None),
            UserRow.accepted_at.is_not(None),
            UserRow.deleted_at.is_(None),
        )
        .order_by(UserRow.created_at, UserRow.id)
        .limit(1)
    )


async def has_any_password(session: AsyncSession) -> bool:
    """Say whether anybody in any organization ever set a password."""
    return bool(await session.scalar(select(exists().where(AccountRow.password_hash.is_not(None)))))


async def names_by_id(session: AsyncSession, organization_id: str, user_ids: Iterable[str]) -> dict[str, str]:
    """Return the name, else the e-mail address, of each of these people that exists in the organization."""
    rows = await session.execute(
        select(UserRow.id, UserRow.name, UserRow.email).where(
            UserRow.organization_id == organization_id, UserRow.id.in_(set(user_ids))
        )
    )
    return {user_id: name or email or "" for user_id, name, email in rows}


def add_row(session: AsyncSession, row: UserRow) -> None:
    """Create a person."""
    session.add(row)


async def update_if_password_is(
    session: AsyncSession, user: User, secret: dict[str, Any], values: dict[str, Any]
) -> bool | None:
    """Change an enabled person, and the account, whose password is still the one set when ``user`` was read. True:
    changed; False: not found in that state; None: the e-mail address belongs to somebody else (nothing changed)."""
    try:
        async with session.begin_nested():
            here = await session.scalar(
                update(UserRow)
                .where(
                    UserRow.organization_id == user.organization_id,
                    UserRow.id == user.id,
                    UserRow.account_id == user.account_id,
                    UserRow.disabled_at.is_(None),
                    UserRow.deleted_at.is_(None),
                )
                .values(**({"name": UserRow.name} | values))
                .returning(UserRow.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return None
    if here is None:
        return False
    return await update_account(session, user.account_id, secret, password_set_at=user.password_set_at)


async def update_row(session: AsyncSession, organization_id: str, user_id: str, values: dict[str, Any]) -> bool | None:
    """Change a person of the organization. False: there is none; None: the e-mail address belongs to somebody else
    (nothing changed)."""
    try:
        async with session.begin_nested():
            changed = await session.scalar(
                update(UserRow)
                .where(UserRow.organization_id == organization_id, UserRow.id == user_id, UserRow.deleted_at.is_(None))
                .values(**values)
                .returning(UserRow.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return None
    return changed is not None


async def insert_row(session: AsyncSession, row: UserRow) -> bool:
    """Create a person; False (and nothing created) when the e-mail address belongs to somebody."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


def _in_state(state: str) -> Sequence[ColumnElement[bool]]:
    accepted = UserRow.accepted_at.is_not(None)
    enabled = UserRow.disabled_at.is_(None)
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "": [],
        "active": [accepted, enabled],
        "invited": [UserRow.accepted_at.is_(None), enabled],
        "inactive": [UserRow.disabled_at.is_not(None)],
    }
    return conditions[state]


async def list_rows(
    session: AsyncSession, organization_id: str, *, search: str, state: str, role: str, after: str, most: int
) -> list[UserRow]:
    """Return the organization's people, newest first, those after the person with the id ``after``. ``search`` is part
    of a name or an e-mail address, every character standing for itself."""
    query = select(UserRow).where(
        UserRow.organization_id == organization_id, UserRow.deleted_at.is_(None), *_in_state(state)
    )
    if role:
        query = query.where(UserRow.role == role)
    if search:
        wanted = search.lower()
        query = query.where(
            or_(
                func.lower(UserRow.name).contains(wanted, autoescape=True),
                UserRow.email.contains(wanted, autoescape=True),
            )
        )
    if after:
        # Ids begin with the moment of their making, but the first administrators of a copy may be older.
        last = select(UserRow.created_at).where(UserRow.organization_id == organization_id, UserRow.id == after)
        created_at = await session.scalar(last)
        if created_at is None:
            return []
        query = query.where(
            or_(UserRow.created_at < created_at, and_(UserRow.created_at == created_at, UserRow.id < after))
        )
    return list(await session.scalars(query.order_by(UserRow.created_at.desc(), UserRow.id.desc()).limit(most)))


async def count_rows(session: AsyncSession, organization_id: str) -> int:
    """Return how many people the organization has, deleted ones not counted."""
    query = select(func.count()).where(UserRow.organization_id == organization_id, UserRow.deleted_at.is_(None))
    return await session.scalar(query) or 0


async def count_people(session: AsyncSession, organization_id: str) -> dict[str, int]:
    """Return how many people each organization has, or only one; service accounts and deleted people are left out."""
    query = select(UserRow.organization_id, func.count()).where(UserRow.kind == "person", UserRow.deleted_at.is_(None))
    if organization_id:
        query = query.where(UserRow.organization_id == organization_id)
    return {row[0]: row[1] for row in await session.execute(query.group_by(UserRow.organization_id))}


async def count_by_role(
    session: AsyncSession, organization_id: str, *, deleted_since: datetime | None
) -> dict[str, int]:
    """Return how many people have each role; those deleted after ``deleted_since`` count too, where it is given."""
    here = UserRow.deleted_at.is_(None)
    rows = await session.execute(
        select(UserRow.role, func.count())
        .where(
            UserRow.organization_id == organization_id,
            here if deleted_since is None else or_(here, UserRow.deleted_at > deleted_since),
        )
        .group_by(UserRow.role)
    )
    return {row[0]: row[1] for row in rows}


async def move_rows(session: AsyncSession, organization_id: str, role: str, to: str) -> list[tuple[str, str]]:
    """Give everybody who has a role, deleted people too, another one; return their ids and names."""
    rows = await session.execute(
        update(UserRow)
        .where(UserRow.organization_id == organization_id, UserRow.role == role)
        .values(role=to)
        .returning(UserRow.id, UserRow.name)
        .execution_options(synchronize_session=False)
    )
    return sorted((row[0], row[1]) for row in rows)


async def hold_active_ids(session: AsyncSession, organization_id: str, role: str) -> list[str]:
    """Return who has a role and may sign in, locked until the unit of work ends, in one order for everybody."""
    query = (
        select(UserRow.id)
        .where(
            UserRow.organization_id == organization_id,
            UserRow.role == role,
            UserRow.kind == "person",
            UserRow.deleted_at.is_(None),
            *_in_state("active"),
        )
        .order_by(UserRow.id)
        .with_for_update(key_share=True)
    )
    return list(await session.scalars(query))


async def find_deleted_row(
    session: AsyncSession, organization_id: str, user_id: str, since: datetime
) -> UserRow | None:
    """Return one person deleted after ``since``."""
    return await session.scalar(
        select(UserRow).where(
            UserRow.organization_id == organization_id, UserRow.id == user_id, UserRow.deleted_at > since
        )
    )


async def list_deleted_rows(session: AsyncSession, organization_id: str, since: datetime, most: int) -> list[UserRow]:
    """Return the organization's people deleted after ``since``, the latest first."""
    return list(
        await session.scalars(
            select(UserRow)
            .where(UserRow.organization_id == organization_id, UserRow.deleted_at > since)
            .order_by(UserRow.deleted_at.desc(), UserRow.id.desc())
            .limit(most)
        )
    )


async def restore_row(session: AsyncSession, organization_id: str, user_id: str) -> bool:
    """Bring a deleted person back; False when the e-mail address belongs to somebody else by now."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(UserRow)
                .where(UserRow.organization_id == organization_id, UserRow.id == user_id)
                .values(deleted_at=None)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    note_growth(session, organization_id, UserRow.__tablename__)
    return True


async def list_purgeable(session: AsyncSession, until: datetime, most: int) -> list[tuple[str, str]]:
    """Return organization and id of at most ``most`` people of all organizations deleted at ``until`` or before."""
    rows = await session.execute(
        select(UserRow.organization_id, UserRow.id)
        .where(UserRow.deleted_at <= until)
        .order_by(UserRow.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [(row[0], row[1]) for row in rows]


async def delete_rows(session: AsyncSession, organization_id: str, user_ids: Sequence[str]) -> None:
    """Forget people for good."""
    await session.execute(delete(UserRow).where(UserRow.organization_id == organization_id, UserRow.id.in_(user_ids)))


async def mark_deleted(session: AsyncSession, organization_id: str, user_id: str, moment: datetime) -> None:
    """Set since when a person is deleted, whether the person was or not."""
    await session.execute(
        update(UserRow)
        .where(UserRow.organization_id == organization_id, UserRow.id == user_id)
        .values(deleted_at=moment)
        .execution_options(synchronize_session=False)
    )
