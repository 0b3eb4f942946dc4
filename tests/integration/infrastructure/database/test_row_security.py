"""The second wall between organizations: what a query without a filter sees on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import exc, text

from powerautomation.infrastructure.database import Database
from tests.fixtures import databases

ROW = "INSERT INTO token_ratios (organization_id, deployment, value, samples, updated_ms) VALUES (:who, 'd', 1, 1, 1)"
EVERYBODY = "SELECT organization_id FROM token_ratios ORDER BY organization_id"


@pytest.fixture
def address(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    with databases.postgresql_database(postgresql_server, postgresql_template) as address:
        yield address


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    """A database with a row each of two organizations."""
    database = Database(address)
    async with database.unit_of_work() as session:
        for who in ("org_1", "org_2"):
            await session.execute(text(ROW), {"who": who})
    yield database
    await database.close()


async def seen(database: Database) -> list[str]:
    async with database.read() as session:
        return list((await session.execute(text(EVERYBODY))).scalars())


async def test_a_query_without_a_filter_sees_one_organization(database: Database) -> None:
    assert await seen(database.confined_to("org_1")) == ["org_1"]
    assert await seen(database.confined_to("org_2")) == ["org_2"]
    assert await seen(database.confined_to("org_3")) == []


async def test_work_of_the_installation_sees_all_also_on_a_connection_that_was_confined(database: Database) -> None:
    for _ in range(5):
        await seen(database.confined_to("org_1"))
        assert await seen(database) == ["org_1", "org_2"]


async def test_rows_of_another_organization_are_neither_changed_nor_removed_nor_made(database: Database) -> None:
    confined = database.confined_to("org_1")
    async with confined.unit_of_work() as session:
        await session.execute(text("UPDATE token_ratios SET value = 9"))
        await session.execute(text("DELETE FROM token_ratios WHERE organization_id = 'org_2'"))
    async with database.read() as session:
        rows = (await session.execute(text("SELECT organization_id, value FROM token_ratios ORDER BY 1"))).all()
    assert [tuple(row) for row in rows] == [("org_1", 9.0), ("org_2", 1.0)]
    for stolen in (ROW.replace("'d'", "'e'"), "UPDATE token_ratios SET organization_id = :who"):
        with pytest.raises(exc.ProgrammingError, match="row-level security"):
            async with confined.unit_of_work() as session:
                await session.execute(text(stolen), {"who": "org_2"})


WALLED = """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid
    )
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
"""


async def test_every_table_with_an_organization_is_behind_the_wall(database: Database) -> None:
    async with database.read() as session:
        walled = {name: bool(is_walled) for name, is_walled in await session.execute(text(WALLED))}
        passes = await session.scalar(
            text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        )
    assert len(walled) > 20
    assert [name for name, is_walled in walled.items() if not is_walled] == []
    assert not passes, "the tests must not run as somebody who passes the wall"


ACCOUNTS = """
    INSERT INTO organizations (id, name, created_at, time_zone)
    VALUES ('org_1', '1', now(), 'UTC'), ('org_2', '2', now(), 'UTC');
    INSERT INTO accounts (id, is_shared, created_at)
    VALUES ('acc_1', false, now()), ('acc_2', false, now()), ('acc_both', true, now());
    INSERT INTO users (id, organization_id, account_id, name, role, locale, created_at, kind) VALUES
    ('usr_1', 'org_1', 'acc_1', '', '', '', now(), 'person'), ('usr_2', 'org_2', 'acc_2', '', '', '', now(), 'person'),
    ('usr_b1', 'org_1', 'acc_both', '', '', '', now(), 'person'),
    ('usr_b2', 'org_2', 'acc_both', '', '', '', now(), 'person');
    INSERT INTO totp_factors (account_id, secret, created_at, last_step)
    SELECT id, '', now(), 0 FROM accounts
"""


async def test_what_people_sign_in_with_is_seen_and_changed_for_ones_own_people_alone(database: Database) -> None:
    async with database.unit_of_work() as session:
        for statement in ACCOUNTS.split(";"):
            await session.execute(text(statement))
    confined = database.confined_to("org_1")
    async with confined.unit_of_work() as session:
        for table, key in (("accounts", "id"), ("totp_factors", "account_id")):
            found = await session.scalars(text(f"SELECT {key} FROM {table} ORDER BY 1"))
            assert list(found) == ["acc_1", "acc_both"]
        await session.execute(text("DELETE FROM totp_factors"))
        await session.execute(text("UPDATE accounts SET password_hash = 'stolen'"))
    async with database.read() as session:
        assert list(await session.scalars(text("SELECT account_id FROM totp_factors"))) == ["acc_2"]
        changed = await session.scalars(text("SELECT id FROM accounts WHERE password_hash = 'stolen' ORDER BY 1"))
        assert list(changed) == ["acc_1", "acc_both"]
