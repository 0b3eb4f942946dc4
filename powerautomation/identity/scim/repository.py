"""All SQL of SCIM."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.scim.tables import ScimUserRow


async def find_rows(session: AsyncSession, organization_id: str, user_ids: Sequence[str]) -> dict[str, ScimUserRow]:
    """Return what a provider calls each of these people; those without a row are left out."""
    query = select(ScimUserRow).where(ScimUserRow.organization_id == organization_id, ScimUserRow.user_id.in_(user_ids))
    return {row.user_id: row for row in await session.scalars(query)}


async def find_by_name(session: AsyncSession, organization_id: str, user_name: str) -> ScimUserRow | None:
    """Return who has a userName (in lower case)."""
    return await session.scalar(
        select(ScimUserRow).where(ScimUserRow.organization_id == organization_id, ScimUserRow.user_name == user_name)
    )


async def find_by_external_id(session: AsyncSession, organization_id: str, external_id: str) -> Sequence[ScimUserRow]:
    """Return who has a provider's id: ids are the provider's, and nothing keeps it from giving one twice."""
    query = select(ScimUserRow).where(
        ScimUserRow.organization_id == organization_id, ScimUserRow.external_id == external_id
    )
    return (await session.scalars(query.order_by(ScimUserRow.user_id).limit(100))).all()


async def put_row(session: AsyncSession, row: ScimUserRow) -> bool:
    """Create or replace a row; False (and nothing changed) when the userName is somebody else's."""
    try:
        async with session.begin_nested():
            await session.merge(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def forget_user(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Remove what a provider calls a person."""
    await session.execute(
        delete(ScimUserRow).where(ScimUserRow.organization_id == organization_id, ScimUserRow.user_id == user_id)
    )
