"""How long a session lives, what its cookie looks like, and how it ends."""

import pytest
from sqlalchemy import func, select

from powerautomation.identity.sessions import find_signed_in
from powerautomation.identity.sessions.tables import SessionRow
from powerautomation.infrastructure.database import Database, DatabaseFull
from powerautomation.infrastructure.settings import ServerSettings
from powerautomation.kernel import clock


async def status_of(browser):
    return (await browser.send("GET", "session")).status_code


async def last_seen(here):
    async with here.db.read() as session:
        return (await session.scalars(select(SessionRow.last_seen_at))).one()


async def test_nobody_is_signed_in_without_a_cookie(here):
    answer = await here.new_browser().send("GET", "session")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "cookie", ["pa_session=", "pa_session=x", "pa_session=" + "x" * 5000, "pa_session=ü", ";;=;", "x"]
)
async def test_worthless_cookies_sign_nobody_in(here, cookie):
    browser = here.new_browser()
    answer = await browser.http.get("/api/v1/session", headers={"cookie": cookie.encode()})
    assert answer.status_code == 401


async def test_cookie_is_found_beside_another_of_the_same_name(here):
    browser = await here.signed_in()
    token = browser.http.cookies["__Host-pa_session"]
    cookies = f"pa_session=stale; theme=dark; pa_session={token}"
    stranger = here.new_browser()
    assert (await stranger.http.get("/api/v1/session", headers={"cookie": cookies})).status_code == 200


async def test_session_ends_after_fourteen_days_without_use(here, frozen):
    browser = await here.signed_in()
    frozen.advance(days=13, hours=23)
    assert await status_of(browser) == 200
    frozen.advance(days=13, hours=23)
    assert await status_of(browser) == 200
    frozen.advance(days=14)
    assert await status_of(browser) == 401


async def test_session_ends_after_sixty_days_however_much_it_is_used(here, frozen):
    browser = await here.signed_in()
    for _ in range(5):
        frozen.advance(days=11)
        assert await status_of(browser) == 200
    frozen.advance(days=4, hours=23)
    answer = await browser.send("GET", "session")
    assert answer.status_code == 200
    frozen.advance(hours=1)
    assert await status_of(browser) == 401


async def test_use_is_noted_at_most_once_a_minute(here, frozen):
    browser = await here.signed_in()
    opened = await last_seen(here)
    frozen.advance(seconds=59)
    await status_of(browser)
    assert await last_seen(here) == opened
    frozen.advance(seconds=1)
    await status_of(browser)
    assert (await last_seen(here) - opened).total_seconds() == 60


async def test_full_disk_does_not_sign_anybody_out(here, frozen, monkeypatch):
    browser = await here.signed_in()
    frozen.advance(minutes=5)

    def refuse(_database):
        raise DatabaseFull("The disk is full.")

    monkeypatch.setattr(Database, "unit_of_work", refuse)
    assert await status_of(browser) == 200


async def test_looking_on_by_websocket_does_not_keep_a_session_alive(here, frozen):
    browser = await here.signed_in()
    cookies = f"pa_session={browser.http.cookies['__Host-pa_session']}"
    opened = await last_seen(here)
    frozen.advance(days=13)
    user = await find_signed_in(here.db, cookies)
    assert user is not None
    assert user.principal.id == here.admin.id
    assert user.principal.organization_id == here.admin.organization_id
    assert await last_seen(here) == opened
    frozen.advance(days=1)
    assert await find_signed_in(here.db, cookies) is None
    assert await find_signed_in(here.db, "") is None


async def test_signing_out_ends_the_session_and_no_other(here):
    await here.with_password()
    browser, other = here.new_browser(), here.new_browser()
    await browser.sign_in()
    await other.sign_in()
    token = browser.http.cookies["__Host-pa_session"]
    answer = await browser.send("DELETE", "session")
    assert answer.status_code == 204
    assert "__Host-pa_session" not in browser.http.cookies
    browser.http.cookies.set("__Host-pa_session", token, domain="console.test")
    assert await status_of(browser) == 401
    assert await find_signed_in(here.db, f"pa_session={token}") is None
    assert await status_of(other) == 200


async def test_disabled_person_is_out_at_once(here):
    browser = await here.signed_in()
    await here.update_user(here.admin.id, disabled_at=clock.now())
    assert await status_of(browser) == 401
    assert await find_signed_in(here.db, f"pa_session={browser.http.cookies['__Host-pa_session']}") is None


