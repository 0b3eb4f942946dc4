"""Custom roles and explanations, over HTTP on both columns."""

import pytest

GUEST = {"name": "Grace", "email": "grace@example.org", "role": "guest"}
CLERK = {
    "name": "Clerk",
    "summary": "Reads the bills.",
    "base": "guest",
    "added": ["usage:read"],
    "removed": ["prices:read"],
}


def problem_of(answer):
    return answer.status_code, answer.json()["code"]


async def made(browser, **values):
    answer = await browser.send("POST", "roles", {**CLERK, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def role_of(browser, role_id):
    items = (await browser.send("GET", "roles")).json()["items"]
    return next((role for role in items if role["id"] == role_id), None)


async def permissions_of(browser):
    return set((await browser.send("GET", "session")).json()["permissions"])


async def test_role_is_made_given_changed_and_holds_for_the_next_request(here):
    admin = await here.signed_in()
    role = await made(admin)
    assert (role["custom"], role["base"], role["locked"], role["assignable"]) == (True, "guest", "", True)
    assert role["permissions"] == ["organizations:read", "usage:read"]
    grace = await here.person("grace@example.org", role["id"])
    assert await permissions_of(grace) == {"organizations:read", "usage:read"}
    (person,) = (await admin.send("GET", f"users?role={role['id']}")).json()["items"]
    assert (person["email"], person["role"], person["role_name"]) == ("grace@example.org", role["id"], "Clerk")
    assert (await role_of(admin, role["id"]))["people"] == 1
    assert (await role_of(grace, role["id"]))["people"] is None
    change = {"name": "Accountant", "added": ["usage:read", "users:read"], "removed": []}
    changed = (await admin.send("PATCH", f"roles/{role['id']}", change)).json()
    assert (changed["name"], changed["summary"], changed["base"]) == ("Accountant", "Reads the bills.", "guest")
    # The session that runs has it with its next request.
    assert (await grace.send("GET", "users")).status_code == 200
    assert await permissions_of(grace) == {"organizations:read", "prices:read", "usage:read", "users:read"}
    bare = (await admin.send("PATCH", f"roles/{role['id']}", {"base": ""})).json()
    assert (bare["base"], bare["permissions"]) == (None, ["usage:read", "users:read"])


async def test_change_of_a_base_reaches_who_inherits_it(here):
    admin = await here.signed_in()
    base = await made(admin)
    heir = await made(admin, name="Heir", base=base["id"], added=["limits:read"], removed=[])
    grace = await here.person("grace@example.org", heir["id"])
    assert "users:read" not in await permissions_of(grace)
    assert (await admin.send("PATCH", f"roles/{base['id']}", {"added": ["users:read"]})).status_code == 200
    assert {"limits:read", "users:read"} <= await permissions_of(grace)
    assert "usage:read" not in await permissions_of(grace)
    refused = await admin.send("PATCH", f"roles/{base['id']}", {"base": heir["id"]})
    assert problem_of(refused) == (422, "roles.invalid")
    assert "base" in refused.json()["fields"]


async def test_role_in_use_is_deleted_only_when_its_people_go_somewhere(here):
    admin = await here.signed_in()
    role = await made(admin)
    path = f"roles/{role['id']}"
    grace = await here.person("grace@example.org", role["id"])
    gone = await admin.send("POST", "users", {**GUEST, "email": "gone@example.org", "role": role["id"]})
    gone_id = gone.json()["user_id"]
    assert (await admin.send("DELETE", f"users/{gone_id}")).status_code == 204
    assert problem_of(await admin.send("DELETE", path)) == (409, "roles.in_use")
    for nowhere in ("emperor", role["id"]):
        assert problem_of(await admin.send("DELETE", f"{path}?move_to={nowhere}")) == (422, "roles.invalid")
    heir = await made(admin, name="Heir", base=role["id"])
    assert problem_of(await admin.send("DELETE", f"{path}?move_to=guest")) == (409, "roles.inherited")
    assert (await admin.send("DELETE", f"roles/{heir['id']}")).status_code == 204
    assert (await admin.send("DELETE", f"{path}?move_to=developer")).status_code == 204
    assert await role_of(admin, role["id"]) is None
    assert "api_keys:own" in await permissions_of(grace)
    back = await admin.send("POST", f"users/{gone_id}/restore")
    assert back.json()["role"] == "developer"
    assert problem_of(await admin.send("DELETE", path)) == (404, "roles.not_found")


async def test_nobody_makes_changes_or_deletes_a_role_with_more_than_they_have(here):
    admin = await here.signed_in()
    server = await made(admin, name="Server", base="guest", added=["settings:read"])
    child = await made(admin, name="Child", base="guest", added=["usage:read"])
    above = await made(admin, name="Above", base=child["id"], added=["settings:read"])
    lesser = await here.person("lesser@example.org", "organization_admin")
    refused = (403, "roles.more_than_yours")
    for body in (
        {"name": "a", "added": ["settings:read"]},
        {"name": "b", "base": "system_admin"},
        {"name": "c", "base": "system_admin", "removed": ["settings:read"]},
        {"name": "d", "base": server["id"], "added": []},
        {"name": "e", "base": above["id"], "removed": ["settings:read"]},
    ):
        assert problem_of(await lesser.send("POST", "roles", body)) == refused, body
    for path, change in (
        (server["id"], {"name": "mine"}),
        (server["id"], {"added": []}),
        # Who inherits from it may do more than who asks, so neither more nor less comes to them this way.
        (child["id"], {"added": []}),
        (child["id"], {"added": ["settings:read"]}),
    ):
        assert problem_of(await lesser.send("PATCH", f"roles/{path}", change)) == refused, change
    assert problem_of(await lesser.send("DELETE", f"roles/{server['id']}")) == refused
    own = await made(lesser, name="Mine")
    await here.person("grace@example.org", own["id"])
    assert problem_of(await lesser.send("DELETE", f"roles/{own['id']}?move_to=system_admin")) == refused
    given = await lesser.send("POST", "users", {**GUEST, "email": "new@example.org", "role": server["id"]})
    assert problem_of(given) == (403, "users.role_above_yours")
    csv = f"email,name,role\ngrace@example.org,Grace,{server['name']}\n"
    (line,) = (await lesser.send("POST", "users/import", {"csv": csv})).json()["items"]
    assert (line["result"], line["code"]) == ("refused", "users.role_above_yours")
    assert [(await role_of(admin, role["id"]))["permissions"] for role in (server, child, above)] == [
        role["permissions"] for role in (server, child, above)
    ]


async def test_nobody_gets_more_by_the_own_role(here):
    admin = await here.signed_in()
    base = await made(admin, name="Base", base="organization_admin", added=[], removed=[])
    own = await made(admin, name="Own", base=base["id"], added=[], removed=["settings:read", "audit:export"])
    deputy = await here.person("deputy@example.org", own["id"])
    for role_id in (base["id"], own["id"]):
        for change in ({"removed": []}, {"added": ["audit:export"]}, {"name": "Boss"}):
            answer = await deputy.send("PATCH", f"roles/{role_id}", change)
            assert problem_of(answer) == (403, "roles.is_yours")
        assert problem_of(await deputy.send("DELETE", f"roles/{role_id}?move_to=guest")) == (403, "roles.is_yours")
    made_by_deputy = await made(deputy, name="Twin", base=own["id"], added=[], removed=[])
    answer = await deputy.send("PATCH", f"roles/{made_by_deputy['id']}", {"added": ["audit:export"]})
    assert problem_of(answer) == (403, "roles.more_than_yours")
    assert "audit:export" not in await permissions_of(deputy)


async def test_moving_people_needs_the_right_to_give_roles(here):
    admin = await here.signed_in()
    maker = await made(admin, name="Role maker", added=["roles:write", "usage:read"], removed=[])
    role = await made(admin)
    await here.person("grace@example.org", role["id"])
    browser = await here.person("maker@example.org", maker["id"])
    refused = await browser.send("DELETE", f"roles/{role['id']}?move_to=guest")
    assert problem_of(refused) == (403, "access.permission_missing")
    assert not any(one["assignable"] for one in (await browser.send("GET", "roles")).json()["items"])
    mine = await made(browser, name="Mine")
    assert (await browser.send("DELETE", f"roles/{mine['id']}")).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "id": "system_admin"},
        {"name": "x", "organization_id": "org_other"},
        {"name": "x", "permissions": ["settings:read"]},
        {"name": "x", "custom": False},
        {"name": "x", "base": "no such role"},
        {"name": "x", "added": ["users:everything"]},
        {"name": "x", "added": ["usage:read"], "removed": ["usage:read"]},
        {"name": "System Administrator"},
        {"name": ""},
        {"name": "x", "added": "usage:read"},
    ],
)
async def test_role_takes_only_what_a_role_has(here, body):
    admin = await here.signed_in()
    before = (await admin.send("GET", "roles")).json()["items"]
    assert (await admin.send("POST", "roles", body)).status_code == 422
    assert (await admin.send("GET", "roles")).json()["items"] == before


