"""Access policies over HTTP: what they forbid and permit, who may make them, and that nobody is shut out."""

import pytest

OFFICE = "203.0.113.0/24"
OUTSIDE = "198.51.100.9"
ONLY_OFFICE = f"""// Nothing is changed from elsewhere.
forbid (
  principal,
  action in [Action::"api_keys:write", Action::"api_keys:own"],
  resource
) unless {{ context.network.ip.isInRange(ip("{OFFICE}")) }};
"""


def problem_of(answer):
    return answer.status_code, answer.json()["code"]


async def made(browser, text=ONLY_OFFICE, name="Only from the office", **values):
    answer = await browser.send("POST", "policies", {"name": name, "text": text, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_policy_holds_for_the_next_request_and_says_its_name(here):
    admin = await here.signed_in()
    elsewhere = await here.signed_in(ip=OUTSIDE)
    assert (await elsewhere.send("GET", "api-keys")).status_code == 200
    policy = await made(admin)
    assert (policy["effect"], policy["version"], policy["enabled"]) == ("forbid", 1, True)
    refused = await elsewhere.send("POST", "api-keys", {"name": "one"})
    assert problem_of(refused) == (403, "access.permission_missing")
    assert "the policy “Only from the office” forbids api_keys:write" in refused.json()["detail"]
    assert (await admin.send("POST", "api-keys", {"name": "one"})).status_code == 201
    assert (await elsewhere.send("GET", "api-keys")).status_code == 200
    assert "api_keys:write" not in (await elsewhere.send("GET", "session")).json()["permissions"]
    assert "api_keys:write" in (await admin.send("GET", "session")).json()["permissions"]
    off = await admin.send("PATCH", f"policies/{policy['id']}", {"enabled": False})
    assert (off.status_code, off.json()["version"]) == (200, 2)
    assert (await elsewhere.send("POST", "api-keys", {"name": "two"})).status_code == 201
    versions = (await admin.send("GET", f"policies/{policy['id']}/versions")).json()["items"]
    assert [(one["version"], one["enabled"]) for one in versions] == [(2, False), (1, True)]
    assert (await admin.send("DELETE", f"policies/{policy['id']}")).status_code == 204
    assert (await admin.send("GET", "policies")).json()["items"] == []


async def test_policy_lends_a_permission_under_a_condition_and_never_for_giving(here):
    admin = await here.signed_in()
    text = """permit (principal in Role::"guest", action == Action::"users:read", resource)
when { context.network.ip.isInRange(ip("203.0.113.0/24")) };"""
    grace = await here.person("grace@example.org", "guest")
    assert (await grace.send("GET", "users")).status_code == 403
    await made(admin, text, "Guests at the office")
    assert (await grace.send("GET", "users")).status_code == 200
    told = (await grace.send("GET", "access/explain?permission=users:read")).json()
    assert (told["allowed"], told["reason"], told["policy_name"]) == (True, "policy_permits", "Guests at the office")
    away = (await grace.send("GET", f"access/explain?permission=users:read&ip={OUTSIDE}")).json()
    assert (away["allowed"], away["reason"]) == (False, "role_excludes")


async def test_what_is_not_known_forbids(here):
    # A key proves nothing about a person, so how long ago is not known.
    admin = await here.signed_in()
    key = await admin.send("POST", "api-keys", {"name": "program", "scopes": ["users:read"]})
    bearer = {"authorization": f"Bearer {key.json()['token']}"}
    program = here.new_browser()
    assert (await program.send("GET", "users", headers=bearer)).status_code == 200
    text = (
        'forbid (principal, action == Action::"users:read", resource) when { context.device.proof_age_minutes > 60 };'
    )
    await made(admin, text, "Fresh proof")
    assert (await admin.send("GET", "users")).status_code == 200
    refused = await program.send("GET", "users", headers=bearer)
    assert problem_of(refused) == (403, "access.permission_missing")
    assert "“Fresh proof” asks for something that is not known here" in refused.json()["detail"]


async def test_policies_of_another_organization_never_matter(here):
    stranger = await here.other_organization()
    admin = await here.signed_in()
    text = 'forbid (principal, action, resource) unless { principal.id == "usr_other" };'
    theirs = await made(stranger, 'forbid (principal, action == Action::"users:read", resource);', "All")
    assert problem_of(await stranger.send("GET", "users")) == (403, "access.permission_missing")
    assert (await admin.send("GET", "users")).status_code == 200
    assert problem_of(await admin.send("PATCH", f"policies/{theirs['id']}", {"enabled": False})) == (
        404,
        "policies.not_found",
    )
    # Nor does it know people of others.
    unknown = text.replace('principal.id == "usr_other"', 'principal == Person::"usr_other"')
    assert problem_of(await admin.send("POST", "policies", {"name": "x", "text": unknown})) == (422, "policies.invalid")


async def test_nobody_shuts_out_himself_and_so_never_everybody(here):
    admin = await here.signed_in()
    everything = "forbid (principal, action, resource);"
    refused = await admin.send("POST", "policies", {"name": "No", "text": everything})
    assert problem_of(refused) == (409, "policies.locks_out")
    assert (await admin.send("GET", "policies")).json()["items"] == []
    off = await made(admin, everything, "No", enabled=False)
    refused = await admin.send("PATCH", f"policies/{off['id']}", {"enabled": True})
    assert problem_of(refused) == (409, "policies.locks_out")
    assert (await admin.send("GET", "users")).status_code == 200


async def test_nobody_lends_what_they_do_not_have(here):
    admin = await here.signed_in()
    role = await admin.send(
        "POST", "roles", {"name": "Keeper", "base": "guest", "added": ["policies:read", "policies:write", "users:read"]}
    )
    keeper = await here.person("keeper@example.org", role.json()["id"])
    lends = 'permit (principal, action == Action::"%s", resource);'
    refused = await keeper.send("POST", "policies", {"name": "x", "text": lends % "providers:write"})
    assert problem_of(refused) == (403, "policies.more_than_yours")
    refused = await keeper.send("POST", "policies", {"name": "x", "text": "permit (principal, action, resource);"})
    assert problem_of(refused) == (422, "policies.invalid")
    policy = await made(keeper, lends % "users:read", "x")
    changed = await keeper.send("PATCH", f"policies/{policy['id']}", {"text": lends % "audit:read"})
    assert problem_of(changed) == (403, "policies.more_than_yours")
    above = await made(admin, lends % "audit:read", "y")
    assert problem_of(await keeper.send("DELETE", f"policies/{above['id']}")) == (403, "policies.more_than_yours")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("forbid (principal, action,\nresource) when { context.a = 1 };", "2:"),
        ('permit (principal, action == Action::"users:red", resource);', "1:"),
        ("forbid (principal, action, resource) when { context.networks.ip == 1 };", "1:"),
        ('forbid (principal == Person::"usr_nobody", action, resource);', "1:"),
        ("forbid (principal, action, resource); forbid (principal, action, resource);", "1:38"),
        ("forbid (principal, action, resource) when { " + "(" * 2000 + "true" + ")" * 2000 + " };", "1:"),
        ("forbid (principal == ?principal, action, resource);", "1:"),
        (" ", "1:1"),
    ],
)
async def test_wrong_text_is_refused_with_its_place(here, text, where):
    admin = await here.signed_in()
    refused = await admin.send("POST", "policies", {"name": "x", "text": text})
    assert problem_of(refused) == (422, "policies.invalid")
    assert refused.json()["fields"]["text"].startswith(where)
    tried = (await admin.send("POST", "policies/test", {"text": text})).json()
    assert tried["problems"][0]["line"] == int(where[0])


