"""Signing in by OpenID Connect against a real provider in a process of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import select, update

from powerautomation.governance import audit
from powerautomation.identity.access import ROLES
from powerautomation.identity.factors.tables import SEALED_SECRET, TotpFactorRow
from powerautomation.identity.people.service import begin_purge
from powerautomation.identity.privacy import run_unfinished
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from powerautomation.kernel.clock import now
from tests.fixtures.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    PEOPLE,
    IdentityProvider,
    identity_provider,
)
from tests.fixtures.ports import free_port
from tests.integration.app.installation import ORIGIN, Installation, Person, installation, settings_with

CALLBACK = f"{ORIGIN}/api/v1/session/callback"
# What is stored is the same in both columns; only where it is raced for or counted are both tried.
SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    """The provider of this module's tests."""
    with identity_provider(free_port(), CALLBACK) as running:
        yield running


@pytest.fixture
async def here(column: Settings, provider: IdentityProvider) -> AsyncIterator[Installation]:
    """An application that may call the provider."""
    settings = settings_with(column, gateway={"allowed_hosts": [f"127.0.0.1:{provider.port}"]})
    async with installation(settings) as running:
        yield running


def draft(provider: IdentityProvider, **more: Any) -> Json:
    """What an administrator enters."""
    return {
        "name": "Example login",
        "oidc": {"issuer": provider.issuer, "client_id": CLIENT_ID, "scopes": "openid email profile groups"},
        "secret": CLIENT_SECRET,
        "rules": [{"claim": "groups", "value": "admins", "role": "organization_admin"}],
        "default_role": "developer",
        "email_domains": ["example.org"],
        "creates_people": True,
        **more,
    }


async def begin(browser: httpx2.AsyncClient, provider_id: str, return_to: str = "/usage") -> str:
    """Press a provider's button; where the browser is sent."""
    answer = await browser.post(f"/api/v1/session/providers/{provider_id}/start", json={"return_to": return_to})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def at_provider(url: str, name: str, **form: str) -> str:
    """Fill in the provider's form; where it sends the browser back to, without the origin."""
    async with httpx2.AsyncClient() as outside:
        assert "<form" in (await outside.get(url)).text
        answer = await outside.post(url, data={"name": name, "password": PASSWORD, **form})
    assert answer.status_code == 302, answer.text
    back = answer.headers["location"]
    assert back.startswith(CALLBACK)
    return str(back.removeprefix(ORIGIN))


async def sign_in(here: Installation, provider_id: str, name: str) -> tuple[httpx2.AsyncClient, httpx2.Response]:
    """The whole way of one person in a fresh browser."""
    browser = here.browser()
    back = await at_provider(await begin(browser, provider_id), name)
    return browser, await browser.get(back)


async def session_of(browser: httpx2.AsyncClient) -> Json:
    """Who is signed in."""
    answer = await browser.get("/api/v1/session")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def actions(here: Installation, person: Person) -> list[tuple[str, str, str]]:
    """The audit log: action, outcome, actor."""
    found = audit.export_chain(here.application.database, person.principal.organization_id)
    return [(one.event.action, one.event.outcome, one.event.actor.name) async for one in found]


