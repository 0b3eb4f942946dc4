"""One account in several organizations: joining, going from one to another, and what none may do to the other."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from powerautomation.identity.people.service import begin_purge
from powerautomation.identity.privacy import run_unfinished
from powerautomation.identity.sessions.tables import SessionRow
from powerautomation.identity.users.tables import AccountRow, UserRow
from powerautomation.kernel import clock
from tests.integration.identity.conftest import EMAIL, PASSWORD, Browser, Installation

NEW = "another quiet harbour at dawn"


async def invited(by: Browser, email: str, role: str = "developer") -> str:
    """Return the token of the invitation of a new person."""
    answer = await by.send("POST", "users", {"name": "Ada", "email": email, "role": role})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def in_both(here: Installation) -> tuple[Browser, Browser, str]:
    """Return a browser of the first administrator, who joined "Elsewhere" and is there now; a browser of the
    administrator there; and the id of the first one there."""
    ada = await here.with_password()
    bob = await here.other_organization()
    answer = await ada.send("POST", "session/invitation/join", {"token": await invited(bob, EMAIL)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["organization"]["name"] == "Elsewhere"
    return ada, bob, answer.json()["user"]["id"]


async def organizations(browser: Browser) -> list[tuple[str, bool]]:
    """Return the names of the organizations a browser can go to, and which of them it is in."""
    items = (await browser.send("GET", "session/organizations")).json()["items"]
    return [(one["organization"]["name"], one["is_this"]) for one in items]


async def go(browser: Browser, organization_id: str) -> Any:
    """Go to another organization."""
    return await browser.send("POST", "session/organization", {"organization_id": organization_id})


async def test_joined_organization_is_entered_and_left_by_sessions_of_its_own(here):
    ada, _, _ = await in_both(here)
    there = ada.http.cookies["__Host-pa_session"]
    assert await organizations(ada) == [("Default", False), ("Elsewhere", True)]
    assert (await ada.send("GET", "users")).status_code == 403
    assert (await go(ada, "org_default")).json()["user"]["role"] == "system_admin"
    assert ada.http.cookies["__Host-pa_session"] != there
    assert [one["email"] for one in (await ada.send("GET", "users")).json()["items"]] == [EMAIL]
    old = here.new_browser()
    old.http.cookies.set("__Host-pa_session", there)
    assert (await old.send("GET", "session")).status_code == 401


async def test_next_sign_in_opens_the_organization_used_last(here):
    ada, _, _ = await in_both(here)
    assert (await here.new_browser().sign_in()).json()["organization"]["name"] == "Elsewhere"
    await go(ada, "org_default")
    assert (await here.new_browser().sign_in()).json()["organization"]["name"] == "Default"


async def test_session_elsewhere_keeps_its_proof_and_its_end(here, frozen):
    ada, _, _ = await in_both(here)
    before = (await ada.send("GET", "sessions")).json()["items"]
    frozen.advance(minutes=30)
    await go(ada, "org_default")
    [now_here] = [one for one in (await ada.send("GET", "sessions")).json()["items"] if one["is_this"]]
    assert now_here["expires_at"] == next(one for one in before if one["is_this"])["expires_at"]
    async with here.db.read() as session:
        row = await session.get(SessionRow, now_here["id"])
    assert row is not None
    assert row.confirmed_at < clock.now()


@pytest.mark.parametrize("organization_id", ["org_other", "org_nowhere"])
async def test_organization_one_is_not_in_is_like_one_that_does_not_exist(here, organization_id):
    ada = await here.with_password()
    await here.other_organization()
    answer = await go(ada, organization_id)
    assert (answer.status_code, answer.json()["code"]) == (404, "organizations.not_found")


async def test_inviting_tells_nothing_of_an_account_elsewhere(here):
    await here.with_password()
    bob = await here.other_organization()
    known, unknown = [
        (await bob.send("POST", "users", {"name": "N", "email": email, "role": "guest"})).json()
        for email in (EMAIL, "nobody@example.org")
    ]
    assert known.keys() == unknown.keys()
    people = (await bob.send("GET", "users")).json()["items"]
    states = {one["email"]: (one["state"], one["last_seen_at"]) for one in people if one["state"] == "invited"}
    assert set(states.values()) == {("invited", None)}


async def test_invitation_is_not_accepted_by_an_address_alone(here):
    ada = await here.with_password()
    bob = await here.other_organization()
    token = await invited(bob, EMAIL)
    assert await organizations(ada) == [("Default", True)]
    # Who holds the link and chooses a password does not get, or change, the account that has the address.
    stranger = here.new_browser()
    answer = await stranger.send("POST", "session/invitation/accept", {"token": token, "new_password": NEW})
    assert (answer.status_code, answer.json()["code"]) == (409, "users.email_taken")
    assert (await here.new_browser().sign_in()).status_code == 200
    assert (await ada.send("POST", "session/invitation/join", {"token": token})).status_code == 200
    again = await ada.send("POST", "session/invitation/join", {"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "sessions.invitation_invalid")


async def test_nobody_is_twice_in_one_organization(here):
    ada, bob, _ = await in_both(here)
    token = await invited(bob, "ada.second@example.org")
    answer = await ada.send("POST", "session/invitation/join", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "sessions.already_member")
    accepted = await here.new_browser().send("POST", "session/invitation/accept", {"token": token, "new_password": NEW})
    assert accepted.status_code == 200


async def test_deactivation_in_one_organization_leaves_the_other_alone(here):
    ada, bob, there = await in_both(here)
    assert (await bob.send("POST", f"users/{there}/deactivate", {})).status_code == 200
    assert (await ada.send("GET", "session")).status_code == 401
    answer = await here.new_browser().sign_in()
    assert answer.json()["organization"]["name"] == "Default"


async def test_administrator_of_one_organization_does_not_change_what_opens_another(here):
    _, bob, there = await in_both(here)
    answer = await bob.send("DELETE", f"users/{there}/factors")
    assert (answer.status_code, answer.json()["code"]) == (409, "users.account_shared")
    await bob.send("DELETE", f"users/{there}")
    assert (await here.new_browser().sign_in()).status_code == 200


async def test_new_password_ends_the_sessions_in_every_organization(here):
    ada, _, _ = await in_both(here)
    other = here.new_browser()
    await other.sign_in()
    await go(other, "org_default")
    answer = await ada.send("PUT", "session/password", {"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 200
    assert (await other.send("GET", "session")).status_code == 401
    assert (await ada.send("GET", "session")).status_code == 200


async def test_own_sessions_are_listed_and_ended_in_every_organization(here):
    ada, bob, there = await in_both(here)
    other = here.new_browser()
    await other.sign_in()
    await go(other, "org_default")
    items = (await ada.send("GET", "sessions")).json()["items"]
    assert sorted(one["organization"] for one in items) == ["Default", "Elsewhere"]
    [elsewhere] = [one["id"] for one in items if one["organization"] == "Default"]
    # An administrator sees those of the own organization alone.
    seen = (await bob.send("GET", f"users/{there}/sessions")).json()["items"]
    assert elsewhere not in [one["id"] for one in seen]
    assert (await ada.send("DELETE", f"sessions/{elsewhere}")).status_code == 204
    assert (await other.send("GET", "session")).status_code == 401


async def test_session_that_a_provider_opened_stays_in_its_organization(here):
    ada, bob, there = await in_both(here)
    async with here.db.unit_of_work() as session:
        await session.execute(update(SessionRow).where(SessionRow.user_id == there).values(method="oidc"))
    assert await organizations(ada) == [("Elsewhere", True)]
    refused = [
        (await go(ada, "org_default"), "sessions.provider_session"),
        (
            await ada.send("POST", "session/invitation/join", {"token": await invited(bob, "third@example.org")}),
            "sessions.provider_session",
        ),
        (
            await ada.send("PUT", "session/password", {"current_password": PASSWORD, "new_password": NEW}),
            "sessions.provider_session",
        ),
        (await ada.send("POST", "factors/passkeys/options"), "factors.provider_proof"),
        (await ada.send("POST", "factors/totp"), "factors.provider_proof"),
    ]
    for answer, code in refused:
        assert (answer.status_code, answer.json()["code"]) == (403, code)


async def test_account_lives_as_long_as_somebody_is_it(here):
    _, bob, there = await in_both(here)
    await bob.send("DELETE", f"users/{there}")
    await here.update_user(there, deleted_at=clock.now() - timedelta(days=31))
    async with here.db.unit_of_work() as session:
        assert await begin_purge(session) == 1
    assert len(await run_unfinished(here.db)) == 1
    assert (await here.new_browser().sign_in()).status_code == 200
    async with here.db.read() as session:
        shared = await session.scalar(select(AccountRow.is_shared).where(AccountRow.email == EMAIL))
        accounts = await session.scalar(select(func.count()).select_from(AccountRow))
        people = await session.scalar(select(func.count()).select_from(UserRow))
    assert (shared, accounts, people) == (False, 2, 2)
