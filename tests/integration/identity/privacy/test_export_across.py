"""Whoever is in two organizations takes out of each what it keeps, and nothing of the other."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Person, installation


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


async def rows(person: Person, path: str) -> list[dict[str, Any]]:
    answer = await person.call("GET", path)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()][1:]


async def test_export_has_nothing_of_the_person_s_other_organization(here: Installation) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    there = stranger.principal.organization_id
    await admin.ok("POST", "api-keys", {"name": "of the first"})
    draft = {"name": "Ada", "email": "ada.there@example.org", "role": "developer"}
    token = (await stranger.ok("POST", "users", draft))["token"]
    joined = await admin.ok("POST", "session/invitation/join", {"token": token})
    admin.http.headers["x-csrf-token"] = joined["csrf_token"]
    await admin.ok("POST", "api-keys", {"name": "of the second"})

    mine = await rows(admin, "session/personal-data")
    assert {"of the second"} == {one["row"]["name"] for one in mine if one["table"] == "api_keys"}
    kept = {one["row"]["organization_id"] for one in mine if "organization_id" in one["row"]}
    assert kept == {there}
    assert admin.principal.organization_id not in json.dumps(mine)

    (user_id,) = {one["row"]["id"] for one in mine if one["table"] == "users"}
    told = await rows(stranger, f"users/{user_id}/personal-data")
    assert {one["table"] for one in told}.isdisjoint({"accounts", "passkeys", "totp_factors"}), (
        "what signs the person in elsewhere too is the person's alone"
    )
    first = await stranger.call("GET", f"users/{admin.principal.id}/personal-data")
    assert first.status_code == 404
