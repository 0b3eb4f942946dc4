"""E-mail domains: proven, lost and removed, and what a sign-in provider may say about their addresses."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from powerautomation.governance import audit
from powerautomation.identity.email_domains import recheck_domains
from powerautomation.identity.email_domains.adapters.well_known import WellKnown
from powerautomation.identity.email_domains.errors import ProofUnreachable
from powerautomation.identity.email_domains.tables import EmailDomainRow
from powerautomation.identity.single_sign_on import people
from powerautomation.identity.single_sign_on.errors import EmailRefused
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.fixtures.saml_responses import metadata, signer
from tests.integration.app.installation import Installation, Person, installation

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
Json = dict[str, Any]


class Web:
    """What web servers of domains show, in the place of the outside."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.asked: list[str] = []
        self.is_down = False

    async def says(self, _prover: Any, address: str, line: str) -> bool:
        self.asked.append(address)
        if self.is_down:
            raise ProofUnreachable("The web server could not be asked.")
        return self.shown.get(address) == line


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    found = Web()
    monkeypatch.setattr(WellKnown, "says", lambda prover, address, line: found.says(prover, address, line))
    return found


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


async def proven(person: Person, web: Web, domain: str) -> Json:
    """Add a domain and prove it."""
    made = await person.ok("POST", "email-domains", {"domain": domain})
    web.shown[made["address"]] = made["line"]
    return dict(await person.ok("POST", f"email-domains/{made['id']}/check"))


def provider(**more: Any) -> Json:
    told = metadata("https://login.example.com", "https://login.example.com/sso", signer())
    return {"name": "Login", "saml": {"metadata": told}, "default_role": "guest", "creates_people": True, **more}


async def actions(here: Installation, person: Person) -> list[str]:
    found = audit.export_chain(here.application.database, person.principal.organization_id)
    return [one.event.action async for one in found if one.event.action.startswith("email_domains.")]


async def offered(here: Installation, query: str = "") -> Json:
    return dict((await here.browser().get(f"/api/v1/session/providers{query}")).json())


async def test_domain_is_proven_by_a_line_on_its_web_server(here, web):
    admin = await here.administrator()
    made = await admin.ok("POST", "email-domains", {"domain": " @Example.ORG "})
    assert made["domain"] == "example.org"
    assert made["address"] == "https://example.org/.well-known/powerautomation-domain.txt"
    assert made["line"].startswith("powerautomation-domain=")
    missing = await admin.call("POST", f"email-domains/{made['id']}/check")
    assert (missing.status_code, missing.json()["code"]) == (409, "email_domains.proof_missing")
    web.shown[made["address"]] = made["line"]
    checked = await admin.ok("POST", f"email-domains/{made['id']}/check")
    assert checked["proven_at"]
    assert checked["checked_at"]
    assert (await admin.ok("GET", "email-domains"))["items"] == [checked]
    assert await actions(here, admin) == ["email_domains.create", "email_domains.prove"]


@SQLITE_ONLY
async def test_proof_that_is_gone_ends_and_one_that_cannot_be_read_stays(here, web):
    admin = await here.administrator()
    made = await proven(admin, web, "example.org")
    web.is_down = True
    assert (await admin.call("POST", f"email-domains/{made['id']}/check")).status_code == 502
    assert (await admin.ok("GET", "email-domains"))["items"][0]["proven_at"] == made["proven_at"]
    web.is_down = False
    again = await admin.ok("POST", f"email-domains/{made['id']}/check")
    assert again["proven_at"] == made["proven_at"]
    web.shown.clear()
    assert (await admin.call("POST", f"email-domains/{made['id']}/check")).status_code == 409
    assert (await admin.ok("GET", "email-domains"))["items"][0]["proven_at"] is None
    await admin.ok("DELETE", f"email-domains/{made['id']}")
    assert (await admin.ok("GET", "email-domains"))["items"] == []
    assert (await actions(here, admin))[1:] == ["email_domains.prove", "email_domains.lapse", "email_domains.delete"]


