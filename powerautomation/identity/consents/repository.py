"""All SQL about consents."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.consents.tables import ConsentRow, ConsentTextRow


async def find_text(session: AsyncSession, organization_id: str, *, hold: bool = False) -> ConsentTextRow | None:
    """Return the newest version of the text; with ``hold`` it stays so until the unit of work ends."""
    query = (
        select(ConsentTextRow)
        .where(ConsentTextRow.organization_id == organization_id)
        .order_by(ConsentTextRow.version.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return await session.scalar(query.with_for_update() if hold else query)


async def list_texts(session: AsyncSession, organization_id: str, most: int) -> list[ConsentTextRow]:
    """Return versions of the text, the newest first."""
    query = select(ConsentTextRow).where(ConsentTextRow.organization_id == organization_id)
    return list(await session.scalars(query.order_by(ConsentTextRow.version.desc()).limit(most)))


async def insert_row(session: AsyncSession, row: ConsentTextRow | ConsentRow) -> bool:
    """Store a version or a consent; False (and nothing stored) when somebody was faster."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def list_of(session: AsyncSession, organization_id: str, user_id: str, most: int) -> list[ConsentRow]:
    """Return a person's consents, the newest first."""
    query = select(ConsentRow).where(ConsentRow.organization_id == organization_id, ConsentRow.user_id == user_id)
    return list(await session.scalars(query.order_by(ConsentRow.given_at.desc(), ConsentRow.id.desc()).limit(most)))


async def list_all(session: AsyncSession, organization_id: str, most: int) -> list[ConsentRow]:
    """Return consents of everybody, the newest first."""
    query = select(ConsentRow).where(ConsentRow.organization_id == organization_id)
    return list(await session.scalars(query.order_by(ConsentRow.given_at.desc(), ConsentRow.id.desc()).limit(most)))


async def count_live(session: AsyncSession, organization_id: str) -> dict[int, int]:
    """Return by version how many consents hold."""
    rows = await session.execute(
        select(ConsentRow.version, func.count())
        .where(ConsentRow.organization_id == organization_id, ConsentRow.withdrawn_at.is_(None))
        .group_by(ConsentRow.version)
    )
    return {row[0]: row[1] for row in rows}


async def withdraw(session: AsyncSession, organization_id: str, user_id: str, moment: datetime) -> list[int]:
    """End every consent of a person that holds; return their versions."""
    versions = await session.scalars(
        update(ConsentRow)
        .where(
            ConsentRow.organization_id == organization_id,
            ConsentRow.user_id == user_id,
            ConsentRow.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=moment)
        .returning(ConsentRow.version)
        .execution_options(synchronize_session="fetch")
    )
    return sorted(versions)
