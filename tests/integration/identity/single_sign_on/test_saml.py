"""Signing in by SAML against a provider in a process of its own."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from lxml import etree

from powerautomation.governance import audit
from powerautomation.infrastructure.settings import Settings
from tests.fixtures.ports import free_port
from tests.fixtures.saml_provider import PASSWORD, SamlProvider, saml_provider
from tests.fixtures.saml_responses import DS, FORMATS, metadata, signer
from tests.integration.app.installation import ORIGIN, Installation, Person, installation, settings_with

CALLBACK = f"{ORIGIN}/api/v1/session/callback"
ENTITY_ID = f"{ORIGIN}/api/v1/session/metadata"
SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
Json = dict[str, Any]
ENTERED = {"entity_id": "i", "sso_url": "https://i.example"}


@pytest.fixture(scope="module")
def provider() -> Iterator[SamlProvider]:
    """The provider of this module's tests."""
    with saml_provider(free_port(), ENTITY_ID, CALLBACK) as running:
        yield running


@pytest.fixture
async def here(column: Settings, provider: SamlProvider) -> AsyncIterator[Installation]:
    """An application that may call the provider."""
    settings = settings_with(column, gateway={"allowed_hosts": [f"127.0.0.1:{provider.port}"]})
    async with installation(settings) as running:
        yield running


def draft(provider: SamlProvider, saml: Json | None = None, **more: Any) -> Json:
    """What an administrator enters."""
    return {
        "name": "Example login",
        "saml": {"metadata_url": provider.metadata_url, **(saml or {})},
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
    return str(answer.json()["url"]).replace("//localhost:", "//127.0.0.1:")


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page that posts itself."""
    return dict(re.findall(r'name="?(\w+)"? value="([^"]*)"', page))


async def at_provider(url: str, name: str, **form: str) -> dict[str, str]:
    """Fill in the provider's form; what its page posts."""
    async with httpx2.AsyncClient() as outside:
        assert "<form" in (await outside.get(url)).text
        answer = await outside.post(url, data={"name": name, "password": PASSWORD, **form})
    assert answer.status_code == 200, answer.text
    assert f'action="{CALLBACK}"' in answer.text
    return fields(answer.text)


async def come_back(browser: httpx2.AsyncClient, posted: dict[str, str]) -> httpx2.Response:
    """Post the answer as browsers do: first without cookies from the provider's page, then from this server's own."""
    async with httpx2.AsyncClient(transport=browser._transport, base_url=ORIGIN) as without_cookies:
        page = await without_cookies.post("/api/v1/session/callback", data=posted)
    if page.status_code != 200:
        return page
    assert 'action="answer"' in page.text
    assert fields(page.text) == posted
    assert "set-cookie" not in page.headers
    return await browser.post("/api/v1/session/answer", data=fields(page.text))


async def sign_in(here: Installation, provider_id: str, name: str) -> tuple[httpx2.AsyncClient, httpx2.Response]:
    """The whole way of one person in a fresh browser."""
    browser = here.browser()
    return browser, await come_back(browser, await at_provider(await begin(browser, provider_id), name))


async def session_of(browser: httpx2.AsyncClient) -> Json:
    """Who is signed in."""
    answer = await browser.get("/api/v1/session")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def actions(here: Installation, person: Person) -> list[tuple[str, str, str]]:
    """The audit log: action, outcome, actor."""
    found = audit.export_chain(here.application.database, person.principal.organization_id)
    return [(one.event.action, one.event.outcome, one.event.actor.name) async for one in found]


async def shown_by_test(here: Installation, admin: Person, provider_id: str, name: str, **form: str) -> Json:
    """What a test sign-in shows."""
    begun = await admin.ok("POST", f"sign-in-providers/{provider_id}/test")
    answer = await come_back(
        admin.http, await at_provider(begun["url"].replace("//localhost:", "//127.0.0.1:"), name, **form)
    )
    assert answer.headers["location"].startswith("/single-sign-on?test="), answer.headers["location"]
    found = await admin.ok("GET", f"sign-in-providers/tests/{answer.headers['location'].rpartition('=')[2]}")
    return dict(found)


async def test_stranger_signs_in_and_is_added_with_the_role_of_the_groups(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    assert made["saml"]["entity_id"] == provider.entity_id
    assert made["saml"]["service_entity_id"] == ENTITY_ID
    assert len(made["saml"]["certificates"]) == 1
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
    assert ("users.create", "done", "Example login") in await actions(here, admin)


async def test_answer_is_taken_once_and_only_in_the_browser_that_began(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    posted = await at_provider(await begin(browser, made["id"]), "grace")
    lost = "/sign-in?problem=single_sign_on.state_invalid"
    assert (await come_back(here.browser(), posted)).headers["location"] == lost
    assert (await come_back(browser, posted)).headers["location"] == "/usage"
    assert (await come_back(browser, posted)).headers["location"] == lost
    # A fresh start of the same or of another browser does not make an old answer good.
    other = here.browser()
    fresh = parse_qs(urlsplit(await begin(other, made["id"])).query)["RelayState"][0]
    answer = await come_back(other, {**posted, "RelayState": fresh})
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.proof_invalid"
    assert (await other.get("/api/v1/session")).status_code == 401


async def test_assertion_is_remembered_by_every_replica(here, provider, monkeypatch):
    """Even where two requests had the same id, an assertion opens one session."""
    from powerautomation.identity.single_sign_on.adapters.saml import adapter

    monkeypatch.setattr(adapter, "_request_id", lambda trip: "_the-same")
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    posted = await at_provider(await begin(browser, made["id"]), "grace")
    assert (await come_back(browser, posted)).headers["location"] == "/usage"
    begun = await admin.ok("POST", f"sign-in-providers/{made['id']}/test")
    state = parse_qs(urlsplit(begun["url"]).query)["RelayState"][0]
    answer = await come_back(admin.http, {**posted, "RelayState": state})
    test_id = answer.headers["location"].rpartition("=")[2]
    assert "used before" in (await admin.ok("GET", f"sign-in-providers/tests/{test_id}"))["message"]


@SQLITE_ONLY
@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"SAMLResponse": "PGEvPg=="},
        {"SAMLResponse": "PGEvPg==", "RelayState": "https://evil.example/"},
        {"SAMLResponse": "PGEvPg==", "RelayState": '"><script>alert(1)</script>'},
        {"SAMLResponse": '"><script>', "RelayState": "state"},
        {"SAMLResponse": "A" * 600_000, "RelayState": "state"},
        {"RelayState": "state"},
    ],
)
async def test_what_was_not_asked_for_goes_nowhere(here, posted):
    """Nobody signs in that began at the provider, and RelayState never says where a browser goes."""
    answer = await come_back(here.browser(), posted)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.state_invalid"