async def test_names_are_unique_and_predefined_roles_stay(here):
    admin = await here.signed_in()
    role = await made(admin)
    other = await made(admin, name="Other")
    assert problem_of(await admin.send("POST", "roles", {**CLERK, "name": " cLERK "})) == (409, "roles.name_taken")
    taken = await admin.send("PATCH", f"roles/{other['id']}", {"name": "clerk"})
    assert problem_of(taken) == (409, "roles.name_taken")
    assert (await role_of(admin, role["id"]))["name"] == "Clerk"
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        assert problem_of(await admin.send(method, "roles/guest", body)) == (404, "roles.not_found")
        assert problem_of(await admin.send(method, "roles/rol_none", body)) == (404, "roles.not_found")


async def test_organizations_have_their_own_roles(here):
    admin = await here.signed_in()
    role = await made(admin)
    stranger = await here.other_organization()
    assert await role_of(stranger, role["id"]) is None
    for method, path, body in (
        ("PATCH", f"roles/{role['id']}", {"added": ["settings:read"]}),
        ("DELETE", f"roles/{role['id']}?move_to=guest", None),
    ):
        assert problem_of(await stranger.send(method, path, body)) == (404, "roles.not_found")
    given = await stranger.send("POST", "users", {**GUEST, "role": role["id"]})
    assert problem_of(given) == (422, "users.role_unknown")
    assert (await stranger.send("POST", "roles", {"name": "x", "base": role["id"]})).status_code == 422
    # Even a row that names it gets nothing of it.
    await here.update_user("usr_other", role=role["id"])
    assert await permissions_of(stranger) == set()
    await made(admin, name="again")


