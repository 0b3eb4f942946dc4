"""Passkeys: made, named, removed, and enough alone to sign in; what is replayed or comes from elsewhere is refused."""

import json
from typing import Any

import pytest

from powerautomation.identity.factors.rules import relying_party
from powerautomation.kernel import clock
from tests.fixtures.authenticator import Authenticator
from tests.integration.identity.conftest import EMAIL, ORIGIN, PASSWORD, Browser, Installation


async def make(browser: Browser, device: Authenticator, name: str = "laptop") -> Any:
    """Make a passkey in a browser that is signed in."""
    options = (await browser.send("POST", "factors/passkeys/options")).json()["options"]
    return await browser.send("POST", "factors/passkeys", {"name": name, "credential": device.create(options)})


async def options_of(browser: Browser) -> dict[str, Any]:
    """Ask for a challenge, as the sign-in page does."""
    answer = await browser.send("POST", "session/passkey/options")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["options"])


async def enter(browser: Browser, credential: str) -> Any:
    return await browser.send("POST", "session/passkey", {"credential": credential})


def refused(answer: Any) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "factors.passkey_refused")


@pytest.fixture
async def ready(here: Installation, frozen: Any) -> tuple[Browser, Authenticator]:
    """A person with a passkey, in a browser that is signed in; the server knows its public address."""
    settings = here.app.state.settings
    server = settings.server.model_copy(update={"public_url": ORIGIN})
    here.app.state.settings = settings.model_copy(update={"server": server})
    browser = await here.with_password()
    device = Authenticator(ORIGIN)
    answer = await make(browser, device)
    assert answer.status_code == 201, answer.text
    return browser, device


async def test_passkey_alone_signs_in(here, ready):
    _, device = ready
    browser = here.new_browser()
    asked = await options_of(browser)
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("console.test", "required", [])
    answer = await enter(browser, device.get(asked))
    assert (answer.status_code, answer.json()["user"]["email"]) == (200, EMAIL)
    mine = (await browser.send("GET", "sessions")).json()["items"]
    assert [one["method"] for one in mine if one["is_this"]] == ["passkey"]


async def test_challenge_works_once(here, ready):
    _, device = ready
    asked = await options_of(here.new_browser())
    assert (await enter(here.new_browser(), device.get(asked))).status_code == 200
    # Another signature, and a counter that grew: only the challenge was used before.
    assert refused(await enter(here.new_browser(), device.get(asked)))


async def test_answer_is_not_taken_twice(here, ready):
    _, device = ready
    answer = device.get(await options_of(here.new_browser()))
    assert (await enter(here.new_browser(), answer)).status_code == 200
    assert refused(await enter(here.new_browser(), answer))


async def test_challenge_ends_after_five_minutes(here, ready, frozen):
    _, device = ready
    asked = await options_of(here.new_browser())
    frozen.advance(minutes=5)
    assert refused(await enter(here.new_browser(), device.get(asked)))


async def test_challenge_that_the_server_did_not_make_is_refused(here, ready):
    _, device = ready
    asked = await options_of(here.new_browser())
    assert refused(await enter(here.new_browser(), device.get({**asked, "challenge": "A" * 75})))


async def test_challenge_of_a_registration_signs_nobody_in(here, ready):
    browser, device = ready
    made = (await browser.send("POST", "factors/passkeys/options")).json()["options"]
    asked = await options_of(browser)
    assert refused(await enter(here.new_browser(), device.get({**asked, "challenge": made["challenge"]})))


async def test_counter_that_does_not_grow_is_refused(here, ready):
    _, device = ready
    device.count = 5
    assert (await enter(here.new_browser(), device.get(await options_of(here.new_browser())))).status_code == 200
    device.count = 5
    assert refused(await enter(here.new_browser(), device.get(await options_of(here.new_browser()))))


async def test_device_that_did_not_ask_who_it_is_is_refused(here, ready):
    _, device = ready
    device.verifies = False
    assert refused(await enter(here.new_browser(), device.get(await options_of(here.new_browser()))))


@pytest.mark.parametrize(
    "origin", ["https://console.test.evil.example", "http://console.test", "https://console.test:8443"]
)
async def test_answer_given_to_another_site_is_refused(here, ready, origin):
    _, device = ready
    device.origin = origin
    assert refused(await enter(here.new_browser(), device.get(await options_of(here.new_browser()))))


async def test_passkey_for_another_name_is_refused(here, ready):
    _, device = ready
    asked = await options_of(here.new_browser())
    assert refused(await enter(here.new_browser(), device.get({**asked, "rpId": "evil.example"})))


