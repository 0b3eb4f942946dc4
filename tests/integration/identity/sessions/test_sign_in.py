"""Signing in with a password, and what slows guessing down."""

import asyncio

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from powerautomation.governance import audit
from powerautomation.identity.sessions import auditing, forgive_failures, throttling
from powerautomation.identity.sessions.tables import SessionRow, SignInAttemptRow
from powerautomation.identity.users import check_credentials, passwords
from powerautomation.identity.users.tables import AccountRow
from powerautomation.kernel import clock

WRONG = "not the password at all"


async def test_password_opens_a_session(here):
    await here.with_password()
    browser = here.new_browser()
    answer = await browser.sign_in()
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ada@example.org"
    assert (await browser.send("GET", "session")).json()["user"]["has_password"] is True


async def test_session_token_is_random_and_travels_in_its_cookie_alone(here):
    await here.with_password()
    tokens = set()
    for _ in range(3):
        browser = here.new_browser()
        answer = await browser.sign_in()
        session, device = answer.headers.get_list("set-cookie")
        tokens.add(browser.http.cookies["__Host-pa_session"])
        for cookie in (session, device):
            name, value = cookie.partition(";")[0].split("=")
            assert "httponly" in cookie.lower()
            assert value not in answer.text, name
        assert "samesite=lax" in session.lower()
        assert "samesite=strict" in device.lower()
    # 256 bits in base64.
    assert [len(token) for token in tokens] == [43] * 3


async def test_password_does_not_expire(here, frozen):
    await here.with_password()
    frozen.advance(days=3650)
    assert (await here.new_browser().sign_in()).status_code == 200


@pytest.mark.parametrize("email", [" ADA@Example.ORG ", "ａｄａ@example.org"])
async def test_email_is_recognised_however_it_is_written(here, email):
    await here.with_password()
    assert (await here.new_browser().sign_in(email=email)).status_code == 200


async def test_password_is_recognised_in_every_unicode_form(here):
    browser = await here.signed_in()
    chosen = {"email": "ada@example.org", "new_password": "café au lait à midi"}
    assert (await browser.send("PUT", "session/password", chosen)).status_code == 200
    assert (await here.new_browser().sign_in(password="cafe\u0301 au lait a\u0300 midi")).status_code == 200


async def test_wrong_password_unknown_email_and_disabled_person_get_the_same_answer(here):
    await here.with_password()
    wrong = await here.new_browser().sign_in(password=WRONG)
    unknown = await here.new_browser().sign_in(email="nobody@example.org")
    malformed = await here.new_browser().sign_in(email="not an address")
    await here.update_user(here.admin.id, disabled_at=clock.now())
    disabled = await here.new_browser().sign_in()
    for answer in (wrong, unknown, malformed, disabled):
        assert answer.status_code == 401
        assert answer.json()["code"] == "sessions.credentials_wrong"
        assert "set-cookie" not in answer.headers
    bodies = [{**answer.json(), "request_id": ""} for answer in (wrong, unknown, malformed, disabled)]
    assert bodies.count(bodies[0]) == 4


async def test_unknown_email_costs_one_hash_like_a_known_one(here, monkeypatch):
    await here.with_password()
    checked: list[str] = []
    real = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda stored, given: checked.append(stored) or real(stored, given))
    await here.new_browser().sign_in(password=WRONG)
    await here.new_browser().sign_in(email="nobody@example.org")
    assert len(checked) == 2
    costs = {stored.split("$")[3] for stored in checked}
    assert costs == {"m=8,t=1,p=1"}


async def test_person_without_password_cannot_sign_in_with_an_empty_or_any_password(here):
    await here.update_user(here.admin.id, email="ada@example.org")
    assert (await here.new_browser().sign_in(password=WRONG)).status_code == 401
    assert (await here.new_browser().sign_in(password="")).status_code == 422


async def test_hash_with_old_costs_is_made_anew_at_sign_in(here):
    await here.with_password()
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash("a quiet harbour at dusk")
    async with here.db.unit_of_work() as session:
        await session.execute(update(AccountRow).values(password_hash=old))
    assert (await here.new_browser().sign_in()).status_code == 200
    async with here.db.read() as session:
        stored = await session.scalar(select(AccountRow.password_hash))
    assert "m=8,t=1,p=1" in stored
    assert (await here.new_browser().sign_in()).status_code == 200


