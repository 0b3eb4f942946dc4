"""One-time links: the first way in, and the way back in."""

import asyncio

import pytest
from sqlalchemy import func, select

from powerautomation.identity.sessions import AdministratorMissing, create_sign_in_link, reset_password_link
from powerautomation.identity.sessions.tables import SessionRow, SignInLinkRow
from powerautomation.identity.users import UserNotFound
from powerautomation.kernel import clock


async def test_first_administrator_signs_in_by_link(here, frozen):
    browser = here.new_browser()
    answer = await browser.open_link(await here.link())
    session = answer.json()
    assert answer.status_code == 200
    assert session["user"] == {
        "id": here.admin.id,
        "email": "",
        "name": "Administrator",
        "locale": "",
        "has_password": False,
        "role": "system_admin",
    }
    assert session["organization"] == {"id": here.admin.organization_id, "name": "Default"}
    assert "api_keys:write" in session["permissions"]
    assert session["expires_at"] == "2026-12-02T11:06:40Z"
    again = await browser.send("GET", "session")
    assert again.json() == session


async def test_link_works_once(here):
    token = await here.link()
    assert (await here.new_browser().open_link(token)).status_code == 200
    refused = await here.new_browser().open_link(token)
    assert refused.status_code == 401
    assert refused.json()["code"] == "sessions.link_invalid"
    assert "powerautomation sign-in-link" in refused.json()["action"]
    assert "set-cookie" not in refused.headers


async def test_of_simultaneous_uses_of_a_link_one_succeeds(here):
    token = await here.link()
    answers = await asyncio.gather(*(here.new_browser().open_link(token) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    async with here.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(SessionRow)) == 1


async def test_simultaneous_new_links_leave_one_that_works(here):
    tokens = await asyncio.gather(*(here.link() for _ in range(5)))
    statuses = [(await here.new_browser().open_link(token)).status_code for token in tokens]
    assert sorted(statuses) == [200, 401, 401, 401, 401]


async def test_new_link_voids_the_unused_one_before(here):
    old = await here.link()
    new = await here.link()
    assert (await here.new_browser().open_link(old)).status_code == 401
    assert (await here.new_browser().open_link(new)).status_code == 200


async def test_link_of_another_person_voids_nothing(here):
    token = await here.link()
    await here.other_organization()
    assert (await here.new_browser().open_link(token)).status_code == 200


async def test_link_ends_after_a_day(here, frozen):
    token = await here.link()
    frozen.advance(hours=23, minutes=59)
    in_time = await here.link()
    frozen.advance(hours=24)
    assert (await here.new_browser().open_link(in_time)).status_code == 401
    assert (await here.new_browser().open_link(token)).status_code == 401
    last = await here.link()
    frozen.advance(hours=23, minutes=59)
    assert (await here.new_browser().open_link(last)).status_code == 200


async def test_link_of_a_disabled_person_is_refused_and_stays_unused(here):
    token = await here.link()
    await here.update_user(here.admin.id, disabled_at=clock.now())
    assert (await here.new_browser().open_link(token)).status_code == 401
    async with here.db.read() as session:
        assert await session.scalar(select(SignInLinkRow.used_at)) is None


async def test_link_token_is_not_stored(here):
    token = await here.link()
    async with here.db.read() as session:
        row = (await session.scalars(select(SignInLinkRow))).one()
    assert token.encode() not in row.token_hash
    assert len(row.token_hash) == 32
    assert len(token) == 43


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": None}, {"token": "x" * 201}, {"token": "a", "b": 1}, [], 7]
)
async def test_malformed_link_requests_are_refused_with_words(here, body):
    answer = await here.new_browser().send("POST", "session/link", body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize("token", ["x", "ü", "' OR 1=1 --", "%"])
async def test_unknown_links_are_refused(here, token):
    assert (await here.new_browser().open_link(token)).status_code == 401


async def test_page_of_another_site_cannot_sign_a_visitor_in(here):
    token = await here.link()
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "https://console.test"},
    ):
        answer = await here.new_browser().send("POST", "session/link", {"token": token}, headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "sessions.cross_site"
    allowed = await here.new_browser().send(
        "POST", "session/link", {"token": token}, {"origin": "https://console.test"}
    )
    assert allowed.status_code == 200


async def test_forgotten_password_is_reset_by_a_link(here):
    await here.with_password()
    async with here.db.unit_of_work() as session:
        token = await reset_password_link(session, "ADA@example.org")
    browser = here.new_browser()
    assert (await browser.open_link(token)).status_code == 200
    changed = await browser.send("PUT", "session/password", {"new_password": "another harbour at dawn"})
    assert changed.status_code == 200
    assert (await here.new_browser().sign_in()).status_code == 401
    assert (await here.new_browser().sign_in(password="another harbour at dawn")).status_code == 200


async def test_reset_link_for_nobody_is_refused(here):
    await here.with_password()
    await here.update_user(here.admin.id, disabled_at=clock.now())
    async with here.db.unit_of_work() as session:
        for email in ("ada@example.org", "nobody@example.org", "not an address"):
            with pytest.raises(UserNotFound):
                await reset_password_link(session, email)
        with pytest.raises(AdministratorMissing):
            await create_sign_in_link(session)
