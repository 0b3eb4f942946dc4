"""All SQL about files. Every query is filtered by organization, but for the clean-up's own."""

from sqlalchemy import ColumnElement, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.files.entities import FileFacts, Owner
from powerautomation.gateway.files.tables import GatewayFileRow as Row

_FACTS = tuple(getattr(Row, name) for name in FileFacts._fields)


def add_row(session: AsyncSession, owner: Owner, facts: FileFacts, content: bytes) -> None:
    """Keep a file, or its beginning."""
    session.add(
        Row(
            organization_id=owner.organization_id,
            api_key_id=owner.api_key_id,
            project=owner.project,
            content=content,
            **facts._asdict(),
        )
    )


async def kept_bytes(session: AsyncSession, organization_id: str) -> int:
    """Return how many bytes of files an organization keeps."""
    total = await session.scalar(select(func.sum(Row.size_bytes)).where(Row.organization_id == organization_id))
    return int(total or 0)


async def find_facts(session: AsyncSession, owner: Owner, file_id: str, now_ms: int) -> FileFacts | None:
    """Return what is known of a file the owner may see, or None."""
    row = (await session.execute(select(*_FACTS).where(*_seen(owner, now_ms), Row.id == file_id))).first()
    return None if row is None else FileFacts(*row)


async def find_content(
    session: AsyncSession, owner: Owner, file_id: str, now_ms: int
) -> tuple[FileFacts, bytes] | None:
    """Return a file the owner may see with its encrypted content, or None."""
    found = await session.execute(select(*_FACTS, Row.content).where(*_seen(owner, now_ms), Row.id == file_id))
    row = found.first()
    return None if row is None else (FileFacts(*row[:-1]), row[-1])


async def list_facts(
    session: AsyncSession,
    owner: Owner,
    now_ms: int,
    most: int,
    *,
    after: FileFacts | None,
    newest_first: bool,
    purpose: str,
) -> list[FileFacts]:
    """Return at most so many whole files the owner may see: those ``after`` one of them, and of one purpose, where it
    is not empty."""
    place = tuple_(Row.created_ms, Row.id)
    wanted = [*_seen(owner, now_ms), Row.is_whole.is_(True)]
    if after is not None:
        at = (after.created_ms, after.id)
        wanted.append(place < at if newest_first else place > at)
    if purpose:
        wanted.append(Row.purpose == purpose)
    order = (Row.created_ms.desc(), Row.id.desc()) if newest_first else (Row.created_ms, Row.id)
    rows = await session.execute(select(*_FACTS).where(*wanted).order_by(*order).limit(most))
    return [FileFacts(*row) for row in rows]


async def find_unfinished(session: AsyncSession, file_id: str, now_ms: int) -> tuple[str, FileFacts, bytes] | None:
    """Return organization, facts and encrypted content of a file that is being sent, or None. Whoever knows the id may
    go on sending: it is the secret the sender was told."""
    found = await session.execute(
        select(Row.organization_id, *_FACTS, Row.content)
        .where(Row.id == file_id, Row.expires_ms > now_ms, Row.is_whole.is_(False))
        .with_for_update()
    )
    row = found.first()
    return None if row is None else (row[0], FileFacts(*row[1:-1]), row[-1])


async def replace_content(session: AsyncSession, organization_id: str, facts: FileFacts, content: bytes) -> None:
    """Write a longer beginning, or the whole, of a file that is being sent."""
    await session.execute(
        update(Row)
        .where(Row.organization_id == organization_id, Row.id == facts.id)
        .values(content=content, **facts._asdict())
    )


async def delete_row(session: AsyncSession, owner: Owner, file_id: str, now_ms: int) -> bool:
    """Delete a file the owner may see; say whether there was one."""
    deleted = await session.execute(delete(Row).where(*_seen(owner, now_ms), Row.id == file_id).returning(Row.id))
    return deleted.first() is not None


async def delete_expired(session: AsyncSession, now_ms: int, most: int) -> int:
    """Delete at most ``most`` expired files of all organizations; return how many."""
    rows = await session.execute(select(Row.organization_id, Row.id).where(Row.expires_ms <= now_ms).limit(most))
    keys = [tuple(row) for row in rows]
    if keys:
        await session.execute(delete(Row).where(tuple_(Row.organization_id, Row.id).in_(keys)))
    return len(keys)


def _seen(owner: Owner, now_ms: int) -> list[ColumnElement[bool]]:
    own = Row.api_key_id == owner.api_key_id
    if owner.project:
        own = or_(own, Row.project == owner.project)
    return [Row.organization_id == owner.organization_id, Row.expires_ms > now_ms, own]
