"""All SQL about kept thoughts. Every query is filtered by organization, but for the clean-up's own."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.thoughts.tables import GatewayThoughtRow as Row


class Kept(NamedTuple):
    """A thought as it is stored."""

    organization_id: str
    id: str
    content: bytes


async def put_rows(session: AsyncSession, kept: Sequence[Kept], created_ms: int, expires_ms: int) -> None:
    """Keep thoughts in the place of older ones of the same turns. Ids must differ."""
    rows = [{**one._asdict(), "created_ms": created_ms, "expires_ms": expires_ms} for one in kept]
    statement: Any = sqlite.insert(Row) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(Row)
    changed = {name: statement.excluded[name] for name in ("content", "created_ms", "expires_ms")}
    await session.execute(statement.on_conflict_do_update(index_elements=["organization_id", "id"], set_=changed), rows)


async def find_rows(session: AsyncSession, organization_id: str, ids: Sequence[str], now_ms: int) -> dict[str, bytes]:
    """Return the contents of those that are kept, by id."""
    rows = await session.execute(
        select(Row.id, Row.content).where(
            Row.organization_id == organization_id, Row.id.in_(ids), Row.expires_ms > now_ms
        )
    )
    return {row.id: row.content for row in rows}


async def delete_expired(session: AsyncSession, now_ms: int, most: int) -> int:
    """Delete at most ``most`` expired thoughts of all organizations; return how many."""
    expired = select(Row.organization_id, Row.id).where(Row.expires_ms <= now_ms).limit(most)
    return await _delete_those(session, [(row.organization_id, row.id) for row in await session.execute(expired)])


async def delete_oldest_beyond(
    session: AsyncSession, most_bytes: int, most: int, own_bytes: Mapping[str, int] | None = None
) -> int:
    """Delete at most ``most`` thoughts, the oldest, of organizations that keep more than ``most_bytes``; return how
    many. ``own_bytes``: what an organization may keep that has a quota of its own."""
    room: ColumnElement[int] = literal(most_bytes)
    newer = (
        func.sum(func.length(Row.content))
        .over(partition_by=Row.organization_id, order_by=(Row.created_ms.desc(), Row.id.desc()))
        .label("newer")
    )
    sized = select(Row.organization_id, Row.id, newer).subquery()
    if own_bytes:
        room = case(dict(own_bytes), value=sized.c.organization_id, else_=most_bytes)
    beyond = select(sized.c.organization_id, sized.c.id).where(sized.c.newer > room).limit(most)
    return await _delete_those(session, [(row.organization_id, row.id) for row in await session.execute(beyond)])


async def _delete_those(session: AsyncSession, keys: list[tuple[str, str]]) -> int:
    if keys:
        await session.execute(delete(Row).where(tuple_(Row.organization_id, Row.id).in_(keys)))
    return len(keys)
