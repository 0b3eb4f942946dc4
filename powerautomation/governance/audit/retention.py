"""Letting old events go: a whole beginning of a chain, with an event that says so and proves where the rest begins."""

from dataclasses import dataclass
from datetime import datetime

from powerautomation.governance.audit import removal, repository
from powerautomation.governance.audit.entities import Head, Target
from powerautomation.governance.audit.heads import Signer
from powerautomation.governance.audit.rules import moment_text, month_after, month_of
from powerautomation.governance.audit.service import record
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

BATCH = 2000
# The present month and two more have their tables.
MONTHS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Removal:
    """What was let go of one organization's chain: ``count`` events up to ``until``. ``statement`` is the signed
    head of the last of them, a line for the file of heads."""

    organization_id: str
    until: int
    statement: bytes
    count: int


async def make_months(database: Database, moment: datetime | None = None) -> None:
    """Make the tables of the present month (or that of ``moment``) and those after it, on PostgreSQL."""
    if database.dialect_name != "postgresql":
        return
    async with database.read() as session:
        known = await removal.list_months(session)
    month = month_of(moment or now())
    for _ in range(MONTHS_AHEAD + 1):
        if month not in known:
            async with database.unit_of_work() as session:
                await removal.make_month(session, month)
        month = month_after(month)


async def let_go_before(database: Database, signer: Signer, before: datetime) -> list[Removal]:
    """Say of every chain that its events older than ``before`` are removed: with an event of the chain that holds a
    signed head of the last of them, and lets the database remove them. Nothing is removed yet."""
    async with database.read() as session:
        heads = await repository.list_heads(session)
    removals = []
    for head in heads:
        async with database.read() as session:
            last = await removal.find_last_before(session, head.organization_id, head.sequence, before)
        if last is not None and last[0] > head.removed_until:
            statement = signer.line(Head(head.organization_id, *last))
            if await _let_go(database, head, last[0], statement, before):
                removals.append(Removal(head.organization_id, last[0], statement, last[0] - head.removed_until))
    return removals


async def _let_go(database: Database, head: Head, until: int, statement: bytes, before: datetime) -> bool:
    principal = Principal("system", "system", head.organization_id, "System")
    async with database.unit_of_work() as session:
        held = await repository.hold_head(session, head.organization_id)
        if not await removal.let_go(session, held.organization_id, head.removed_until, until):
            # Another server was here.
            return False
        after = {
            "removed_until": until,
            "removed_before": moment_text(before),
            "checkpoint": statement.decode().rstrip("\n"),
        }
        told = {"removed_until": head.removed_until} if head.removed_until else None
        record(session, principal, "audit.remove", Target("audit", ""), before=told, after=after)
    return True


async def remove_let_go(database: Database) -> None:
    """Remove what was let go: whole months' tables where there are such, else some thousand events at a time. Gone on
    with where it was interrupted."""
    async with database.read() as session:
        months = await removal.list_months(session)
    for month in months:
        async with database.unit_of_work() as session:
            if not await removal.drop_month(session, month):
                break
    async with database.read() as session:
        heads = await repository.list_heads(session)
    for head in heads:
        more = True
        while more:
            async with database.unit_of_work() as session:
                more = await removal.remove_some(session, head.organization_id, head.removed_until, BATCH)


async def forget_chain(database: Database, organization_id: str) -> None:
    """Remove every event of an organization that is no more; the end of its chain stays. Whoever calls has kept the
    chain elsewhere. Gone on with where it was interrupted."""
    async with database.unit_of_work() as session:
        heads = {head.organization_id: head for head in await repository.list_heads(session)}
        head = heads.get(organization_id)
        if head is not None and head.removed_until < head.sequence:
            held = await repository.hold_head(session, organization_id)
            await removal.let_go(session, organization_id, head.removed_until, held.sequence)
    more = head is not None
    while more and head is not None:
        async with database.unit_of_work() as session:
            more = await removal.remove_some(session, organization_id, head.sequence, BATCH)
