"""All SQL of reconciliations. Every query is filtered by organization."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.reconciliation.entities import Reconciliation
from powerautomation.gateway.reconciliation.tables import ReconciliationRow


async def put(
    session: AsyncSession, organization_id: str, one: Reconciliation, at: datetime, summary: dict[str, Any]
) -> None:
    """Store a comparison in place of the one of the same provider and month."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(ReconciliationRow).values(
        organization_id=organization_id,
        provider=one.provider,
        month=one.month,
        status=one.comparison.status,
        content=msgspec.to_builtins(one),
        summary=summary,
        created_by=one.created_by,
        created_at=at,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "provider", "month"],
            set_={
                name: statement.excluded[name] for name in ("status", "content", "summary", "created_by", "created_at")
            },
        )
    )


async def find(session: AsyncSession, organization_id: str, provider: str, month: str) -> Reconciliation | None:
    """Return the latest comparison of a provider's month, or None."""
    row = ReconciliationRow
    content = await session.scalar(
        select(row.content).where(row.organization_id == organization_id, row.provider == provider, row.month == month)
    )
    return None if content is None else msgspec.convert(content, Reconciliation)


async def list_summaries(session: AsyncSession, organization_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the summaries, newest month first."""
    row = ReconciliationRow
    rows = await session.scalars(
        select(row.summary)
        .where(row.organization_id == organization_id)
        .order_by(row.month.desc(), row.provider)
        .limit(limit)
    )
    return list(rows)
