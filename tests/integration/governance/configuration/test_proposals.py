"""Changes that need a second person: proposed by themselves, agreed to by somebody else, never by who proposed them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from powerautomation.governance.configuration.tables import ConfigurationProposalRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Person, installation, settings_with

API = "/api/v1/configuration"


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


async def colleague(here: Installation, admin: Person, role: str = "organization_admin") -> httpx2.AsyncClient:
    """Somebody else of the organization, signed in."""
    draft = {"name": "Grace", "email": "grace@example.org", "role": role}
    link = await admin.ok("POST", "users", draft)
    browser = here.browser()
    accepted = {"token": link["token"], "new_password": "an old lighthouse keeper"}
    answer = await browser.post("/api/v1/session/invitation/accept", json=accepted)
    browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return browser


async def want_second(admin: Person, *kinds: str, only_in_production: bool = False) -> None:
    await admin.ok("PUT", "configuration/policy", {"kinds": list(kinds), "only_in_production": only_in_production})


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def newest(admin: Person) -> dict[str, Any]:
    found: dict[str, Any] = (await admin.ok("GET", "configuration/proposals"))["items"][0]
    return found


async def test_change_waits_and_is_made_once_somebody_else_agrees(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    role = (await admin.ok("POST", "roles", {"name": "Clerk"}))["id"]
    await want_second(admin, "role")
    refused = await grace.patch(f"/api/v1/roles/{role}", json={"added": ["usage:read"]})
    assert code_of(refused) == (409, "configuration.proposed")
    proposal = await newest(admin)
    assert proposal["id"] in refused.json()["detail"]
    assert (proposal["author_name"], proposal["state"], proposal["own"], proposal["decidable"]) == (
        "Grace",
        "open",
        False,
        True,
    )
    assert proposal["steps"][0]["differences"] == [{"path": "added", "before": [], "after": ["usage:read"]}]
    roles = {one["id"]: one for one in (await admin.ok("GET", "roles"))["items"]}
    assert roles[role]["added"] == [], "nothing was changed"
    own = await grace.post(f"{API}/proposals/{proposal['id']}/approve", json={})
    assert code_of(own) == (403, "configuration.proposal_own")
    done = await admin.ok("POST", f"configuration/proposals/{proposal['id']}/approve", {"words": "Fine."})
    assert (done["state"], done["decision"], done["decided_by"]) == ("approved", "Fine.", admin.principal.name)
    roles = {one["id"]: one for one in (await admin.ok("GET", "roles"))["items"]}
    assert roles[role]["added"] == ["usage:read"]
    version = (await admin.ok("GET", f"configuration/versions?object_id={role}"))["items"][0]
    assert (version["author_name"], version["approved_by"]) == ("Grace", admin.principal.name)
    events = (await admin.ok("GET", "audit-events?action=roles.update"))["items"]
    assert (events[0]["actor"]["name"], events[0]["approved_by"]) == ("Grace", admin.principal.id)
    again = await admin.call("POST", f"configuration/proposals/{proposal['id']}/approve", {})
    assert code_of(again) == (409, "configuration.proposal_closed")


async def test_new_things_and_deletions_wait_too(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    await want_second(admin, "route")
    route = {"name": "one", "match": {"model": "x-*"}, "use": ["kimi"]}
    assert code_of(await grace.post("/api/v1/routes", json=route)) == (409, "configuration.proposed")
    assert [one for one in (await admin.ok("GET", "routes"))["items"] if one["id"]] == []
    await admin.ok("POST", f"configuration/proposals/{(await newest(admin))['id']}/approve", {})
    (made,) = [one for one in (await admin.ok("GET", "routes"))["items"] if one["id"]]
    assert (made["name"], made["match"]["model"]) == ("one", "x-*")
    assert (await grace.delete(f"/api/v1/routes/{made['id']}")).status_code == 409
    await admin.ok("POST", f"configuration/proposals/{(await newest(admin))['id']}/approve", {})
    assert [one for one in (await admin.ok("GET", "routes"))["items"] if one["id"]] == []


async def test_proposal_on_what_changed_since_is_not_made(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    limit = {"subject_kind": "organization", "subject_id": "", "measure": "tokens", "window": "day", "amount": 1000}
    made = (await admin.ok("POST", "limits", limit))["id"]
    await want_second(admin, "limit")
    proposals = []
    for amount in (1, 2):
        assert (await grace.patch(f"/api/v1/limits/{made}", json={"amount": amount})).status_code == 409
        proposals.append((await newest(admin))["id"])
    await admin.ok("POST", f"configuration/proposals/{proposals[1]}/approve", {})
    stale = await admin.call("POST", f"configuration/proposals/{proposals[0]}/approve", {})
    assert code_of(stale) == (409, "configuration.proposal_stale")
    assert [one["amount"] for one in (await admin.ok("GET", "limits"))["items"]] == [2]
    rejected = await admin.ok("POST", f"configuration/proposals/{proposals[0]}/reject", {"words": "Too late."})
    assert rejected["state"] == "rejected"


async def test_proposals_are_withdrawn_by_their_author_and_expire(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    await want_second(admin, "organization")
    for _ in range(2):
        assert (await grace.patch("/api/v1/organization", json={"time_zone": "Asia/Taipei"})).status_code == 409
    first, second = (one["id"] for one in (await admin.ok("GET", "configuration/proposals"))["items"])
    others = await admin.call("POST", f"configuration/proposals/{first}/withdraw")
    assert code_of(others) == (403, "configuration.proposal_own")
    assert (await grace.post(f"{API}/proposals/{first}/withdraw")).json()["state"] == "withdrawn"
    async with here.application.database.unit_of_work() as session:
        await session.execute(update(ConfigurationProposalRow).values(expires_at=now() - timedelta(seconds=1)))
    late = await admin.call("POST", f"configuration/proposals/{second}/approve", {})
    assert code_of(late) == (409, "configuration.proposal_closed")
    assert {one["state"] for one in (await admin.ok("GET", "configuration/proposals"))["items"]} == {
        "withdrawn",
        "expired",
    }


async def test_secrets_do_not_wait_and_the_rule_itself_is_lifted_by_two(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    base_url = here.application.settings.providers["filed"].base_url
    draft = {"name": "mine", "dialect": "openai-chat", "base_url": base_url, "api_key": "sk-first-123456", "models": []}
    made = (await admin.ok("POST", "providers", draft))["id"]
    await want_second(admin, "provider")
    path = f"/api/v1/providers/{made}"
    assert (await grace.patch(path, json={"api_key": "sk-other-123456"})).status_code == 200, "a new key alone"
    both = await grace.patch(path, json={"api_key": "sk-third-123456", "requests_per_second": 3})
    assert code_of(both) == (409, "configuration.secret_not_proposable")
    assert code_of(await grace.patch(path, json={"requests_per_second": 3})) == (409, "configuration.proposed")
    steps = (await admin.ok("GET", "configuration/proposals"))["items"]
    assert "sk-" not in str(steps)
    await admin.ok("POST", f"configuration/proposals/{steps[0]['id']}/approve", {})
    provider = next(one for one in (await admin.ok("GET", "providers"))["items"] if one["id"] == made)
    assert (provider["requests_per_second"], provider["key_hint"]) == (3, "3456")
    alone = await admin.call("PUT", "configuration/policy", {"kinds": [], "only_in_production": False})
    assert code_of(alone) == (409, "configuration.proposed")
    lifted = await grace.post(f"{API}/proposals/{(await newest(admin))['id']}/approve", json={})
    assert lifted.status_code == 200, lifted.text
    assert (await admin.ok("GET", "configuration/policy"))["kinds"] == []


async def test_who_may_not_change_the_setting_may_not_approve_either(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin, "operator")
    await want_second(admin, "route")
    route = {"name": "one", "match": {"model": "x-*"}, "use": ["kimi"]}
    assert (await admin.call("POST", "routes", route)).status_code == 409
    proposal = (await newest(admin))["id"]
    refused = await grace.post(f"{API}/proposals/{proposal}/approve", json={})
    assert code_of(refused) == (403, "access.permission_missing")
    key = await admin.ok("POST", "api-keys", {"name": "k", "scopes": ["configuration:approve", "routes:write"]})
    headers = {"authorization": f"Bearer {key['token']}"}
    by_key = await here.browser().post(f"{API}/proposals/{proposal}/approve", json={}, headers=headers)
    assert code_of(by_key) == (403, "configuration.proposal_own"), "a key of one's own is no second person"


async def test_rule_for_production_alone_holds_nowhere_else(here: Installation, column: Settings) -> None:
    admin = await here.administrator()
    await want_second(admin, "role", only_in_production=True)
    assert (await admin.call("POST", "roles", {"name": "Clerk"})).status_code == 409
    async with here.application.database.read() as session:
        session.info["configuration kinds"].environment = "staging"
    assert (await admin.call("POST", "roles", {"name": "Clerk"})).status_code == 201


async def test_nobody_agrees_with_themselves_by_a_program(here: Installation) -> None:
    admin = await here.administrator()
    role = (await admin.ok("POST", "roles", {"name": "Clerk"}))["id"]
    robot = await admin.ok("POST", "users/service-accounts", {"name": "Robot", "role": "organization_admin"})
    scopes = ["configuration:approve", "roles:write", "users:read"]
    key = await admin.ok("POST", "api-keys", {"name": "robot's", "service_account_id": robot["id"], "scopes": scopes})
    program = here.browser()
    program.headers["authorization"] = f"Bearer {key['token']}"
    await want_second(admin, "role")
    change = {"added": ["usage:read"]}
    proposed = await admin.http.patch(f"/api/v1/roles/{role}", json=change)
    assert code_of(proposed) == (409, "configuration.proposed")
    by_program = await program.post(f"{API}/proposals/{(await newest(admin))['id']}/approve", json={})
    assert code_of(by_program) == (403, "configuration.proposal_own")
    other_way = await program.patch(f"/api/v1/roles/{role}", json={"added": ["users:read"]})
    assert code_of(other_way) == (409, "configuration.proposed")
    by_owner = await admin.http.post(f"{API}/proposals/{(await newest(admin))['id']}/approve", json={})
    assert code_of(by_owner) == (403, "configuration.proposal_own")
