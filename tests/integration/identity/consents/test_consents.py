"""What people agree to: asked once for each version, taken back, listed, kept when the text is put back."""

from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Person, installation
from tests.integration.governance.configuration.test_proposals import code_of, colleague
from tests.integration.governance.configuration.test_versions import go_back

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
TERMS = {"title": "Terms of use", "text": "Requests are kept for 30 days."}


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


async def needed(admin: Person) -> bool:
    return bool((await admin.ok("GET", "session/consent"))["needed"])


async def test_everybody_is_asked_for_each_version_until_they_agree(here: Installation) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    assert (await admin.ok("GET", "session/consent"))["text"] is None
    await admin.ok("PUT", "consent-texts", TERMS)
    asked = await admin.ok("GET", "session/consent")
    assert (asked["needed"], asked["text"]["version"], asked["text"]["text"]) == (True, 1, TERMS["text"])
    assert (await stranger.ok("GET", "session/consent"))["text"] is None, "each organization has its own"
    for _ in range(2):
        await admin.ok("POST", "session/consent", {"version": 1})
    assert not await needed(admin)
    listed = await admin.ok("GET", "consents")
    assert [(one["name"], one["version"]) for one in listed["items"]] == [(admin.principal.name, 1)]
    assert (listed["live"], (await stranger.ok("GET", "consents"))["items"]) == (1, [])
    await admin.ok("PUT", "consent-texts", {**TERMS, "text": "Requests are kept for 60 days."})
    assert await needed(admin)
    old = await admin.call("POST", "session/consent", {"version": 1})
    assert code_of(old) == (409, "consents.text_changed")
    await admin.ok("POST", "session/consent", {"version": 2})
    await admin.ok("DELETE", "session/consent")
    assert await needed(admin)
    assert code_of(await admin.call("DELETE", "session/consent")) == (404, "consents.not_found")
    listed = await admin.ok("GET", "consents")
    assert (listed["live"], [one["withdrawn_at"] is None for one in listed["items"]]) == (0, [False, False])


@SQLITE_ONLY
async def test_only_the_roles_it_is_for_are_asked_and_that_is_no_new_version(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin, "developer")
    for roles, asked in (([], True), (["guest"], False), (["developer"], True)):
        text = await admin.ok("PUT", "consent-texts", {**TERMS, "roles": roles})
        assert text["version"] == 1
        assert (await grace.get("/api/v1/session/consent")).json()["needed"] is asked
    await admin.ok("PUT", "consent-texts", {**TERMS, "asked": False})
    assert (await grace.get("/api/v1/session/consent")).json()["needed"] is False
    wrong = await admin.call("PUT", "consent-texts", {**TERMS, "roles": ["nobody"]})
    assert code_of(wrong) == (422, "consents.text_invalid")
    refused = await grace.put("/api/v1/consent-texts", json=TERMS)
    assert code_of(refused) == (403, "access.permission_missing")


@SQLITE_ONLY
async def test_a_text_that_is_put_back_is_a_new_version_of_it(here: Installation) -> None:
    admin = await here.administrator()
    await admin.ok("PUT", "consent-texts", TERMS)
    await admin.ok("POST", "session/consent", {"version": 1})
    await admin.ok("PUT", "consent-texts", {**TERMS, "text": "Other."})
    await go_back(admin, "consent_text", "consent_text", 1)
    texts = (await admin.ok("GET", "consent-texts"))["items"]
    assert [(one["version"], one["text"]) for one in texts] == [(3, TERMS["text"]), (2, "Other."), (1, TERMS["text"])]
    assert await needed(admin)


@SQLITE_ONLY
async def test_consents_are_in_the_export_and_outlive_the_person_as_a_bare_id(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    await admin.ok("PUT", "consent-texts", TERMS)
    assert (await grace.post("/api/v1/session/consent", json={"version": 1})).status_code == 201
    mine = await grace.get("/api/v1/session/personal-data")
    assert '"table":"consents"' in mine.text
    user_id = (await admin.ok("GET", "consents"))["items"][0]["user_id"]
    await admin.ok("POST", f"users/{user_id}/erase")
    (left,) = (await admin.ok("GET", "consents"))["items"]
    assert (left["user_id"], left["name"], left["version"]) == (user_id, "", 1)
