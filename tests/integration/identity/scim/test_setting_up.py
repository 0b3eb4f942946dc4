"""An administrator makes the key of SCIM, and sees what the provider did and what was refused."""

import pytest

from tests.integration.identity.scim.providers import BASE, GRACE, Provider, provider_of

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)


async def test_key_is_made_replaced_and_its_use_is_seen(here):
    admin = await here.administrator()
    before = await admin.ok("GET", "scim/state")
    assert (before["key"], before["last_request_at"], before["problems"]) == (None, None, [])
    assert before["address"].endswith(BASE)
    made = await admin.ok("POST", "scim/key", {})
    provider = Provider(here.browser(), made["token"])
    grace = await provider.send("POST", "Users", GRACE)
    assert grace.status_code == 201, grace.text
    above = await provider.send("PUT", f"Users/{grace.json()['id']}", {"roles": [{"value": "operator"}]})
    assert above.status_code == 403
    assert (await provider.send("GET", "Groups", filter="nonsense")).status_code == 400
    told = await admin.ok("GET", "scim/state")
    assert told["last_request_at"] is not None
    assert [(one["what"], one["status"], one["code"]) for one in told["problems"]] == [
        ("GET Groups", 400, "scim.invalid"),
        ("PUT Users", 403, "users.role_above_yours"),
    ]
    assert "nonsense" not in str(told["problems"])
    # Another secret for the same key: the old one works meanwhile.
    again = await admin.ok("POST", "scim/key", {})
    assert (again["api_key"]["id"], again["token"] != made["token"]) == (made["api_key"]["id"], True)
    for token in (made["token"], again["token"]):
        assert (await Provider(here.browser(), token).send("GET", "Users")).status_code == 200
    # A key that may give more is another key, and the old one ends.
    stronger = await admin.ok("POST", "scim/key", {"gives": "operator"})
    assert (await Provider(here.browser(), again["token"]).send("GET", "Users")).status_code == 401
    raised = await Provider(here.browser(), stronger["token"]).patch(grace.json()["id"], roles=[{"value": "operator"}])
    assert raised.json()["roles"][0]["value"] == "operator", raised.text


@SQLITE_ONLY
async def test_key_that_lacks_a_scope_is_told_and_noted(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin, scopes=["users:read"])
    refused = await provider.send("POST", "Groups", {"displayName": "Research"})
    assert (refused.status_code, refused.json()["code"]) == (403, "access.permission_missing")
    problems = (await admin.ok("GET", "scim/state"))["problems"]
    assert [(one["what"], one["code"]) for one in problems] == [("POST Groups", "access.permission_missing")]


@SQLITE_ONLY
async def test_only_the_newest_refusals_are_kept(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    for _ in range(22):
        assert (await provider.send("POST", "Groups", {})).status_code == 400
    assert len((await admin.ok("GET", "scim/state"))["problems"]) == 20


async def test_refused_request_leaves_nothing_behind(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    ada, bob = await provider.person("ada"), await provider.person("bob")
    # The name would have changed before the user name is found to be taken.
    refused = await provider.send("PUT", f"Users/{ada}", {"displayName": "Changed", "userName": "bob@example.org"})
    assert refused.status_code == 409
    assert (await provider.send("GET", f"Users/{ada}")).json()["displayName"] == "ada"
    missing = {"displayName": "Research", "members": [{"value": bob}, {"value": "usr_nobody"}]}
    assert (await provider.send("POST", "Groups", missing)).status_code == 400
    assert (await provider.send("GET", "Groups")).json()["totalResults"] == 0


@SQLITE_ONLY
async def test_kinds_and_their_attributes_are_described(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    assert (await provider.send("GET", "ServiceProviderConfig")).json()["etag"] == {"supported": True}
    for listed in ("ResourceTypes", "Schemas"):
        told = (await provider.send("GET", listed)).json()["Resources"]
        assert [one["name"] for one in told] == ["User", "Group"]
        for one in told:
            assert (await provider.send("GET", f"{listed}/{one['id']}")).json() == one
        missing = await provider.send("GET", f"{listed}/nothing")
        assert (missing.status_code, missing.json()["status"]) == (404, "404")
    grace = (await provider.send("POST", "Users", GRACE)).json()
    known = (await provider.send("GET", "Schemas/urn:ietf:params:scim:schemas:core:2.0:User")).json()
    names = {one["name"] for one in known["attributes"]}
    assert set(grace) - {"schemas", "id", "externalId", "meta"} == names
