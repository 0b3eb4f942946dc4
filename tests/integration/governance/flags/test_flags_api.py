"""Flags over HTTP: made, changed, switched, tried, and evaluated by the OpenFeature Remote Evaluation Protocol."""

from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Person, installation

FLAG = {
    "key": "checkout",
    "kind": "string",
    "description": "The new checkout.",
    "variants": {"old": "v1", "new": "v2"},
    "off_variant": "old",
    "environments": {
        "production": {
            "is_on": True,
            "variant": "old",
            "rules": [
                {"when": {"person": ["Ada@example.org"]}, "variant": "new"},
                {"when": {"country": ["nz"]}, "shares": [{"variant": "new", "percent": 100}]},
            ],
        }
    },
}
BUILT_IN = "gateway.answer-cache"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


async def key_of(admin: Person, *scopes: str) -> dict[str, str]:
    made = await admin.ok("POST", "api-keys", {"name": "flags", "scopes": list(scopes)})
    return {"authorization": f"Bearer {made['token']}"}


async def test_flag_is_made_changed_tried_switched_and_deleted(here: Installation) -> None:
    admin = await here.administrator()
    made = await admin.ok("POST", "flags", FLAG)
    assert (made["owner_id"], made["revision"], made["expired"]) == (admin.principal.id, 1, False)
    assert made["owner_name"]
    assert made["environments"]["staging"] == {"is_on": True, "variant": "old", "rules": []}
    assert (await admin.call("POST", "flags", FLAG)).json()["code"] == "flags.key_taken"
    tried = await admin.ok("POST", "flags/checkout/evaluation", {"attributes": {"email": "ada@example.org"}})
    assert (tried["value"], tried["reason"], tried["rule"]) == ("v2", "TARGETING_MATCH", 1)
    me = await admin.ok("POST", "flags/checkout/evaluation", {"person_id": admin.principal.id})
    assert (me["value"], me["reason"]) == ("v1", "DEFAULT")
    changed = await admin.ok(
        "PATCH", "flags/checkout", {"expires_on": "2020-01-01", "description": "Old.", "revision": 1}
    )
    assert (changed["expired"], changed["revision"], changed["description"]) == (True, 2, "Old.")
    stale = await admin.call("PATCH", "flags/checkout", {"description": "x", "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "flags.changed")
    assert (await admin.ok("PATCH", "flags/checkout", {"expires_on": ""}))["expires_on"] is None
    off = await admin.ok("POST", "flags/checkout/switch", {"is_on": False})
    assert [off["environments"][one]["is_on"] for one in ("production", "staging")] == [False, True]
    tried = await admin.ok("POST", "flags/checkout/evaluation", {"attributes": {"email": "ada@example.org"}})
    assert (tried["value"], tried["reason"]) == ("v1", "DISABLED")
    assert (await admin.call("DELETE", "flags/checkout")).status_code == 204
    assert (await admin.call("PATCH", "flags/checkout", {})).json()["code"] == "flags.not_found"
    actions = [one["action"] for one in (await admin.ok("GET", "audit-events"))["items"]]
    assert {"flags.create", "flags.update", "flags.switch_off", "flags.delete"} <= set(actions)


async def test_product_s_own_flags_stay_what_they_are(here: Installation) -> None:
    admin = await here.administrator()
    listed = await admin.ok("GET", "flags")
    assert (listed["environment"], listed["may_share"]) == ("production", True)
    built_in = {one["key"]: one for one in listed["items"] if one["built_in"]}
    assert set(built_in) == {BUILT_IN, "gateway.continued-streams"}
    for method, path, body in (
        ("DELETE", f"flags/{BUILT_IN}", None),
        ("PATCH", f"flags/{BUILT_IN}", {"variants": {"on": True, "off": True}}),
        ("PATCH", f"flags/{BUILT_IN}", {"shared": False}),
    ):
        assert (await admin.call(method, path, body)).json()["code"] == "flags.built_in"
    assert here.application.gateway.flags.is_on("org_of_somebody", BUILT_IN)
    await admin.ok("POST", f"flags/{BUILT_IN}/switch", {"is_on": False})
    assert not here.application.gateway.flags.is_on("org_of_somebody", BUILT_IN), "for every organization, at once"


async def test_other_organizations_have_flags_of_their_own_and_share_none(here: Installation) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    await admin.ok("POST", "flags", FLAG)
    assert (await stranger.ok("GET", "flags"))["items"] == []
    assert (await stranger.call("POST", f"flags/{BUILT_IN}/switch", {"is_on": False})).status_code == 404
    refused = await stranger.call("POST", "flags", {**FLAG, "shared": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "flags.not_shareable")
    theirs = {**FLAG, "variants": {"old": "theirs", "new": "theirs"}}
    await stranger.ok("POST", "flags", theirs)
    headers = await key_of(stranger, "flags:evaluate")
    browser = here.browser()
    answer = await browser.post("/ofrep/v1/evaluate/flags/checkout", json={"context": {}}, headers=headers)
    assert answer.json()["value"] == "theirs"
    shared = {**FLAG, "key": "for-all", "shared": True}
    shared["environments"] = {
        "production": {
            "is_on": True,
            "variant": "old",
            "rules": [{"when": {"organization": ["org_other"]}, "variant": "new"}],
        }
    }
    await admin.ok("POST", "flags", shared)
    context = {"context": {"targetingKey": "x", "organization": "org_default"}}
    answer = await browser.post("/ofrep/v1/evaluate/flags/for-all", json=context, headers=headers)
    assert answer.json()["value"] == "v2", "a program cannot say that its key is another organization's"


async def test_ofrep_answers_as_the_protocol_says(here: Installation) -> None:
    admin = await here.administrator()
    await admin.ok("POST", "flags", FLAG)
    headers = await key_of(admin, "flags:evaluate")
    browser = here.browser()
    path = "/ofrep/v1/evaluate/flags"
    assert (await browser.post(f"{path}/checkout", json={})).status_code == 401
    assert (await browser.post(path, json={}, headers=await key_of(admin, "usage:read"))).status_code == 403
    gone = await browser.post(f"{path}/nowhere", json={"context": {}}, headers=headers)
    assert (gone.status_code, gone.json()["errorCode"], gone.json()["key"]) == (404, "FLAG_NOT_FOUND", "nowhere")
    for wrong in ([], {"context": 1}, {"context": {"targetingKey": 7}}):
        answer = await browser.post(f"{path}/checkout", json=wrong, headers=headers)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "INVALID_CONTEXT")
    lost = await browser.post(f"{path}/checkout", json={"context": {"country": "nz"}}, headers=headers)
    assert (lost.status_code, lost.json()["errorCode"]) == (400, "TARGETING_KEY_MISSING")
    context = {"context": {"targetingKey": "u1", "country": "nz"}}
    found = (await browser.post(f"{path}/checkout", json=context, headers=headers)).json()
    assert (found["value"], found["variant"], found["reason"]) == ("v2", "new", "SPLIT")
    bulk = await browser.post(path, json=context, headers=headers)
    assert {one["key"]: one["reason"] for one in bulk.json()["flags"]}["checkout"] == "SPLIT"
    known = {**headers, "if-none-match": bulk.headers["etag"]}
    again = await browser.post(path, json=context, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    other = {"context": {"targetingKey": "u2", "country": "nz"}}
    assert (await browser.post(path, json=other, headers=known)).status_code == 200
    await admin.ok("POST", "flags/checkout/switch", {"is_on": False})
    changed = await browser.post(path, json=context, headers=known)
    assert changed.status_code == 200
    assert {one["key"]: one["value"] for one in changed.json()["flags"]}["checkout"] == "v1"
