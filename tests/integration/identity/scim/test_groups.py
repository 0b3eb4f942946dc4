"""Groups of an identity provider: as Entra ID and Okta send them, and what they lead to."""

from typing import Any

import pytest

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import ROLES
from powerautomation.identity.single_sign_on.tables import SEALED_SECRET, SignInProviderRow
from powerautomation.kernel.clock import now
from tests.integration.app.installation import Installation, Person
from tests.integration.identity.scim.providers import Provider, browser_of, provider_of

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)


async def rules_of(here: Installation, admin: Person, *rules: tuple[str, str], default_role: str = "guest") -> None:
    """A sign-in provider whose rules lead from groups to roles."""
    box: SecretBox = here.application.secret_box
    owner = admin.principal.organization_id
    async with here.application.database.unit_of_work() as session:
        session.add(
            SignInProviderRow(
                id="sip_groups",
                organization_id=owner,
                kind="oidc",
                name="Entra ID",
                enabled=True,
                options={"issuer": "https://login.example.com", "client_id": "client"},
                secret_ciphertext=box.encrypt(b"", SEALED_SECRET.place(owner, "sip_groups")),
                has_secret=False,
                rules=[{"claim": "groups", "value": value, "role": role} for value, role in rules],
                default_role=default_role,
                email_domains=[],
                creates_people=False,
                links_by_email=False,
                created_at=now(),
                updated_at=now(),
                checked_at=None,
            )
        )


async def role_of(provider: Provider, user_id: str) -> str:
    return str((await provider.send("GET", f"Users/{user_id}")).json()["roles"][0]["value"])


async def test_group_leads_to_a_role_and_leaving_it_takes_the_role_away(here):
    admin = await here.administrator()
    await rules_of(here, admin, ("Operators", "operator"), ("g-2", "developer"))
    provider = await provider_of(here, admin)
    ada, bob = await provider.person("ada"), await provider.person("bob")
    operators = await provider.group("Operators", ada, externalId="g-1")
    assert (await role_of(provider, ada), await role_of(provider, bob)) == ("operator", "guest")
    # A rule may name the provider's own id of the group: so do claims of Entra ID.
    developers = await provider.group("Developers", ada, bob, externalId="g-2")
    assert (await role_of(provider, ada), await role_of(provider, bob)) == ("operator", "developer")
    assert await provider.members(developers) == sorted([ada, bob])
    out = await provider.operate(f"Groups/{operators}", {"op": "Remove", "path": "members", "value": [{"value": ada}]})
    assert (out.status_code, out.json()["members"]) == (200, [])
    assert await role_of(provider, ada) == "developer"
    assert (await provider.send("DELETE", f"Groups/{developers}")).status_code == 204
    assert (await role_of(provider, ada), await role_of(provider, bob)) == ("guest", "guest")
    assert (await provider.send("GET", f"Groups/{developers}")).status_code == 404
    written = audit.export_chain(here.application.database, admin.principal.organization_id)
    actions = [one.event.action async for one in written if one.event.target.type == "group"]
    assert actions == [
        "groups.create", "groups.add_person", "groups.create", "groups.add_person", "groups.add_person",
        "groups.remove_person", "groups.remove_person", "groups.remove_person", "groups.delete",
    ]  # fmt: skip


