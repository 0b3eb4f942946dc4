"""The connection that goes to its thread once for each statement keeps what SQLite promises."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.infrastructure.database import Base, Database
from powerautomation.kernel.clock import now


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.tables["organizations"].create)
    yield database
    await database.close()


def organizations(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "name": one, "created_at": now(), "time_zone": "UTC"} for one in ids]


async def count(database: Database) -> int:
    async with database.read() as session:
        return int(await session.scalar(text("SELECT count(*) FROM organizations")) or 0)


async def test_a_read_goes_to_the_thread_once_for_each_statement_and_once_to_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await count(database) == 0
    ways = 0
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, *arguments: Any, **named: Any) -> Any:
        nonlocal ways
        ways += 1
        return await execute(self, *arguments, **named)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    assert await count(database) == 0
    assert ways == 2


async def test_a_read_sees_one_moment_from_its_first_statement_on(database: Database) -> None:
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM organizations")) == 0
        async with database.unit_of_work() as writing:
            await writing.execute(insert(OrganizationRow), organizations("a", "b"))
        assert await session.scalar(text("SELECT count(*) FROM organizations")) == 0
    assert await count(database) == 2


async def test_what_raises_leaves_nothing_behind_and_the_connection_usable(database: Database) -> None:
    async def fail() -> None:
        async with database.unit_of_work() as session:
            await session.execute(insert(OrganizationRow), organizations("a"))
            await session.execute(insert(OrganizationRow), organizations("b", "a"))

    with pytest.raises(IntegrityError):
        await fail()
    assert await count(database) == 0
    async with database.unit_of_work() as session:
        await session.execute(insert(OrganizationRow), organizations("a"))
    assert await count(database) == 1


async def test_rows_and_counts_of_changes_are_told(database: Database) -> None:
    async with database.unit_of_work() as session:
        made = await session.scalars(
            insert(OrganizationRow).returning(OrganizationRow.id), organizations("a", "b", "c")
        )
        assert sorted(made) == ["a", "b", "c"]
        changed: Any = await session.execute(text("UPDATE organizations SET name = 'x' WHERE id > 'a'"))
        assert changed.rowcount == 2


async def test_a_read_that_asked_nothing_ends_quietly(database: Database) -> None:
    async with database.read():
        pass
    assert await count(database) == 0
