"""What an organization may have: kept to whoever writes, in parallel too, seen by it, and set by whoever runs the
server."""

import asyncio
import contextlib
from typing import Any

import pytest
from sqlalchemy import Table, insert

from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.identity.quotas import OTHERWISE, RESOURCES, NoRoom, QuotaReached, Resource, enforce
from powerautomation.identity.quotas.repository import measure, put_amount
from powerautomation.identity.roles.tables import RoleRow
from powerautomation.infrastructure.database import Database, declared_metadata
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.integration.app.installation import Installation, Person, installation
from tests.integration.identity.tenants.test_whole import BOX, row_for

OWNER = "org_full"
REFUSING = [one for one in RESOURCES if one.refuses]


@pytest.fixture
async def here(column: Settings):
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here) -> Person:
    return await here.administrator()


@pytest.fixture
async def kept(db: Database, column: Settings) -> Database:
    """A database that keeps to quotas, with an organization in it."""
    async with db.unit_of_work() as session:
        session.add(OrganizationRow(id=OWNER, name="Full", created_at=now()))
    enforce(db, column)
    return db


def role(number: int) -> RoleRow:
    return RoleRow(
        id=f"rol_{number}",
        organization_id=OWNER,
        name=f"R{number}",
        name_key=f"r{number}",
        summary="",
        base="guest",
        added=[],
        removed=[],
        created_at=now(),
        updated_at=now(),
    )


async def quota_of(person: Person, resource: str, path: str = "organization/quotas") -> dict[str, Any]:
    return next(one for one in (await person.ok("GET", path))["items"] if one["resource"] == resource)


def above(table: Table) -> set[Table]:
    """Return the tables to which rows of a table refer, over others too."""
    direct = {key.column.table for key in table.foreign_keys} - {table}
    return direct.union(*(above(one) for one in direct))


async def put(admin: Person, **amounts: int | None) -> None:
    await admin.ok("PUT", "organizations/org_default/quotas", {"amounts": amounts})


def test_every_table_of_an_organization_has_an_answer_to_how_it_is_kept_from_growing():
    metadata = declared_metadata()
    answered = {one.table for one in RESOURCES}
    tenants = {table.name for table in metadata.sorted_tables if "organization_id" in table.columns}
    assert answered & set(OTHERWISE) == set()
    assert answered | set(OTHERWISE) == tenants
    for one in RESOURCES:
        used = {*one.ended, *one.only, *filter(None, (one.size, one.expires))}
        assert used <= set(metadata.tables[one.table].columns.keys()), one.name


@pytest.mark.parametrize("resource", REFUSING, ids=lambda one: one.name)
async def test_nothing_more_is_taken_in_whoever_writes_it(kept, resource: Resource):
    rows: dict[str, dict[str, Any]] = {"organizations": {"id": OWNER}}
    table = declared_metadata().tables[resource.table]
    for parent in declared_metadata().sorted_tables:
        if parent in above(table) and parent.name != "organizations":
            rows[parent.name] = row_for(parent, OWNER, rows, BOX)
    rows[table.name] = row_for(table, OWNER, rows, BOX) | dict(resource.only)
    async with kept.unit_of_work() as session:
        await put_amount(session, OWNER, resource.name, 0)
        for name, row in rows.items():
            if name not in ("organizations", table.name):
                await session.execute(insert(declared_metadata().tables[name]).values(**row))
    with pytest.raises((QuotaReached, NoRoom)) as refused:
        async with kept.unit_of_work() as session:
            await session.execute(insert(table).values(**rows[table.name]))
    assert refused.value.action
    async with kept.unit_of_work() as session:
        assert await measure(session, OWNER, resource) == 0
        await put_amount(session, OWNER, resource.name, 1)
    async with kept.unit_of_work() as session:
        await session.execute(insert(table).values(**rows[table.name]))


