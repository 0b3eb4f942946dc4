"""An identity provider adds, changes and takes away people by SCIM, with the key of a service account."""

import pytest

from powerautomation.governance import audit
from tests.integration.identity.scim.providers import BASE, GRACE, browser_of, provider_of

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)


async def test_person_comes_and_goes_with_the_identity_provider(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    answer = await provider.send("POST", "Users", GRACE)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {key: made[key] for key in ("userName", "externalId", "displayName", "active")} == {
        "userName": "grace@example.org", "externalId": "00u1", "displayName": "Grace H", "active": True,
    }  # fmt: skip
    found = (await provider.send("GET", "Users", filter='userName eq "GRACE@example.org"')).json()
    assert (found["totalResults"], found["Resources"][0]["id"]) == (1, made["id"])
    assert (await provider.send("GET", "Users", filter='externalId eq "00u1"')).json()["totalResults"] == 1
    assert (await provider.send("GET", "Users", filter='externalId eq "other"')).json()["Resources"] == []

    browser = await browser_of(here, "grace@example.org")
    off = await provider.patch(made["id"], active="False")
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert (await browser.get("/api/v1/session")).status_code == 401
    assert (await provider.patch(made["id"], active=True)).json()["active"] is True
    browser = await browser_of(here, "grace@example.org")
    assert (await provider.send("DELETE", f"Users/{made['id']}")).status_code == 204
    assert (await browser.get("/api/v1/session")).status_code == 401
    gone = await provider.send("GET", f"Users/{made['id']}")
    assert (gone.status_code, gone.json()["status"]) == (404, "404")
    written = audit.export_chain(here.application.database, admin.principal.organization_id)
    people = [one.event.action async for one in written if one.event.target.id == made["id"]]
    people = [one for one in people if one.startswith("users.")]
    assert people == ["users.create", "users.deactivate", "users.activate", "users.delete"]


@SQLITE_ONLY
async def test_whole_person_is_replaced_and_the_address_stays(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    made = (await provider.send("POST", "Users", GRACE)).json()
    path = f"Users/{made['id']}"
    changed = await provider.send(
        "PUT", path, {**GRACE, "displayName": "Grace Hopper", "roles": [{"value": "operator"}]}
    )
    assert (changed.json()["displayName"], changed.json()["roles"][0]["value"]) == ("Grace Hopper", "operator")
    refused = await provider.send("PUT", path, {**GRACE, "emails": [{"value": "other@example.org"}]})
    assert (refused.status_code, refused.json()["scimType"]) == (400, "mutability")
    assert refused.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


@SQLITE_ONLY
async def test_two_people_never_share_a_name(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    made = (await provider.send("POST", "Users", GRACE)).json()
    twice = await provider.send("POST", "Users", GRACE)
    assert (twice.status_code, twice.json()["scimType"]) == (409, "uniqueness")
    other = {**GRACE, "userName": "ada", "emails": [{"value": "ada@example.org"}]}
    ada = (await provider.send("POST", "Users", other)).json()
    for name in ("GRACE@example.org", "grace@example.org"):
        assert (await provider.patch(ada["id"], userName=name)).status_code == 409
    page = (await provider.send("GET", "Users", startIndex="2", count="1")).json()
    assert (page["totalResults"], page["itemsPerPage"]) == (3, 1)
    assert (await provider.send("GET", f"Users/{made['id']}")).json()["userName"] == "grace@example.org"


@SQLITE_ONLY
async def test_provider_can_do_no_more_than_its_service_account(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    strong = await provider.send("POST", "Users", {**GRACE, "roles": [{"value": "system_admin"}]})
    assert strong.status_code == 403
    assert (await provider.send("DELETE", f"Users/{admin.principal.id}")).status_code == 403
    assert (await provider.patch(admin.principal.id, active=False)).status_code == 403
    stranger = await here.stranger()
    theirs = await provider_of(here, stranger)
    made = (await provider.send("POST", "Users", GRACE)).json()
    for answer in (
        await theirs.send("GET", f"Users/{made['id']}"),
        await theirs.patch(made["id"], active=False),
        await theirs.send("DELETE", f"Users/{made['id']}"),
    ):
        assert answer.status_code == 404
    assert (await theirs.send("GET", "Users", filter='userName eq "grace@example.org"')).json()["totalResults"] == 0


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "Users", {}),
        ("POST", "Users", {"userName": "ada"}),
        ("POST", "Users", {"userName": "ada@example.org", "roles": [{"value": "emperor"}]}),
        ("POST", "Users", {"userName": "no address@"}),
        ("POST", "Users", []),
        ("PATCH", "Users/usr_x", {"Operations": []}),
        ("GET", "Users?filter=title%20eq%20%22a%22", None),
        ("GET", "Users?count=many", None),
    ],
)
async def test_what_is_wrong_is_said_as_scim_does(here, method, path, body):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    answer = await provider.send(method, path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.json()["detail"]


@SQLITE_ONLY
async def test_what_is_understood_is_told(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    assert (await provider.send("GET", "ServiceProviderConfig")).json()["patch"] == {"supported": True}
    assert (await provider.send("GET", "ResourceTypes")).json()["Resources"][0]["endpoint"] == "/Users"
    assert (await here.browser().get(f"{BASE}/Users")).status_code == 401