@SQLITE_ONLY
async def test_own_page_takes_nothing_from_other_sites(here, provider):
    made = await (await here.administrator()).ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    posted = await at_provider(await begin(browser, made["id"]), "grace")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert (await browser.post("/api/v1/session/answer", data=posted, headers=headers)).status_code == 403
    twice = f"RelayState={posted['RelayState']}&RelayState=x"
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await browser.post("/api/v1/session/answer", content=twice, headers=form)
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.state_invalid"


@SQLITE_ONLY
async def test_page_that_passes_an_answer_on_runs_its_one_script_only(here):
    answer = await here.browser().post(
        "/api/v1/session/callback", data={"SAMLResponse": "PGEvPg==", "RelayState": "state"}
    )
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='$", policy)
    assert answer.headers["cache-control"] == "no-store"


@SQLITE_ONLY
async def test_answer_of_one_provider_proves_nothing_at_another(here, provider):
    admin, stranger = await here.administrator(), await here.stranger()
    mine = await admin.ok("POST", "sign-in-providers", draft(provider))
    theirs = draft(
        provider,
        {"metadata_url": None, "metadata": metadata("https://other.example", "https://o.example/sso", signer("other"))},
    )
    other = await stranger.ok("POST", "sign-in-providers", theirs)
    browser = here.browser()
    posted = await at_provider(await begin(browser, mine["id"]), "grace")
    elsewhere = parse_qs(urlsplit(await begin(browser, other["id"])).query)["RelayState"][0]
    answer = await come_back(browser, {**posted, "RelayState": elsewhere})
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.proof_invalid"
    assert ("sessions.sign_in", "failed", "") in await actions(here, stranger)