async def test_proof_is_looked_for_again_and_missed_for_a_week_before_it_ends(here, web):
    admin = await here.administrator()
    await proven(admin, web, "example.org")
    database, prover = here.application.database, WellKnown(here.application.gateway.client)

    async def days_later(days: int) -> Json:
        async with database.unit_of_work() as session:
            for row in await session.scalars(select(EmailDomainRow)):
                row.checked_at = (row.checked_at or now()) - timedelta(days=days)
                if row.missing_since is not None:
                    row.missing_since -= timedelta(days=days)
        await recheck_domains(database, prover)
        return dict((await admin.ok("GET", "email-domains"))["items"][0])

    assert await recheck_domains(database, prover) == 0
    assert (await days_later(2))["missing_since"] is None
    shown = dict(web.shown)
    web.shown.clear()
    missing = await days_later(2)
    assert missing["proven_at"]
    assert missing["lapses_at"] > missing["missing_since"]
    # A web server that is away counts the same, and one that is back ends it.
    web.is_down = True
    assert (await days_later(3))["proven_at"]
    web.is_down = False
    web.shown.update(shown)
    assert (await days_later(2))["missing_since"] is None
    web.shown.clear()
    await days_later(2)
    gone = await days_later(7)
    assert (gone["proven_at"], gone["missing_since"]) == (None, None)
    assert (await actions(here, admin))[2:] == ["email_domains.miss", "email_domains.miss", "email_domains.lapse"]


async def test_domain_belongs_to_one_organization(here, web):
    admin, stranger = await here.administrator(), await here.stranger()
    mine = await proven(admin, web, "example.org")
    theirs = await stranger.ok("POST", "email-domains", {"domain": "example.org"})
    assert theirs["line"] != mine["line"]
    web.shown[theirs["address"]] = theirs["line"]
    refused = await stranger.call("POST", f"email-domains/{theirs['id']}/check")
    assert refused.json()["code"] == "email_domains.taken"
    assert (await stranger.ok("GET", "email-domains"))["items"][0]["proven_at"] is None
    await admin.ok("DELETE", f"email-domains/{mine['id']}")
    assert (await stranger.ok("POST", f"email-domains/{theirs['id']}/check"))["proven_at"]


@SQLITE_ONLY
@pytest.mark.parametrize(
    "domain", ["localhost", "127.0.0.1", "exa mple.org", "example.org/x", "example.org:443", "a@example.org", "é.org"]
)
async def test_what_is_no_domain_is_refused(here, domain):
    refused = await (await here.administrator()).call("POST", "email-domains", {"domain": domain})
    assert (refused.status_code, refused.json()["code"]) == (422, "email_domains.invalid")


@SQLITE_ONLY
async def test_domain_stands_once(here):
    admin = await here.administrator()
    await admin.ok("POST", "email-domains", {"domain": "example.org"})
    again = await admin.call("POST", "email-domains", {"domain": "EXAMPLE.org"})
    assert again.json()["fields"] == {"domain": "This domain is there already."}


async def speaks_for(here: Installation, person: Person, email: str) -> bool:
    """Say whether the person's organization may have a provider speak for an address."""
    async with here.application.database.read() as session:
        try:
            await people.check_domain(session, person.principal.organization_id, email)
        except EmailRefused:
            return False
    return True


async def test_provider_speaks_only_for_domains_of_its_organization(here, web):
    admin = await here.administrator()
    # Nobody else is here: nothing needs to be proven.
    assert await speaks_for(here, admin, "grace@example.org")
    stranger = await here.stranger()
    assert not await speaks_for(here, admin, "grace@example.org")
    await proven(admin, web, "example.org")
    assert await speaks_for(here, admin, "grace@Example.org")
    assert not await speaks_for(here, admin, "grace@sub.example.org")
    assert not await speaks_for(here, stranger, "grace@example.org")


@SQLITE_ONLY
async def test_sign_in_page_offers_the_providers_of_a_domain(here, web):
    admin = await here.administrator()
    mine = await admin.ok("POST", "sign-in-providers", provider(name="Ours"))
    shown = {"id": mine["id"], "kind": "saml", "name": "Ours"}
    assert await offered(here) == {"items": [shown], "by_domain": False}
    stranger = await here.stranger()
    theirs = await stranger.ok("POST", "sign-in-providers", provider(name="Theirs", email_domains=["example.org"]))
    assert await offered(here) == {"items": [], "by_domain": True}
    assert (await offered(here, "?domain=example.org"))["items"] == []
    await proven(admin, web, "example.org")
    assert (await offered(here, "?domain=Example.org"))["items"] == [shown]
    assert (await offered(here, "?domain=other.example"))["items"] == []
    other = await admin.ok("POST", "sign-in-providers", provider(name="Staff", email_domains=["staff.example"]))
    assert (await offered(here, "?domain=example.org"))["items"] == [shown]
    # Whoever was given a provider's own address needs no domain.
    assert (await offered(here, f"?provider={theirs['id']}"))["items"][0]["name"] == "Theirs"
    await admin.ok("PUT", f"sign-in-providers/{other['id']}", provider(name="Staff", enabled=False))
    assert (await offered(here, f"?provider={other['id']}"))["items"] == []
