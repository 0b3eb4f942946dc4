"""All SQL about policies."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.policies.tables import PolicyRevisionRow, PolicyRow, PolicyVersionRow


async def find_revision(session: AsyncSession, organization_id: str) -> str | None:
    """Return the word for the organization's policies as they are now, None before the first."""
    return await session.scalar(
        select(PolicyRevisionRow.revision).where(PolicyRevisionRow.organization_id == organization_id)
    )


async def write_revision(session: AsyncSession, organization_id: str, revision: str) -> None:
    """Say that the organization's policies are others now; who changes them too waits for this unit of work."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    await session.execute(
        insert(PolicyRevisionRow)
        .values(organization_id=organization_id, revision=revision)
        .on_conflict_do_update(index_elements=["organization_id"], set_={"revision": revision})
    )


async def list_statements(session: AsyncSession, organization_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return id, name and statement of every policy that is switched on."""
    found = await session.execute(
        select(PolicyRow.id, PolicyRow.name, PolicyRow.statement)
        .where(PolicyRow.organization_id == organization_id, PolicyRow.enabled)
        .order_by(PolicyRow.id)
    )
    return [(row.id, row.name, row.statement) for row in found]


async def list_rows(session: AsyncSession, organization_id: str) -> list[PolicyRow]:
    """Return the organization's policies in the order of their making."""
    return list(
        await session.scalars(
            select(PolicyRow)
            .where(PolicyRow.organization_id == organization_id)
            .order_by(PolicyRow.created_at, PolicyRow.id)
            .execution_options(populate_existing=True)
        )
    )


async def find_row(session: AsyncSession, organization_id: str, policy_id: str) -> PolicyRow | None:
    """Return one policy of the organization."""
    return await session.scalar(
        select(PolicyRow)
        .where(PolicyRow.organization_id == organization_id, PolicyRow.id == policy_id)
        .execution_options(populate_existing=True)
    )


async def find_row_by_name(session: AsyncSession, organization_id: str, name_key: str) -> PolicyRow | None:
    """Return one policy of the organization by its name."""
    return await session.scalar(
        select(PolicyRow).where(PolicyRow.organization_id == organization_id, PolicyRow.name_key == name_key)
    )


async def count_rows(session: AsyncSession, organization_id: str) -> int:
    """Return how many policies the organization has, those switched off included."""
    query = select(func.count()).select_from(PolicyRow).where(PolicyRow.organization_id == organization_id)
    return await session.scalar(query) or 0


async def insert_row(session: AsyncSession, row: PolicyRow) -> bool:
    """Create a policy; False (and nothing created) when another one has its name."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def update_row(session: AsyncSession, organization_id: str, policy_id: str, values: dict[str, Any]) -> bool:
    """Change a policy; False (and nothing changed) when another one has its name."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(PolicyRow)
                .where(PolicyRow.organization_id == organization_id, PolicyRow.id == policy_id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return True


def add_version(session: AsyncSession, row: PolicyVersionRow) -> None:
    """Keep a policy as it is from now on."""
    session.add(row)


async def forget_versions(session: AsyncSession, organization_id: str, policy_id: str, *, below: int) -> None:
    """Forget the versions of a policy before one."""
    await session.execute(
        delete(PolicyVersionRow)
        .where(
            PolicyVersionRow.organization_id == organization_id,
            PolicyVersionRow.policy_id == policy_id,
            PolicyVersionRow.version < below,
        )
        .execution_options(synchronize_session=False)
    )


async def list_versions(session: AsyncSession, organization_id: str, policy_id: str) -> list[PolicyVersionRow]:
    """Return a policy as it is and was, newest first."""
    return list(
        await session.scalars(
            select(PolicyVersionRow)
            .where(PolicyVersionRow.organization_id == organization_id, PolicyVersionRow.policy_id == policy_id)
            .order_by(PolicyVersionRow.version.desc())
        )
    )


async def delete_row(session: AsyncSession, organization_id: str, policy_id: str) -> None:
    """Forget a policy with all its versions."""
    for query in (
        delete(PolicyVersionRow).where(
            PolicyVersionRow.organization_id == organization_id, PolicyVersionRow.policy_id == policy_id
        ),
        delete(PolicyRow).where(PolicyRow.organization_id == organization_id, PolicyRow.id == policy_id),
    ):
        await session.execute(query.execution_options(synchronize_session=False))