@SQLITE_ONLY
async def test_no_at_the_provider_is_said(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    browser = here.browser()
    posted = await at_provider(await begin(browser, made["id"]), "grace", deny="1")
    assert (await come_back(browser, posted)).headers["location"] == "/sign-in?problem=single_sign_on.provider_refused"
    shown = await shown_by_test(here, admin, made["id"], "grace", deny="1")
    assert (shown["code"], "Responder" in shown["message"]) == ("single_sign_on.provider_refused", True)


@SQLITE_ONLY
async def test_test_sign_in_shows_attributes_and_role_and_changes_nothing(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider, enabled=False))
    shown = await shown_by_test(here, admin, made["id"], "grace")
    assert (shown["outcome"], shown["role"], shown["subject"]) == ("created", "organization_admin", "sub-grace")
    assert shown["claims"]["groups"] == ["staff", "admins"]
    assert shown["claims"]["NameID.Format"].endswith("persistent")
    assert len((await admin.ok("GET", "users"))["items"]) == 1


@SQLITE_ONLY
async def test_test_sign_in_shows_the_exact_error(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider, {"entity_id": provider.entity_id}))
    told = made["saml"] | {"entity_id": "https://other.example", "metadata_url": None}
    entered = {name: told[name] for name in ("entity_id", "sso_url", "certificates", "service_entity_id")}
    await admin.ok("PUT", f"sign-in-providers/{made['id']}", draft(provider, {"metadata_url": None, **entered}))
    shown = await shown_by_test(here, admin, made["id"], "grace")
    assert shown["code"] == "single_sign_on.proof_invalid"
    assert f"it was issued by '{provider.entity_id}', not by https://other.example" in shown["message"]


@SQLITE_ONLY
async def test_known_address_opens_an_account_only_where_the_provider_proves_addresses(here, provider):
    admin = await here.administrator()
    invited = await admin.ok("POST", "users", {"name": "Grace", "email": "grace@example.org", "role": "developer"})
    made = await admin.ok("POST", "sign-in-providers", draft(provider, links_by_email=True))
    _, answer = await sign_in(here, made["id"], "grace")
    assert answer.headers["location"] == "/sign-in?problem=single_sign_on.person_unknown"
    await admin.ok(
        "PUT", f"sign-in-providers/{made['id']}", draft(provider, {"proves_email": True}, links_by_email=True)
    )
    browser, _ = await sign_in(here, made["id"], "grace")
    assert (await session_of(browser))["user"]["id"] == invited["user_id"]


@SQLITE_ONLY
async def test_new_person_of_a_domain_nobody_proved_stays_outside_among_several_organizations(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    await sign_in(here, made["id"], "grace")
    await here.stranger()
    _, refused = await sign_in(here, made["id"], "linus")
    assert refused.headers["location"] == "/sign-in?problem=single_sign_on.email_refused"
    assert "has not proven" in (await shown_by_test(here, admin, made["id"], "linus"))["message"]
    _, known = await sign_in(here, made["id"], "grace")
    assert known.headers["location"] == "/usage"


@SQLITE_ONLY
async def test_requests_are_signed_with_a_key_that_stays(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider, {"sign_requests": True}))
    certificate = made["saml"]["own_certificate"]
    assert made["has_secret"] is True
    assert "PRIVATE" not in str(made)
    again = await admin.ok(
        "PUT", f"sign-in-providers/{made['id']}", draft(provider, {"sign_requests": True}, name="Renamed")
    )
    assert again["saml"]["own_certificate"] == certificate
    async with httpx2.AsyncClient() as outside:
        address = f"http://127.0.0.1:{provider.port}/certificate"
        await outside.post(address, content=certificate)
        _, answer = await sign_in(here, made["id"], "grace")
        await outside.post(address, content=b"")
    assert answer.headers["location"] == "/usage"
    async with here.application.database.read() as session:
        from sqlalchemy import text

        stored = (await session.execute(text("SELECT options FROM sign_in_providers"))).scalar_one()
    assert "PRIVATE" not in str(stored)
    off = await admin.ok("PUT", f"sign-in-providers/{made['id']}", draft(provider))
    assert (off["has_secret"], off["saml"]["own_certificate"]) == (False, "")


