"""All SQL about people. Queries by e-mail and of the first administrator cross organizations: nobody is known yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.users.tables import UserRow


async def find_row(session: AsyncSession, organization_id: str, user_id: str) -> UserRow | None:
    """Return one person of the organization."""
    return await session.scalar(
        select(UserRow)
        .where(UserRow.organization_id == organization_id, UserRow.id == user_id)
        .execution_options(populate_existing=True)
    )


async def hold_row(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Lock one person's row until the unit of work ends. SQLite has one writer anyway and ignores it.

    NO KEY UPDATE: rows that only refer to the person may still be written meanwhile.
    """
    await session.execute(
        select(UserRow.id)
        .where(UserRow.organization_id == organization_id, UserRow.id == user_id)
        .with_for_update(key_share=True)
    )


async def find_row_by_email(session: AsyncSession, email: str) -> UserRow | None:
    """Return who signs in with a canonical e-mail address, in whichever organization."""
    return await session.scalar(select(UserRow).where(UserRow.email == email))


async def find_oldest_enabled(session: AsyncSession, organization_id: str, role: str) -> UserRow | None:
    """Return the longest-standing person with a role who may still sign in."""
    return await session.scalar(
        select(UserRow)
        .where(UserRow.organization_id == organization_id, UserRow.role == role, UserRow.disabled_at.is_(None))
        .order_by(UserRow.created_at, UserRow.id)
        .limit(1)
    )


async def has_any_password(session: AsyncSession) -> bool:
    """Say whether anybody in any organization ever set a password."""
    return bool(await session.scalar(select(exists().where(UserRow.password_hash.is_not(None)))))


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
    session: AsyncSession,
    organization_id: str,
    user_id: str,
    password_set_at: datetime | None,
    values: dict[str, Any],
) -> bool | None:
    """Change an enabled person whose password is still the one set at that moment. True: changed; False: not found in
    that state; None: the e-mail address belongs to somebody else (nothing changed)."""
    same = UserRow.password_set_at.is_(None) if password_set_at is None else UserRow.password_set_at == password_set_at
    try:
        async with session.begin_nested():
            changed = await session.scalar(
                update(UserRow)
                .where(
                    UserRow.organization_id == organization_id,
                    UserRow.id == user_id,
                    UserRow.disabled_at.is_(None),
                    same,
                )
                .values(**values)
                .returning(UserRow.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return None
    return changed is not None


async def update_row(session: AsyncSession, organization_id: str, user_id: str, values: dict[str, Any]) -> bool:
    """Change a person of the organization; False when there is none."""
    changed = await session.scalar(
        update(UserRow)
        .where(UserRow.organization_id == organization_id, UserRow.id == user_id)
        .values(**values)
        .returning(UserRow.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
