"""Gateway keys shared with a person, a role and the organization: who then sees and changes them."""

import pytest


def problem_of(answer):
    return answer.status_code, answer.json()["code"]


async def key_of(browser, name="deploys", **values):
    answer = await browser.send("POST", "api-keys", {"name": name, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()["api_key"]["id"]


async def keys_seen(browser):
    items = (await browser.send("GET", "api-keys")).json()["items"]
    return {key["id"]: (key["shared"], key["shared_by_name"]) for key in items}


async def id_of(browser):
    return (await browser.send("GET", "session")).json()["user"]["id"]


async def test_key_shared_with_a_person_is_seen_then_changed_then_neither(here):
    ada = await here.person("ada@example.org", "developer", name="Ada")
    bob = await here.person("bob@example.org", "developer", name="Bob")
    eve = await here.person("eve@example.org", "developer", name="Eve")
    key, bob_id = await key_of(ada), await id_of(bob)
    whom = {"grantee_kind": "person", "grantee_id": bob_id}
    assert problem_of(await bob.send("POST", f"api-keys/{key}/shares", {**whom, "level": "see"})) == (
        404,
        "api_keys.not_found",
    )
    share = (await ada.send("POST", f"api-keys/{key}/shares", {**whom, "level": "see"})).json()
    assert (share["grantee_name"], share["level"], share["created_by_name"]) == ("Bob", "see", "Ada")
    assert await keys_seen(bob) == {key: ("see", "Ada")}
    assert await keys_seen(ada) == {key: (None, "")}
    assert await keys_seen(eve) == {}
    assert problem_of(await bob.send("POST", f"api-keys/{key}/rotate", {})) == (404, "api_keys.not_found")
    told = (await bob.send("GET", f"access/explain?permission=api_keys:read&resource_id={key}")).json()
    assert (told["allowed"], told["reason"], told["shared_by"]) == (True, "shared", "Ada")
    assert told["sentence"] == "Allowed: Ada shared this."
    by_address = {"grantee_kind": "person", "grantee_id": "bob@example.org", "level": "change"}
    again = (await ada.send("POST", f"api-keys/{key}/shares", by_address)).json()
    assert (again["id"], again["level"]) == (share["id"], "change")
    assert (await bob.send("POST", f"api-keys/{key}/rotate", {})).status_code == 200
    # What one got from others one does not pass on.
    passed = await bob.send("POST", f"api-keys/{key}/shares", {**whom, "level": "see"})
    assert problem_of(passed) == (404, "api_keys.not_found")
    assert len((await ada.send("GET", f"api-keys/{key}/shares")).json()["items"]) == 1
    assert (await ada.send("DELETE", f"api-keys/{key}/shares/{share['id']}")).status_code == 204
    assert await keys_seen(bob) == {}
    assert problem_of(await bob.send("DELETE", f"api-keys/{key}")) == (404, "api_keys.not_found")
    gone = await ada.send("DELETE", f"api-keys/{key}/shares/{share['id']}")
    assert problem_of(gone) == (404, "sharing.not_found")


async def test_key_shared_with_a_role_and_the_organization_reaches_who_may_have_keys(here):
    ada = await here.person("ada@example.org", "developer", name="Ada")
    admin = await here.signed_in()
    role = await admin.send("POST", "roles", {"name": "Deployers", "base": "developer"})
    dora = await here.person("dora@example.org", role.json()["id"], name="Dora")
    bob = await here.person("bob@example.org", "developer", name="Bob")
    guest = await here.person("guest@example.org", "guest", name="Guest")
    one, two, three = [await key_of(ada, name) for name in ("one", "two", "three")]
    for key, body in (
        (one, {"grantee_kind": "role", "grantee_id": role.json()["id"], "level": "change"}),
        (two, {"grantee_kind": "role", "grantee_id": "developer", "level": "see"}),
        (three, {"grantee_kind": "organization", "level": "see"}),
    ):
        assert (await ada.send("POST", f"api-keys/{key}/shares", body)).status_code == 201
    assert set(await keys_seen(dora)) == {one, two, three}
    assert set(await keys_seen(bob)) == {two, three}
    # A share widens whose things, not which actions: a guest has no keys at all.
    assert (await guest.send("GET", "api-keys")).status_code == 403
    assert (await dora.send("DELETE", f"api-keys/{one}")).status_code == 204
    assert problem_of(await dora.send("DELETE", f"api-keys/{two}")) == (404, "api_keys.not_found")


async def test_policy_that_forbids_wins_over_a_share(here):
    admin = await here.signed_in()
    ada = await here.person("ada@example.org", "developer", name="Ada")
    bob = await here.person("bob@example.org", "developer", name="Bob")
    key = await key_of(ada, project="Gemini")
    assert (
        await ada.send("POST", f"api-keys/{key}/shares", {"grantee_kind": "organization", "level": "change"})
    ).status_code == 201
    text = f"""forbid (principal == Person::"{await id_of(bob)}", action, resource)
when {{ resource has project && resource.project == "Gemini" }};"""
    assert (await admin.send("POST", "policies", {"name": "Not Bob", "text": text})).status_code == 201
    assert await keys_seen(bob) == {}
    assert problem_of(await bob.send("DELETE", f"api-keys/{key}")) == (403, "access.permission_missing")


@pytest.mark.parametrize(
    "body",
    [
        {"grantee_kind": "person", "grantee_id": "usr_nobody", "level": "see"},
        {"grantee_kind": "role", "grantee_id": "emperor", "level": "see"},
        {"grantee_kind": "organization", "grantee_id": "org_other", "level": "see"},
    ],
)
async def test_key_is_shared_with_nobody_who_is_not_there(here, body):
    admin = await here.signed_in()
    key = await key_of(admin)
    assert problem_of(await admin.send("POST", f"api-keys/{key}/shares", body)) == (422, "sharing.invalid")
    own = {"grantee_kind": "person", "grantee_id": await id_of(admin), "level": "see"}
    assert problem_of(await admin.send("POST", f"api-keys/{key}/shares", own)) == (422, "sharing.invalid")
    assert (await admin.send("GET", f"api-keys/{key}/shares")).json()["items"] == []
