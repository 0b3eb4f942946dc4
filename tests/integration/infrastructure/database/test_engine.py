"""Units of work and reads on both databases."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.infrastructure.database import (
    Database,
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
    database_url_of,
    open_database,
)
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import InvalidInput, Problem

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
POSTGRESQL_ONLY = pytest.mark.parametrize("column", ["postgresql+redis"], indirect=True)


def row(name: str = "e", **values: object) -> OutboxEventRow:
    filled = {"position": 1, "organization_id": "o", "kind": "k", "payload": {}, "created_at": now()} | values
    return OutboxEventRow(id=name, **filled)


async def count(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(OutboxEventRow)) or 0


async def test_what_a_unit_of_work_wrote_is_there_after_its_end_and_for_nobody_before(db: Database) -> None:
    async with db.unit_of_work() as session:
        session.add(row())
        await session.flush()
        assert await count(db) == 0

    assert await count(db) == 1


async def test_a_unit_of_work_that_raises_leaves_nothing_behind(db: Database) -> None:
    async def fail() -> None:
        async with db.unit_of_work() as session:
            session.add(row())
            await session.flush()
            raise KeyError("x")

    with pytest.raises(KeyError):
        await fail()
    assert await count(db) == 0


async def test_a_cancelled_unit_of_work_leaves_nothing_behind_and_lets_others_write(db: Database) -> None:
    written = asyncio.Event()

    async def work() -> None:
        async with db.unit_of_work() as session:
            session.add(row())
            await session.flush()
            written.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await asyncio.wait_for(written.wait(), 10)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    async with asyncio.timeout(10):
        async with db.unit_of_work() as session:
            session.add(row("other"))

    assert await count(db) == 1


async def test_a_cancellation_that_a_library_swallowed_still_undoes_the_work(db: Database) -> None:
    reached = asyncio.Event()

    async def work() -> None:
        async with db.unit_of_work() as session:
            session.add(row())
            await session.flush()
            reached.set()
            # What asyncio.wait_for does on Python 3.11 when the cancellation comes with the result.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await asyncio.wait_for(reached.wait(), 10)
    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working
    assert await count(db) == 0


async def test_a_time_limit_inside_a_unit_of_work_is_not_taken_for_a_cancellation(db: Database) -> None:
    async with db.unit_of_work() as session:
        session.add(row())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()

    assert await count(db) == 1


async def test_many_concurrent_read_modify_writes_all_succeed_and_lose_nothing(db: Database) -> None:
    async with db.unit_of_work() as session:
        session.add(row("counter", payload={"n": 0}))

    async def add_one() -> None:
        async with db.unit_of_work() as session:
            counter = await session.get(OutboxEventRow, "counter", with_for_update=True)
            assert counter is not None
            counter.payload = {"n": counter.payload["n"] + 1}

    await asyncio.gather(*(add_one() for _ in range(50)))

    async with db.read() as session:
        counter = await session.get(OutboxEventRow, "counter")
        assert counter is not None
        assert counter.payload == {"n": 50}


async def test_two_processes_on_one_database_wait_for_each_other(column: Settings) -> None:
    first, second = open_database(column), open_database(column)
    try:

        async def write(db: Database, name: str) -> None:
            async with db.unit_of_work() as session:
                found = await session.scalar(select(func.count()).select_from(OutboxEventRow))
                session.add(row(f"{name}-{found}"))

        await asyncio.gather(
            *(write(db, f"{name}{number}") for number in range(15) for db, name in ((first, "a"), (second, "b")))
        )
        assert await count(first) == 30
    finally:
        await first.close()
        await second.close()


async def test_waiting_for_a_lock_is_bounded_and_says_that_a_retry_helps(column: Settings) -> None:
    url = database_url_of(column)
    holder = Database(url)
    waiter = Database(url, busy_timeout_seconds=0.2, lock_timeout_seconds=0.2)
    try:
        async with holder.unit_of_work() as session:
            session.add(row())
        async with holder.unit_of_work() as session:
            await session.get(OutboxEventRow, "e", with_for_update=True)
            with pytest.raises(DatabaseBusy) as caught:
                async with asyncio.timeout(5), waiter.unit_of_work() as other:
                    await other.get(OutboxEventRow, "e", with_for_update=True)
        assert caught.value.retry_after_seconds == 1
        async with waiter.unit_of_work() as other:
            await other.get(OutboxEventRow, "e", with_for_update=True)
    finally:
        await holder.close()
        await waiter.close()


async def test_waiting_for_the_turn_within_one_process_is_bounded_too(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", busy_timeout_seconds=0.1)
    try:
        async with db.unit_of_work():

            async def second() -> None:
                async with db.unit_of_work():
                    pytest.fail("two units of work at once")

            with pytest.raises(DatabaseBusy):
                await asyncio.create_task(second())
    finally:
        await db.close()


@POSTGRESQL_ONLY  # SQLite has no statement timeout: nobody else's statements run in our file
async def test_a_runaway_statement_is_stopped(column: Settings) -> None:
    db = Database(database_url_of(column), statement_timeout_seconds=0.1)
    try:
        with pytest.raises(DatabaseBusy):
            async with db.read() as session:
                await session.execute(text("SELECT pg_sleep(20)"))
    finally:
        await db.close()


async def test_reading_sees_one_moment(db: Database) -> None:
    async with db.read() as session:
        assert (await session.execute(select(func.count()).select_from(OutboxEventRow))).scalar() == 0
        async with db.unit_of_work() as writer:
            writer.add(row())
        assert (await session.execute(select(func.count()).select_from(OutboxEventRow))).scalar() == 0

    assert await count(db) == 1


async def test_reading_cannot_write(db: Database) -> None:
    async def write() -> None:
        async with db.read() as session:
            session.add(row())
            await session.flush()

    with pytest.raises(RuntimeError, match="read-only session"):
        await write()
    assert await count(db) == 0


async def test_units_of_work_do_not_nest(db: Database) -> None:
    with pytest.raises(RuntimeError, match="already open"):
        async with db.unit_of_work(), db.unit_of_work():
            pass
    async with db.unit_of_work() as session:
        session.add(row())


async def test_values_come_back_as_they_were(db: Database) -> None:
    moment = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)
    payload = {"text": "价格 é 🙂", "big": 2**53, "list": [1, None, {"x": True}], "half": 0.5}
    async with db.unit_of_work() as session:
        session.add(row(payload=payload, created_at=moment))

    async with db.read() as session:
        found = await session.get(OutboxEventRow, "e")
    assert found is not None
    assert found.payload == payload
    assert found.created_at == moment
    assert found.created_at.tzinfo is UTC
    assert found.published_at is None


async def test_a_broken_constraint_and_a_defect_stay_what_they_are(db: Database) -> None:
    async def write(session: AsyncSession) -> None:
        session.add(row())

    async with db.unit_of_work() as session:
        await write(session)
    with pytest.raises(IntegrityError):
        async with db.unit_of_work() as session:
            await write(session)
    with pytest.raises(Exception, match="no_such_table") as caught:
        async with db.unit_of_work() as session:
            await session.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(caught.value, Problem)
    if db.dialect_name == "postgresql":
        assert isinstance(caught.value, ProgrammingError)


async def test_foreign_keys_hold(db: Database) -> None:
    with pytest.raises(IntegrityError):
        async with db.unit_of_work() as session:
            await session.execute(
                text(
                    "INSERT INTO users (id, organization_id, kind, name, role, locale, created_at) "
                    "VALUES ('u', 'nobody', 'person', 'n', 'admin', 'en', CURRENT_TIMESTAMP)"
                )
            )


@POSTGRESQL_ONLY  # SQLite holds NUL; requests that carry it are refused at the door, so that both behave alike
async def test_a_value_the_database_cannot_hold_is_the_callers_problem(db: Database) -> None:
    with pytest.raises(InvalidInput):
        async with db.unit_of_work() as session:
            session.add(row("nul\0"))


@POSTGRESQL_ONLY  # a file is never away; a missing or read-only one is refused at the start
async def test_a_database_that_is_away_is_reported_as_such_and_used_again_when_it_is_back(db: Database) -> None:
    other = Database(db.url)

    async def lose_the_connection() -> None:
        async with db.unit_of_work() as session:
            own = await session.scalar(text("SELECT pg_backend_pid()"))
            async with other.read() as killer:
                await killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            session.add(row("lost"))
            await session.flush()

    async with db.unit_of_work() as session:
        session.add(row())
    try:
        with pytest.raises(DatabaseUnavailable) as caught:
            await lose_the_connection()
        assert caught.value.retry_after_seconds
        assert await count(db) == 1
    finally:
        await other.close()


async def test_a_server_that_does_not_listen_is_a_problem_without_its_password() -> None:
    db = Database("postgresql+psycopg://u:hidden-pw@127.0.0.1:1/x")
    try:
        with pytest.raises(DatabaseUnavailable) as caught:
            async with db.read() as session:
                await session.execute(text("SELECT 1"))
        assert "hidden-pw" not in caught.value.message + caught.value.action
    finally:
        await db.close()


async def test_sqlite_keeps_the_promises_of_durability(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    try:
        async with db.unit_of_work() as session:
            answers = [
                (await session.execute(text(f"PRAGMA {name}"))).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert answers == ["wal", 2, 1, 10000]
    finally:
        await db.close()


@SQLITE_ONLY  # a full disk of a PostgreSQL server cannot be had without filling one
async def test_a_full_disk_is_reported_and_leaves_nothing_half_written(db: Database) -> None:
    async def fill(name: str, size: int) -> None:
        async with db.unit_of_work() as session:
            pages = await session.scalar(text("PRAGMA page_count"))
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
            session.add(row(f"{name}-small"))
            await session.flush()
            session.add(row(f"{name}-large", payload={"x": "y" * size}))

    with pytest.raises(DatabaseFull) as caught:
        await fill("e", 1_000_000)

    assert caught.value.retry_after_seconds
    assert await count(db) == 0


async def test_a_damaged_file_is_a_problem_with_words(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is not a database at all" * 100)
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    try:
        with pytest.raises(DatabaseUnavailable, match="damaged") as caught:
            async with db.read() as session:
                await session.execute(text("SELECT 1"))
        assert caught.value.code == "database.damaged"
    finally:
        await db.close()