async def test_stranger_signs_in_and_is_added_with_the_role_of_the_groups(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    assert made["oidc"]["algorithms"] == ["RS256"]
    assert made["has_secret"] is True
    assert CLIENT_SECRET not in str(made)
    offered = (await here.browser().get("/api/v1/session/providers")).json()
    assert offered == {"items": [{"id": made["id"], "kind": "oidc", "name": "Example login"}], "by_domain": False}

    browser, answer = await sign_in(here, made["id"], "grace")
    assert (answer.status_code, answer.headers["location"]) == (303, "/usage")
    session = await session_of(browser)
    assert session["user"] | {"id": ""} == {
        "id": "", "email": "grace@example.org", "name": "Grace H", "locale": "", "role": "organization_admin",
        "has_password": False,
    }  # fmt: skip
    assert not [name for name in browser.cookies if "pa_trip" in name]
    again, _ = await sign_in(here, made["id"], "grace")
    assert (await session_of(again))["user"]["id"] == session["user"]["id"]
    assert (await admin.ok("GET", "sign-in-providers"))["items"][0]["people"] == 1
    written = await actions(here, admin)
    assert [one for one in written if one[0].startswith(("users.", "single"))][1:] == [
        ("single_sign_on.create", "done", "Administrator"),
        ("users.create", "done", "Example login"),
        ("single_sign_on.link", "done", "Example login"),
    ]
    assert written.count(("sessions.sign_in", "done", "Grace H")) == 2


async def test_answer_is_taken_once_and_only_in_the_browser_that_began(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    back = await at_provider(await begin(browser, made["id"]), "grace")
    stolen = await here.browser().get(back)
    assert stolen.headers["location"] == "/sign-in?problem=single_sign_on.state_invalid"
    cookies = dict(browser.cookies)
    assert (await browser.get(back)).headers["location"] == "/usage"
    replayed = here.browser()
    replayed.cookies.update({name: value for name, value in cookies.items() if "pa_trip" in name})
    assert (await replayed.get(back)).headers["location"] == "/sign-in?problem=single_sign_on.state_invalid"
    assert (await replayed.get("/api/v1/session")).status_code == 401
    assert (await actions(here, admin)).count(("sessions.sign_in", "failed", "")) == 2


@SQLITE_ONLY
@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: y\n"])
async def test_browser_goes_on_only_to_pages_of_this_server(here, provider, wanted):
    made = await (await here.administrator()).ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    back = await at_provider(await begin(browser, made["id"], wanted), "grace")
    assert (await browser.get(back)).headers["location"] == "/"


@SQLITE_ONLY
async def test_authorization_asks_with_pkce_and_the_fixed_return_address(here, provider):
    made = await (await here.administrator()).ok("POST", "sign-in-providers", draft(provider))
    asked = {
        name: values[0] for name, values in parse_qs(urlsplit(await begin(here.browser(), made["id"])).query).items()
    }
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == CALLBACK
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43


@SQLITE_ONLY
async def test_no_at_the_provider_is_said_and_written_down(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    back = await at_provider(await begin(browser, made["id"]), "grace", deny="1")
    assert (await browser.get(back)).headers["location"] == "/sign-in?problem=single_sign_on.provider_refused"
    assert ("sessions.sign_in", "failed", "") in await actions(here, admin)


@SQLITE_ONLY
async def test_person_of_the_same_address_is_opened_only_where_the_provider_is_trusted(here, provider):
    admin = await here.administrator()
    body = {"name": "Grace", "email": PEOPLE["grace"]["email"], "role": "developer"}
    invited = await admin.ok("POST", "users", body)
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    _, answer = await sign_in(here, made["id"], "grace")
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.person_unknown"
    await admin.ok("PUT", f"sign-in-providers/{made['id']}", draft(provider, secret=None, links_by_email=True))
    browser, _ = await sign_in(here, made["id"], "grace")
    assert (await session_of(browser))["user"]["id"] == invited["user_id"]
    # The address of this one is not verified: it opens nobody's account, and is nobody's yet.
    await admin.ok("POST", "users", {"name": "L", "email": PEOPLE["linus"]["email"], "role": "guest"})
    _, refused = await sign_in(here, made["id"], "linus")
    assert refused.headers["location"] == "/sign-in?problem=single_sign_on.email_refused"


@SQLITE_ONLY
async def test_trusted_address_never_opens_an_account_above_what_the_provider_gives(here, provider):
    admin = await here.administrator()
    await admin.ok("POST", "users", {"name": "G", "email": PEOPLE["grace"]["email"], "role": "system_admin"})
    made = await admin.ok("POST", "sign-in-providers", draft(provider, links_by_email=True))
    _, answer = await sign_in(here, made["id"], "grace")
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.person_unknown"


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("grace", {"rules": [{"claim": "groups", "value": "no", "role": "guest"}], "default_role": ""}, "role_missing"),
        ("grace", {"email_domains": ["other.example"]}, "email_refused"),
        ("grace", {"creates_people": False}, "person_unknown"),
        ("linus", {}, "email_refused"),
        ("nobody", {"email_domains": []}, "email_refused"),
    ],
)
async def test_who_may_not_come_in_is_refused(here, provider, name, more, code):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider, **more))
    browser, answer = await sign_in(here, made["id"], name)
    assert answer.headers["location"] == f"/sign-in?problem=single_sign_on.{code}"
    assert (await browser.get("/api/v1/session")).status_code == 401
    assert len((await admin.ok("GET", "users"))["items"]) == 1


