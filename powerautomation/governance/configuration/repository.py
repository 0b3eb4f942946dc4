"""All SQL about versions, policies and proposals."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession
from sqlalchemy.orm import aliased

from powerautomation.governance.configuration.entities import Filters
from powerautomation.governance.configuration.tables import (
    ConfigurationPolicyRow,
    ConfigurationProposalRow,
    ConfigurationVersionRow,
)


async def find_last(
    session: AsyncSession, organization_id: str, kind: str, object_id: str
) -> ConfigurationVersionRow | None:
    """Return the newest version of an object."""
    return await session.scalar(
        select(ConfigurationVersionRow)
        .where(
            ConfigurationVersionRow.organization_id == organization_id,
            ConfigurationVersionRow.kind == kind,
            ConfigurationVersionRow.object_id == object_id,
        )
        .order_by(ConfigurationVersionRow.number.desc())
        .limit(1)
    )


async def find_version(
    session: AsyncSession, organization_id: str, kind: str, object_id: str, number: int
) -> ConfigurationVersionRow | None:
    """Return one version of an object."""
    return await session.scalar(
        select(ConfigurationVersionRow).where(
            ConfigurationVersionRow.organization_id == organization_id,
            ConfigurationVersionRow.kind == kind,
            ConfigurationVersionRow.object_id == object_id,
            ConfigurationVersionRow.number == number,
        )
    )


async def list_known(session: AsyncSession, organization_id: str) -> set[tuple[str, str]]:
    """Return the kind and id of every object that has a version."""
    query = (
        select(ConfigurationVersionRow.kind, ConfigurationVersionRow.object_id)
        .where(ConfigurationVersionRow.organization_id == organization_id)
        .distinct()
    )
    return {(row.kind, row.object_id) for row in await session.execute(query)}


async def list_versions(
    session: AsyncSession, organization_id: str, filters: Filters, before_id: str | None, most: int
) -> list[tuple[ConfigurationVersionRow, dict[str, Any] | None]]:
    """Return versions, newest first, each with the state before it."""
    row, earlier = ConfigurationVersionRow, aliased(ConfigurationVersionRow)
    query = (
        select(row, earlier.state)
        .outerjoin(
            earlier,
            and_(
                earlier.organization_id == row.organization_id,
                earlier.kind == row.kind,
                earlier.object_id == row.object_id,
                earlier.number == row.number - 1,
            ),
        )
        .where(row.organization_id == organization_id, row.kind.in_(filters.kinds))
        .order_by(row.id.desc())
        .limit(most)
    )
    if filters.object_id is not None:
        query = query.where(row.object_id == filters.object_id)
    if filters.author_id is not None:
        query = query.where(row.author_id == filters.author_id)
    if before_id is not None:
        query = query.where(row.id < before_id)
    return [(found, state) for found, state in (await session.execute(query)).all()]


async def add_version(session: AsyncSession, row: ConfigurationVersionRow, most: int) -> None:
    """Store a version, and forget what of its object is more than ``most``."""
    session.add(row)
    await session.flush()
    if row.number > most:
        await session.execute(
            delete(ConfigurationVersionRow)
            .where(
                ConfigurationVersionRow.organization_id == row.organization_id,
                ConfigurationVersionRow.kind == row.kind,
                ConfigurationVersionRow.object_id == row.object_id,
                ConfigurationVersionRow.number <= row.number - most,
            )
            .execution_options(synchronize_session=False)
        )


async def add_first(session: AsyncSession, row: ConfigurationVersionRow) -> None:
    """Store a first version, unless another process has just done so."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {column.key: getattr(row, column.key) for column in ConfigurationVersionRow.__table__.columns}
    await session.execute(
        insert(ConfigurationVersionRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["organization_id", "kind", "object_id", "number"])
    )


async def find_policy(session: AsyncSession, organization_id: str) -> ConfigurationPolicyRow | None:
    """Return for which kinds an organization wants a second person."""
    query = select(ConfigurationPolicyRow).where(ConfigurationPolicyRow.organization_id == organization_id)
    return await session.scalar(query.execution_options(populate_existing=True))


async def put_policy(
    session: AsyncSession, organization_id: str, kinds: list[str], only_in_production: bool, at: datetime
) -> None:
    """Note for which kinds an organization wants a second person."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"kinds": kinds, "only_in_production": only_in_production, "updated_at": at}
    await session.execute(
        insert(ConfigurationPolicyRow)
        .values(organization_id=organization_id, **values)
        .on_conflict_do_update(index_elements=["organization_id"], set_=values)
    )


def add_proposal(session: AsyncSession, row: ConfigurationProposalRow) -> None:
    """Store a proposal."""
    session.add(row)


async def count_open(session: AsyncSession, organization_id: str, moment: datetime) -> int:
    """Return how many proposals wait."""
    query = select(func.count()).where(
        ConfigurationProposalRow.organization_id == organization_id,
        ConfigurationProposalRow.state == "open",
        ConfigurationProposalRow.expires_at > moment,
    )
    return await session.scalar(query) or 0


async def list_proposals(session: AsyncSession, organization_id: str, most: int) -> list[ConfigurationProposalRow]:
    """Return proposals, newest first."""
    query = (
        select(ConfigurationProposalRow)
        .where(ConfigurationProposalRow.organization_id == organization_id)
        .order_by(ConfigurationProposalRow.id.desc())
        .limit(most)
    )
    return list(await session.scalars(query))


async def hold_proposal(
    session: AsyncSession, organization_id: str, proposal_id: str
) -> ConfigurationProposalRow | None:
    """Return one proposal, and keep others from deciding on it until the unit of work ends."""
    return await session.scalar(
        select(ConfigurationProposalRow)
        .where(ConfigurationProposalRow.organization_id == organization_id, ConfigurationProposalRow.id == proposal_id)
        .with_for_update()
    )


async def forget_decided(session: AsyncSession, organization_id: str, until: datetime) -> None:
    """Forget proposals of long ago that wait no more; what they changed is in the versions."""
    await session.execute(
        delete(ConfigurationProposalRow)
        .where(
            ConfigurationProposalRow.organization_id == organization_id,
            or_(ConfigurationProposalRow.decided_at < until, ConfigurationProposalRow.expires_at < until),
        )
        .execution_options(synchronize_session=False)
    )
