"""The tree of companies, departments and teams: places, names, people, and settings inherited downward."""

from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Person, installation


@pytest.fixture
async def here(column: Settings):
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here) -> Person:
    return await here.administrator()


SCOPED = {"name": "reads prices", "scopes": ["prices:read"]}


async def made(admin: Person, name: str, parent: str = "", kind: str = "team", **settings: str) -> str:
    body = {"name": name, "kind": kind, "parent_id": parent, "settings": settings}
    return str((await admin.ok("POST", "units", body))["id"])


async def tree(admin: Person) -> dict[str, Any]:
    return {one["name"]: one for one in (await admin.ok("GET", "units"))["items"]}


async def refused(admin: Person, method: str, path: str, body: Any = None) -> str:
    answer = await admin.call(method, path, body)
    assert answer.status_code in (404, 409, 422), answer.text
    return str(answer.json()["code"])


async def test_settings_come_from_the_nearest_unit_above_that_sets_them(admin):
    company = await made(admin, "Group", kind="company", time_zone="Asia/Shanghai", locale="zh-CN")
    sales = await made(admin, "Sales", company, "department", locale="en", default_role="developer")
    await made(admin, "North", sales)
    found = (await tree(admin))["North"]
    assert found["settings"] == {}
    assert found["effective"] == {
        "time_zone": {"value": "Asia/Shanghai", "from_id": company},
        "locale": {"value": "en", "from_id": sales},
        "default_role": {"value": "developer", "from_id": sales},
    }
    await admin.ok("PATCH", f"units/{sales}", {"settings": {"locale": ""}})
    assert (await tree(admin))["North"]["effective"]["locale"] == {"value": "zh-CN", "from_id": company}


async def test_unit_moves_with_what_is_below_it_and_never_below_itself(admin):
    one, two = await made(admin, "One"), await made(admin, "Two")
    child = await made(admin, "Child", one)
    await admin.ok("PATCH", f"units/{one}", {"parent_id": two})
    found = await tree(admin)
    assert (found["One"]["parent_id"], found["Child"]["parent_id"]) == (two, one)
    for below in (one, child):
        assert await refused(admin, "PATCH", f"units/{two}", {"parent_id": below}) == "units.circle"
    await admin.ok("PATCH", f"units/{one}", {"parent_id": ""})
    assert (await tree(admin))["One"]["parent_id"] == ""


async def test_tree_has_eight_levels_also_after_a_move(admin):
    above = ""
    for level in range(8):
        above = await made(admin, f"L{level}", above)
    assert await refused(admin, "POST", "units", {"name": "L8", "kind": "team", "parent_id": above}) == "units.too_deep"
    high = await made(admin, "High")
    await made(admin, "Below", high)
    found = await tree(admin)
    assert await refused(admin, "PATCH", f"units/{high}", {"parent_id": found["L6"]["id"]}) == "units.too_deep"
    await admin.ok("PATCH", f"units/{high}", {"parent_id": found["L5"]["id"]})


async def test_names_are_single_among_neighbours_however_written(admin):
    one = await made(admin, "Sales")
    assert await refused(admin, "POST", "units", {"name": " SALES ", "kind": "team"}) == "units.name_taken"
    await made(admin, "Sales", one)
    other = await made(admin, "Other")
    assert await refused(admin, "PATCH", f"units/{other}", {"name": "sales"}) == "units.name_taken"
    await admin.ok("DELETE", f"units/{one}")
    await made(admin, "Sales")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "kind": "team"},
        {"name": "a/b", "kind": "team"},
        {"name": "x", "kind": "team", "settings": {"time_zone": "Nowhere/No"}},
        {"name": "x", "kind": "team", "settings": {"default_role": "emperor"}},
        {"name": "x", "kind": "team", "settings": {"budget": "1"}},
    ],
)
async def test_what_no_unit_can_be_is_refused(admin, body):
    assert await refused(admin, "POST", "units", body) == "units.invalid"


async def test_people_belong_to_several_units_and_one_of_them_is_primary(admin):
    one, two = await made(admin, "One"), await made(admin, "Two")
    me = admin.principal.id
    await admin.ok("PUT", f"units/{one}/people/{me}", {})
    await admin.ok("PUT", f"units/{two}/people/{me}", {"is_primary": True, "manages": True})
    first, second = [(await admin.ok("GET", f"units/{unit}/people"))["items"][0] for unit in (one, two)]
    assert (first["is_primary"], first["manages"]) == (False, False)
    assert (second["is_primary"], second["manages"]) == (True, True)
    assert (await tree(admin))["Two"]["people"] == 1
    await admin.ok("DELETE", f"units/{two}/people/{me}")
    assert await refused(admin, "DELETE", f"units/{two}/people/{me}") == "units.not_found"


async def test_archived_unit_takes_what_is_below_it_and_nobody_belongs_there(admin):
    one = await made(admin, "One")
    child = await made(admin, "Child", one)
    await made(admin, "Stays")
    await admin.ok("PUT", f"units/{child}/people/{admin.principal.id}", {})
    await admin.ok("DELETE", f"units/{one}")
    assert set(await tree(admin)) == {"Stays"}
    assert await refused(admin, "GET", f"units/{child}/people") == "units.not_found"


async def test_another_organization_sees_and_changes_no_unit(here, admin):
    one = await made(admin, "One")
    stranger = await here.stranger()
    assert (await stranger.ok("GET", "units"))["items"] == []
    assert (
        await refused(stranger, "POST", "units", {"name": "x", "kind": "team", "parent_id": one}) == "units.not_found"
    )
    assert await refused(stranger, "PUT", f"units/{one}/people/{stranger.principal.id}", {}) == "units.not_found"