async def test_ended_sessions_are_forgotten_in_the_end(here, frozen):
    for _ in range(3):
        await here.signed_in()
        frozen.advance(days=61)
    await here.signed_in()
    async with here.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(SessionRow)) == 1


@pytest.mark.parametrize(
    ("mode", "address", "agent", "is_secure"),
    [
        ("auto", "https://console.test", "Chrome/140", True),
        ("auto", "http://127.0.0.1:8080", "Mozilla/5.0 AppleWebKit/537.36 Chrome/140 Safari/537.36", True),
        ("auto", "http://localhost:8080", "Mozilla/5.0 Firefox/145", True),
        ("auto", "http://[::1]:8080", "Mozilla/5.0 Firefox/145", True),
        ("auto", "http://localhost:8080", "Mozilla/5.0 AppleWebKit/605.1.15 Version/26 Safari/605.1.15", False),
        ("auto", "http://192.168.1.5:8080", "Chrome/140", False),
        ("auto", "http://localhost.example.org", "Chrome/140", False),
        ("always", "http://192.168.1.5:8080", "Chrome/140", True),
        ("never", "https://console.test", "Chrome/140", False),
    ],
)
async def test_cookie_is_as_secure_as_the_browser_lets_it_be(here, mode, address, agent, is_secure):
    server = ServerSettings(secure_cookies=mode)
    here.app.state.settings = here.app.state.settings.model_copy(update={"server": server})
    browser = here.new_browser()
    answer = await browser.http.post(
        f"{address}/api/v1/session/link", json={"token": await here.link()}, headers={"user-agent": agent}
    )
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"httponly", "samesite=lax", "path=/", "max-age=5184000"} | (
        {"secure"} if is_secure else set()
    )


@pytest.mark.parametrize(
    ("mode", "address", "prefix"),
    [
        ("auto", "https://console.test", "__Host-"),
        ("always", "https://console.test", "__Host-"),
        ("never", "https://console.test", ""),
        ("auto", "http://127.0.0.1:8080", ""),
        ("always", "http://192.168.1.5:8080", ""),
    ],
)
async def test_over_tls_no_other_host_can_give_the_session_cookie(here, mode, address, prefix):
    server = ServerSettings(secure_cookies=mode)
    here.app.state.settings = here.app.state.settings.model_copy(update={"server": server})
    browser = here.new_browser()
    answer = await browser.http.post(
        f"{address}/api/v1/session/link", json={"token": await here.link()}, headers={"user-agent": "Chrome/140"}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{prefix}pa_session=")
    assert "domain=" not in cookie.lower()
    gone = await browser.http.delete(
        f"{address}/api/v1/session",
        headers={"x-csrf-token": answer.json()["csrf_token"], "cookie": cookie.partition(";")[0]},
    )
    assert gone.status_code == 204
    cleared = [one.partition("=")[0] for one in gone.headers.get_list("set-cookie")]
    assert sorted(cleared) == sorted({"pa_session", f"{prefix}pa_session"})


async def test_planted_cookie_counts_for_nothing_beside_the_real_one_and_an_old_one_is_renamed(here):
    mine, other = await here.signed_in(), await here.signed_in()
    token, planted = (one.http.cookies["__Host-pa_session"] for one in (mine, other))
    who = {"cookie": f"pa_session={planted}; __Host-pa_session={token}"}
    told = await here.new_browser().http.get("/api/v1/session", headers=who)
    assert told.json()["csrf_token"] == (await mine.send("GET", "session")).json()["csrf_token"]
    assert "set-cookie" not in told.headers
    # From before the server spoke TLS.
    old = await here.new_browser().http.get("/api/v1/session", headers={"cookie": f"pa_session={token}"})
    assert old.status_code == 200
    names = [one.partition("=")[0] for one in old.headers.get_list("set-cookie")]
    assert names == ["__Host-pa_session", "pa_session"]


async def test_cookie_is_secure_behind_a_proxy_that_speaks_tls(here):
    browser = here.new_browser(ip="127.0.0.1")
    headers = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.99", "user-agent": "Chrome/140"}
    answer = await browser.http.post(
        "http://gateway.lan/api/v1/session/link", json={"token": await here.link()}, headers=headers
    )
    assert "secure" in answer.headers["set-cookie"].lower()
    async with here.db.read() as session:
        assert await session.scalar(select(SessionRow.ip)) == "203.0.113.99"


async def test_answers_with_sessions_are_not_cached(here):
    browser = await here.signed_in()
    assert (await browser.send("GET", "session")).headers["cache-control"] == "no-store"