async def test_text_is_tried_before_it_holds(here):
    admin = await here.signed_in()
    night = 'forbid (principal, action == Action::"users:write", resource) when { context.time.hour >= 20 };'
    body = {"permission": "users:write", "text": night, "supposed": {"at": "2026-11-21T22:00:00"}}
    tried = (await admin.send("POST", "policies/test", body)).json()
    assert (tried["problems"], tried["before"]["allowed"]) == ([], True)
    assert (tried["after"]["allowed"], tried["after"]["reason"]) == (False, "policy_forbids")
    body["supposed"]["at"] = "2026-11-21T19:59:00"
    assert (await admin.send("POST", "policies/test", body)).json()["after"]["allowed"] is True
    assert (await admin.send("GET", "policies")).json()["items"] == []
    body["supposed"] = {"ip": "nowhere"}
    assert problem_of(await admin.send("POST", "policies/test", body)) == (422, "access.circumstances_invalid")


async def test_policy_about_a_project_leaves_the_keys_of_others_out(here):
    admin = await here.signed_in()
    ids = {}
    for project in ("Apollo", "Gemini", ""):
        made_key = await admin.send("POST", "api-keys", {"name": f"of {project}", "project": project})
        ids[project] = made_key.json()["api_key"]["id"]
    manager = await here.person("manager@example.org", "project_manager")
    text = """forbid (principal in Role::"project_manager", action, resource)
when { resource has project && resource.project != "Apollo" };"""
    await made(admin, text, "Apollo only")
    seen = (await manager.send("GET", "api-keys")).json()["items"]
    assert {key["project"] for key in seen} == {"Apollo", ""}
    assert len((await admin.send("GET", "api-keys")).json()["items"]) == 3
    refused = await manager.send("POST", "api-keys", {"name": "x", "project": "Gemini"})
    assert problem_of(refused) == (403, "access.permission_missing")
    assert "“Apollo only”" in refused.json()["detail"]
    assert (await manager.send("POST", "api-keys", {"name": "x", "project": "Apollo"})).status_code == 201
    refused = await manager.send("DELETE", f"api-keys/{ids['Gemini']}")
    assert problem_of(refused) == (403, "access.permission_missing")
    assert (await manager.send("DELETE", f"api-keys/{ids['Apollo']}")).status_code == 204
    told = (await manager.send("GET", "access/explain?permission=api_keys:write&project=Gemini")).json()
    assert (told["allowed"], told["policy_name"]) == (False, "Apollo only")