@SQLITE_ONLY
async def test_metadata_say_what_this_server_is(here, provider):
    admin = await here.administrator()
    shown = await here.browser().get("/api/v1/session/metadata")
    assert shown.headers["content-type"].startswith("application/samlmetadata+xml")
    root = etree.fromstring(shown.content)
    names = {"md": f"{FORMATS}2.0:metadata", "ds": DS}
    assert root.get("entityID") == ENTITY_ID
    assert root.find(".//md:AssertionConsumerService", names).get("Location") == CALLBACK
    assert root.find(".//ds:X509Certificate", names) is None
    made = await admin.ok(
        "POST", "sign-in-providers", draft(provider, {"sign_requests": True, "service_entity_id": "urn:a&b"})
    )
    own = etree.fromstring((await here.browser().get(f"/api/v1/session/metadata/{made['id']}")).content)
    assert own.get("entityID") == "urn:a&b"
    told = own.find(".//ds:X509Certificate", names).text
    assert told == "".join(made["saml"]["own_certificate"].strip().splitlines()[1:-1])
    assert (await here.browser().get("/api/v1/session/metadata/sip_unknown")).status_code == 404


@SQLITE_ONLY
async def test_new_certificate_of_the_provider_is_fetched(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    pasted = await admin.ok(
        "POST",
        "sign-in-providers",
        draft(
            provider,
            {"metadata_url": None} | {name: made["saml"][name] for name in ("entity_id", "sso_url", "certificates")},
            name="Pasted",
        ),
    )
    async with httpx2.AsyncClient() as outside:
        await outside.post(f"http://127.0.0.1:{provider.port}/new-key")
    _, answer = await sign_in(here, made["id"], "grace")
    assert answer.headers["location"] == "/usage"
    _, refused = await sign_in(here, pasted["id"], "grace")
    assert refused.headers["location"] == "/sign-in?problem=single_sign_on.proof_invalid"


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("saml", "field"),
    [
        ({"metadata_url": None}, "entity_id"),
        ({"metadata_url": None, "metadata": "<a/>"}, "metadata"),
        ({"metadata_url": None, "metadata": metadata("https://i.example", "https://i.example/sso")}, "metadata"),
        (
            {
                "metadata_url": None,
                "metadata": metadata(
                    "https://i.example", "https://i.example/sso", signer(), more='<!DOCTYPE a [<!ENTITY x "y">]>'
                ),
            },
            "metadata",
        ),
        ({"metadata_url": None, "metadata": metadata("https://i", "http://i.example/sso", signer())}, "sso_url"),
        ({"metadata_url": None, "metadata": metadata("i", "https://i/sso", signer("w", "rsa1024"))}, "metadata"),
        ({"metadata_url": None, "metadata": metadata("https://i", "javascript:alert(1)", signer())}, "sso_url"),
        ({"metadata_url": "http://login.example.com/metadata"}, "metadata_url"),
        ({"metadata_url": None, **ENTERED, "certificates": ["x"]}, "certificates"),
        ({"metadata_url": None, **ENTERED}, "certificates"),
        ({"entity_id": "https://another.example"}, "metadata_url"),
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_said_at_its_field(here, provider, saml, field):
    answer = await (await here.administrator()).call("POST", "sign-in-providers", draft(provider, saml))
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["fields"]) == [f"saml.{field}"]


@SQLITE_ONLY
async def test_host_of_metadata_must_be_on_the_allow_list(here, provider):
    body = draft(provider, {"metadata_url": "https://login.example.com/metadata"})
    refused = await (await here.administrator()).call("POST", "sign-in-providers", body)
    assert refused.status_code == 502
    assert "gateway.allowed_hosts" in refused.json()["action"]


@SQLITE_ONLY
async def test_another_subject_attribute_unbinds_everybody(here, provider):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(provider))
    await sign_in(here, made["id"], "grace")
    changed = await admin.ok("PUT", f"sign-in-providers/{made['id']}", draft(provider, {"subject_attribute": "email"}))
    assert changed["people"] == 0
