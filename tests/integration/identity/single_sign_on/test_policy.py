"""Switching passwords off, and the people who break the glass."""

from typing import Any

import httpx2
import pytest
from pyotp import TOTP

from powerautomation.governance import audit
from powerautomation.identity.sessions import create_sign_in_link
from powerautomation.kernel import clock
from tests.integration.app.installation import ORIGIN, Installation, Person
from tests.integration.identity.single_sign_on.directories import draft, enter

EMAIL, PASSWORD = "keeper@example.org", "a quiet harbour at dusk"
SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
Json = dict[str, Any]


async def by_password(browser: httpx2.AsyncClient, email: str = EMAIL) -> httpx2.Response:
    """Fill in the form for passwords."""
    return await browser.post("/api/v1/session", json={"email": email, "password": PASSWORD})


async def protected(admin: Person) -> TOTP:
    """Give the administrator a password and an authenticator app."""
    await admin.ok("PUT", "session/password", {"email": EMAIL, "new_password": PASSWORD})
    totp = TOTP((await admin.ok("POST", "factors/totp"))["secret"])
    await admin.ok("POST", "factors/totp/confirm", {"code": totp.at(clock.now())})
    return totp


async def off(admin: Person, *names: str) -> httpx2.Response:
    """Switch passwords off but for these people."""
    return await admin.call("PUT", "sign-in-policy", {"passwords": False, "break_glass": list(names)})


async def actions(here: Installation, person: Person) -> list[tuple[str, str]]:
    """The audit log: action and outcome."""
    found = audit.export_chain(here.application.database, person.principal.organization_id)
    return [(one.event.action, one.event.outcome) async for one in found]


async def test_passwords_open_nothing_but_the_door_of_who_breaks_the_glass(here, place):
    admin = await here.administrator()
    totp = await protected(admin)
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    assert (await enter(here.browser(), made["id"], "ada")).status_code == 200
    found = await admin.ok("GET", "sign-in-policy")
    assert (found["passwords"], found["provider_works"]) == (True, True)
    assert [one["id"] for one in found["candidates"]] == [admin.principal.id]
    answer = await off(admin, admin.principal.id)
    assert answer.status_code == 200, answer.text

    browser = here.browser()
    asked = await by_password(browser)
    assert asked.status_code == 202
    later = totp.at(clock.now(), counter_offset=1)
    step = {"token": asked.json()["token"], "code": later}
    assert (await browser.post("/api/v1/session/second-step", json=step)).status_code == 200
    assert (await enter(here.browser(), made["id"], "ada")).status_code == 200
    written = await actions(here, admin)
    assert written.count(("sessions.break_glass", "done")) == 1
    assert ("single_sign_on.set_policy", "done") in written


@SQLITE_ONLY
async def test_who_is_not_named_is_told_so_only_after_the_right_password(here, place):
    admin = await here.administrator()
    await protected(admin)
    invited = {"name": "Dev", "email": "dev@example.org", "role": "developer"}
    token = (await admin.ok("POST", "users", invited))["token"]
    accepted = {"token": token, "new_password": PASSWORD}
    assert (await here.browser().post("/api/v1/session/invitation/accept", json=accepted)).status_code == 200
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    await enter(here.browser(), made["id"], "ada")
    assert (await off(admin, admin.principal.id)).status_code == 200
    refused = await by_password(here.browser(), "dev@example.org")
    assert (refused.status_code, refused.json()["code"]) == (403, "sessions.passwords_off")
    wrong = await here.browser().post("/api/v1/session", json={"email": "dev@example.org", "password": "x" * 12})
    assert wrong.json()["code"] == "sessions.credentials_wrong"


@SQLITE_ONLY
async def test_link_of_the_command_line_always_opens_the_door(here, place):
    admin = await here.administrator()
    await protected(admin)
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    await enter(here.browser(), made["id"], "ada")
    assert (await off(admin, admin.principal.id)).status_code == 200
    async with here.application.database.unit_of_work() as session:
        token = await create_sign_in_link(session, "ada@example.org")
    answer = await here.browser().post("/api/v1/session/link", json={"token": token}, headers={"origin": ORIGIN})
    assert answer.status_code == 200
    assert ("sessions.break_glass", "done") in await actions(here, admin)


