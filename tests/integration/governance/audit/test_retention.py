"""Old events go by whole beginnings of a chain, and what is left can still be verified."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from powerautomation.governance import audit
from powerautomation.governance.audit import jobs, removal, retention, service
from powerautomation.governance.audit.tables import AuditEventRow, AuditHeadRow
from powerautomation.governance.audit_verifier import verify
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.principal import Principal

ADA = Principal("user", "usr_1", "org_a", "Ada")
BOB = Principal("user", "usr_2", "org_b", "Bob")
SIGNER = audit.Signer(b"k" * 32)
KEYS = [base64.b64decode(SIGNER.public_key)]
MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))


class Clock:
    """What time it is, in the audit log."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.at = MARCH
        for module in (service, jobs):
            patch.setattr(module, "now", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def write(db: Database, principal: Principal, count: int = 1) -> None:
    for _ in range(count):
        async with db.unit_of_work() as session:
            audit.record(session, principal, "things.update", audit.Target("thing", "thg_1"))


async def lines(db: Database, organization_id: str = "org_a") -> list[bytes]:
    return [audit.export_line(one) async for one in audit.export_chain(db, organization_id)]


async def count(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(AuditEventRow)) or 0


async def three_months(db: Database, clock: Clock) -> None:
    await retention.make_months(db, MARCH)
    for month in (MARCH, APRIL, MAY):
        clock.at = month + timedelta(days=3)
        await write(db, ADA, 3)
        await write(db, BOB)


async def test_old_events_are_removed_and_the_rest_verifies_and_says_so(
    db: Database, clock: Clock, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.jsonl"
    await three_months(db, clock)
    keeper = audit.HeadKeeper(db, SIGNER, heads, every_seconds=3600)
    await keeper.write_now()
    before = await lines(db)
    caretaker = audit.RetentionKeeper(db, SIGNER, heads, kept_days=30)

    clock.at = MAY + timedelta(days=10)
    await caretaker.work()
    await caretaker.work()

    after = await lines(db)
    assert after[:-1] == before[3:]
    assert await count(db) == len(after) + len(await lines(db, "org_b"))
    event = json.loads(after[-1])["event"]
    told = {one["field"]: one["after"] for one in event["changes"]}
    assert (event["action"], told["removed_until"], event["actor"]["kind"]) == ("audit.remove", 3, "system")
    assert told["removed_before"] == "2026-04-01T00:00:00.000Z"
    await keeper.write_now()
    signed = heads.read_bytes().splitlines(keepends=True)
    others = await lines(db, "org_b")
    report = verify([*after, *others], signed, KEYS)
    assert (report.problem, report.removed, report.attested["org_a"]) == ("", {"org_a": 3, "org_b": 1}, 10)
    assert verify(after, None, KEYS).removed == {"org_a": 3}
    # The log as it was taken out before goes with the same heads.
    assert verify([*before, after[-1], *others], signed, KEYS).ok
    assert verify([*after[1:], *others], signed, KEYS).sequence == 1

    clock.at = MAY + timedelta(days=70)
    await caretaker.work()
    # Everything that stood there was too old; what says so begins the log.
    newest = await lines(db)
    assert [json.loads(line)["event"]["sequence"] for line in newest] == [11]
    assert verify(newest, None, KEYS).removed == {"org_a": 10}
    await write(db, ADA)
    assert verify(await lines(db), None, KEYS).ok


async def test_removal_that_was_interrupted_is_not_seen_and_goes_on(
    db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three_months(db, clock)
    removals = await retention.let_go_before(db, SIGNER, APRIL)
    assert [(one.organization_id, one.until) for one in removals] == [("org_a", 3), ("org_b", 1)]
    assert await retention.let_go_before(db, SIGNER, APRIL) == []
    assert await count(db) == 14

    assert [json.loads(line)["event"]["sequence"] for line in await lines(db)] == [4, 5, 6, 7, 8, 9, 10]
    monkeypatch.setattr(retention, "BATCH", 1)
    await retention.remove_let_go(db)

    assert await count(db) == 10
    assert verify(await lines(db), None, KEYS).ok


async def test_nothing_is_removed_when_that_cannot_be_written_down(
    db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await three_months(db, clock)

    async def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("powerautomation.governance.audit.repository.append", full)
    with pytest.raises(OSError):
        await audit.RetentionKeeper(db, SIGNER, tmp_path / "heads", kept_days=30).work()
    await retention.remove_let_go(db)

    assert await count(db) == 12
    assert len(await lines(db)) == 9


async def test_zero_days_keep_all(db: Database, clock: Clock, tmp_path: Path) -> None:
    await three_months(db, clock)
    clock.at = MAY + timedelta(days=10_000)

    await audit.RetentionKeeper(db, SIGNER, tmp_path / "heads", kept_days=0).work()

    assert await count(db) == 12


async def test_the_database_removes_nothing_that_was_not_let_go_and_takes_no_number_twice(
    db: Database, clock: Clock
) -> None:
    await three_months(db, clock)
    await retention.let_go_before(db, SIGNER, APRIL)

    async def tamper(how: str) -> None:
        async with db.unit_of_work() as session:
            if how == "again":
                row = (await session.execute(select(AuditEventRow.__table__).limit(1))).mappings().one()
                values = {**row, "occurred_at": row["occurred_at"] + timedelta(days=40), "id": "aud_again"}
                await session.execute(insert(AuditEventRow).values(values))
            else:
                await session.execute(delete(AuditEventRow).where(AuditEventRow.sequence == 4))

    for how, why in (("delete", "never changed or removed"), ("again", "exists|UNIQUE")):
        with pytest.raises(DBAPIError, match=why):
            await tamper(how)
    assert await count(db) == 14


async def test_each_month_has_a_table_that_is_dropped_whole(db: Database, clock: Clock) -> None:
    if db.dialect_name == "sqlite":
        await retention.make_months(db, MARCH)
        async with db.read() as session:
            assert await removal.list_months(session) == []
        return
    await three_months(db, clock)
    await retention.make_months(db, MARCH)

    async def months() -> list[datetime]:
        async with db.read() as session:
            return await removal.list_months(session)

    assert (await months())[-3:] == [MARCH, APRIL, MAY]
    async with db.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM audit_events_2026_04")) == 4
    with pytest.raises(DBAPIError, match="never changed or removed"):
        async with db.unit_of_work() as session:
            await session.execute(text("TRUNCATE audit_events_2026_04"))
    # An event of a month that has no table is kept, and so is one of a month that would get one too late.
    clock.at = MAY + timedelta(days=100)
    await write(db, ADA)
    await retention.make_months(db, MAY + timedelta(days=92))
    assert (await months())[-1] > MAY
    await retention.let_go_before(db, SIGNER, APRIL)
    await retention.remove_let_go(db)
    assert MARCH not in await months()
    assert APRIL in await months()
    # One event that stays keeps its whole month.
    async with db.unit_of_work() as session:
        await session.execute(
            AuditHeadRow.__table__.update().where(AuditHeadRow.organization_id == "org_a").values(removed_until=6)
        )
    await retention.remove_let_go(db)
    assert APRIL in await months()
    assert json.loads((await lines(db))[0])["event"]["sequence"] == 7


def test_the_fewest_days_are_half_a_year() -> None:
    assert Settings.model_validate({"audit": {"kept_days": 0}}).audit.kept_days == 0
    with pytest.raises(ValueError, match="180"):
        Settings.model_validate({"audit": {"kept_days": 30}})
