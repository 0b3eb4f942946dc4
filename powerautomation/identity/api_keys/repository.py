"""All SQL about gateway keys. Only the data plane's snapshot and its note of use cross organizations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.api_keys.tables import ApiKeyRow


def _live(moment: datetime) -> ColumnElement[bool]:
    return and_(ApiKeyRow.revoked_at.is_(None), or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > moment))


def add_row(session: AsyncSession, row: ApiKeyRow) -> None:
    """Store a new key."""
    session.add(row)


async def count_live(session: AsyncSession, organization_id: str, moment: datetime) -> int:
    """Return how many keys of the organization work now."""
    query = select(func.count()).where(ApiKeyRow.organization_id == organization_id, _live(moment))
    return await session.scalar(query) or 0


async def list_rows(
    session: AsyncSession,
    organization_id: str,
    moment: datetime,
    *,
    most_live: int,
    most_ended: int,
    created_by: str | None = None,
    shared: Collection[str] = (),
) -> list[ApiKeyRow]:
    """Return the organization's keys, or those one person made and those ``shared`` (ids): live ones, then ended ones,
    each newest first."""
    rows: list[ApiKeyRow] = []
    for condition, most in ((_live(moment), most_live), (not_(_live(moment)), most_ended)):
        rows += await session.scalars(
            select(ApiKeyRow)
            .where(ApiKeyRow.organization_id == organization_id, condition, *_reached(created_by, shared))
            .order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.id.desc())
            .limit(most)
        )
    return rows


async def has_rows(session: AsyncSession) -> bool:
    """Say whether any organization ever made a key."""
    return bool(await session.scalar(select(exists().where(ApiKeyRow.id.is_not(None)))))


def _made_by(user_id: str | None) -> list[ColumnElement[bool]]:
    if user_id is None:
        return []
    return [ApiKeyRow.created_by_kind == "user", ApiKeyRow.created_by == user_id]


def _reached(user_id: str | None, shared: Collection[str]) -> list[ColumnElement[bool]]:
    if user_id is None or not shared:
        return _made_by(user_id)
    return [or_(and_(*_made_by(user_id)), ApiKeyRow.id.in_(shared))]


async def count_live_of(
    session: AsyncSession, organization_id: str, user_ids: Sequence[str], moment: datetime
) -> dict[str, int]:
    """Return how many live keys each of these people made."""
    rows = await session.execute(
        select(ApiKeyRow.created_by, func.count())
        .where(
            ApiKeyRow.organization_id == organization_id,
            _live(moment),
            ApiKeyRow.created_by_kind == "user",
            ApiKeyRow.created_by.in_(user_ids),
        )
        .group_by(ApiKeyRow.created_by)
    )
    return {row[0]: row[1] for row in rows}


async def revoke_row(session: AsyncSession, organization_id: str, key_id: str, moment: datetime) -> bool:
    """End a key; False when it does not exist here or was revoked before."""
    revoked = await session.scalar(
        update(ApiKeyRow)
        .where(ApiKeyRow.organization_id == organization_id, ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
        .values(revoked_at=moment)
        .returning(ApiKeyRow.id)
        .execution_options(synchronize_session=False)
    )
    return revoked is not None


async def list_ids(
    session: AsyncSession,
    organization_id: str,
    *,
    project: str | None = None,
    created_by: str | Collection[str] | None = None,
) -> list[str]:
    """Return the ids of all keys, live or not, of a project or of whom made them."""
    query = select(ApiKeyRow.id).where(ApiKeyRow.organization_id == organization_id)
    if project is not None:
        query = query.where(ApiKeyRow.project == project)
    if created_by is not None:
        query = query.where(ApiKeyRow.created_by.in_([created_by] if isinstance(created_by, str) else created_by))
    return list(await session.scalars(query))


async def find_row(session: AsyncSession, organization_id: str, key_id: str) -> ApiKeyRow | None:
    """Return one key of the organization, live or not."""
    query = select(ApiKeyRow).where(ApiKeyRow.organization_id == organization_id, ApiKeyRow.id == key_id)
    return await session.scalar(query.execution_options(populate_existing=True))


async def list_live_rows_everywhere(session: AsyncSession, moment: datetime) -> list[ApiKeyRow]:
    """Return every key that works now, of every organization: for the data plane's snapshot."""
    return list(await session.scalars(select(ApiKeyRow).where(_live(moment)).order_by(ApiKeyRow.id)))


async def find_live_row(session: AsyncSession, token_hmac: bytes, moment: datetime) -> tuple[ApiKeyRow, bool] | None:
    """Return the key of any organization with this HMAC that works now, and whether it is its previous secret."""
    row = await session.scalar(select(ApiKeyRow).where(ApiKeyRow.token_hmac == token_hmac, _live(moment)))
    if row is not None:
        return row, False
    previous = and_(ApiKeyRow.previous_hmac == token_hmac, ApiKeyRow.previous_expires_at > moment)
    row = await session.scalar(select(ApiKeyRow).where(previous, _live(moment)))
    return None if row is None else (row, True)


async def rotate_row(
    session: AsyncSession, organization_id: str, key_id: str, known_hmac: bytes, values: dict[str, Any]
) -> bool:
    """Give a key another secret; False when it was rotated or revoked meanwhile."""
    rotated = await session.scalar(
        update(ApiKeyRow)
        .where(
            ApiKeyRow.organization_id == organization_id,
            ApiKeyRow.id == key_id,
            ApiKeyRow.token_hmac == known_hmac,
            ApiKeyRow.revoked_at.is_(None),
        )
        .values(**values)
        .returning(ApiKeyRow.id)
        .execution_options(synchronize_session=False)
    )
    return rotated is not None


async def write_previous_used(session: AsyncSession, used_at: Mapping[str, datetime]) -> None:
    """Note when the secrets from before a rotation were used last; never moves a time back."""
    column = ApiKeyRow.previous_last_used_at
    for key_id in sorted(used_at):
        moment = used_at[key_id]
        await session.execute(
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, ApiKeyRow.previous_hmac.is_not(None), or_(column.is_(None), column < moment))
            .values(previous_last_used_at=moment)
            .execution_options(synchronize_session=False)
        )


async def write_last_used(session: AsyncSession, used_at: Mapping[str, datetime]) -> None:
    """Note when keys were used last; never moves a time back."""
    for key_id in sorted(used_at):
        moment = used_at[key_id]
        await session.execute(
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < moment))
            .values(last_used_at=moment)
            .execution_options(synchronize_session=False)
        )
