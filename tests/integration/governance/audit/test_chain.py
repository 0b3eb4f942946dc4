"""Events are committed with their change, chained, and never changed again."""

import asyncio

import pytest
from sqlalchemy import delete, event, select, text, update
from sqlalchemy.exc import DBAPIError

from powerautomation.governance import audit
from powerautomation.governance.audit.tables import AuditEventRow, AuditHeadRow
from powerautomation.governance.audit_verifier import verify
from powerautomation.infrastructure.database import Database, DatabaseFull
from powerautomation.kernel.principal import Principal

ADA = Principal("user", "usr_1", "org_a", "Ada")
BOB = Principal("user", "usr_2", "org_b", "Bob")


async def write(db: Database, principal: Principal = ADA, number: int = 0) -> None:
    async with db.unit_of_work() as session:
        audit.record(
            session,
            principal,
            "things.update",
            audit.Target("thing", f"thg_{number}", f"Thing №{number} 💡"),
            before={"size": number, "tags": ["a"], "name": "x"},
            after={"size": number + 1, "tags": ["a", "b\0"], "name": "x"},
        )


async def exported(db: Database, organization_id: str = "org_a") -> list[bytes]:
    return [audit.export_line(one) async for one in audit.export_chain(db, organization_id)]


async def test_events_of_an_organization_are_one_chain_that_verifies(db: Database) -> None:
    for number in range(5):
        await write(db, ADA, number)
        await write(db, BOB, number)

    lines = await exported(db)
    report = verify(lines)

    assert report.problem == ""
    assert report.until == {"org_a": 5}
    assert verify(lines + await exported(db, "org_b")).events == 10


async def test_events_written_at_once_stand_one_behind_the_other(db: Database) -> None:
    await asyncio.gather(*(write(db, ADA if number % 3 else BOB, number) for number in range(30)))

    report = verify(await exported(db) + await exported(db, "org_b"))

    assert report.problem == ""
    assert report.until == {"org_a": 20, "org_b": 10}


async def test_event_is_not_there_when_its_change_was_rolled_back(db: Database) -> None:
    async def fail_after_recording() -> None:
        async with db.unit_of_work() as session:
            audit.record(session, ADA, "things.update", audit.Target("thing", "thg_1"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_recording()
    assert await exported(db) == []


async def test_change_is_not_saved_when_its_event_cannot_be_written(db: Database) -> None:
    await write(db)
    engine = db.engine.sync_engine

    def fail(_conn, _cursor, statement, *_more) -> None:
        if "INSERT INTO audit_events" in statement:
            raise DatabaseFull("The disk is full.")

    async def change() -> None:
        async with db.unit_of_work() as session:
            session.add(AuditHeadRow(organization_id="org_change", sequence=0, hash=""))
            audit.record(session, ADA, "things.update", audit.Target("thing", "thg_1"))

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(DatabaseFull):
        await change()
    event.remove(engine, "before_cursor_execute", fail)

    async with db.read() as session:
        assert {one.organization_id for one in await audit.list_heads(session)} == {"org_a"}
    assert len(await exported(db)) == 1


@pytest.mark.parametrize("how", ["update", "delete", "truncate"])
async def test_database_refuses_to_change_or_remove_an_event(db: Database, how: str) -> None:
    await write(db)
    before = await exported(db)
    statement = {
        "update": update(AuditEventRow).values(actor_name="Eve"),
        "delete": delete(AuditEventRow),
        "truncate": text("DELETE FROM audit_events" if db.dialect_name == "sqlite" else "TRUNCATE audit_events"),
    }[how]

    async def tamper() -> None:
        async with db.unit_of_work() as session:
            await session.execute(statement)

    with pytest.raises(DBAPIError, match="never changed or removed"):
        await tamper()
    assert await exported(db) == before


async def test_only_what_differs_is_kept_and_nothing_a_database_cannot_hold(db: Database) -> None:
    await write(db, ADA, 7)
    async with db.read() as session:
        row = await session.scalar(select(AuditEventRow))
    assert row is not None
    assert row.changes == [
        {"field": "size", "before": 7, "after": 8},
        {"field": "tags", "before": ["a"], "after": ["a", "b\ufffd"]},
    ]
