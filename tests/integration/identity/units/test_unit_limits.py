"""What a unit says holds for its people's requests through the gateway, and for those of the units below it."""

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Person, installation, settings_with

MODELS = {
    "kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]},
    "kimi-pro": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]},
}


@pytest.fixture
async def here(column: Settings):
    with Simulator() as simulator:
        declared = {"dialect": "openai-chat", "base_url": simulator.moonshot.base_url, "api_key": "sk-moonshot"}
        async with installation(settings_with(column, providers={"moonshot": declared}, models=MODELS)) as running:
            yield running


@pytest.fixture
async def admin(here) -> Person:
    return await here.administrator()


async def made(admin: Person, name: str, parent: str = "", **settings: str) -> str:
    body = {"name": name, "kind": "team", "parent_id": parent, "settings": settings}
    return str((await admin.ok("POST", "units", body))["id"])


async def test_budget_of_a_unit_covers_the_units_below_it(here, admin):
    group = await made(admin, "Group")
    north, south = await made(admin, "North", group), await made(admin, "South", group)
    await admin.ok("PUT", f"units/{north}/people/{admin.principal.id}", {})
    budget = {"measure": "requests", "window": "month", "amount": 1}
    limit = await admin.ok("POST", "limits", budget | {"subject_kind": "unit", "subject_id": group})
    await admin.ok("POST", "limits", budget | {"subject_kind": "unit", "subject_id": south, "amount": 0})
    assert limit["subject_name"] == "Group"
    await here.application.snapshots.reload()
    # That of South is not asked: the key's person is in North.
    assert (await admin.ask("kimi")).status_code == 200
    refused = await admin.ask("kimi")
    assert (refused.status_code, "of the unit" in refused.text or "for the unit" in refused.text) == (402, True)
    told = next(one for one in (await admin.ok("GET", "limits"))["items"] if one["id"] == limit["id"])
    assert told["used"] == 1
    # Out of the unit the budget no longer concerns the key.
    await admin.ok("DELETE", f"units/{north}/people/{admin.principal.id}")
    await here.application.snapshots.reload()
    assert (await admin.ask("kimi")).status_code == 200


async def test_budget_of_a_unit_counts_what_its_people_used_before_it_was_made(here, admin):
    unit = await made(admin, "North")
    await admin.ok("PUT", f"units/{unit}/people/{admin.principal.id}", {})
    assert (await admin.ask("kimi")).status_code == 200
    await here.application.flusher.flush_now()
    budget = {"measure": "requests", "window": "month", "amount": 1, "subject_kind": "unit", "subject_id": unit}
    limit = await admin.ok("POST", "limits", budget)
    assert limit["used"] == 1
    await here.application.snapshots.reload()
    assert (await admin.ask("kimi")).status_code == 402


async def test_models_of_a_unit_hold_for_the_units_below_it_until_one_says_otherwise(here, admin):
    group = await made(admin, "Group", models="kimi-*")
    north = await made(admin, "North", group)
    await admin.ok("PUT", f"units/{north}/people/{admin.principal.id}", {})
    await here.application.snapshots.reload()
    assert (await admin.ask("kimi-pro")).status_code == 200
    refused = await admin.ask("kimi")
    assert (refused.status_code, "kimi-*" in refused.text) == (403, True)
    listed = await admin.http.get("/v1/models", headers={"authorization": f"Bearer {admin.key}"})
    assert [one["id"] for one in listed.json()["data"]] == ["kimi-pro"]
    await admin.ok("PATCH", f"units/{north}", {"settings": {"models": "kimi"}})
    await here.application.snapshots.reload()
    assert [(await admin.ask(model)).status_code for model in ("kimi", "kimi-pro")] == [200, 403]


async def test_budget_of_a_unit_that_is_not_there_is_refused(admin):
    budget = {"measure": "requests", "window": "month", "amount": 1, "subject_kind": "unit", "subject_id": "unt_none"}
    answer = await admin.call("POST", "limits", budget)
    assert (answer.status_code, answer.json()["code"]) == (422, "limits.invalid")
