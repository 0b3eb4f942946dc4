"""All SQL about providers the console added. Every query is filtered by organization, but for the snapshot's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.providers.tables import ProviderDeploymentRow, ProviderRow


async def list_all_rows(session: AsyncSession) -> list[tuple[ProviderRow, list[ProviderDeploymentRow]]]:
    """Return every live provider of every organization with its deployments, oldest first: for the data plane only."""
    providers = (
        await session.scalars(select(ProviderRow).where(ProviderRow.deleted_at.is_(None)).order_by(ProviderRow.id))
    ).all()
    deployments = (
        await session.scalars(
            select(ProviderDeploymentRow).order_by(ProviderDeploymentRow.position, ProviderDeploymentRow.id)
        )
    ).all()
    return _joined(providers, deployments)


async def list_rows(
    session: AsyncSession, organization_id: str
) -> list[tuple[ProviderRow, list[ProviderDeploymentRow]]]:
    """Return the organization's live providers with their deployments, oldest first."""
    providers = (
        await session.scalars(
            select(ProviderRow)
            .where(ProviderRow.organization_id == organization_id, ProviderRow.deleted_at.is_(None))
            .order_by(ProviderRow.id)
        )
    ).all()
    deployments = (
        await session.scalars(
            select(ProviderDeploymentRow)
            .where(ProviderDeploymentRow.organization_id == organization_id)
            .order_by(ProviderDeploymentRow.position, ProviderDeploymentRow.id)
        )
    ).all()
    return _joined(providers, deployments)


def _joined(
    providers: Sequence[ProviderRow], deployments: Sequence[ProviderDeploymentRow]
) -> list[tuple[ProviderRow, list[ProviderDeploymentRow]]]:
    of_provider: dict[str, list[ProviderDeploymentRow]] = {provider.id: [] for provider in providers}
    for deployment in deployments:
        if deployment.enabled and deployment.provider_id in of_provider:
            of_provider[deployment.provider_id].append(deployment)
    return [(provider, of_provider[provider.id]) for provider in providers]


async def find_row(
    session: AsyncSession, organization_id: str, provider_id: str, *, deleted: bool = False
) -> tuple[ProviderRow, list[ProviderDeploymentRow]] | None:
    """Return one live provider (or one deleted, when asked for) of the organization, or None."""
    alive = ProviderRow.deleted_at.is_not(None) if deleted else ProviderRow.deleted_at.is_(None)
    row = (
        await session.scalars(
            select(ProviderRow).where(
                ProviderRow.organization_id == organization_id, ProviderRow.id == provider_id, alive
            )
        )
    ).one_or_none()
    if row is None:
        return None
    deployments = await session.scalars(
        select(ProviderDeploymentRow)
        .where(
            ProviderDeploymentRow.organization_id == organization_id,
            ProviderDeploymentRow.provider_id == provider_id,
        )
        .order_by(ProviderDeploymentRow.position, ProviderDeploymentRow.id)
    )
    return row, list(deployments)


async def list_deleted_rows(
    session: AsyncSession, organization_id: str, since: datetime, most: int
) -> list[tuple[ProviderRow, list[ProviderDeploymentRow]]]:
    """Return the organization's providers deleted after ``since`` with their deployments, the latest first."""
    providers = (
        await session.scalars(
            select(ProviderRow)
            .where(ProviderRow.organization_id == organization_id, ProviderRow.deleted_at > since)
            .order_by(ProviderRow.deleted_at.desc(), ProviderRow.id.desc())
            .limit(most)
        )
    ).all()
    deployments = (
        await session.scalars(
            select(ProviderDeploymentRow)
            .where(
                ProviderDeploymentRow.organization_id == organization_id,
                ProviderDeploymentRow.provider_id.in_([provider.id for provider in providers]),
            )
            .order_by(ProviderDeploymentRow.position, ProviderDeploymentRow.id)
        )
    ).all()
    return _joined(providers, deployments)


async def purge_deleted_rows(session: AsyncSession, until: datetime, most: int) -> int:
    """Remove at most ``most`` providers of all organizations that were deleted at ``until`` or before, with their keys
    and deployments; return how many."""
    found = await session.execute(
        select(ProviderRow.organization_id, ProviderRow.id).where(ProviderRow.deleted_at <= until).limit(most)
    )
    gone = [tuple(row) for row in found]
    if gone:
        of_them = tuple_(ProviderDeploymentRow.organization_id, ProviderDeploymentRow.provider_id).in_(gone)
        await session.execute(delete(ProviderDeploymentRow).where(of_them))
        await session.execute(delete(ProviderRow).where(tuple_(ProviderRow.organization_id, ProviderRow.id).in_(gone)))
    return len(gone)


async def is_name_taken(session: AsyncSession, organization_id: str, name: str) -> bool:
    """Say whether a live provider of the organization has the name."""
    found = await session.scalars(
        select(ProviderRow.id).where(
            ProviderRow.organization_id == organization_id, ProviderRow.name == name, ProviderRow.deleted_at.is_(None)
        )
    )
    return found.first() is not None


async def replace_deployments(
    session: AsyncSession, organization_id: str, provider_id: str, rows: Sequence[dict[str, Any]], at: datetime
) -> None:
    """Store exactly these deployments of a provider, in this order."""
    await session.execute(
        delete(ProviderDeploymentRow).where(
            ProviderDeploymentRow.organization_id == organization_id,
            ProviderDeploymentRow.provider_id == provider_id,
        )
    )
    session.add_all(
        ProviderDeploymentRow(
            organization_id=organization_id,
            provider_id=provider_id,
            position=position,
            enabled=True,
            created_at=at,
            **row,
        )
        for position, row in enumerate(rows)
    )
