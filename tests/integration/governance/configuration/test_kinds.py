"""Units, e-mail domains, shares, prices and balance thresholds: each has versions, a way back and a second person."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from powerautomation.gateway.metering.price_import import organization_prices
from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Person, installation, settings_with
from tests.integration.governance.configuration.test_proposals import code_of, colleague, newest, want_second
from tests.integration.governance.configuration.test_versions import go_back, history

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
SECRET = "sk-very-secret-1234567890"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    with Simulator() as sim:
        declared = {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-of-the-file-1234"}
        async with installation(settings_with(column, providers={"filed": declared})) as running:
            yield running


async def units(admin: Person) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in (await admin.ok("GET", "units"))["items"]}


async def test_units_go_back_in_place_from_the_top(here: Installation) -> None:
    admin = await here.administrator()
    top = (await admin.ok("POST", "units", {"name": "North", "kind": "company"}))["id"]
    below = (await admin.ok("POST", "units", {"name": "Sales", "kind": "team", "parent_id": top}))["id"]
    await admin.ok("PATCH", f"units/{below}", {"name": "Buying", "settings": {"time_zone": "Asia/Taipei"}})
    newest_one, _first = await history(admin, "unit", below)
    assert [one["path"] for one in newest_one["differences"]] == ["name", "settings.time_zone"]
    await admin.ok("DELETE", f"units/{top}")
    assert [(await history(admin, "unit", one))[0]["exists"] for one in (top, below)] == [False, False]
    early = await admin.call("POST", f"configuration/versions/unit/{below}/1/restore", {})
    assert code_of(early) == (404, "units.not_found")
    assert await go_back(admin, "unit", top, 1) == top
    assert await go_back(admin, "unit", below, 1) == below
    found = await units(admin)
    assert (found[below]["name"], found[below]["parent_id"], found[below]["settings"]) == ("Sales", top, {})


@SQLITE_ONLY
async def test_unit_waits_for_a_second_person(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    await want_second(admin, "unit")
    asked = await grace.post("/api/v1/units", json={"name": "North", "kind": "company"})
    assert code_of(asked) == (409, "configuration.proposed")
    await admin.ok("POST", f"configuration/proposals/{(await newest(admin))['id']}/approve", {})
    ((unit, made),) = (await units(admin)).items()
    assert made["name"] == "North"
    person = await grace.put(f"/api/v1/units/{unit}/people/{admin.principal.id}", json={"manages": True})
    assert person.status_code == 204, "who belongs where is no setting"


@SQLITE_ONLY
async def test_email_domain_comes_back_unproven(here: Installation) -> None:
    admin = await here.administrator()
    made = await admin.ok("POST", "email-domains", {"domain": "example.org"})
    assert made["line"] not in str(await admin.ok("GET", f"configuration/versions/email_domain/{made['id']}/1"))
    await admin.ok("DELETE", f"email-domains/{made['id']}")
    again = await go_back(admin, "email_domain", made["id"], 1)
    (domain,) = (await admin.ok("GET", "email-domains"))["items"]
    assert (domain["id"], domain["domain"], domain["proven_at"]) == (again, "example.org", None)
    assert domain["line"] != made["line"], "what proved it once proves nothing now"


@SQLITE_ONLY
async def test_shares_of_a_key_go_back_and_its_own_changes_do_not_wait(here: Installation) -> None:
    admin = await here.administrator()
    key = (await admin.ok("POST", "api-keys", {"name": "shared"}))["api_key"]["id"]
    path = f"api-keys/{key}/shares"
    share = await admin.ok("POST", path, {"grantee_kind": "organization", "level": "see"})
    await admin.ok("POST", path, {"grantee_kind": "role", "grantee_id": "developer", "level": "change"})
    await admin.ok("DELETE", f"{path}/{share['id']}")
    assert await go_back(admin, "share", key, 1) == key
    shares = (await admin.ok("GET", path))["items"]
    assert [(one["grantee_kind"], one["level"]) for one in shares] == [("organization", "see")]
    grace = await colleague(here, admin)
    await want_second(admin, "share")
    assert (await grace.post(f"/api/v1/api-keys/{key}/rotate", json={})).status_code == 200
    wider = await grace.post(f"/api/v1/{path}", json={"grantee_kind": "organization", "level": "change"})
    assert code_of(wider) == (409, "configuration.proposed")
    await admin.ok("POST", f"configuration/proposals/{(await newest(admin))['id']}/approve", {})
    assert [one["level"] for one in (await admin.ok("GET", path))["items"]] == ["change"]


async def test_prices_go_back_as_a_whole(here: Installation) -> None:
    admin = await here.administrator()

    async def bring(lines: str) -> None:
        file = {"content": f"vendor,model,input,output\n{lines}", "file_name": "p.csv", "dry_run": False}
        await admin.ok("POST", "prices/import", file)

    await bring("acme,m1,1,2\n")
    await bring("acme,m1,1.5,2\nacme,m2,3,4\n")
    changed, _first = await history(admin, "prices", "prices")
    assert ("acme/m1 USD.price.input", "1", "1.5") in [
        (one["path"], one["before"], one["after"]) for one in changed["differences"]
    ]
    await go_back(admin, "prices", "prices", 1)
    async with here.application.database.read() as session:
        table = await organization_prices(session, admin.principal.organization_id)
    mine = {(model, str(price.input)) for vendor, model, price in table.listed() if vendor == "acme"}
    assert mine == {("m1", "1")}
    event = (await admin.ok("GET", "audit-events?action=prices.put_back"))["items"][0]
    assert event["reason"] == "Version 1 was restored."


@SQLITE_ONLY
async def test_prices_wait_for_a_second_person(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    await want_second(admin, "prices")
    file = {"content": "vendor,model,input,output\nacme,m1,1,2\n", "file_name": "p.csv", "dry_run": False}
    assert code_of(await grace.post("/api/v1/prices/import", json=file)) == (409, "configuration.proposed")
    await admin.ok("POST", f"configuration/proposals/{(await newest(admin))['id']}/approve", {})
    assert [one["approved_by"] for one in await history(admin, "prices", "prices")] == [admin.principal.name]


@SQLITE_ONLY
async def test_balance_threshold_goes_back(here: Installation) -> None:
    admin = await here.administrator()
    await admin.ok("POST", "providers", {"name": "moon", "preset": "moonshot", "api_key": SECRET})
    for nanos in (5_000_000_000, 7_000_000_000):
        await admin.ok("PUT", "balances/moon/threshold", {"nanos": nanos})
    await go_back(admin, "balance_threshold", "moon", 1)
    (found,) = [one for one in (await admin.ok("GET", "balances"))["items"] if one["provider"] == "moon"]
    assert (found["threshold"]["nanos"], found["threshold"]["source"]) == (5_000_000_000, "console")
    versions = await history(admin, "balance_threshold", "moon")
    assert [(one["number"], one["restored_from"]) for one in versions] == [(3, 1), (2, None), (1, None)]
