"""Setting a password, and the profile beside it."""

import asyncio

import pytest
from sqlalchemy import select

from powerautomation.identity.users.tables import AccountRow
from powerautomation.infrastructure.events.tables import OutboxEventRow

NEW = "another harbour at dawn"


async def put(browser, **body):
    return await browser.send("PUT", "session/password", body)


async def test_first_password_needs_an_email_and_then_signs_in(here):
    browser = await here.signed_in()
    without = await put(browser, new_password=NEW)
    assert without.status_code == 422
    assert "email" in without.json()["fields"]
    answer = await put(browser, new_password=NEW, email="Ada@Example.org", name="  Ada Lovelace ")
    assert answer.status_code == 200
    assert answer.json()["user"] | {"id": ""} == {
        "id": "",
        "email": "ada@example.org",
        "name": "Ada Lovelace",
        "locale": "",
        "has_password": True,
        "role": "system_admin",
    }
    assert (await here.new_browser().sign_in(password=NEW)).status_code == 200


async def test_changing_a_password_needs_the_present_one(here):
    await here.with_password()
    browser = here.new_browser()
    await browser.sign_in()
    missing = await put(browser, new_password=NEW)
    wrong = await put(browser, new_password=NEW, current_password="not the password at all")
    for answer in (missing, wrong):
        assert answer.status_code == 422
        assert answer.json()["code"] == "sessions.current_password_wrong"
        assert "current_password" in answer.json()["fields"]
    changed = await put(browser, new_password=NEW, current_password="a quiet harbour at dusk")
    assert changed.status_code == 200
    assert (await here.new_browser().sign_in()).status_code == 401
    assert (await here.new_browser().sign_in(password=NEW)).status_code == 200


async def test_link_session_may_set_a_password_once_and_only_soon(here, frozen):
    await here.with_password()
    late = await here.signed_in()
    frozen.advance(hours=1)
    assert (await put(late, new_password=NEW)).json()["code"] == "sessions.current_password_wrong"
    soon = await here.signed_in()
    frozen.advance(minutes=59)
    assert (await put(soon, new_password=NEW)).status_code == 200
    again = await put(soon, new_password="a third harbour at noon")
    assert again.json()["code"] == "sessions.current_password_wrong"


async def test_session_without_any_password_may_set_the_first_one_later(here, frozen):
    browser = await here.signed_in()
    frozen.advance(days=3)
    assert (await put(browser, new_password=NEW, email="ada@example.org")).status_code == 200


async def test_guessing_the_present_password_is_slowed_down(here, frozen):
    await here.with_password()
    browser = here.new_browser()
    await browser.sign_in()
    guess = {"new_password": NEW, "current_password": "not the password at all"}
    statuses = [(await put(browser, **guess)).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert (await here.new_browser().sign_in()).status_code == 200
    frozen.advance(seconds=1)
    assert (await put(browser, new_password=NEW, current_password="a quiet harbour at dusk")).status_code == 200


async def test_setting_a_password_ends_every_other_session_and_link(here):
    await here.with_password()
    others = [here.new_browser() for _ in range(3)]
    for other in others:
        await other.sign_in()
    stranger = await here.other_organization()
    browser = await here.signed_in()
    link = await here.link()
    assert (await put(browser, new_password=NEW)).status_code == 200
    assert [(await other.send("GET", "session")).status_code for other in others] == [401] * 3
    assert (await here.new_browser().open_link(link)).status_code == 401
    assert (await browser.send("GET", "session")).status_code == 200
    assert (await stranger.send("GET", "session")).status_code == 200


async def test_of_simultaneous_changes_one_wins(here):
    browser = await here.signed_in()
    await put(browser, new_password="a quiet harbour at dusk", email="ada@example.org")
    browser = await here.signed_in()
    words = ["harbour", "lighthouse", "meadow", "orchard"]
    answers = await asyncio.gather(*(put(browser, new_password=f"one {word} at dawn") for word in words))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    won = words[statuses.index(200)]
    assert (await here.new_browser().sign_in(password=f"one {won} at dawn")).status_code == 200
    losers = [answer.json()["code"] for answer in answers if answer.status_code != 200]
    assert set(losers) <= {"users.password_changed_meanwhile", "sessions.current_password_wrong"}


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "P@ssw0rd2026!!",
        "qwertyuiopas",
        "powerautomation1",
        "ada@example.org",
        "Ada Lovelace 1815",
        "x" * 1025,
    ],
)
async def test_password_anybody_would_try_is_refused_with_the_reason(here, password):
    browser = await here.signed_in()
    answer = await put(browser, new_password=password, email="ada@example.org", name="Ada Lovelace")
    assert answer.status_code == 422
    assert answer.json()["code"] == "users.password_too_weak"
    assert answer.json()["fields"]["new_password"]
    assert password not in answer.text or password == "short"
    async with here.db.read() as session:
        assert await session.scalar(select(AccountRow.password_hash)) is None


