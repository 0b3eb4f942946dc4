"""Organizations of the server: made, suspended, deleted and brought back by whoever runs it, and by nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from powerautomation.identity.organizations import change_organization
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Json, Person, installation, settings_with

DRAFT: Json = {"name": "North", "admin_name": "Nora", "admin_email": "nora@north.example"}
PASSWORD = "an old lighthouse keeper"
MODELS = {"kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}}


@pytest.fixture
def house(column: Settings) -> Settings:
    with Simulator() as simulator:
        declared = {"dialect": "openai-chat", "base_url": simulator.moonshot.base_url, "api_key": "sk-moonshot"}
        yield settings_with(column, providers={"moonshot": declared}, models=MODELS)


async def accepted(here: Installation, token: str) -> Any:
    """Return a browser in which the invited administrator has chosen a password."""
    browser = here.browser()
    answer = await browser.post("/api/v1/session/invitation/accept", json={"token": token, "new_password": PASSWORD})
    assert answer.status_code == 200, answer.text
    browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return browser


async def test_new_organization_has_an_administrator_who_may_do_everything_there_and_nothing_elsewhere(house):
    async with installation(house) as here:
        admin = await here.administrator()
        made = await admin.ok("POST", "organizations", DRAFT)
        nora = await accepted(here, made["token"])
        told = (await nora.get("/api/v1/session")).json()
        assert told["organization"]["name"] == "North"
        assert {"users:write", "providers:write"} <= set(told["permissions"])
        assert not {"organizations:manage", "settings:read"} & set(told["permissions"])
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/org_default"), ("POST", "/org_default/suspend")):
            answer = await nora.request(method, f"/api/v1/organizations{path}", json=DRAFT if path == "" else None)
            assert answer.status_code == 403, (method, path)
        listed = (await admin.ok("GET", "organizations"))["items"]
        assert [(one["name"], one["state"], one["people"]) for one in listed] == [
            ("Default", "active", 1),
            ("North", "active", 1),
        ]


async def test_suspended_organization_is_shut_on_every_replica_and_the_other_goes_on(house):
    async with installation(house) as one, installation(house) as two:
        admin = await one.administrator()
        stranger = await two.stranger()
        await one.application.snapshots.reload()
        assert (await stranger.ask("kimi")).status_code == 200
        await admin.ok("POST", "organizations/org_other/suspend")
        assert (await stranger.call("GET", "session")).status_code == 401
        # What the news brings within a moment, and the poll within five seconds, is brought here at once.
        await two.application.snapshots.reload()
        assert (await stranger.ask("kimi")).status_code == 401
        program = {"authorization": f"Bearer {stranger.key}"}
        assert (await two.browser().get("/api/v1/usage", headers=program)).status_code == 401
        assert (await admin.ask("kimi")).status_code == 200
        await admin.ok("POST", "organizations/org_other/resume")
        await two.application.snapshots.reload()
        assert (await stranger.ask("kimi")).status_code == 200
        assert (await stranger.call("GET", "session")).status_code == 200


async def test_nobody_of_a_suspended_organization_signs_in(house):
    async with installation(house) as here:
        admin = await here.administrator()
        made = await admin.ok("POST", "organizations", DRAFT)
        await accepted(here, made["token"])
        await admin.ok("POST", f"organizations/{made['organization']['id']}/suspend")
        answer = await here.browser().post(
            "/api/v1/session", json={"email": DRAFT["admin_email"], "password": PASSWORD}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "organizations.closed")


async def test_deleted_organization_can_be_brought_back_for_thirty_days(house):
    async with installation(house) as here:
        admin, stranger = await here.administrator(), await here.stranger()
        deleted = await admin.ok("DELETE", "organizations/org_other")
        assert deleted["state"] == "deleted"
        assert deleted["restorable_until"] is not None
        assert (await stranger.call("GET", "session")).status_code == 401
        assert (await admin.ok("POST", "organizations/org_other/restore"))["state"] == "active"
        assert (await stranger.call("GET", "users")).status_code == 200
        async with here.application.database.unit_of_work() as session:
            await change_organization(session, "org_other", deleted_at=now() - timedelta(days=31))
        answer = await admin.call("POST", "organizations/org_other/restore")
        assert answer.status_code == 404


async def test_organization_that_runs_the_server_stays(house):
    async with installation(house) as here:
        admin = await here.administrator()
        for method, path in (("POST", "organizations/org_default/suspend"), ("DELETE", "organizations/org_default")):
            answer = await admin.call(method, path)
            assert (answer.status_code, answer.json()["code"]) == (409, "organizations.runs_the_installation")
        assert (await admin.ok("PATCH", "organizations/org_default", {"name": "House"}))["name"] == "House"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("default", "organizations.name_taken"),
        ("", "organizations.name_invalid"),
        ("a\nb", "organizations.name_invalid"),
    ],
)
async def test_name_that_is_taken_or_none_is_refused(house, name, code):
    async with installation(house) as here:
        admin: Person = await here.administrator()
        answer = await admin.call("POST", "organizations", {**DRAFT, "name": name})
        assert answer.json()["code"] == code


async def test_what_was_done_stands_in_both_audit_logs(house):
    async with installation(house) as here:
        admin, stranger = await here.administrator(), await here.stranger()
        await admin.ok("POST", "organizations/org_other/suspend")
        await admin.ok("POST", "organizations/org_other/resume")
        seen = {}
        for who in (admin, stranger):
            events = (await who.ok("GET", "audit-events"))["items"]
            seen[who.principal.id] = [one for one in events if one["action"].startswith("organizations.")]
        for events in seen.values():
            assert [one["action"] for one in events] == ["organizations.resume", "organizations.suspend"]
        assert admin.principal.id not in str(seen[stranger.principal.id])
