"""All SQL about keys and about rows that are sealed. Sealed rows are read for every organization: keys are the
installation's, not an organization's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, func, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.governance.encryption.entities import DataKey, KeyState, SealedColumn
from powerautomation.governance.encryption.rules import HEAD_BYTES, NONCE_BYTES, key_id_of
from powerautomation.governance.encryption.tables import DataKeyRow, InstallationRow
from powerautomation.infrastructure.database import Base
from powerautomation.kernel.clock import now

_DATA = "data"
_DERIVATION = "derivation"


class SealedHead(NamedTuple):
    """What a page of a sealed column shows of a row: its key (organization first), its data key's id, its size."""

    row: tuple[str, ...]
    key_id: str
    size_bytes: int


async def find_fingerprint(session: AsyncSession) -> str | None:
    """Return the fingerprint, or None while the database is not sealed yet."""
    return await session.scalar(select(InstallationRow.key_fingerprint).where(InstallationRow.id == 1))


async def lock_fingerprint(session: AsyncSession) -> tuple[str, datetime] | None:
    """Return the fingerprint and since when it holds; nobody else changes keys until this unit of work ends."""
    found = await session.execute(
        select(InstallationRow.key_fingerprint, InstallationRow.key_since)
        .where(InstallationRow.id == 1)
        .with_for_update()
    )
    row = found.first()
    return None if row is None else (row[0], row[1])


async def find_master_key(session: AsyncSession) -> tuple[str, datetime]:
    """Return the fingerprint of a sealed database's master key and since when it holds."""
    found = await session.execute(select(InstallationRow.key_fingerprint, InstallationRow.key_since))
    row = found.one()
    return row[0], row[1]


async def seal(session: AsyncSession, fingerprint: str) -> bool:
    """Seal the database with a fingerprint; False when it is sealed already."""
    at = now()
    values = {"id": 1, "key_fingerprint": fingerprint, "key_since": at, "created_at": at}
    return await _insert_new(session, InstallationRow, values)


async def replace_fingerprint(session: AsyncSession, fingerprint: str) -> None:
    """Say that another master key holds from now on."""
    await session.execute(update(InstallationRow).values(key_fingerprint=fingerprint, key_since=now()))


async def add_key(session: AsyncSession, key_id: str, wrapped: bytes, *, active: bool) -> bool:
    """Add a data key: active at once, or published only; False when there is one of that kind already."""
    return await _insert_new(session, DataKeyRow, _key_values(key_id, wrapped, _DATA, active=active))


async def add_derivation_key(session: AsyncSession, key_id: str, wrapped: bytes) -> None:
    """Add the key other secrets are derived from, which is never replaced."""
    await _insert_new(session, DataKeyRow, _key_values(key_id, wrapped, _DERIVATION, active=True))


async def find_derivation_key(session: AsyncSession) -> DataKey | None:
    """Return the key other secrets are derived from."""
    row = await session.scalar(select(DataKeyRow).where(DataKeyRow.purpose == _DERIVATION))
    return None if row is None else _data_key(row)


async def list_keys(session: AsyncSession) -> list[DataKey]:
    """Return every data key there ever was, the oldest first: one for each rotation."""
    rows = await session.scalars(
        select(DataKeyRow).where(DataKeyRow.purpose == _DATA).order_by(DataKeyRow.created_at, DataKeyRow.id)
    )
    return [_data_key(row) for row in rows]


async def activate_key(session: AsyncSession, key_id: str) -> bool:
    """Let a published key write from now on, and the active one only read; False when it is not published."""
    mine = DataKeyRow.id == key_id
    waiting = select(DataKeyRow.id).where(mine, DataKeyRow.activated_at.is_(None)).with_for_update()
    if await session.scalar(waiting) is None:
        return False
    # The old one first: there is never more than one active.
    await session.execute(
        update(DataKeyRow).where(DataKeyRow.purpose == _DATA, DataKeyRow.state == "active").values(state="decrypt_only")
    )
    await session.execute(update(DataKeyRow).where(mine).values(state="active", activated_at=now()))
    return True


async def set_key_state(session: AsyncSession, key_id: str, state: KeyState) -> None:
    """Retire a key on which no row is left, or take it back when one was found."""
    retired_at = now() if state == "retired" else None
    await session.execute(update(DataKeyRow).where(DataKeyRow.id == key_id).values(state=state, retired_at=retired_at))


async def replace_wrapping(session: AsyncSession, key_id: str, wrapped: bytes) -> None:
    """Store a key wrapped under another master key."""
    await session.execute(update(DataKeyRow).where(DataKeyRow.id == key_id).values(wrapped=wrapped))


async def list_heads(
    session: AsyncSession, column: SealedColumn, after: tuple[str, ...] | None, most: int
) -> list[SealedHead]:
    """Return at most so many rows of a sealed column in the order of their keys, those ``after`` one."""
    table = Base.metadata.tables[column.table]
    content, key = table.c[column.column], _key_of(table, column)
    statement = select(*key, func.substr(content, 1, HEAD_BYTES), func.length(content)).where(content.is_not(None))
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    rows = await session.execute(statement.order_by(*key).limit(most))
    return [SealedHead(tuple(row[:-2]), key_id_of(bytes(row[-2])), row[-1]) for row in rows]


async def list_contents(
    session: AsyncSession, column: SealedColumn, rows: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], bytes]:
    """Return the ciphertexts of the rows of these keys that still exist."""
    table = Base.metadata.tables[column.table]
    key = _key_of(table, column)
    found = await session.execute(select(*key, table.c[column.column]).where(tuple_(*key).in_(rows)))
    return {tuple(row[:-1]): bytes(row[-1]) for row in found if row[-1] is not None}


async def replace_content(
    session: AsyncSession, column: SealedColumn, row: tuple[str, ...], old: bytes, new: bytes
) -> None:
    """Put a ciphertext in the place of another, unless somebody wrote or deleted the row meanwhile."""
    table = Base.metadata.tables[column.table]
    content = table.c[column.column]
    # Key and nonce are enough to tell two ciphertexts of one place apart.
    begin = HEAD_BYTES + NONCE_BYTES
    await session.execute(
        update(table)
        .where(
            *(one == value for one, value in zip(_key_of(table, column), row, strict=True)),
            func.substr(content, 1, begin) == old[:begin],
        )
        .values({column.column: new})
    )


def _key_of(table: Table, column: SealedColumn) -> list[Any]:
    # What belongs to an account belongs to no organization: its place says so with an empty one.
    owner = table.c.get("organization_id", literal(""))
    return [owner, *(table.c[name] for name in column.row)]


def _key_values(key_id: str, wrapped: bytes, purpose: str, *, active: bool) -> dict[str, Any]:
    at = now()
    state = "active" if active else "decrypt_only"
    return {
        "id": key_id,
        "purpose": purpose,
        "wrapped": wrapped,
        "state": state,
        "created_at": at,
        "activated_at": at if active else None,
        "retired_at": None,
    }


async def _insert_new(session: AsyncSession, table: type[Base], values: dict[str, Any]) -> bool:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = await session.execute(
        insert(table).values(values).on_conflict_do_nothing().returning(*table.__table__.primary_key)
    )
    return added.first() is not None


def _data_key(row: DataKeyRow) -> DataKey:
    state: KeyState = "active" if row.state == "active" else "retired" if row.state == "retired" else "decrypt_only"
    return DataKey(row.id, row.wrapped, state, row.created_at, row.activated_at, row.retired_at)