@SQLITE_ONLY
async def test_role_follows_the_groups_and_deactivation_wins(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser, _ = await sign_in(here, made["id"], "grace")
    person = (await session_of(browser))["user"]["id"]
    rules = [{"claim": "groups", "value": "staff", "role": "operator"}]
    await admin.ok("PUT", f"sign-in-providers/{made['id']}", draft(provider, secret=None, rules=rules))
    await sign_in(here, made["id"], "grace")
    assert (await session_of(browser))["user"]["role"] == "operator"
    await admin.ok("POST", f"users/{person}/deactivate", {})
    _, refused = await sign_in(here, made["id"], "grace")
    assert refused.headers["location"] == "/sign-in?problem=single_sign_on.person_inactive"


@SQLITE_ONLY
async def test_test_sign_in_shows_claims_and_role_and_changes_nothing(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider, enabled=False))
    begun = await admin.ok("POST", f"sign-in-providers/{made['id']}/test")
    answer = await admin.http.get(await at_provider(begun["url"], "grace"))
    assert answer.headers["location"].startswith("/single-sign-on?test=")
    test_id = answer.headers["location"].rpartition("=")[2]
    shown = await admin.ok("GET", f"sign-in-providers/tests/{test_id}")
    assert (shown["outcome"], shown["role"], shown["subject"]) == ("created", "organization_admin", "sub-grace")
    assert shown["claims"]["groups"] == ["staff", "admins"]
    assert shown["code"] == ""
    assert len((await admin.ok("GET", "users"))["items"]) == 1
    assert (await session_of(admin.http))["user"]["name"] == "Administrator"
    stranger = await here.stranger()
    assert (await stranger.call("GET", f"sign-in-providers/tests/{test_id}")).status_code == 404


@SQLITE_ONLY
async def test_test_sign_in_shows_the_exact_error(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider, secret="wrong"))
    begun = await admin.ok("POST", f"sign-in-providers/{made['id']}/test")
    answer = await admin.http.get(await at_provider(begun["url"], "grace"))
    shown = await admin.ok("GET", f"sign-in-providers/tests/{answer.headers['location'].rpartition('=')[2]}")
    assert shown["code"] == "single_sign_on.provider_refused"
    assert "HTTP 401): invalid_client" in shown["message"]


@SQLITE_ONLY
async def test_provider_that_calls_itself_otherwise_is_refused(here, provider):
    admin = await here.administrator()
    body = draft(provider)
    body["oidc"]["issuer"] += "/"
    refused = await admin.call("POST", "sign-in-providers", body)
    assert refused.status_code == 422
    assert provider.issuer in refused.json()["fields"]["oidc.issuer"]


@SQLITE_ONLY
async def test_host_that_is_not_on_the_allow_list_is_not_asked(here, provider):
    body = draft(provider)
    body["oidc"]["issuer"] = "https://login.example.com"
    refused = await (await here.administrator()).call("POST", "sign-in-providers", body)
    assert refused.status_code == 502
    assert "gateway.allowed_hosts" in refused.json()["action"]


@SQLITE_ONLY
async def test_nobody_has_a_provider_give_more_than_the_own_role(here, provider):
    assert "system_admin" in ROLES
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser, _ = await sign_in(here, made["id"], "grace")
    browser.headers["x-csrf-token"] = (await session_of(browser))["csrf_token"]
    refused = await browser.post("/api/v1/sign-in-providers", json=draft(provider, default_role="system_admin"))
    assert refused.json()["code"] == "single_sign_on.role_above_yours"
    await admin.ok("PUT", f"sign-in-providers/{made['id']}", draft(provider, secret=None, default_role="system_admin"))
    for method, path in (("PUT", made["id"]), ("DELETE", made["id"])):
        answer = await browser.request(method, f"/api/v1/sign-in-providers/{path}", json=draft(provider))
        assert answer.json()["code"] == "single_sign_on.role_above_yours"