async def test_waiting_for_the_next_sign_in_is_written_down_once_a_burst(here, frozen, monkeypatch):
    # What other tests of this minute took does not count.
    monkeypatch.setattr(auditing, "_throttled", audit.Allowance(1))
    monkeypatch.setattr(auditing, "_all_throttled", audit.Allowance(60))
    await here.with_password()
    browser = here.new_browser()
    for _ in range(9):
        await browser.sign_in(password=WRONG)
    found = audit.export_chain(here.db, here.admin.organization_id)
    told = [one.event async for one in found if one.event.action == "sessions.throttle"]
    assert [(one.outcome, one.actor.kind) for one in told] == [("refused", "unknown")]


async def test_guessing_is_slowed_down_and_says_for_how_long(here, frozen):
    await here.with_password()
    browser = here.new_browser()
    statuses = [(await browser.sign_in(password=WRONG)).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    throttled = await browser.sign_in()
    assert throttled.json()["code"] == "sessions.throttled"
    assert throttled.json()["retry_after"] == 1
    assert throttled.headers["retry-after"] == "1"
    frozen.advance(seconds=1)
    assert (await browser.sign_in(password=WRONG)).status_code == 401
    assert (await browser.sign_in()).json()["retry_after"] == 2
    frozen.advance(seconds=2)
    assert (await browser.sign_in()).status_code == 200
    assert [(await browser.sign_in(password=WRONG)).status_code for _ in range(5)] == [401] * 5


async def test_delay_never_grows_beyond_five_minutes(here, frozen):
    browser = here.new_browser()
    waits = []
    for _ in range(40):
        answer = await browser.sign_in(password=WRONG)
        waits.append(answer.json().get("retry_after", 0))
        frozen.advance(seconds=waits[-1] or 0.01)
    assert max(waits) == 300


async def test_parallel_guesses_do_not_outrun_the_count(here, frozen):
    await here.with_password()
    answers = await asyncio.gather(*(here.new_browser().sign_in(password=WRONG) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_guessing_from_elsewhere_does_not_lock_the_owner_out(here, frozen):
    await here.with_password()
    for number in range(8):
        attacker = here.new_browser(ip=f"198.51.100.{number}")
        for _ in range(6):
            await attacker.sign_in(password=WRONG)
    assert (await here.new_browser(ip="203.0.113.7").sign_in()).status_code == 200


async def test_browser_that_knew_the_password_gets_in_from_a_network_under_attack(here, frozen):
    await here.with_password()
    known = here.new_browser()
    assert (await known.sign_in()).status_code == 200
    attacker = here.new_browser()
    for _ in range(50):
        await attacker.sign_in(password=WRONG)
    assert (await here.new_browser().sign_in()).status_code == 429
    assert (await known.sign_in()).status_code == 200


async def test_device_cookie_of_one_account_gives_no_room_at_another(here, frozen):
    await here.with_password()
    known = here.new_browser()
    await known.sign_in()
    for _ in range(5):
        await known.sign_in(email="bob@elsewhere.example", password=WRONG)
    assert (await known.sign_in(email="bob@elsewhere.example", password=WRONG)).status_code == 429


async def test_invented_device_cookies_give_no_further_attempts(here, frozen):
    browser = here.new_browser()
    statuses = []
    for number in range(6):
        cookie = f"pa_device={number:032x}.{'0' * 64}"
        body = {"email": "ada@example.org", "password": WRONG}
        answer = await browser.http.post("/api/v1/session", json=body, headers={"cookie": cookie})
        statuses.append(answer.status_code)
    assert statuses == [401] * 5 + [429]


async def test_credentials_of_a_disabled_person_are_not_accepted(here):
    await here.with_password()
    accepted = await check_credentials(here.db, "ada@example.org", "a quiet harbour at dusk")
    assert accepted is not None
    assert accepted.id == here.admin.id
    await here.update_user(here.admin.id, disabled_at=clock.now())
    assert await check_credentials(here.db, "ada@example.org", "a quiet harbour at dusk") is None


async def test_one_network_cannot_try_many_accounts(here, frozen):
    statuses = [
        (await here.new_browser().sign_in(email=f"user{number}@example.org", password=WRONG)).status_code
        for number in range(32)
    ]
    assert statuses == [401] * 30 + [429] * 2


async def test_ipv6_client_is_counted_by_its_network(here, frozen):
    for number in range(5):
        await here.new_browser(ip=f"2001:db8:1:2::{number}").sign_in(password=WRONG)
    assert (await here.new_browser(ip="2001:db8:1:2:ffff::9").sign_in(password=WRONG)).status_code == 429
    assert (await here.new_browser(ip="2001:db8:1:3::1").sign_in(password=WRONG)).status_code == 401


async def test_success_counts_nothing_against_the_network(here, frozen):
    await here.with_password()
    for _ in range(40):
        assert (await here.new_browser().sign_in()).status_code == 200


async def test_memory_of_failures_is_bounded_and_forgets(here, frozen, monkeypatch):
    monkeypatch.setattr(throttling, "MOST_ROWS", 10)
    for number in range(30):
        await here.new_browser(ip=f"198.51.100.{number}").sign_in(email=f"u{number}@example.org", password=WRONG)
        frozen.advance(seconds=1)
    async with here.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(SignInAttemptRow)) <= 10
    frozen.advance(hours=25)
    await here.new_browser().sign_in(password=WRONG)
    async with here.db.read() as session:
        keys = list(await session.scalars(select(SignInAttemptRow.key)))
    assert len(keys) == 2
    assert all(len(key) == 64 for key in keys)


async def test_password_changed_while_it_is_checked_does_not_sign_in(here, monkeypatch):
    await here.with_password()
    browser = await here.signed_in()
    began, go_on = asyncio.Event(), asyncio.Event()
    real = passwords.verify_password

    async def slow(stored, given):
        outcome = await real(stored, given)
        began.set()
        await go_on.wait()
        return outcome

    monkeypatch.setattr("powerautomation.identity.users.service.verify_password", slow)
    signing_in = asyncio.create_task(here.new_browser().sign_in())
    await asyncio.wait_for(began.wait(), 10)
    changed = await browser.send("PUT", "session/password", {"new_password": "another harbour at dawn"})
    assert changed.status_code == 200
    go_on.set()
    assert (await signing_in).status_code == 401


async def test_sign_in_replaces_the_session_the_browser_had(here):
    await here.with_password()
    browser = here.new_browser()
    await browser.sign_in()
    before = browser.http.cookies["__Host-pa_session"]
    await browser.sign_in()
    assert browser.http.cookies["__Host-pa_session"] != before
    thief = here.new_browser()
    thief.http.cookies.set("__Host-pa_session", before, domain="console.test")
    assert (await thief.send("GET", "session")).status_code == 401


async def test_sessions_of_one_person_are_bounded(here, monkeypatch):
    monkeypatch.setattr("powerautomation.identity.sessions.rules.MOST_SESSIONS_OF_ONE_USER", 3)
    await here.with_password()
    browsers = [here.new_browser() for _ in range(5)]
    for browser in browsers:
        assert (await browser.sign_in()).status_code == 200
    statuses = [(await browser.send("GET", "session")).status_code for browser in browsers]
    assert statuses == [401, 401, 200, 200, 200]


async def test_too_many_waiting_passwords_are_turned_away(here, monkeypatch):
    import threading

    await here.with_password()
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(1))
    assert passwords._places.acquire(blocking=False)
    answer = await here.new_browser().sign_in()
    assert answer.status_code == 503
    assert answer.json()["code"] == "users.passwords_busy"
    passwords._places.release()
    assert (await here.new_browser().sign_in()).status_code == 200


async def test_tokens_and_passwords_are_not_stored(here):
    await here.with_password()
    browser = here.new_browser()
    await browser.sign_in()
    async with here.db.read() as session:
        sessions = list(await session.scalars(select(SessionRow)))
        account = (await session.scalars(select(AccountRow))).one()
    assert all(browser.http.cookies["__Host-pa_session"].encode() not in row.token_hash for row in sessions)
    assert account.password_hash.startswith("$argon2id$")
    assert "harbour" not in account.password_hash


@pytest.mark.parametrize(
    "body",
    [
        {"email": "a@b.c"},
        {"email": 7, "password": "x"},
        {"email": "a@b.c", "password": ["x"]},
        {"email": "a@b.c", "password": "x", "admin": True},
        {"email": "a" * 255, "password": "x"},
        {"email": "a@b.c", "password": "x" * 4097},
    ],
)
async def test_malformed_sign_ins_are_refused_without_repeating_them(here, body):
    answer = await here.new_browser().send("POST", "session", body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert "x" * 20 not in answer.text


async def test_forgiven_account_may_try_again_at_once(here):
    browser = await here.with_password()
    guesser = here.new_browser(ip="198.51.100.9")
    for _ in range(6):
        answer = await guesser.sign_in(password="a wrong guess indeed")
    assert answer.json()["code"] == "sessions.throttled"
    async with here.db.unit_of_work() as session:
        await forgive_failures(session, here.box, " ADA@example.org")
    assert (await guesser.sign_in()).status_code == 200
    assert (await browser.send("GET", "session")).status_code == 200
