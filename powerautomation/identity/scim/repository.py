"""All SQL of SCIM."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.scim.tables import ScimStateRow, ScimUserRow


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


async def read_state(session: AsyncSession, organization_id: str, *, hold: bool = False) -> ScimStateRow | None:
    """Return how an organization's provider fares; with ``hold`` locked until the unit of work ends."""
    query = select(ScimStateRow).where(ScimStateRow.organization_id == organization_id)
    query = query.execution_options(populate_existing=True)
    return await session.scalar(query.with_for_update() if hold else query)


async def hold_state(session: AsyncSession, organization_id: str) -> ScimStateRow:
    """Return how an organization's provider fares, locked, and made if it is not there yet."""
    known = await read_state(session, organization_id, hold=True)
    if known is None:
        row = ScimStateRow(organization_id=organization_id, account_id="", key_id="", last_request_at=None, problems=[])
        try:
            async with session.begin_nested():
                session.add(row)
                await session.flush()
        except IntegrityError:
            pass
        known = await read_state(session, organization_id, hold=True)
    assert known is not None
    return known
