"""Bringing settings in: over HTTP, each by its own use case, whose refusal keeps its own code; a wrong document harms
nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Person, installation, settings_with
from tests.integration.governance.configuration.test_proposals import code_of

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
Json = dict[str, Any]


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


def document(kind: str, *states: Json) -> Json:
    return {"format": "powerautomation-configuration/1", "environment": "staging", "settings": {kind: list(states)}}


async def bring(admin: Person, told: Json, *, dry_run: bool = False) -> Any:
    return await admin.call("POST", "configuration/import", {"document": told, "dry_run": dry_run})


async def one_of_each(admin: Person) -> None:
    """Make a setting of every kind that goes from one installation to another."""
    limit = {"subject_kind": "organization", "subject_id": "", "measure": "tokens", "window": "day", "amount": 1000}
    await admin.ok("POST", "limits", limit)
    await admin.ok("POST", "roles", {"name": "Clerk"})
    await admin.ok("POST", "email-domains", {"domain": "example.org"})
    await admin.ok("PUT", "consent-texts", {"title": "Terms", "text": "Be kind.", "asked": False})
    await admin.ok("POST", "routes", {"name": "one", "match": {"model": "x-*"}, "use": ["kimi"]})
    await admin.ok("PUT", "service-levels/filed/promise", {"availability_percent": "99.5"})
    await admin.ok("POST", "providers", {"name": "moon", "preset": "moonshot", "api_key": "sk-1234567890123"})
    await admin.ok("PUT", "balances/moon/threshold", {"nanos": 5})
    text = 'forbid (principal in Role::"guest", action, resource);'
    await admin.ok("POST", "policies", {"name": "No guests", "text": text, "enabled": False})
    file = {"content": "vendor,model,input,output\nacme,m1,1,2\n", "file_name": "p.csv", "dry_run": False}
    await admin.ok("POST", "prices/import", file)


@SQLITE_ONLY
async def test_budgets_of_the_same_subject_do_not_change_each_other(here: Installation) -> None:
    admin = await here.administrator()
    subject = {"subject_kind": "organization", "subject_id": "", "measure": "money", "window": "month"}
    for currency, amount in (("USD", 100), ("CNY", 700)):
        await admin.ok("POST", "limits", {**subject, "currency": currency, "amount": amount * 10**9})
    await admin.ok("POST", "limits", {**subject, "window": "day", "currency": "USD", "amount": 10**9})
    exported = await admin.ok("GET", "configuration/export")
    told = [one for one in exported["settings"]["limit"] if (one["currency"], one["window"]) == ("CNY", "month")]
    told[0]["amount"] = 800 * 10**9
    answer = await bring(admin, document("limit", *told))
    assert answer.status_code == 200, answer.text
    found = {(one["currency"], one["window"]): one["amount"] for one in (await admin.ok("GET", "limits"))["items"]}
    assert found == {("USD", "month"): 100 * 10**9, ("CNY", "month"): 800 * 10**9, ("USD", "day"): 10**9}


@SQLITE_ONLY
async def test_refusal_of_a_use_case_keeps_its_own_code(here: Installation) -> None:
    admin = await here.administrator()
    route = {"name": "one", "match": {"model": "x-*"}, "use": ["nowhere"]}
    told = await bring(admin, document("route", route))
    assert code_of(told) == (422, "invalid_input"), told.text
    role = {"name": "Clerk", "summary": "", "base": "nobody", "added": [], "removed": []}
    told = await bring(admin, document("role", role))
    assert told.json()["code"].startswith("roles."), told.text


@SQLITE_ONLY
async def test_a_document_with_wrong_values_is_refused_and_changes_nothing(here: Installation) -> None:
    admin = await here.administrator()
    await one_of_each(admin)
    exported = await admin.ok("GET", "configuration/export")
    for kind, (state, *_rest) in exported["settings"].items():
        for name, value in state.items():
            wrong = {**state, name: 5 if isinstance(value, str) else "wrong"}
            answer = await bring(admin, document(kind, wrong))
            assert answer.status_code < 500, f"{kind}.{name}: {answer.text}"
            if answer.status_code == 422:
                assert answer.json()["code"] != "internal"
        missing = {name: value for name, value in state.items() if name != next(iter(state))}
        answer = await bring(admin, document(kind, missing))
        assert answer.status_code < 500, f"{kind} without its first field: {answer.text}"
