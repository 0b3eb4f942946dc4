"""Every change of a setting is a version, and every version can be gone back to, over HTTP on both columns."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Person, installation, settings_with

SECRET = "sk-very-secret-1234567890"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    with Simulator() as sim:
        declared = {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-of-the-file-1234"}
        settings = settings_with(
            column,
            providers={"filed": declared},
            models={"kimi": {"deployments": [{"provider": "filed", "model": "kimi-k2.6"}]}},
        )
        async with installation(settings) as running:
            yield running


async def history(admin: Person, kind: str, object_id: str) -> list[dict[str, Any]]:
    path = f"configuration/versions?kind={kind}&object_id={object_id}"
    return (await admin.ok("GET", path))["items"]


async def go_back(admin: Person, kind: str, object_id: str, number: int, **body: Any) -> str:
    path = f"configuration/versions/{kind}/{object_id}/{number}/restore"
    return (await admin.ok("POST", path, body))["object_id"]


async def test_route_is_changed_deleted_and_put_back(here: Installation) -> None:
    admin = await here.administrator()
    route = {"name": "one", "match": {"model": "x-*"}, "use": ["kimi"]}
    made = (await admin.ok("POST", "routes", route))["id"]
    await admin.ok("PUT", f"routes/{made}", {**route, "prompt_cache": True, "match": {"model": "y-*"}})
    newest, first = await history(admin, "route", made)
    assert (first["number"], first["action"], first["author_name"]) == (1, "routes.create", admin.principal.name)
    assert [(one["path"], one["before"], one["after"]) for one in newest["differences"]] == [
        ("match.model", "x-*", "y-*"),
        ("prompt_cache", None, True),
    ]
    assert await go_back(admin, "route", made, 1, reason="It was better.") == made
    (newest, *_) = await history(admin, "route", made)
    assert (newest["number"], newest["restored_from"], newest["reason"]) == (3, 1, "It was better.")
    again = await admin.call("POST", f"configuration/versions/route/{made}/1/restore", {})
    assert (again.status_code, again.json()["code"]) == (409, "configuration.nothing_to_restore")
    await admin.ok("DELETE", f"routes/{made}")
    assert (await history(admin, "route", made))[0]["exists"] is False
    assert await go_back(admin, "route", made, 2) == made
    stored = [one for one in (await admin.ok("GET", "routes"))["items"] if one["id"] == made]
    assert stored[0]["match"]["model"] == "y-*"
    detail = await admin.ok("GET", f"configuration/versions/route/{made}/1")
    assert detail["state"]["match"] == {"model": "x-*"}
    assert ("match.model", "y-*", "x-*") in [(one["path"], one["before"], one["after"]) for one in detail["since"]]
    event = (await admin.ok("GET", "audit-events"))["items"][0]
    assert event["action"].startswith("routes.")
    assert event["reason"] == "Version 2 was restored."


async def test_provider_s_key_is_in_no_version_and_stays_when_the_rest_is_put_back(here: Installation) -> None:
    admin = await here.administrator()
    base_url = here.application.settings.providers["filed"].base_url
    offered = {"public_model": "a", "model": "kimi-k2.6", "price": {"input": "1.5", "output": "2", "currency": "USD"}}
    draft = {"name": "mine", "dialect": "openai-chat", "base_url": base_url, "api_key": SECRET, "models": [offered]}
    made = (await admin.ok("POST", "providers", {**draft, "requests_per_second": 5}))["id"]
    await admin.ok("PATCH", f"providers/{made}", {"models": [], "requests_per_second": 7})
    await admin.ok("PATCH", f"providers/{made}", {"api_key": SECRET + "new"})
    versions = await history(admin, "provider", made)
    assert [one["path"] for one in versions[0]["differences"]] == ["api_key"]
    assert SECRET not in str(versions)
    assert SECRET not in str(await admin.ok("GET", f"configuration/versions/provider/{made}/1"))
    await go_back(admin, "provider", made, 1)
    (newest, *_) = await history(admin, "provider", made)
    assert {one["path"] for one in newest["differences"]} == {"models.0", "requests_per_second"}
    provider = next(one for one in (await admin.ok("GET", "providers"))["items"] if one["id"] == made)
    assert provider["deployments"][0]["public_model"] == "a"
    assert provider["key_hint"] == (SECRET + "new")[-4:]


async def test_limits_roles_flags_and_the_organization_go_back_too(here: Installation) -> None:
    admin = await here.administrator()
    owner = admin.principal.organization_id
    assert [one["action"] for one in await history(admin, "organization", owner)] == ["configuration.found"]
    await admin.ok("PATCH", "organization", {"time_zone": "Asia/Shanghai"})
    await go_back(admin, "organization", owner, 1)
    assert (await admin.ok("GET", "organization"))["time_zone"] == "UTC"
    limit = {"subject_kind": "organization", "subject_id": "", "measure": "tokens", "window": "day", "amount": 1000}
    made = (await admin.ok("POST", "limits", limit))["id"]
    await admin.ok("PATCH", f"limits/{made}", {"amount": 5})
    await admin.ok("DELETE", f"limits/{made}")
    assert await go_back(admin, "limit", made, 1) == made
    assert [one["amount"] for one in (await admin.ok("GET", "limits"))["items"]] == [1000]
    role = (await admin.ok("POST", "roles", {"name": "Clerk", "base": "guest"}))["id"]
    await admin.ok("PATCH", f"roles/{role}", {"added": ["usage:read"]})
    await admin.ok("DELETE", f"roles/{role}")
    again = await go_back(admin, "role", role, 2)
    assert again != role, "a role that is gone is made anew"
    roles = {one["id"]: one for one in (await admin.ok("GET", "roles"))["items"]}
    assert roles[again]["added"] == ["usage:read"]
    switch = "flags/gateway.answer-cache"
    await admin.ok("POST", f"{switch}/switch", {"is_on": False})
    newest, found = await history(admin, "flag", "gateway.answer-cache")
    assert found["action"] == "configuration.found"
    assert [one["path"] for one in newest["differences"]] == ["environments.production.is_on"]
    await go_back(admin, "flag", "gateway.answer-cache", 1)
    assert here.application.gateway.flags.is_on(owner, "gateway.answer-cache")
    promise = {"availability_percent": "99.5", "credits": [{"below_percent": "99", "credit_percent": "10"}]}
    await admin.ok("PUT", "service-levels/filed/promise", promise)
    await admin.ok("DELETE", "service-levels/filed/promise")
    await go_back(admin, "promise", "filed", 1)
    levels = (await admin.ok("GET", "service-levels"))["items"]
    assert [one["promise"]["availability_percent"] for one in levels if one["provider"] == "filed"] == [99.5]


async def test_who_has_access_is_put_back_by_a_person_and_not_by_a_key(here: Installation) -> None:
    admin = await here.administrator()
    draft = {"name": "No guests", "text": 'forbid (principal in Role::"guest", action, resource);', "enabled": False}
    made = (await admin.ok("POST", "policies", draft))["id"]
    await admin.ok("PATCH", f"policies/{made}", {"summary": "Nobody who only looks."})
    scopes = ["configuration:write", "policies:write"]
    key = await admin.ok("POST", "api-keys", {"name": "robot", "scopes": scopes})
    path = f"/api/v1/configuration/versions/policy/{made}/1/restore"
    headers = {"authorization": f"Bearer {key['token']}"}
    refused = await here.browser().post(path, json={}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "access.person_needed")
    assert await go_back(admin, "policy", made, 1) == made
    await admin.ok("DELETE", f"policies/{made}")
    again = await go_back(admin, "policy", made, 2)
    listed = {one["id"]: one for one in (await admin.ok("GET", "policies"))["items"]}
    assert (again != made, listed[again]["summary"]) == (True, "Nobody who only looks.")


async def test_history_is_paged_filtered_and_shows_only_what_one_may_see(here: Installation) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    for number in range(3):
        await admin.ok("POST", "roles", {"name": f"Role {number}"})
    first = await admin.ok("GET", "configuration/versions?kind=role&limit=2")
    assert len(first["items"]) == 2
    rest = await admin.ok("GET", f"configuration/versions?kind=role&limit=2&cursor={first['next_cursor']}")
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)
    mine = await admin.ok("GET", f"configuration/versions?author_id={admin.principal.id}")
    assert {one["kind"] for one in mine["items"]} == {"role"}
    assert (await admin.call("GET", "configuration/versions?cursor=x")).json()["code"] == "configuration.cursor_invalid"
    assert (await stranger.ok("GET", "configuration/versions"))["items"] == []
    role = first["items"][0]["object_id"]
    gone = await stranger.call("POST", f"configuration/versions/role/{role}/1/restore", {})
    assert gone.status_code == 404
    key = await admin.ok("POST", "api-keys", {"name": "k", "scopes": ["configuration:read", "routes:read"]})
    headers = {"authorization": f"Bearer {key['token']}"}
    browser = here.browser()
    seen = (await browser.get("/api/v1/configuration/versions", headers=headers)).json()
    assert (seen["kinds"], seen["items"]) == (["route", "route_order", "approval_policy"], [])
    refused = await browser.get(f"/api/v1/configuration/versions/role/{role}/1", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "configuration.kind_forbidden")


async def test_nothing_changed_is_no_version_and_a_refused_change_leaves_none(here: Installation) -> None:
    admin = await here.administrator()
    role = (await admin.ok("POST", "roles", {"name": "Clerk"}))["id"]
    await admin.ok("PATCH", f"roles/{role}", {"name": "Clerk"})
    await admin.ok("POST", "roles", {"name": "Other"})
    assert (await admin.call("PATCH", f"roles/{role}", {"name": "Other"})).status_code == 409
    assert [one["number"] for one in await history(admin, "role", role)] == [1]
