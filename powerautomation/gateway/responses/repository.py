"""All SQL about kept answers. Every query is filtered by organization and key, but for the clean-up's own."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.responses.tables import GatewayResponseRow as Row


class Owner(NamedTuple):
    """Whose an answer is: the key's that asked for it."""

    organization_id: str
    api_key_id: str


class Turn(NamedTuple):
    """A kept turn as it is stored."""

    id: str
    previous_id: str
    content: bytes
    plain_bytes: int


def _of(owner: Owner) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Row.organization_id == owner.organization_id, Row.api_key_id == owner.api_key_id


async def add_row(session: AsyncSession, owner: Owner, turn: Turn, created_ms: int, expires_ms: int) -> None:
    """Keep a turn; one that is kept already stays as it is."""
    if await session.get(Row, (*owner, turn.id)) is None:
        session.add(
            Row(
                organization_id=owner.organization_id,
                api_key_id=owner.api_key_id,
                id=turn.id,
                previous_id=turn.previous_id,
                content=turn.content,
                plain_bytes=turn.plain_bytes,
                created_ms=created_ms,
                expires_ms=expires_ms,
            )
        )


async def list_chain(session: AsyncSession, owner: Owner, last_id: str, now_ms: int, most: int) -> list[Turn]:
    """Return the turns that led to ``last_id``, at most ``most``, newest first; empty when it is not kept."""
    wanted = (*_of(owner), Row.expires_ms > now_ms)
    columns = (Row.id, Row.previous_id, Row.content, Row.plain_bytes)
    chain = select(*columns, literal(1).label("depth")).where(*wanted, Row.id == last_id).cte("chain", recursive=True)
    before = (
        select(*columns, (chain.c.depth + 1).label("depth"))
        .join(chain, Row.id == chain.c.previous_id)
        .where(*wanted, chain.c.depth < most)
    )
    chain = chain.union_all(before)
    rows = await session.execute(
        select(chain.c.id, chain.c.previous_id, chain.c.content, chain.c.plain_bytes).order_by(chain.c.depth)
    )
    return [Turn(*row) for row in rows]


async def find_row(session: AsyncSession, owner: Owner, response_id: str, now_ms: int) -> Turn | None:
    """Return one turn, or None."""
    row = (
        await session.execute(
            select(Row.id, Row.previous_id, Row.content, Row.plain_bytes).where(
                *_of(owner), Row.id == response_id, Row.expires_ms > now_ms
            )
        )
    ).first()
    return None if row is None else Turn(*row)


async def delete_row(session: AsyncSession, owner: Owner, response_id: str) -> bool:
    """Delete one turn; say whether there was one."""
    deleted = await session.execute(delete(Row).where(*_of(owner), Row.id == response_id).returning(Row.id))
    return deleted.first() is not None


async def delete_expired(session: AsyncSession, now_ms: int, most: int) -> int:
    """Delete at most ``most`` expired turns of all organizations; return how many."""
    expired = select(Row.organization_id, Row.api_key_id, Row.id).where(Row.expires_ms <= now_ms).limit(most)
    return await _delete_those(session, [tuple(row) for row in await session.execute(expired)])


async def delete_oldest_beyond(
    session: AsyncSession, most_bytes: int, most: int, own_bytes: Mapping[str, int] | None = None
) -> int:
    """Delete at most ``most`` turns, the oldest, of organizations that keep more than ``most_bytes`` of stored content;
    return how many. ``own_bytes``: what an organization may keep that has a quota of its own."""
    room: ColumnElement[int] = literal(most_bytes)
    newer = (
        func.sum(func.length(Row.content))
        .over(partition_by=Row.organization_id, order_by=(Row.created_ms.desc(), Row.id.desc()))
        .label("newer")
    )
    sized = select(Row.organization_id, Row.api_key_id, Row.id, newer).subquery()
    columns = (sized.c.organization_id, sized.c.api_key_id, sized.c.id)
    if own_bytes:
        room = case(dict(own_bytes), value=sized.c.organization_id, else_=most_bytes)
    beyond = select(*columns).where(sized.c.newer > room).limit(most)
    return await _delete_those(session, [tuple(row) for row in await session.execute(beyond)])


async def _delete_those(session: AsyncSession, keys: list[tuple[str, ...]]) -> int:
    if keys:
        await session.execute(delete(Row).where(tuple_(Row.organization_id, Row.api_key_id, Row.id).in_(keys)))
    return len(keys)