@SQLITE_ONLY
async def test_members_change_as_entra_and_okta_write_it(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    ada, bob, eve = [await provider.person(name) for name in ("ada", "bob", "eve")]
    group = await provider.group("Research")
    path = f"Groups/{group}"
    steps: list[tuple[list[dict[str, Any]], list[str]]] = [
        # Entra ID
        ([{"op": "Add", "path": "members", "value": [{"$ref": None, "value": ada}]}], [ada]),
        ([{"op": "Add", "path": "members", "value": [{"value": bob}, {"value": ada}]}], [ada, bob]),
        ([{"op": "Remove", "path": "members", "value": [{"$ref": None, "value": ada}]}], [bob]),
        # Okta
        ([{"op": "add", "path": "members", "value": [{"value": eve, "display": "eve"}]}], [bob, eve]),
        ([{"op": "remove", "path": f'members[value eq "{bob}"]'}], [eve]),
        ([{"op": "replace", "path": "members", "value": [{"value": ada}, {"value": bob}]}], [ada, bob]),
        ([{"op": "replace", "value": {"id": group, "displayName": "Research and play"}}], [ada, bob]),
        ([{"op": "remove", "path": f'members[value eq "{bob}" or value eq "{ada}"]'}], []),
        # Both at once, in their order.
        ([{"op": "add", "path": "members", "value": [{"value": ada}]}, {"op": "remove", "path": "members"}], []),
        ([{"op": "add", "value": {"members": [{"value": eve}]}}], [eve]),
    ]
    for operations, members in steps:
        answer = await provider.operate(path, *operations)
        assert answer.status_code == 200, (operations, answer.text)
        assert await provider.members(group) == sorted(members), operations
    told = (await provider.send("GET", f"Users/{eve}")).json()
    assert [(one["value"], one["display"]) for one in told["groups"]] == [(group, "Research and play")]
    put = await provider.send("PUT", path, {"displayName": "Research", "externalId": "g-7", "members": []})
    assert (put.json()["displayName"], put.json()["externalId"], put.json()["members"]) == ("Research", "g-7", [])


@SQLITE_ONLY
async def test_groups_are_found_as_providers_look_for_them(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    ada = await provider.person("ada")
    first = await provider.group("Research", ada, externalId="g-1")
    await provider.group("Sales")
    for text, wanted in (
        ('displayName eq "research"', [first]),
        ('externalId eq "g-1"', [first]),
        (f'id eq "{first}" and members eq "{ada}"', [first]),
        (f'members.value eq "{ada}"', [first]),
        (f'id eq "{first}" and members eq "nobody"', []),
        ('urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq "nothing"', []),
    ):
        found = (await provider.send("GET", "Groups", filter=text, excludedAttributes="members")).json()
        assert [one["id"] for one in found["Resources"]] == wanted, text
        assert all("members" not in one for one in found["Resources"])
    page = (await provider.send("GET", "Groups", startIndex="2", count="1")).json()
    assert (page["totalResults"], [one["displayName"] for one in page["Resources"]]) == (2, ["Sales"])
    only = (await provider.send("GET", f"Groups/{first}", attributes="displayName")).json()
    assert sorted(only) == ["displayName", "id", "schemas"]


@SQLITE_ONLY
async def test_key_gives_by_a_group_no_more_than_it_may_give(here):
    admin = await here.administrator()
    await rules_of(here, admin, ("Admins", "organization_admin"), ("Operators", "operator"))
    developer = sorted({"users:read", "users:write"} | ROLES["developer"].permissions)
    provider = await provider_of(here, admin, scopes=developer)
    eve = await provider.person("eve")
    harmless = await provider.group("Harmless", eve)
    for answer in (
        await provider.send("POST", "Groups", {"displayName": "Admins", "members": [{"value": eve}]}),
        await provider.send("POST", "Groups", {"displayName": "Operators", "members": [{"value": eve}]}),
        await provider.operate(f"Groups/{harmless}", {"op": "replace", "path": "displayName", "value": "Operators"}),
        await provider.operate(f"Groups/{harmless}", {"op": "replace", "path": "externalId", "value": "Admins"}),
    ):
        assert answer.status_code == 403, answer.text
    assert await role_of(provider, eve) == "guest"
    # Nothing of the refused requests is there.
    assert (await provider.send("GET", "Groups")).json()["totalResults"] == 1
    # Not even the strongest key makes somebody an administrator.
    strong = await provider_of(here, admin)
    refused = await strong.send("POST", "Groups", {"displayName": "Admins", "members": [{"value": eve}]})
    assert refused.status_code == 403, refused.text


async def test_nothing_is_found_or_named_across_organizations(here):
    admin = await here.administrator()
    mine = await provider_of(here, admin)
    theirs = await provider_of(here, await here.stranger())
    ada = await mine.person("ada")
    group = await mine.group("Research", ada, externalId="g-1")
    for text in ('displayName eq "Research"', 'externalId eq "g-1"', f'id eq "{group}"', f'members eq "{ada}"'):
        assert (await theirs.send("GET", "Groups", filter=text)).json()["totalResults"] == 0, text
    for text in ('userName eq "ada@example.org"', 'emails.value eq "ada@example.org"', f'id eq "{ada}"'):
        assert (await theirs.send("GET", "Users", filter=text)).json()["totalResults"] == 0, text
    for method, body in (("GET", None), ("PUT", {"displayName": "Mine"}), ("DELETE", None)):
        assert (await theirs.send(method, f"Groups/{group}", body)).status_code == 404
    assert (await theirs.operate(f"Groups/{group}", {"op": "remove", "path": "members"})).status_code == 404
    stolen = await theirs.send("POST", "Groups", {"displayName": "Research", "members": [{"value": ada}]})
    assert (stolen.status_code, stolen.json()["scimType"]) == (400, "invalidValue")
    # A name is nobody's across organizations: each has its own.
    assert await theirs.group("Research") != group
    assert await mine.members(group) == [ada]


@SQLITE_ONLY
async def test_version_keeps_a_newer_change(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    ada = await provider.person("ada")
    group = await provider.group("Research")
    for path, change in (
        (f"Groups/{group}", {"displayName": "Play", "members": [{"value": ada}]}),
        (f"Users/{ada}", {"displayName": "Ada L"}),
    ):
        read = await provider.send("GET", path)
        version = read.headers["etag"]
        assert version == read.json()["meta"]["version"]
        assert (await provider.send("GET", path, headers={"if-none-match": version})).status_code == 304
        changed = await provider.send("PUT", path, change, headers={"if-match": version})
        assert changed.status_code == 200, changed.text
        assert changed.headers["etag"] != version
        for method in ("PUT", "DELETE"):
            old = await provider.send(method, path, change, headers={"if-match": version})
            assert (old.status_code, old.json()["status"]) == (412, "412")
        assert (await provider.send("PUT", path, change, headers={"if-match": "*"})).status_code == 200


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("POST", "Groups", {}, "invalidValue"),
        ("POST", "Groups", {"displayName": " "}, "invalidValue"),
        ("POST", "Groups", {"displayName": "A", "members": [{"value": "usr_nobody"}]}, "invalidValue"),
        ("POST", "Groups", {"displayName": "A", "members": [{"value": "g", "type": "Group"}]}, "invalidValue"),
        ("POST", "Groups", {"displayName": "A", "members": [{"value": "x"}] * 5001}, "tooMany"),
        ("PATCH", "Groups/{group}", {"Operations": [{"op": "remove"}]}, "noTarget"),
        ("PATCH", "Groups/{group}", {"Operations": [{"op": "add", "path": "owners", "value": []}]}, "invalidPath"),
        ("PATCH", "Groups/{group}", {"Operations": [{"op": "remove", "path": "members[type eq 1]"}]}, "invalidPath"),
        ("PATCH", "Groups/{group}", {"Operations": [{"op": "remove", "path": "displayName"}]}, "mutability"),
        ("GET", "Groups?filter=members%20pr", None, "invalidFilter"),
        ("GET", "Groups?filter=id%20eq%20%22a%22%20or%20id%20eq%20%22b%22", None, "invalidFilter"),
    ],
)
async def test_what_is_wrong_with_a_group_is_said_as_scim_does(here, method, path, body, kind):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    group = await provider.group("Research") if "{group}" in path else ""
    answer = await provider.send(method, path.replace("{group}", group), body)
    assert (answer.status_code, answer.json().get("scimType")) == (400, kind), answer.text
    assert answer.headers["content-type"] == "application/scim+json"


@SQLITE_ONLY
async def test_group_fills_the_unit_it_was_bound_to_and_no_other(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    ada, bob = await provider.person("ada"), await provider.person("bob")
    unit = await admin.ok("POST", "units", {"name": "Research", "kind": "team"})
    group = await provider.group("Research", ada)

    async def people() -> list[str]:
        found = await admin.ok("GET", f"units/{unit['id']}/people")
        return sorted(one["user_id"] for one in found["items"])

    assert await people() == []
    await admin.ok("PUT", f"scim/groups/{group}", {"unit_id": unit["id"]})
    assert await people() == [ada]
    await provider.operate(f"Groups/{group}", {"op": "replace", "path": "members", "value": [{"value": bob}]})
    assert await people() == [bob]
    told = (await admin.ok("GET", "scim/groups"))["items"]
    assert [(one["name"], one["people"], one["unit_name"]) for one in told] == [("Research", 1, "Research")]
    assert (await admin.call("PUT", f"scim/groups/{group}", {"unit_id": "unt_nothing"})).status_code == 404
    await admin.ok("PUT", f"scim/groups/{group}", {"unit_id": ""})
    assert await people() == []


@SQLITE_ONLY
async def test_leaving_the_company_ends_sessions_and_keys_before_the_answer(here):
    admin = await here.administrator()
    provider = await provider_of(here, admin)
    grace = {"userName": "grace@example.org", "displayName": "Grace", "roles": [{"value": "developer"}]}
    made = (await provider.send("POST", "Users", grace)).json()["id"]
    browser = await browser_of(here, "grace@example.org")
    key = await browser.post("/api/v1/api-keys", json={"name": "mine"})
    assert key.status_code == 201, key.text
    headers = {"authorization": f"Bearer {key.json()['token']}"}
    assert (await browser.get("/v1/models", headers=headers)).status_code == 200
    assert (await provider.patch(made, active=False)).status_code == 200
    assert (await browser.get("/api/v1/session")).status_code == 401
    assert (await here.browser().get("/v1/models", headers=headers)).status_code == 401