@SQLITE_ONLY
async def test_many_starts_from_one_network_have_to_wait(here, provider, monkeypatch):
    made = await (await here.administrator()).ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    path = f"/api/v1/session/providers/{made['id']}/start"
    # The wait begins with a second, and this machine may be slow.
    stopped = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: stopped)
    statuses = [(await browser.post(path, json={})).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


@SQLITE_ONLY
async def test_removed_provider_signs_nobody_in_and_its_people_stay(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    await sign_in(here, made["id"], "grace")
    browser = here.browser()
    back = await at_provider(await begin(browser, made["id"]), "grace")
    await admin.ok("DELETE", f"sign-in-providers/{made['id']}")
    assert (await browser.get(back)).headers["location"].startswith("/sign-in?problem=single_sign_on.")
    assert [one["email"] for one in (await admin.ok("GET", "users"))["items"]][:1] == ["grace@example.org"]
    assert (await admin.ok("GET", "sign-in-providers"))["items"] == []


@SQLITE_ONLY
async def test_account_with_a_second_factor_is_not_opened_by_an_address(here, provider):
    admin = await here.administrator()
    body = {"name": "Grace", "email": PEOPLE["grace"]["email"], "role": "developer"}
    user_id = (await admin.ok("POST", "users", body))["user_id"]
    made = await admin.ok("POST", "sign-in-providers", draft(provider, links_by_email=True))
    async with here.application.database.unit_of_work() as session:
        moment = now()
        account_id = await session.scalar(select(UserRow.account_id).where(UserRow.id == user_id))
        sealed = here.application.secret_box.encrypt(b"secret", SEALED_SECRET.place("", account_id))
        session.add(
            TotpFactorRow(
                account_id=account_id,
                secret=sealed,
                created_at=moment,
                confirmed_at=moment,
                last_step=0,
            )
        )
    _, answer = await sign_in(here, made["id"], "grace")
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.person_unknown"


@SQLITE_ONLY
async def test_deleted_person_stays_outside_and_is_forgotten_with_the_binding(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser, _ = await sign_in(here, made["id"], "grace")
    user_id = (await session_of(browser))["user"]["id"]
    await admin.ok("DELETE", f"users/{user_id}")
    _, refused = await sign_in(here, made["id"], "grace")
    assert refused.headers["location"] == "/sign-in?problem=single_sign_on.person_inactive"
    database = here.application.database
    async with database.unit_of_work() as session:
        await session.execute(
            update(UserRow).where(UserRow.id == user_id).values(deleted_at=now() - timedelta(days=31))
        )
    async with database.unit_of_work() as session:
        assert await begin_purge(session) == 1
    await run_unfinished(database)
    assert (await admin.ok("GET", "sign-in-providers"))["items"][0]["people"] == 0
    again, _ = await sign_in(here, made["id"], "grace")
    assert (await session_of(again))["user"]["id"] != user_id


@SQLITE_ONLY
async def test_provider_speaks_one_protocol_for_good(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    directory = {
        "servers": ["ldap://127.0.0.1"], "bind_dn": "cn=reader", "base_dn": "dc=example,dc=org",
        "user_filter": "(uid={username})", "subject_attribute": "entryUUID",
    }  # fmt: skip
    for wrong in ({"ldap": directory}, {"oidc": None}):
        refused = await admin.call("POST", "sign-in-providers", draft(provider, **wrong))
        assert (refused.status_code, refused.json()["code"]) == (422, "single_sign_on.provider_invalid")
    turned = draft(provider, oidc=None, ldap=directory)
    assert (await admin.call("PUT", f"sign-in-providers/{made['id']}", turned)).status_code == 422
    kept = await admin.ok("GET", f"sign-in-providers/{made['id']}")
    assert (kept["kind"], kept["ldap"]) == ("oidc", None)
