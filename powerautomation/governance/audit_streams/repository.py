"""All SQL of the streams."""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.governance.audit_streams.entities import Condition
from powerautomation.governance.audit_streams.tables import AuditStreamPlaceRow, AuditStreamRow
from powerautomation.kernel.clock import from_ms

_LONG_AGO = from_ms(0)


async def hold_stream(session: AsyncSession, name: str, holder: str, moment: datetime, until: datetime) -> bool:
    """Let a server send on a stream until a moment; False when another one holds it."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    await session.execute(
        insert(AuditStreamRow)
        .values(name=name, holder="", held_until=_LONG_AGO, failures=0, error="", tried_at=None, delivered_at=None)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    taken = await session.scalars(
        update(AuditStreamRow)
        .where(AuditStreamRow.name == name, or_(AuditStreamRow.holder == holder, AuditStreamRow.held_until < moment))
        .values(holder=holder, held_until=until)
        .returning(AuditStreamRow.name)
        .execution_options(synchronize_session=False)
    )
    return taken.one_or_none() is not None


async def release_streams(session: AsyncSession, holder: str) -> None:
    """Let other servers send on what this one held."""
    await session.execute(
        update(AuditStreamRow)
        .where(AuditStreamRow.holder == holder)
        .values(holder="", held_until=_LONG_AGO)
        .execution_options(synchronize_session=False)
    )


async def note_delivered(
    session: AsyncSession, name: str, organization_id: str, before: int, sequence: int, complaint: str, moment: datetime
) -> None:
    """Move a stream on in one organization, from ``before``; it never goes back, whoever else moved it meanwhile."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    await session.execute(
        insert(AuditStreamPlaceRow)
        .values(stream=name, organization_id=organization_id, sequence=sequence)
        .on_conflict_do_update(
            index_elements=["stream", "organization_id"],
            set_={"sequence": sequence},
            where=AuditStreamPlaceRow.sequence == before,
        )
    )
    await session.execute(
        update(AuditStreamRow)
        .where(AuditStreamRow.name == name)
        .values(failures=0, error=complaint, tried_at=moment, delivered_at=moment)
        .execution_options(synchronize_session=False)
    )


async def note_failed(session: AsyncSession, name: str, error: str, moment: datetime) -> None:
    """Write down that events did not arrive."""
    await session.execute(
        update(AuditStreamRow)
        .where(AuditStreamRow.name == name)
        .values(failures=AuditStreamRow.failures + 1, error=error, tried_at=moment)
        .execution_options(synchronize_session=False)
    )


async def list_places(session: AsyncSession, name: str) -> dict[str, int]:
    """Return how far a stream has come, by organization."""
    rows = await session.execute(
        select(AuditStreamPlaceRow.organization_id, AuditStreamPlaceRow.sequence).where(
            AuditStreamPlaceRow.stream == name
        )
    )
    return {row.organization_id: row.sequence for row in rows}


async def find_condition(session: AsyncSession, name: str) -> Condition:
    """Return how a stream is."""
    row = await session.get(AuditStreamRow, name)
    if row is None:
        return Condition(0, "", None, None)
    return Condition(row.failures, row.error, row.tried_at, row.delivered_at)
