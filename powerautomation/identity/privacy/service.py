"""What people may ask about themselves."""

from collections.abc import AsyncIterator

import msgspec

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.privacy.erasing import own_accounts
from powerautomation.identity.privacy.repository import rows_of, tables_of_people
from powerautomation.identity.users import get_user
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now

# Rows of one table: what is more is the oldest, and said to be left out.
MOST_ROWS = 50_000
PAGE_ROWS = 200
# What is the person's in them is sealed.
_EVENTS = "audit_events"


async def begin_export(database: Database, actor: SignedInUser, user_id: str) -> None:
    """Write down that a person's data are taken out. Raises UserNotFound for nobody of the organization."""
    async with database.unit_of_work() as session:
        person = await get_user(session, actor.principal.organization_id, user_id)
        audit.record(session, actor.principal, "personal_data.export", audit.Target("user", person.id, person.name))


async def export_person(database: Database, actor: SignedInUser, user_id: str) -> AsyncIterator[bytes]:
    """Return a person's data as lines of JSON: first what this is, then a line for each row, table by table.

    What belongs to an account with which the person signs in elsewhere, too, only the person gets, who proved it.
    """
    organization_id = actor.principal.organization_id
    accounts: list[str] | None = None
    if not (actor.key is None and actor.principal.id == user_id and actor.proved_here):
        async with database.read() as session:
            accounts = await own_accounts(session, organization_id, user_id, confined=True)
    yield _line({"person": user_id, "exported_at": now().isoformat(), "tables": tables_of_people()})
    for name in tables_of_people():
        told, place = 0, None
        while True:
            # Some at a time: neither a transaction nor the event loop waits for whoever reads the file.
            async with database.read() as session:
                rows, place = await rows_of(session, organization_id, user_id, name, place, PAGE_ROWS, accounts)
                if name == _EVENTS:
                    parts = await audit.own_parts(session, organization_id, user_id, [row["sequence"] for row in rows])
                    rows = [{**row, **parts.get(row["sequence"], {})} for row in rows]
            kept = rows[: MOST_ROWS - told]
            told += len(kept)
            yield b"".join(_line({"table": name, "row": row}) for row in kept)
            if len(kept) < len(rows):
                yield _line({"table": name, "left_out": f"all but the newest {MOST_ROWS}"})
            if len(kept) < PAGE_ROWS:
                break


def _line(said: dict[str, object]) -> bytes:
    return msgspec.json.encode(said) + b"\n"
