"""Authenticator apps and recovery codes: set up, asked for at sign-in, used once, removed."""

from datetime import timedelta
from typing import Any

import pytest
from pyotp import TOTP
from sqlalchemy import func, select

from powerautomation.governance import audit
from powerautomation.identity.factors.tables import RecoveryCodeRow, TotpFactorRow
from powerautomation.identity.sessions import forgive_failures
from powerautomation.identity.sessions.tables import SessionRow, SignInStepRow
from powerautomation.kernel import clock
from tests.integration.identity.conftest import EMAIL, PASSWORD, Browser, Clock, Installation

STEP = 30


class App:
    """A telephone with an authenticator app."""

    def __init__(self, secret: str) -> None:
        self.totp = TOTP(secret)

    def code(self, **off: float) -> str:
        """Return what the app shows now, or so long from now."""
        return str(self.totp.at(clock.now() + timedelta(**off)))


async def set_up(browser: Browser) -> tuple[App, list[str]]:
    """Return an app that was set up in a browser, and the recovery codes."""
    begun = await browser.send("POST", "factors/totp")
    assert begun.status_code == 201, begun.text
    app = App(begun.json()["secret"])
    answer = await browser.send("POST", "factors/totp/confirm", {"code": app.code()})
    assert answer.status_code == 200, answer.text
    return app, answer.json()["codes"]


@pytest.fixture
async def ready(here: Installation, frozen: Clock) -> tuple[Browser, App, list[str]]:
    """A person with a password and an app, in a browser that is signed in; the next code is a new one."""
    browser = await here.with_password()
    app, codes = await set_up(browser)
    frozen.advance(seconds=STEP)
    return browser, app, codes


async def first_step(browser: Browser, **credentials: str) -> str:
    answer = await browser.sign_in(**credentials)
    assert answer.status_code == 202, answer.text
    assert "set-cookie" not in answer.headers
    return str(answer.json()["token"])


async def second_step(browser: Browser, token: str, code: str) -> Any:
    return await browser.send("POST", "session/second-step", {"token": token, "code": code})


async def count(here: Installation, table: Any) -> int:
    async with here.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def actions(here: Installation) -> list[tuple[str, str]]:
    events = audit.export_chain(here.db, here.admin.organization_id)
    return [(one.event.action, one.event.outcome) async for one in events]


