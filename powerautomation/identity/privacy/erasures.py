"""Erasing people: begun in one unit of work, gone on with in small ones by whoever is there, finished in one.

What is erased says each table of itself. Killed at any moment it is gone on with by the next who looks; nothing of it
needs to know where it was.
"""

from powerautomation.governance import audit
from powerautomation.identity.privacy import erasing
from powerautomation.identity.privacy.entities import Cause, Erasure
from powerautomation.identity.users import end_undo, hold_account_of, leave_account
from powerautomation.infrastructure.database import AsyncSession, Database
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

BATCH_ROWS = 200
MOST_LISTED = 200
MOST_UNFINISHED = 100
# Told when somebody was erased, so that what no row says whose it is can be let go as a whole.
PERSON_ERASED = "personal_data.erased"


async def begin_erasure(session: AsyncSession, principal: Principal, user_id: str, cause: Cause) -> None:
    """Begin to erase a person of the principal's organization: from now on the person cannot be brought back. Who may,
    and that sessions and keys end, is decided by the caller."""
    owner = principal.organization_id
    if not await erasing.begin(session, owner, user_id, principal.id, cause, now()):
        return
    await end_undo(session, owner, user_id)
    target = audit.Target("erasure", user_id)
    audit.record(session, principal, "personal_data.begin_erasure", target, after={"cause": cause})


async def run_erasure(database: Database, organization_id: str, user_id: str) -> Erasure | None:
    """Go on with an erasure to its end and return it; None when nobody began one."""
    tables = erasing.tables_in_order()
    at_the_end = next(place for place, table in enumerate(tables) if table.name == erasing.USERS)
    for table in tables[:at_the_end]:
        more = True
        while more:
            async with database.unit_of_work() as session:
                held = await erasing.hold(session, organization_id, user_id)
                if held is None or held.finished_at is not None:
                    return held
                accounts = await erasing.own_accounts(session, organization_id, user_id)
                counts, more = await erasing.erase_some(session, table, organization_id, user_id, accounts, BATCH_ROWS)
                if counts:
                    await erasing.note(session, organization_id, user_id, _sum(erasing.counts_of(held), counts))
    async with database.unit_of_work() as session:
        held = await erasing.hold(session, organization_id, user_id)
        if held is None or held.finished_at is not None:
            return held
        await _finish(session, held)
    async with database.read() as session:
        return await erasing.find(session, organization_id, user_id)


async def run_unfinished(database: Database) -> list[Erasure]:
    """Go on with every erasure that is not finished, and return those that are now."""
    async with database.read() as session:
        waiting = await erasing.list_unfinished(session, MOST_UNFINISHED)
    done = [await run_erasure(database, *one) for one in waiting]
    return [one for one in done if one is not None]


async def list_erasures(session: AsyncSession, organization_id: str) -> list[Erasure]:
    """Return an organization's erasures, the newest first: at most 200."""
    return await erasing.list_newest(session, organization_id, MOST_LISTED)


async def find_erasure(session: AsyncSession, organization_id: str, user_id: str) -> Erasure | None:
    """Return the erasure of a person, begun or finished."""
    return await erasing.find(session, organization_id, user_id)


async def _finish(session: AsyncSession, held: Erasure) -> None:
    """The last unit of work: what came meanwhile, the person, the key of the person's parts of the audit log, and the
    receipt, all or nothing."""
    owner, user_id = held.organization_id, held.user_id
    counts = erasing.counts_of(held)
    # Nobody else begins to sign in with the account meanwhile.
    account_id = await hold_account_of(session, owner, user_id)
    accounts = await erasing.own_accounts(session, owner, user_id)
    for table in erasing.tables_in_order():
        more = True
        while more:
            some, more = await erasing.erase_some(session, table, owner, user_id, accounts, BATCH_ROWS)
            counts = _sum(counts, some)
    if account_id is not None:
        await leave_account(session, account_id)
    await audit.shred_person(session, owner, user_id)
    counts |= await erasing.count_kept(session, owner, user_id)
    await erasing.note(session, owner, user_id, counts, finished_at=now())
    record_event(session, owner, PERSON_ERASED, {"user_id": user_id})
    system = Principal("system", "system", owner, "System")
    audit.record(session, system, "personal_data.erase", audit.Target("erasure", user_id), after=counts)


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one | other}
