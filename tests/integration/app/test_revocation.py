"""A session that ends on one server is refused by every other one within five seconds, on both storage columns."""

import time

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import installation
from tests.integration.app.test_realtime import Page

MOST_SECONDS = 5.0


async def test_what_ends_on_one_server_is_refused_by_the_other(column: Settings) -> None:
    async with installation(column) as one, installation(column) as two:
        admin = await one.administrator()
        link = await admin.ok("POST", "users", {"name": "Grace", "email": "grace@example.org", "role": "developer"})
        accepted = {"token": link["token"], "new_password": "an old lighthouse keeper"}
        guest = two.browser()
        answer = await guest.post("/api/v1/session/invitation/accept", json=accepted)
        assert answer.status_code == 200, answer.text
        cookie = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
        page = Page(two, cookie)
        assert (await page.message())["type"] == "websocket.accept"
        assert (await page.frame())["type"] == "hello"
        began = time.monotonic()
        await admin.ok("POST", f"users/{link['user_id']}/deactivate", {})
        assert (await guest.get("/api/v1/session")).status_code == 401
        while (message := await page.message())["type"] != "websocket.close":
            # A developer sees requests, so a frame of them may come first.
            assert message["type"] == "websocket.send"
        assert message["code"] == 1008
        assert time.monotonic() - began <= MOST_SECONDS


async def test_role_taken_on_one_server_is_gone_on_the_other(column: Settings) -> None:
    async with installation(column) as one, installation(column) as two:
        admin = await one.administrator()
        link = await admin.ok("POST", "users", {"name": "Grace", "email": "grace@example.org", "role": "developer"})
        accepted = {"token": link["token"], "new_password": "an old lighthouse keeper"}
        developer = two.browser()
        await developer.post("/api/v1/session/invitation/accept", json=accepted)
        assert (await developer.get("/api/v1/usage")).status_code == 200
        await admin.ok("PATCH", f"users/{link['user_id']}", {"role": "guest"})
        assert (await developer.get("/api/v1/usage")).status_code == 403