async def test_app_counts_once_a_code_was_shown(here, frozen):
    browser = await here.with_password()
    begun = (await browser.send("POST", "factors/totp")).json()
    assert begun["uri"].startswith("otpauth://totp/PowerAutomation:ada%40example.org?secret=" + begun["secret"])
    assert begun["svg"].startswith("<svg")
    mine = (await browser.send("GET", "factors")).json()
    assert (mine["totp_since"], mine["recovery_codes_left"]) == (None, 0)
    assert (await here.new_browser().sign_in()).status_code == 200
    wrong = await browser.send("POST", "factors/totp/confirm", {"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "factors.code_refused")
    right = await browser.send("POST", "factors/totp/confirm", {"code": App(begun["secret"]).code()})
    assert len(set(right.json()["codes"])) == 10
    assert (await browser.send("GET", "factors")).json()["recovery_codes_left"] == 10
    assert (await browser.send("POST", "factors/totp")).json()["code"] == "factors.totp_exists"


async def test_set_up_that_took_an_hour_begins_anew(here, frozen):
    browser = await here.with_password()
    app = App((await browser.send("POST", "factors/totp")).json()["secret"])
    frozen.advance(minutes=61)
    await browser.send("POST", "session/confirm", {"password": PASSWORD})
    late = await browser.send("POST", "factors/totp/confirm", {"code": app.code()})
    assert (late.status_code, late.json()["code"]) == (404, "factors.totp_missing")


async def test_secret_and_codes_are_not_stored_as_they_are(here, ready):
    _, app, codes = ready
    async with here.db.read() as session:
        row = (await session.scalars(select(TotpFactorRow))).one()
        hashes = list(await session.scalars(select(RecoveryCodeRow.code_hash)))
    assert app.totp.secret.encode() not in row.secret
    assert len(hashes) == 10
    assert not any(code.encode() in stored for stored in hashes for code in codes)


async def test_password_alone_opens_no_session(here, ready):
    before = await count(here, SessionRow)
    browser = here.new_browser()
    answer = await browser.sign_in()
    assert answer.status_code == 202
    assert answer.json()["recovery_codes_left"] == 10
    assert await count(here, SessionRow) == before
    assert (await browser.send("GET", "session")).status_code == 401
    token = answer.json()["token"]
    assert (await browser.send("GET", "session", headers={"cookie": f"pa_session={token}"})).status_code == 401
    async with here.db.read() as session:
        stored = await session.scalar(select(SignInStepRow.token_hash))
    assert token.encode() not in stored


async def test_code_opens_a_session_and_is_written_down(here, ready):
    _, app, _ = ready
    browser = here.new_browser()
    answer = await second_step(browser, await first_step(browser), app.code())
    assert answer.status_code == 200
    mine = (await browser.send("GET", "sessions")).json()["items"]
    assert [(one["method"], one["factor"]) for one in mine if one["is_this"]] == [("password", "totp")]
    assert (await actions(here))[-1] == ("sessions.sign_in", "done")


async def test_wrong_password_is_answered_alike_with_and_without_an_app(here, ready):
    await here.person("bob@example.org", "developer")
    answers = [await here.new_browser().sign_in(email=email, password="wrong") for email in (EMAIL, "bob@example.org")]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


@pytest.mark.parametrize("off", [-STEP, STEP])
async def test_telephone_may_be_one_step_off(here, ready, frozen, off):
    _, app, _ = ready
    frozen.advance(seconds=2 * STEP)
    browser = here.new_browser()
    assert (await second_step(browser, await first_step(browser), app.code(seconds=off))).status_code == 200


async def test_code_works_once(here, ready):
    _, app, _ = ready
    code = app.code()
    first, second = here.new_browser(), here.new_browser()
    assert (await second_step(first, await first_step(first), code)).status_code == 200
    again = await second_step(second, await first_step(second), code)
    assert (again.status_code, again.json()["code"]) == (401, "sessions.code_wrong")


async def test_code_of_the_set_up_signs_nobody_in(here, frozen):
    app, _ = await set_up(await here.with_password())
    browser = here.new_browser()
    assert (await second_step(browser, await first_step(browser), app.code())).status_code == 401


async def test_first_step_works_once(here, ready, frozen):
    _, app, _ = ready
    browser = here.new_browser()
    token = await first_step(browser)
    assert (await second_step(browser, token, app.code())).status_code == 200
    frozen.advance(seconds=STEP)
    again = await second_step(here.new_browser(), token, app.code())
    assert (again.status_code, again.json()["code"]) == (401, "sessions.step_invalid")


async def test_first_step_ends_after_five_minutes(here, ready, frozen):
    _, app, _ = ready
    browser = here.new_browser()
    token = await first_step(browser)
    frozen.advance(minutes=5)
    assert (await second_step(browser, token, app.code())).json()["code"] == "sessions.step_invalid"


async def test_first_step_ends_after_five_codes(here, ready):
    _, app, _ = ready
    browser = here.new_browser()
    token = await first_step(browser)
    for _ in range(5):
        assert (await second_step(browser, token, "000000")).json()["code"] == "sessions.code_wrong"
    assert (await second_step(browser, token, app.code())).json()["code"] == "sessions.step_invalid"


async def test_first_step_ends_with_the_password_it_proved(here, ready):
    browser, app, _ = ready
    token = await first_step(here.new_browser())
    changed = {"new_password": "an old lighthouse keeper", "current_password": PASSWORD}
    assert (await browser.send("PUT", "session/password", changed)).status_code == 200
    assert (await second_step(here.new_browser(), token, app.code())).json()["code"] == "sessions.step_invalid"


async def test_deactivated_person_does_not_finish(here, ready):
    _, app, _ = ready
    token = await first_step(here.new_browser())
    await here.update_user(here.admin.id, disabled_at=clock.now())
    assert (await second_step(here.new_browser(), token, app.code())).json()["code"] == "sessions.step_invalid"


async def test_one_time_link_asks_for_the_code_too(here, ready):
    _, app, _ = ready
    browser = here.new_browser()
    answer = await browser.open_link(await here.link(EMAIL))
    assert answer.status_code == 202
    assert (await second_step(browser, answer.json()["token"], app.code())).status_code == 200


async def test_session_planted_in_the_browser_is_ended_by_signing_in(here, ready):
    _, app, _ = ready
    browser = await here.person("mallory@example.org", "guest")
    planted = browser.http.cookies["__Host-pa_session"]
    browser.csrf = ""
    assert (await second_step(browser, await first_step(browser), app.code())).status_code == 200
    assert browser.http.cookies["__Host-pa_session"] != planted
    thief = here.new_browser()
    assert (await thief.send("GET", "session", headers={"cookie": f"pa_session={planted}"})).status_code == 401


async def test_recovery_code_works_once_and_the_rest_stay(here, ready):
    _, _, codes = ready
    browser = here.new_browser()
    typed = codes[3].upper().replace("-", " ")
    assert (await second_step(browser, await first_step(browser), typed)).status_code == 200
    assert (await browser.send("GET", "factors")).json()["recovery_codes_left"] == 9
    other = here.new_browser()
    token = await first_step(other)
    assert (await second_step(other, token, codes[3])).json()["code"] == "sessions.code_wrong"
    assert (await second_step(other, token, codes[4])).status_code == 200


async def test_new_recovery_codes_end_the_earlier_ones(here, ready):
    browser, _, codes = ready
    made = (await browser.send("POST", "factors/recovery-codes")).json()["codes"]
    other = here.new_browser()
    token = await first_step(other)
    assert (await second_step(other, token, codes[0])).status_code == 401
    assert (await second_step(other, token, made[0])).status_code == 200


async def test_recovery_codes_need_an_app(here):
    answer = await (await here.with_password()).send("POST", "factors/recovery-codes")
    assert answer.json()["code"] == "factors.totp_missing"


async def test_code_of_another_person_opens_nothing(here, ready):
    bob = await here.person("bob@example.org", "developer")
    app, codes = await set_up(bob)
    browser = here.new_browser()
    token = await first_step(browser)
    for code in (app.code(seconds=STEP), codes[0]):
        assert (await second_step(browser, token, code)).json()["code"] == "sessions.code_wrong"


async def test_guessing_codes_is_slowed_down_from_everywhere_but_not_in_a_known_browser(here, ready, frozen):
    _, app, _ = ready
    known = here.new_browser()
    assert (await second_step(known, await first_step(known), app.code())).status_code == 200
    for place in range(2):
        guesser = here.new_browser(ip=f"198.51.100.{place}")
        token = await first_step(guesser)
        for _ in range(5):
            assert (await second_step(guesser, token, "000000")).status_code == 401
    elsewhere = here.new_browser(ip="192.0.2.9")
    token = await first_step(elsewhere)
    frozen.advance(milliseconds=500)
    slowed = await second_step(elsewhere, token, "000000")
    assert (slowed.status_code, slowed.json()["code"]) == (429, "sessions.throttled")
    frozen.advance(seconds=STEP)
    assert (await second_step(known, await first_step(known), app.code())).status_code == 200


async def test_stranger_without_the_password_delays_no_second_step(here, ready):
    _, app, _ = ready
    stranger = here.new_browser(ip="198.51.100.1")
    for _ in range(20):
        await stranger.sign_in(password="wrong")
        await second_step(stranger, "made up", "000000")
    owner = here.new_browser(ip="192.0.2.9")
    assert (await second_step(owner, await first_step(owner), app.code())).status_code == 200


async def test_unlocking_ends_the_wait_for_codes(here, ready, frozen):
    _, app, _ = ready
    for _ in range(2):
        token = await first_step(here.new_browser())
        for _ in range(5):
            await second_step(here.new_browser(), token, "000000")
    async with here.db.unit_of_work() as session:
        await forgive_failures(session, here.box, EMAIL)
    browser = here.new_browser()
    assert (await second_step(browser, await first_step(browser), app.code())).status_code == 200


async def test_waiting_sign_ins_are_few(here, ready):
    for _ in range(25):
        await first_step(here.new_browser())
    assert await count(here, SignInStepRow) == 20


async def test_removal_needs_a_fresh_confirmation(here, ready, frozen):
    browser, _, _ = ready
    frozen.advance(minutes=10)
    refused = await browser.send("DELETE", "factors/totp")
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.confirmation_needed")
    wrong = await browser.send("POST", "session/confirm", {"password": "not this one"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "sessions.confirmation_wrong")
    assert (await browser.send("DELETE", "factors/totp")).status_code == 403
    assert (await browser.send("POST", "session/confirm", {"password": PASSWORD})).status_code == 200
    assert (await browser.send("DELETE", "factors/totp")).status_code == 204
    assert (await here.new_browser().sign_in()).status_code == 200
    assert await count(here, RecoveryCodeRow) == 0
    assert ("factors.remove_totp", "done") in await actions(here)


async def test_code_confirms_once_and_the_session_gets_a_new_token(here, ready, frozen):
    browser, app, _ = ready
    frozen.advance(minutes=10)
    before = browser.http.cookies["__Host-pa_session"]
    code = app.code()
    assert (await browser.send("POST", "session/confirm", {"code": code})).status_code == 200
    assert browser.http.cookies["__Host-pa_session"] != before
    thief = here.new_browser()
    assert (await thief.send("GET", "session", headers={"cookie": f"pa_session={before}"})).status_code == 401
    frozen.advance(seconds=1)
    assert (await browser.send("POST", "session/confirm", {"code": code})).status_code == 422


async def test_guessing_at_the_confirmation_is_slowed_down(here, ready):
    browser, _, _ = ready
    answers = [await browser.send("POST", "session/confirm", {"code": "000000"}) for _ in range(6)]
    assert [one.status_code for one in answers] == [422] * 5 + [429]


async def test_administrator_removes_the_factors_of_somebody_else(here, ready):
    browser, _, _ = ready
    bob = await here.person("bob@example.org", "developer")
    await set_up(bob)
    user_id = (await bob.send("GET", "session")).json()["user"]["id"]
    assert (await browser.send("DELETE", f"users/{user_id}/factors")).status_code == 204
    assert (await bob.send("GET", "session")).status_code == 401
    assert (await here.new_browser().open_link(await here.link("bob@example.org"))).status_code == 200
    assert ("users.remove_factors", "done") in await actions(here)
    own = await browser.send("DELETE", f"users/{here.admin.id}/factors")
    assert own.json()["code"] == "users.not_yourself"


async def test_administrator_of_another_organization_removes_nothing(here, ready):
    other = await here.other_organization()
    assert (await other.send("DELETE", f"users/{here.admin.id}/factors")).status_code == 404
    assert (await here.new_browser().sign_in()).status_code == 202
