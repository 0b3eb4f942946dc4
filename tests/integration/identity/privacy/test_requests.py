"""Asking to be erased: seen by an administrator, refused with a reason, done by erasing, overdue after 30 days."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from powerautomation.identity.privacy.tables import ErasureRequestRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.integration.app.installation import Installation, installation
from tests.integration.governance.configuration.test_proposals import code_of, colleague

OWN = "/api/v1/session/erasure-request"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


async def test_request_is_refused_with_a_reason_and_may_be_made_again(here: Installation) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    grace = await colleague(here, admin, "developer")
    assert (await grace.get(OWN)).json() == {"request": None}
    assert (await grace.post(OWN, json={"words": "I leave."})).status_code == 201
    assert code_of(await grace.post(OWN, json={})) == (409, "personal_data.request_answered")
    (asked,) = (await admin.ok("GET", "erasure-requests"))["items"]
    assert (asked["name"], asked["words"], asked["state"], asked["overdue"]) == ("Grace", "I leave.", "open", False)
    assert (await stranger.ok("GET", "erasure-requests"))["items"] == []
    path = f"erasure-requests/{asked['user_id']}/refuse"
    assert (await stranger.call("POST", path, {"reason": "No."})).status_code == 404
    await admin.ok("POST", path, {"reason": "A contract runs until May."})
    mine = (await grace.get(OWN)).json()["request"]
    assert (mine["state"], mine["answer"]) == ("refused", "A contract runs until May.")
    assert code_of(await admin.call("POST", path, {"reason": "Again."})) == (409, "personal_data.request_answered")
    event = (await admin.ok("GET", "audit-events?action=personal_data.refuse_erasure"))["items"][0]
    assert event["reason"] == "A contract runs until May."
    assert (await grace.post(OWN, json={})).json()["state"] == "open"
    assert (await grace.delete(OWN)).status_code == 204
    assert (await admin.ok("GET", "erasure-requests"))["items"] == []


async def test_request_is_overdue_after_30_days_and_goes_with_the_person(here: Installation) -> None:
    admin = await here.administrator()
    grace = await colleague(here, admin)
    asked = (await grace.post(OWN, json={"words": "I leave."})).json()
    async with here.application.database.unit_of_work() as session:
        await session.execute(update(ErasureRequestRow).values(due_at=now() - timedelta(seconds=1)))
    assert [one["overdue"] for one in (await admin.ok("GET", "erasure-requests"))["items"]] == [True]
    await admin.ok("POST", f"users/{asked['user_id']}/erase")
    assert (await admin.ok("GET", "erasure-requests"))["items"] == []