@pytest.mark.parametrize("email", ["plain", "two@@example.org", "a b@example.org", "@example.org", "ada@", "a@b\nc"])
async def test_text_that_is_no_email_is_refused(here, email):
    browser = await here.signed_in()
    answer = await put(browser, new_password=NEW, email=email)
    assert answer.status_code == 422
    assert answer.json()["code"] == "users.email_invalid"


async def test_email_of_somebody_else_is_refused_and_nothing_changes(here):
    stranger = await here.other_organization()
    browser = await here.signed_in()
    answer = await put(browser, new_password=NEW, email="BOB@elsewhere.example")
    assert answer.status_code == 409
    assert answer.json()["code"] == "users.email_taken"
    assert (await browser.send("GET", "session")).json()["user"]["has_password"] is False
    assert (await stranger.send("GET", "session")).status_code == 200


async def test_revoked_session_sets_no_password(here, monkeypatch):
    browser = await here.signed_in()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(password):
        began.set()
        await go_on.wait()
        return "$argon2id$never-stored"

    monkeypatch.setattr("powerautomation.identity.users.service.hash_password", slow)
    setting = asyncio.create_task(put(browser, new_password=NEW, email="ada@example.org"))
    await asyncio.wait_for(began.wait(), 10)
    assert (await browser.send("DELETE", "session")).status_code == 204
    go_on.set()
    assert (await setting).status_code == 401
    async with here.db.read() as session:
        assert await session.scalar(select(AccountRow.password_hash)) is None


async def test_profile_changes_what_is_given_and_nothing_else(here):
    browser = await here.signed_in()
    renamed = await browser.send("PATCH", "session", {"name": "艾达"})
    assert renamed.json()["user"]["name"] == "艾达"
    moved = await browser.send("PATCH", "session", {"locale": "zh-CN"})
    assert moved.json()["user"] | {"id": ""} == {
        "id": "",
        "email": "",
        "name": "艾达",
        "locale": "zh-CN",
        "has_password": False,
        "role": "system_admin",
    }
    assert (await browser.send("GET", "session")).json() == moved.json()
    unchanged = await browser.send("PATCH", "session", {})
    assert unchanged.json() == moved.json()


@pytest.mark.parametrize("body", [{"locale": "xx"}, {"name": ""}, {"name": "  "}, {"name": "a\nb"}, {"role": "admin"}])
async def test_profile_refuses_what_cannot_be(here, body):
    browser = await here.signed_in()
    assert (await browser.send("PATCH", "session", body)).status_code == 422


async def test_changes_are_announced_without_secrets(here):
    browser = await here.with_password()
    await browser.send("PATCH", "session", {"name": "Ada"})
    async with here.db.read() as session:
        events = list(await session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.id)))
    assert [event.kind for event in events] == ["users.password_set", "users.updated"]
    assert all(event.payload == {"user_id": here.admin.id} for event in events)


async def test_stolen_password_is_refused_at_every_place_where_one_is_chosen(here):
    browser = await here.with_password()
    stolen = "needforspeed 2026"
    changed = {"new_password": stolen, "current_password": "a quiet harbour at dusk"}
    invited = await browser.send("POST", "users", {"name": "Bob", "email": "bob@example.org", "role": "guest"})
    accepted = {"token": invited.json()["token"], "new_password": stolen}
    claimed = await here.person("eve@example.org", "guest")
    for answer in (
        await browser.send("PUT", "session/password", changed),
        await here.new_browser().send("POST", "session/invitation/accept", accepted),
        await claimed.send("PUT", "session/password", {"new_password": stolen}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "users.password_breached")
        assert answer.json()["fields"]["new_password"]
