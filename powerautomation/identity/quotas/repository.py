"""All SQL about quotas: what was set, what is there, and the lock under which it is counted."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.quotas.entities import Resource
from powerautomation.identity.quotas.tables import OrganizationQuotaRow as Row
from powerautomation.infrastructure.database import declared_metadata
from powerautomation.kernel.clock import now

# Until the transaction ends; whoever comes next sees what was committed under it.
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def hold(session: AsyncSession, organization_id: str) -> None:
    """Let one unit of work after the other count what an organization has. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_HOLD, {"name": f"quotas {organization_id}"})


async def list_amounts(session: AsyncSession, organization_id: str) -> dict[str, int]:
    """Return the quotas that were set for an organization, by resource."""
    rows = await session.execute(select(Row.resource, Row.amount).where(Row.organization_id == organization_id))
    return {row.resource: row.amount for row in rows}


async def list_amounts_of(session: AsyncSession, resource: str) -> dict[str, int]:
    """Return the quotas that were set for one resource, by organization: of the whole installation."""
    rows = await session.execute(select(Row.organization_id, Row.amount).where(Row.resource == resource))
    return {row.organization_id: row.amount for row in rows}


async def put_amount(session: AsyncSession, organization_id: str, resource: str, amount: int) -> None:
    """Set a quota."""
    await session.merge(Row(organization_id=organization_id, resource=resource, amount=amount, updated_at=now()))


async def remove_amounts(session: AsyncSession, organization_id: str, resources: Iterable[str]) -> None:
    """Forget quotas that were set."""
    await session.execute(delete(Row).where(Row.organization_id == organization_id, Row.resource.in_(list(resources))))


async def measure(session: AsyncSession, organization_id: str, resource: Resource) -> int:
    """Return how much of a resource an organization has: rows or bytes."""
    table = declared_metadata().tables[resource.table]
    columns = table.columns
    amount: ColumnElement[Any] = func.count()
    if resource.size:
        size = columns[resource.size]
        amount = func.sum(func.length(size) if resource.sized_by_length else size)
    live: list[ColumnElement[bool]] = [columns[name].is_(None) for name in resource.ended]
    if resource.expires:
        live.append(or_(columns[resource.expires].is_(None), columns[resource.expires] > now()))
    counted = (
        select(amount)
        .select_from(table)
        .where(
            columns["organization_id"] == organization_id,
            *live,
            *(columns[name] == value for name, value in resource.only.items()),
        )
    )
    return int(await session.scalar(counted) or 0)