async def test_units_of_work_of_the_same_moment_do_not_pass_a_quota_together(kept):
    many, most = 6, 2
    async with kept.unit_of_work() as session:
        await put_amount(session, OWNER, "roles", most)
    # All have written before any commits; SQLite lets one write after the other.
    together = asyncio.Barrier(many) if kept.dialect_name == "postgresql" else None

    async def make(number: int) -> None:
        with contextlib.suppress(QuotaReached):
            async with kept.unit_of_work() as session:
                session.add(role(number))
                await session.flush()
                if together is not None:
                    await together.wait()

    await asyncio.gather(*(make(number) for number in range(many)))
    roles = next(one for one in RESOURCES if one.name == "roles")
    async with kept.read() as session:
        assert await measure(session, OWNER, roles) == most


async def test_what_is_there_stays_above_a_lowered_quota_and_may_be_changed(kept):
    async with kept.unit_of_work() as session:
        session.add_all([role(1), role(2)])
    async with kept.unit_of_work() as session:
        await put_amount(session, OWNER, "roles", 1)
    async with kept.unit_of_work() as session:
        (await session.get_one(RoleRow, "rol_1")).summary = "changed"
    with pytest.raises(QuotaReached):
        async with kept.unit_of_work() as session:
            session.add(role(3))


async def test_bringing_something_back_needs_room_too(here: Installation, admin):
    route = {"name": "one", "match": {"model": "one-*"}, "refuse": "no"}
    gone = (await admin.ok("POST", "routes", route))["id"]
    await admin.ok("DELETE", f"routes/{gone}")
    await admin.ok("POST", "routes", route | {"name": "two"})
    user = (await admin.ok("POST", "users", {"name": "G", "email": "g@example.org", "role": "guest"}))["user_id"]
    await admin.ok("DELETE", f"users/{user}")
    await put(admin, routes=1, people=1)
    for path in (f"routes/{gone}/restore", f"users/{user}/restore"):
        answer = await admin.call("POST", path)
        assert (answer.status_code, answer.json()["code"]) == (409, "quotas.reached"), path
    await put(admin, routes=None, people=2)
    await admin.ok("POST", f"routes/{gone}/restore")
    await admin.ok("POST", f"users/{user}/restore")


async def test_quota_is_set_seen_and_given_back(here: Installation, admin):
    before = await quota_of(admin, "people")
    assert (before["amount"], before["used"], before["is_own"], before["measure"]) == (10_000, 1, False, "rows")
    await put(admin, people=1)
    after = await quota_of(admin, "people", "organizations/org_default/quotas")
    assert (after["amount"], after["percent"], after["is_own"], after["is_near"]) == (1, 100, True, True)
    answer = await admin.call("POST", "users", {"name": "G", "email": "g@example.org", "role": "guest"})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "quotas.reached")
    assert "quota of people is 1" in told["detail"]
    assert told["action"]
    await put(admin, people=None)
    assert await quota_of(admin, "people") == before
    done = [one for one in (await admin.ok("GET", "audit-events"))["items"] if one["action"].endswith("set_quotas")]
    assert [[(part["before"], part["after"]) for part in one["changes"]] for one in done] == [[(1, None)], [(None, 1)]]


@pytest.mark.parametrize("amounts", [{"people": 10_001}, {"unicorns": 1}, {"people": -1}])
async def test_quota_of_nothing_or_beyond_the_most_is_refused(admin, amounts):
    answer = await admin.call("PUT", "organizations/org_default/quotas", {"amounts": amounts})
    assert answer.status_code == 422


async def test_organization_sees_its_own_quotas_and_sets_none(here: Installation, admin):
    stranger = await here.stranger()
    await put(admin, people=7)
    assert (await quota_of(stranger, "people"))["amount"] == 10_000
    for method in ("GET", "PUT"):
        path = "organizations/org_other/quotas"
        assert (await stranger.call(method, path, {"amounts": {}})).status_code == 403
    await admin.ok("PUT", "organizations/org_other/quotas", {"amounts": {"units": 0}})
    answer = await stranger.call("POST", "units", {"name": "North", "kind": "team"})
    assert answer.json()["code"] == "quotas.reached"
    assert (await stranger.ok("GET", "audit-events"))["items"][0]["action"] == "organizations.set_quotas"