async def test_unknown_passkey_and_nonsense_get_the_same_answer(here, ready):
    _, device = ready
    unknown = Authenticator(ORIGIN)
    unknown.user_handle = device.user_handle
    forged = Authenticator(ORIGIN)
    forged.credential_id, forged.user_handle = device.credential_id, device.user_handle
    asked = await options_of(here.new_browser())
    bodies = []
    for credential in (unknown.get(asked), forged.get(asked), "{}", "[]", "not json", json.dumps({"response": 1})):
        answer = await enter(here.new_browser(), credential)
        assert refused(answer)
        bodies.append({**answer.json(), "request_id": ""})
    assert bodies.count(bodies[0]) == len(bodies)


async def test_deactivated_person_is_refused(here, ready):
    _, device = ready
    await here.update_user(here.admin.id, disabled_at=clock.now())
    assert refused(await enter(here.new_browser(), device.get(await options_of(here.new_browser()))))


async def test_passkey_is_made_only_in_the_session_that_asked(here, ready):
    browser, _ = ready
    bob = await here.person("bob@example.org", "developer")
    options = (await browser.send("POST", "factors/passkeys/options")).json()["options"]
    device = Authenticator(ORIGIN)
    stolen = await bob.send("POST", "factors/passkeys", {"name": "x", "credential": device.create(options)})
    assert (stolen.status_code, stolen.json()["code"]) == (422, "factors.passkey_invalid")
    kept = await browser.send("POST", "factors/passkeys", {"name": "x", "credential": device.create(options)})
    assert kept.status_code == 201
    again = Authenticator(ORIGIN)
    replayed = await browser.send("POST", "factors/passkeys", {"name": "y", "credential": again.create(options)})
    assert replayed.json()["code"] == "factors.passkey_invalid"


async def test_passkeys_are_named_listed_and_removed_by_their_owner_only(here, ready):
    browser, device = ready
    [one] = (await browser.send("GET", "factors")).json()["passkeys"]
    assert (one["name"], one["last_used_at"]) == ("laptop", None)
    bob = await here.person("bob@example.org", "developer")
    path = f"factors/passkeys/{one['id']}"
    assert (await bob.send("PATCH", path, {"name": "mine"})).json()["code"] == "factors.passkey_not_found"
    assert (await bob.send("DELETE", path)).json()["code"] == "factors.passkey_not_found"
    assert (await browser.send("PATCH", path, {"name": "old laptop"})).status_code == 204
    assert (await browser.send("GET", "factors")).json()["passkeys"][0]["name"] == "old laptop"
    assert (await browser.send("DELETE", path)).status_code == 204
    assert refused(await enter(here.new_browser(), device.get(await options_of(here.new_browser()))))


async def test_passkey_confirms_its_owner_and_nobody_else(here, ready, frozen):
    browser, device = ready
    bob = await here.person("bob@example.org", "developer")
    frozen.advance(minutes=10)
    answer = {"credential": device.get(await options_of(browser))}
    assert (await bob.send("POST", "session/confirm", answer)).json()["code"] == "sessions.confirmation_wrong"
    assert (await browser.send("POST", "factors/totp")).status_code == 403
    answer = {"credential": device.get(await options_of(browser))}
    assert (await browser.send("POST", "session/confirm", answer)).status_code == 200
    assert (await browser.send("POST", "factors/totp")).status_code == 201


async def test_administrator_removes_passkeys_with_the_other_factors(here, ready):
    browser, _ = ready
    bob = await here.person("bob@example.org", "developer")
    device = Authenticator(ORIGIN)
    assert (await make(bob, device)).status_code == 201
    user_id = (await bob.send("GET", "session")).json()["user"]["id"]
    assert (await browser.send("DELETE", f"users/{user_id}/factors")).status_code == 204
    assert refused(await enter(here.new_browser(), device.get(await options_of(here.new_browser()))))


async def test_server_known_by_an_address_only_has_no_passkeys(here):
    browser = await here.with_password()
    assert (await browser.send("GET", "factors")).json()["passkeys_at"] == ""
    answer = await browser.send("POST", "session/passkey/options")
    assert (answer.status_code, answer.json()["code"]) == (409, "factors.passkeys_unavailable")
    assert (await browser.sign_in(password=PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("public_url", "base_url", "expected"),
    [
        ("https://ai.example.org/", "http://127.0.0.1:8080", ("ai.example.org", "https://ai.example.org")),
        ("https://ai.example.org:8443/pa", "", ("ai.example.org", "https://ai.example.org:8443")),
        ("", "http://127.0.0.1:8080", ("localhost", "http://localhost:8080")),
        ("", "http://192.0.2.1:8080", None),
        ("https://192.0.2.1", "http://127.0.0.1:8080", None),
        ("", "", None),
    ],
)
def test_whom_passkeys_are_made_for_follows_the_configured_address(public_url, base_url, expected):
    party = relying_party(public_url, base_url)
    assert (party and (party.id, party.origin)) == expected