@SQLITE_ONLY
async def test_nothing_locks_everybody_out(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    await protected(admin)
    refused = await off(admin, admin.principal.id)
    assert (refused.status_code, refused.json()["code"]) == (409, "single_sign_on.locked_out")
    await enter(here.browser(), made["id"], "ada")
    (ada,) = [one for one in (await admin.ok("GET", "users"))["items"] if one["email"] == "ada@example.org"]
    for names in ((), (ada["id"],), ("usr_nobody",), (admin.principal.id, ada["id"])):
        assert (await off(admin, *names)).json()["fields"].keys() == {"break_glass"}
    assert (await off(admin, admin.principal.id)).status_code == 200
    away = draft(place, enabled=False)
    away.pop("secret")
    path = f"sign-in-providers/{made['id']}"
    for answer in (await admin.call("PUT", path, away), await admin.call("DELETE", path)):
        assert (answer.status_code, answer.json()["code"]) == (409, "single_sign_on.locked_out")
    await admin.ok("PUT", "sign-in-policy", {"passwords": True})
    await admin.ok("DELETE", path)


@SQLITE_ONLY
async def test_going_back_to_a_policy_locks_nobody_out(here, place):
    admin = await here.administrator()
    await protected(admin)
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    assert (await enter(here.browser(), made["id"], "ada")).status_code == 200
    assert (await off(admin, admin.principal.id)).status_code == 200
    assert (await admin.call("PUT", "sign-in-policy", {"passwords": True, "break_glass": []})).status_code == 200
    path = "configuration/versions/sign_in_policy/sign_in_policy/1/restore"
    await admin.ok("DELETE", "factors/totp")
    refused = await admin.call("POST", path, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "single_sign_on.locked_out"), refused.text
    assert (await admin.ok("GET", "sign-in-policy"))["passwords"]
    totp = TOTP((await admin.ok("POST", "factors/totp"))["secret"])
    await admin.ok("POST", "factors/totp/confirm", {"code": totp.at(clock.now())})
    await admin.ok("POST", path, {"reason": "As it was."})
    assert not (await admin.ok("GET", "sign-in-policy"))["passwords"]
    newest = (await admin.ok("GET", "configuration/versions?kind=sign_in_policy"))["items"][0]
    assert (newest["restored_from"], newest["reason"]) == (1, "As it was.")


@SQLITE_ONLY
async def test_policy_waits_for_a_second_person_who_locks_nobody_out_either(here, place):
    admin = await here.administrator()
    await protected(admin)
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    assert (await enter(here.browser(), made["id"], "ada")).status_code == 200
    invited = {"name": "Grace", "email": "grace@example.org", "role": "organization_admin"}
    token = (await admin.ok("POST", "users", invited))["token"]
    grace = here.browser()
    accepted = await grace.post("/api/v1/session/invitation/accept", json={"token": token, "new_password": PASSWORD})
    grace.headers["x-csrf-token"] = accepted.json()["csrf_token"]
    await admin.ok("PUT", "configuration/policy", {"kinds": ["sign_in_policy"], "only_in_production": False})
    asked = await off(admin, admin.principal.id)
    assert (asked.status_code, asked.json()["code"]) == (409, "configuration.proposed")
    proposal = (await admin.ok("GET", "configuration/proposals"))["items"][0]["id"]
    path = f"/api/v1/configuration/proposals/{proposal}/approve"
    await admin.ok("DELETE", "factors/totp")
    refused = await grace.post(path, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "single_sign_on.locked_out")
    totp = TOTP((await admin.ok("POST", "factors/totp"))["secret"])
    await admin.ok("POST", "factors/totp/confirm", {"code": totp.at(clock.now())})
    assert (await grace.post(path, json={})).status_code == 200
    assert not (await admin.ok("GET", "sign-in-policy"))["passwords"]
