"""All SQL about the own rules of organizations."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.approvals.risk.tables import ApprovalRulesRow


async def find_row(session: AsyncSession, organization_id: str) -> ApprovalRulesRow | None:
    """Return the rules of an organization."""
    query = select(ApprovalRulesRow).where(ApprovalRulesRow.organization_id == organization_id)
    return await session.scalar(query.execution_options(populate_existing=True))


async def put_row(
    session: AsyncSession, organization_id: str, known: int, document: dict[str, Any], changed_by: str, at: datetime
) -> bool:
    """Store rules in place of those with the known revision, 0 for none. Returns whether they were still those."""
    values = {"revision": known + 1, "document": document, "changed_by": changed_by, "changed_at": at}
    if known == 0:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        added = (
            insert(ApprovalRulesRow)
            .values(organization_id=organization_id, **values)
            .on_conflict_do_nothing()
            .returning(ApprovalRulesRow.revision)
        )
        return await session.scalar(added) is not None
    changed = (
        update(ApprovalRulesRow)
        .where(ApprovalRulesRow.organization_id == organization_id, ApprovalRulesRow.revision == known)
        .values(**values)
        .returning(ApprovalRulesRow.revision)
    )
    return await session.scalar(changed) is not None
