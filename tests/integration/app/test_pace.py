"""A person, and a key, may ask the control API so often a minute."""

import pytest

from powerautomation.identity.access import ROLES
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import installation, settings_with

PER_MINUTE = 20


@pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
async def test_who_asks_too_fast_is_told_to_wait_and_nobody_else_is(column: Settings):
    settings = settings_with(column, server={"control_requests_per_minute": PER_MINUTE})
    async with installation(settings) as here:
        admin, stranger = await here.administrator(), await here.stranger()
        scopes = sorted(ROLES["developer"].permissions)
        token = (await admin.ok("POST", "api-keys", {"name": "fast", "scopes": scopes}))["token"]
        for _ in range(PER_MINUTE):
            answer = await admin.call("GET", "session")
        assert (answer.status_code, answer.json()["code"]) == (429, "access.too_many_requests")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await stranger.call("GET", "session")).status_code == 200
        headers = {"authorization": f"Bearer {token}"}
        answers = [await here.browser().get("/api/v1/api-keys", headers=headers) for _ in range(PER_MINUTE + 1)]
        assert (answers[0].status_code, answers[-1].status_code) == (200, 429)
