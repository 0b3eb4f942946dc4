"""All SQL about shares."""

from collections.abc import Iterable

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.sharing.tables import ShareRow


async def list_rows(
    session: AsyncSession, organization_id: str, resource_kind: str, resource_id: str
) -> list[ShareRow]:
    """Return with whom one thing is shared, in the order in which it was."""
    return list(
        await session.scalars(
            select(ShareRow)
            .where(
                ShareRow.organization_id == organization_id,
                ShareRow.resource_kind == resource_kind,
                ShareRow.resource_id == resource_id,
            )
            .order_by(ShareRow.created_at, ShareRow.id)
            .execution_options(populate_existing=True)
        )
    )


async def list_rows_for(
    session: AsyncSession, organization_id: str, resource_kind: str, grantees: Iterable[tuple[str, str]], *, most: int
) -> list[ShareRow]:
    """Return what is shared with any of these grantees, newest first."""
    return list(
        await session.scalars(
            select(ShareRow)
            .where(
                ShareRow.organization_id == organization_id,
                ShareRow.resource_kind == resource_kind,
                or_(
                    *(
                        tuple_(ShareRow.grantee_kind, ShareRow.grantee_id) == (kind, grantee_id)
                        for kind, grantee_id in grantees
                    )
                ),
            )
            .order_by(ShareRow.created_at.desc(), ShareRow.id)
            .limit(most)
        )
    )


async def list_shared_ids(session: AsyncSession, organization_id: str, resource_kind: str) -> list[str]:
    """Return the ids of the things of one kind that are shared."""
    query = select(ShareRow.resource_id).where(
        ShareRow.organization_id == organization_id, ShareRow.resource_kind == resource_kind
    )
    return list(await session.scalars(query.distinct().order_by(ShareRow.resource_id)))


async def count_rows(session: AsyncSession, organization_id: str, resource_kind: str, resource_id: str) -> int:
    """Return with how many one thing is shared."""
    query = select(func.count()).where(
        ShareRow.organization_id == organization_id,
        ShareRow.resource_kind == resource_kind,
        ShareRow.resource_id == resource_id,
    )
    return await session.scalar(query) or 0


async def insert_row(session: AsyncSession, row: ShareRow) -> bool:
    """Share a thing; False (and nothing changed) when it is shared with this grantee already."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def write_level(session: AsyncSession, organization_id: str, share_id: str, level: str) -> None:
    """Share a thing at another level."""
    await session.execute(
        update(ShareRow)
        .where(ShareRow.organization_id == organization_id, ShareRow.id == share_id)
        .values(level=level)
        .execution_options(synchronize_session=False)
    )


async def delete_row(session: AsyncSession, organization_id: str, share_id: str) -> None:
    """Share a thing no longer."""
    await session.execute(
        delete(ShareRow)
        .where(ShareRow.organization_id == organization_id, ShareRow.id == share_id)
        .execution_options(synchronize_session=False)
    )
