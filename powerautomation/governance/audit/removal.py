"""SQL of removing old events, and of the months' tables on PostgreSQL. The database allows no other removal."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update

from powerautomation.governance.audit.repository import AsyncSession
from powerautomation.governance.audit.rules import month_after, month_of_table, table_of_month
from powerautomation.governance.audit.tables import AuditEventRow, AuditHeadRow

# Events are numbered when they are committed: their moments are in the same order but for seconds.
_DISORDER = timedelta(days=1)
# Of this program only; any number does. https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS
_TABLES_LOCK = 7_205_759_403
_CONFINED_TO = "(SELECT current_setting('powerautomation.organization_id', true))"
_WALL = f"coalesce({_CONFINED_TO}, '') = '' OR organization_id = {_CONFINED_TO}"


async def find_last_before(
    session: AsyncSession, organization_id: str, newest: int, before: datetime
) -> tuple[int, str] | None:
    """Return number and hash of the last event of a beginning of the chain in which all are older than ``before``; None
    when there is none."""
    row = AuditEventRow
    mine = row.organization_id == organization_id
    near = select(func.min(row.sequence)).where(mine, row.occurred_at >= before, row.occurred_at < before + _DISORDER)
    first_kept = await session.scalar(near)
    if first_kept is None:
        later = select(row.sequence).where(mine, row.occurred_at >= before).order_by(row.occurred_at, row.sequence)
        first_kept = await session.scalar(later.limit(1))
    last = newest if first_kept is None else first_kept - 1
    digest = await session.scalar(select(row.hash).where(mine, row.sequence == last))
    return None if digest is None else (last, digest)


async def let_go(session: AsyncSession, organization_id: str, was: int, until: int) -> bool:
    """Allow the database to remove events up to a number; False when that was changed meanwhile."""
    done = await session.scalars(
        update(AuditHeadRow)
        .where(AuditHeadRow.organization_id == organization_id, AuditHeadRow.removed_until == was)
        .values(removed_until=until)
        .returning(AuditHeadRow.removed_until)
        .execution_options(synchronize_session=False)
    )
    return done.one_or_none() is not None


async def remove_some(session: AsyncSession, organization_id: str, until: int, most: int) -> bool:
    """Remove the oldest events up to a number that was let go, about ``most`` of them; say whether there were any."""
    row = AuditEventRow
    mine = row.organization_id == organization_id
    lowest = await session.scalar(select(func.min(row.sequence)).where(mine))
    if lowest is None or lowest > until:
        return False
    last = min(until, lowest + most - 1)
    await session.execute(delete(row).where(mine, row.sequence <= last).execution_options(synchronize_session=False))
    return True


async def make_month(session: AsyncSession, month: datetime) -> bool:
    """Make the table of a month (its first moment) where it is missing; False where there is nothing to do. One whose
    events are in the table of all others stays without."""
    if not _is_divided(session):
        return False
    name, end = table_of_month(month), month_after(month)
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_TABLES_LOCK})"))
    if await _is_there(session, name):
        return False
    stray = text("SELECT 1 FROM audit_events_other WHERE occurred_at >= :since AND occurred_at < :until LIMIT 1")
    if await session.scalar(stray, {"since": month, "until": end}) is not None:
        return False
    await session.execute(
        text(
            f"CREATE TABLE {name} PARTITION OF audit_events "
            f"FOR VALUES FROM ('{month.isoformat()}') TO ('{end.isoformat()}')"
        )
    )
    await session.execute(
        text(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events()"
        )
    )
    # Behind the wall between organizations like the whole, also for who asks for the month itself.
    for statement in ("ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"):
        await session.execute(text(f"ALTER TABLE {name} {statement}"))
    await session.execute(text(f"CREATE POLICY of_organization ON {name} USING ({_WALL}) WITH CHECK ({_WALL})"))
    return True


async def list_months(session: AsyncSession) -> list[datetime]:
    """Return the months that have tables, the oldest first."""
    if not _is_divided(session):
        return []
    names = await session.scalars(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_events'::regclass")
    )
    return sorted(month for name in names if (month := month_of_table(name)) is not None)


async def drop_month(session: AsyncSession, month: datetime) -> bool:
    """Drop the table of a month when every event in it was let go; say whether it was."""
    name = table_of_month(month)
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_TABLES_LOCK})"))
    if not await _is_there(session, name):
        return False
    kept = text(
        f"SELECT 1 FROM {name} AS event LEFT JOIN audit_heads AS head USING (organization_id) "  # noqa: S608 - our name
        "WHERE event.sequence > coalesce(head.removed_until, 0) LIMIT 1"
    )
    if await session.scalar(kept) is not None:
        return False
    # Looked at again when nobody can add to it any more.
    await session.execute(text(f"LOCK TABLE audit_events, {name} IN ACCESS EXCLUSIVE MODE"))
    if await session.scalar(kept) is not None:
        return False
    await session.execute(text(f"DROP TABLE {name}"))
    return True


async def _is_there(session: AsyncSession, name: str) -> bool:
    return await session.scalar(text("SELECT to_regclass(:name)::text"), {"name": name}) is not None


def _is_divided(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "postgresql"
