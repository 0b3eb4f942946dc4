"""The audit log over HTTP: filters, pages, exports, and who may see it."""

import csv
import io
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from powerautomation.governance import audit
from powerautomation.governance.audit import service
from powerautomation.governance.audit_verifier import verify
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Json, Person, installation


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    person = await here.administrator()
    for number in range(25):
        async with here.application.database.unit_of_work() as session:
            audit.record(
                session,
                person.principal,
                "things.update" if number % 5 else "things.create",
                audit.Target("thing", f"thg_{number % 4}", f"100% of_thing {number}"),
                after={"number": number, "formula": "=1+1"},
                outcome="refused" if number % 7 == 0 else "done",
                reason="because" if number == 3 else "",
            )
    return person


async def listed(person: Person, query: str = "") -> list[Json]:
    items: list[Json] = (await person.ok("GET", f"audit-events?limit=200&{query}"))["items"]
    return items


async def test_events_are_listed_newest_first_in_pages(admin: Person) -> None:
    everything = await listed(admin)
    assert [one["sequence"] for one in everything] == list(range(len(everything), 0, -1))
    found: list[Json] = []
    cursor = ""
    while True:
        page = await admin.ok("GET", f"audit-events?limit=7{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == everything
    newest = everything[0]
    assert newest["changes"][0] == {"field": "number", "before": None, "after": 24}
    assert newest["actor"]["kind"] == "system"
    assert newest["on_behalf_of"]["id"] == admin.principal.id


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("action=things.create", 5),
        ("target_id=thg_1", 6),
        ("outcome=refused", 4),
        ("action=things.create&outcome=refused", 1),
        ("text=BECAUSE", 1),
        ("text=100%25 of_thing 2", 6),
        ("text=%25", 25),
        ("text=100_", 0),
        ("text=\\", 0),
        ("text=of_thing&target_id=thg_1", 6),
        ("since=2000-01-01T00:00:00Z&until=2001-01-01T00:00:00Z", 0),
        ("actor_id=usr_nobody", 0),
        ("target_type=thing", 25),
    ],
)
async def test_filters_find_what_matches_and_wildcards_are_plain_characters(
    admin: Person, query: str, count: int
) -> None:
    assert len(await listed(admin, query)) == count


async def test_search_in_texts_looks_at_so_many_events_and_goes_on_where_it_stopped(
    admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_EXAMINED", 10)
    pages, found, cursor = 0, 0, ""
    while True:
        page = await admin.ok("GET", f"audit-events?text=because{cursor}")
        pages, found = pages + 1, found + len(page["items"])
        if page["next_cursor"] is None:
            break
        assert page["searched_until"] is not None
        cursor = f"&cursor={page['next_cursor']}"
    assert found == 1
    assert pages >= 3


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=LTEuMg",
        "limit=0",
        "limit=9999",
        "outcome=maybe",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
    ],
)
async def test_bad_question_is_refused(admin: Person, query: str) -> None:
    assert (await admin.call("GET", f"audit-events?{query}")).status_code == 422


async def test_exported_chain_verifies_and_the_export_is_in_it(admin: Person) -> None:
    answer = await admin.call("GET", "audit-events/export")
    lines = answer.content.splitlines(keepends=True)
    assert verify(lines).ok
    assert b'"action":"audit.export"' in lines[-1]
    assert "audit-events.jsonl" in answer.headers["content-disposition"]
    filtered = await admin.call("GET", "audit-events/export?action=things.create")
    assert len(filtered.content.splitlines()) == 5


async def test_table_has_no_formulas(admin: Person) -> None:
    answer = await admin.call("GET", "audit-events/export?format=csv&action=things.create")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 5
    assert rows[0]["action"] == "things.create"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


async def test_only_the_own_organization_with_the_permission_sees_it(here: Installation, admin: Person) -> None:
    bob = await here.stranger()
    assert "thing" not in str(await listed(bob))
    assert b"org_default" not in (await bob.call("GET", "audit-events/export")).content
    anonymous = here.browser()
    assert (await anonymous.get("/api/v1/audit-events")).status_code == 401
    assert (await anonymous.get("/api/v1/audit-events/export")).status_code == 401
    async with here.application.database.unit_of_work() as session:
        await session.execute(update(UserRow).where(UserRow.id == bob.principal.id).values(role="nobody"))
    assert (await bob.call("GET", "audit-events")).status_code == 403
    assert (await bob.call("GET", "audit-events/export")).status_code == 403