async def test_people_are_imported_and_exported_by_the_names_of_roles(here):
    admin = await here.signed_in()
    role = await made(admin, name="会计")
    text = "email,name,role\ngrace@example.org,Grace,会计\nada@example.org,Ada,developer\n"
    report = (await admin.send("POST", "users/import", {"csv": text})).json()["items"]
    assert [line["result"] for line in report] == ["invited", "invited"]
    (person,) = (await admin.send("GET", f"users?role={role['id']}")).json()["items"]
    assert person["email"] == "grace@example.org"
    exported = (await admin.send("GET", "users/export")).text
    assert "grace@example.org,Grace,会计,,invited" in exported
    again = (await admin.send("POST", "users/import", {"csv": exported})).json()["items"]
    assert {line["result"] for line in again if line["email"]} == {"unchanged"}


async def test_access_is_explained_for_oneself_and_by_who_sees_people_for_others(here):
    admin = await here.signed_in()
    role = await made(admin)
    answer = await admin.send("POST", "users", {**GUEST, "role": role["id"]})
    user_id = answer.json()["user_id"]

    async def told(permission):
        return (await admin.send("GET", f"access/explain?permission={permission}&user_id={user_id}")).json()

    why = await told("api_keys:write")
    assert (why["allowed"], why["reason"], why["role"]) == (False, "role_excludes", role["id"])
    assert why["roles_with"] == ["system_admin", "organization_admin", "project_manager"]
    assert why["sentence"] == "Refused: neither the role “Clerk” nor what it inherits includes api_keys:write."
    why = await told("usage:read")
    assert (why["allowed"], why["reason"], why["via"], why["via_name"]) == (True, "role_includes", role["id"], "Clerk")
    assert role["id"] in why["roles_with"]
    why = await told("organizations:read")
    assert (why["reason"], why["via"]) == ("role_inherits", "guest")
    assert why["sentence"] == "Allowed: the role “Clerk” inherits organizations:read from “Guest”."
    assert (await told("prices:read"))["reason"] == "role_removes"
    assert (await told("no:such"))["reason"] == "permission_unknown"
    guest = await here.person("guest@example.org", "guest")
    own = (await guest.send("GET", "access/explain?permission=prices:read")).json()
    assert (own["allowed"], own["reason"]) == (True, "role_includes")
    other = await guest.send("GET", f"access/explain?permission=prices:read&user_id={here.admin.id}")
    assert problem_of(other) == (403, "access.permission_missing")
    await admin.send("POST", f"users/{user_id}/deactivate", {})
    assert (await told("usage:read"))["reason"] == "person_inactive"
    stranger = await here.other_organization()
    refused = await stranger.send("GET", f"access/explain?permission=prices:read&user_id={user_id}")
    assert problem_of(refused) == (404, "users.not_found")


@pytest.mark.parametrize(
    ("path", "body", "missing"),
    [("roles", CLERK, "roles:write"), ("api-keys", {"name": "laptop"}, "api_keys:write")],
)
async def test_refusal_says_the_sentence_of_the_explanation(here, path, body, missing):
    admin = await here.signed_in()
    role = await made(admin, added=["users:read"])
    grace = await here.person("grace@example.org", role["id"])
    refused = await grace.send("POST", path, body)
    assert problem_of(refused) == (403, "access.permission_missing")
    expected = (await grace.send("GET", f"access/explain?permission={missing}")).json()["sentence"]
    assert refused.json()["detail"].startswith(expected)


async def test_roles_say_what_they_may_do_and_whether_one_may_give_them(here):
    admin = await here.signed_in()
    lesser = await here.person("lesser@example.org", "organization_admin")
    guest = await here.person("guest@example.org", "guest")
    given = {}
    for browser in (admin, lesser, guest):
        answer = (await browser.send("GET", "roles")).json()
        given[browser] = [role["id"] for role in answer["items"] if role["assignable"]]
        assert {role["locked"] for role in answer["items"]} == {"predefined"}
    assert len(given[admin]) == 6
    assert given[lesser] == given[admin][1:]
    assert given[guest] == []
    assert {one["area"] for one in answer["permissions"]} == {"gateway", "money", "access", "oversight"}
