"""Rules for agents over HTTP: tried as a draft, saved with their tests, and never changed by a program."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.integration.app.installation import Installation, installation

OURS: dict[str, Any] = {
    "name": "Pushes need two",
    "command": "git push",
    "level": "HIGH",
    "needs": {"mode": "expert", "second_person": True, "timeout_seconds": 900},
}
CASE = {"name": "A push stays high", "level": "HIGH", "command": "git push origin feature/x"}


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


async def test_rules_are_tried_as_a_draft_saved_with_their_tests_and_put_back(here: Installation) -> None:
    admin = await here.administrator()
    before = await admin.ok("GET", "approval-rules")
    assert (before["revision"], before["rules"], before["version"]) == (0, [], before["shipped"])
    question = {"command": "cd api && git push origin feature/x"}
    now = await admin.ok("POST", "approval-rules/try", question)
    assert now["assessment"]["level"] == "MEDIUM"
    assert {"depth": 0, "words": ["cd", "api"]} in now["assessment"]["commands"]
    draft = {"rules": [OURS], "cases": [CASE, {"name": "Wrong", "level": "SAFE", "command": "sudo ls"}]}
    tried = await admin.ok("POST", "approval-rules/try", {**question, "draft": draft})
    assert tried["assessment"]["level"] == "HIGH"
    assert tried["assessment"]["demand"]["second_person"]
    assert [one["right"] for one in tried["cases"]] == [True, False]
    refused = await admin.call("PUT", "approval-rules", draft)
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_rules.cases_fail")
    saved = await admin.ok("PUT", "approval-rules", {"rules": [OURS], "cases": [CASE], "revision": 0})
    assert (saved["revision"], saved["version"]) == (1, f"{before['shipped']}+1")
    assert [one["right"] for one in saved["results"]] == [True]
    assert (await admin.ok("POST", "approval-rules/try", question))["assessment"]["level"] == "HIGH"
    stale = await admin.call("PUT", "approval-rules", {"rules": [], "cases": [], "revision": 0})
    assert (stale.status_code, stale.json()["code"]) == (409, "approval_rules.changed")
    again = await admin.ok("PUT", "approval-rules", {"rules": [], "cases": [], "revision": 1})
    assert again["revision"] == 2


async def test_rules_that_make_no_sense_are_refused_with_their_field(here: Installation) -> None:
    admin = await here.administrator()
    body = {"rules": [{"name": "x", "command": "ls", "raises": False, "level": "LOW", "lowers": ["secret_sent"]}]}
    refused = await admin.call("PUT", "approval-rules", {**body, "cases": []})
    assert (refused.status_code, refused.json()["code"]) == (422, "approval_rules.invalid")
    assert "rules.0.lowers" in str(refused.json())


async def test_a_program_reads_rules_but_never_changes_them(here: Installation) -> None:
    admin = await here.administrator()
    key = await admin.call("POST", "api-keys", {"name": "agent", "scopes": ["approval_rules:write"]})
    if key.status_code == 201:
        browser = here.browser()
        browser.headers["authorization"] = f"Bearer {key.json()['token']}"
        changed = await browser.put("/api/v1/approval-rules", json={"rules": [], "cases": []})
        assert changed.status_code == 403
    assert (await admin.ok("GET", "approval-rules"))["revision"] == 0


async def test_rules_of_one_organization_are_not_anothers(here: Installation) -> None:
    admin = await here.administrator()
    await admin.ok("PUT", "approval-rules", {"rules": [OURS], "cases": []})
    other = await here.stranger()
    assert (await other.ok("GET", "approval-rules"))["rules"] == []


async def test_rules_are_changed_by_who_has_just_proved_who_it_is(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await here.administrator()
    later = clock.now_ms() + 11 * 60_000
    monkeypatch.setattr(clock, "now_ms", lambda: later)
    refused = await admin.call("PUT", "approval-rules", {"rules": [], "cases": []})
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.confirmation_needed")