async def test_nobody_of_another_organization_is_put_into_a_unit(here, admin):
    unit = await made(admin, "North")
    stranger = await here.stranger()
    assert await refused(admin, "PUT", f"units/{unit}/people/{stranger.principal.id}", {}) == "users.not_found"
    theirs = await made(stranger, "South")
    assert await refused(stranger, "PUT", f"units/{theirs}/people/{admin.principal.id}", {}) == "users.not_found"
    assert await refused(stranger, "PUT", f"units/{unit}/people/{stranger.principal.id}", {}) == "units.not_found"
    for person, one in ((admin, unit), (stranger, theirs)):
        assert (await person.ok("GET", f"units/{one}/people"))["items"] == []


async def test_file_names_units_by_path_and_gives_them_back(admin):
    group = await made(admin, "Group", kind="company", default_role="operator", locale="zh-TW")
    north = await made(admin, "North", group)
    lines = ("ada@example.org,Ada,,group/NORTH", "bo@example.org,Bo,guest,", "cy@example.org,Cy,,Nowhere")
    text = "\n".join(("email,name,role,unit", *lines))
    for trial in (True, False):
        report = await admin.ok("POST", "users/import", {"csv": text, "dry_run": trial})
        assert [one["result"] for one in report["items"]] == ["invited", "invited", "refused"]
        assert report["items"][2]["code"] == "units.not_found"
    people = {one["name"]: one for one in (await admin.ok("GET", "users"))["items"]}
    assert (people["Ada"]["role"], people["Bo"]["role"]) == ("operator", "guest")
    members = (await admin.ok("GET", f"units/{north}/people"))["items"]
    assert [(one["name"], one["is_primary"]) for one in members] == [("Ada", True)]
    written = (await admin.call("GET", "users/export")).text
    assert "ada@example.org,Ada,operator,Group/North," in written
    assert "bo@example.org,Bo,guest,," in written
    moved = text.replace("guest,", "guest,Group").replace("Ada,,group/NORTH", "Ada,operator,Group")
    results = [one["result"] for one in (await admin.ok("POST", "users/import", {"csv": moved}))["items"]]
    assert results[:2] == ["changed", "changed"]
    # What was given out puts everybody back where they were.
    again = (await admin.ok("POST", "users/import", {"csv": (await admin.call("GET", "users/export")).text}))["items"]
    assert {one["result"] for one in again if one["email"]} == {"unchanged"}


async def test_new_person_gets_what_the_unit_gives(admin):
    unit = await made(admin, "North", default_role="operator", locale="zh-TW")
    link = await admin.ok("POST", "users", {"name": "Ada", "email": "ada@example.org", "unit_id": unit})
    assert (await admin.ok("GET", f"users/{link['user_id']}"))["role"] == "operator"
    answer = await admin.call("POST", "users", {"name": "Bo", "email": "bo@example.org"})
    assert answer.json()["code"] == "users.role_unknown"


async def test_key_shared_with_a_unit_is_seen_by_who_belongs_to_it_or_below_it(here, admin):
    group = await made(admin, "Group")
    north = await made(admin, "North", group)
    token = (await admin.ok("POST", "users", {"name": "Bo", "email": "bo@example.org", "role": "developer"}))["token"]
    bo = here.browser()
    accepted = {"token": token, "new_password": "an old lighthouse keeper"}
    answer = await bo.post("/api/v1/session/invitation/accept", json=accepted)
    bo.headers["x-csrf-token"] = answer.json()["csrf_token"]
    bo_id = answer.json()["user"]["id"]
    key = (await admin.ok("POST", "api-keys", {"name": "deploys"}))["api_key"]["id"]
    shared = {"grantee_kind": "unit", "grantee_id": group, "level": "see"}
    assert (await admin.ok("POST", f"api-keys/{key}/shares", shared))["grantee_name"] == "Group"

    async def seen() -> list[str]:
        return [one["id"] for one in (await bo.get("/api/v1/api-keys")).json()["items"]]

    assert await seen() == []
    await admin.ok("PUT", f"units/{north}/people/{bo_id}", {})
    assert await seen() == [key]
    await admin.ok("DELETE", f"units/{north}/people/{bo_id}")
    assert await seen() == []
    unknown = {"grantee_kind": "unit", "grantee_id": "unt_none", "level": "see"}
    assert await refused(admin, "POST", f"api-keys/{key}/shares", unknown) == "sharing.invalid"


async def test_policy_on_a_unit_holds_for_who_belongs_to_it_or_below_it_now(here, admin):
    group = await made(admin, "Group")
    north = await made(admin, "North", group)
    text = f'forbid (principal in Unit::"{group}", action == Action::"prices:read", resource);'
    await admin.ok("POST", "policies", {"name": "no prices", "text": text})
    program = {"authorization": f"Bearer {(await admin.ok('POST', 'api-keys', SCOPED))['token']}"}

    async def answers() -> tuple[int, int, bool]:
        own = (await admin.call("GET", "prices")).status_code
        told = await admin.ok("GET", "access/explain?permission=prices:read")
        return own, (await here.browser().get("/api/v1/prices", headers=program)).status_code, told["allowed"]

    assert await answers() == (200, 200, True)
    await admin.ok("PUT", f"units/{north}/people/{admin.principal.id}", {})
    assert await answers() == (403, 403, False)
    await admin.ok("DELETE", f"units/{north}/people/{admin.principal.id}")
    assert await answers() == (200, 200, True)
    unknown = text.replace(group, "unt_none")
    assert await refused(admin, "POST", "policies", {"name": "slip", "text": unknown}) == "policies.invalid"
