"""Sessions do not outlive the account, or the session, at the provider."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from powerautomation.governance import audit
from powerautomation.identity.single_sign_on import recheck_sessions
from powerautomation.identity.single_sign_on.adapters.oidc import Oidc
from powerautomation.identity.single_sign_on.errors import ProofInvalid
from powerautomation.identity.single_sign_on.tables import ProviderSessionRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.fixtures.identity_provider import CLIENT_ID, IdentityProvider, identity_provider
from tests.fixtures.ports import free_port
from tests.integration.app.installation import Installation, Person, installation, settings_with
from tests.integration.identity.single_sign_on.test_oidc import CALLBACK, draft, sign_in

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
EVENT = "http://schemas.openid.net/event/backchannel-logout"
SCOPES = "openid email profile groups offline_access"
Json = dict[str, Any]


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """One provider a test: who has left one is gone for good."""
    with identity_provider(free_port(), CALLBACK) as running:
        yield running


@pytest.fixture
async def here(column: Settings, provider: IdentityProvider) -> AsyncIterator[Installation]:
    settings = settings_with(column, gateway={"allowed_hosts": [f"127.0.0.1:{provider.port}"]})
    async with installation(settings) as running:
        yield running


async def signed_in(
    here: Installation, provider: IdentityProvider, **more: Any
) -> tuple[Person, str, httpx2.AsyncClient]:
    """Grace, signed in by the provider; with the administrator and the provider's id."""
    admin = await here.administrator()
    entered = draft(provider, **more)
    entered["oidc"]["scopes"] = SCOPES
    made = await admin.ok("POST", "sign-in-providers", entered)
    browser, answer = await sign_in(here, made["id"], "grace")
    assert answer.status_code == 303, answer.text
    assert (await browser.get("/api/v1/session")).status_code == 200
    return admin, made["id"], browser


async def look(here: Installation) -> int:
    application = here.application
    return await recheck_sessions(application.database, application.secret_box, Oidc(application.gateway.client))


async def tell(provider: IdentityProvider, path: str) -> None:
    async with httpx2.AsyncClient() as outside:
        assert (await outside.post(f"{provider.issuer}/{path}")).status_code == 200


async def make_due(here: Installation, minutes: int = 10) -> None:
    """Let a used session have been checked some minutes ago."""
    async with here.application.database.unit_of_work() as session:
        for row in await session.scalars(select(ProviderSessionRow)):
            row.checked_at -= timedelta(minutes=minutes)
            row.next_check_at -= timedelta(minutes=minutes)
            if row.failing_since is not None:
                row.failing_since -= timedelta(minutes=minutes)


async def logout_token(provider: IdentityProvider, claims: Json, **header: Any) -> str:
    seconds = int(clock.now_ms() / 1000)
    usual: Json = {
        "iss": provider.issuer, "aud": CLIENT_ID, "iat": seconds, "exp": seconds + 120, "jti": uuid.uuid4().hex,
        "events": {EVENT: {}},
    }  # fmt: skip
    asked = {"claims": {name: one for name, one in {**usual, **claims}.items() if one is not None}, "header": header}
    async with httpx2.AsyncClient() as outside:
        return (await outside.post(f"{provider.issuer}/logout-token", json=asked)).text


async def log_out(here: Installation, provider_id: str, token: str) -> httpx2.Response:
    return await here.browser().post(f"/api/v1/session/providers/{provider_id}/logout", data={"logout_token": token})


async def test_who_has_left_at_the_provider_is_signed_out_here(here, provider):
    admin, _, browser = await signed_in(here, provider)
    await make_due(here)
    assert await look(here) == 0
    # The token was replaced by a newer one, which is asked with next.
    await make_due(here)
    assert await look(here) == 0
    assert (await browser.get("/api/v1/session")).status_code == 200
    await tell(provider, "leave/grace")
    # Asked again only after five minutes.
    assert await look(here) == 0
    await make_due(here)
    assert await look(here) == 1
    assert (await browser.get("/api/v1/session")).status_code == 401
    written = audit.export_chain(here.application.database, admin.principal.organization_id)
    reasons = [one.event.reason async for one in written if one.event.action == "users.end_sessions"]
    assert reasons == ["The provider has ended the session, or the account."]
    async with here.application.database.read() as session:
        assert list(await session.scalars(select(ProviderSessionRow))) == []


@SQLITE_ONLY
async def test_provider_that_is_away_ends_nothing_for_a_day(here, provider):
    _, _, browser = await signed_in(here, provider)
    await tell(provider, "away/yes")
    for minutes in (10, 40, 60):
        await make_due(here, minutes)
        assert await look(here) == 0
    assert (await browser.get("/api/v1/session")).status_code == 200
    await make_due(here, 25 * 60)
    assert await look(here) == 1
    assert (await browser.get("/api/v1/session")).status_code == 401


@SQLITE_ONLY
async def test_answer_that_proves_nothing_is_none(here, provider, monkeypatch):
    _, _, browser = await signed_in(here, provider)

    async def forged(*_: object) -> str:
        raise ProofInvalid("The token's signature is not the provider's.")

    monkeypatch.setattr(Oidc, "refresh", forged)
    await make_due(here)
    assert await look(here) == 0
    assert (await browser.get("/api/v1/session")).status_code == 200
    await make_due(here, 25 * 60)
    assert await look(here) == 1
    assert (await browser.get("/api/v1/session")).status_code == 401


@SQLITE_ONLY
async def test_refresh_token_is_stored_sealed_and_goes_with_the_session(here, provider):
    _, _, browser = await signed_in(here, provider)
    async with here.application.database.read() as session:
        row = (await session.scalars(select(ProviderSessionRow))).one()
    assert (row.has_refresh, row.outside_id, row.subject) == (True, "sid-grace", "sub-grace")
    csrf = (await browser.get("/api/v1/session")).json()["csrf_token"]
    assert (await browser.delete("/api/v1/session", headers={"x-csrf-token": csrf})).status_code == 204
    await make_due(here)
    assert await look(here) == 0
    async with here.application.database.read() as session:
        assert list(await session.scalars(select(ProviderSessionRow))) == []


@pytest.mark.parametrize(
    "claims", [{"sid": "sid-grace"}, {"sub": "sub-grace"}, {"sub": "sub-grace", "sid": "sid-grace"}]
)
@SQLITE_ONLY
async def test_provider_says_that_a_session_has_ended(here, provider, claims):
    _, provider_id, browser = await signed_in(here, provider)
    answer = await log_out(here, provider_id, await logout_token(provider, claims))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await browser.get("/api/v1/session")).status_code == 401


@SQLITE_ONLY
async def test_logout_token_that_proves_nothing_ends_nothing(here, provider):
    _, provider_id, browser = await signed_in(here, provider)
    seconds = int(clock.now_ms() / 1000)
    right = {"sub": "sub-grace"}
    wrong: list[Json] = [
        {**right, "nonce": "of an ID token"},
        {**right, "events": None},
        {**right, "events": {"http://schemas.openid.net/event/other": {}}},
        {**right, "events": {EVENT: "yes"}},
        {**right, "aud": "another client"},
        {**right, "iss": "https://elsewhere.example"},
        {**right, "jti": None},
        {**right, "iat": seconds - 3600, "exp": seconds + 60},
        {**right, "iat": seconds - 400, "exp": seconds - 200},
        {**right, "iat": seconds + 600, "exp": seconds + 900},
        {},
    ]
    for claims in wrong:
        answer = await log_out(here, provider_id, await logout_token(provider, claims))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), claims
    token = await logout_token(provider, right)
    head, _, signature = token.rpartition(".")
    other = "AAAA" if not signature.startswith("AAAA") else "BBBB"
    for bad in (f"{head}.{other}{signature[4:]}", head, "", "e30.e30."):
        assert (await log_out(here, provider_id, bad)).status_code == 400
    assert (await log_out(here, "sip_nothing", token)).status_code == 400
    assert (await log_out(here, provider_id, await logout_token(provider, right, typ="at+jwt"))).status_code == 400
    assert (await browser.get("/api/v1/session")).status_code == 200


@SQLITE_ONLY
async def test_logout_token_is_taken_once(here, provider):
    _, provider_id, _ = await signed_in(here, provider)
    token = await logout_token(provider, {"sub": "sub-grace"})
    assert (await log_out(here, provider_id, token)).status_code == 200
    again, _ = await sign_in(here, provider_id, "grace")
    assert (await log_out(here, provider_id, token)).status_code == 200
    assert (await again.get("/api/v1/session")).status_code == 200


@SQLITE_ONLY
async def test_sessions_last_no_longer_than_the_provider_says(here, provider):
    admin, provider_id, browser = await signed_in(here, provider, session_hours=2)
    assert (await admin.ok("GET", f"sign-in-providers/{provider_id}"))["session_hours"] == 2
    async with here.application.database.read() as session:
        assert (await session.scalars(select(ProviderSessionRow))).one().id
    ends = (await browser.get("/api/v1/session")).json()["expires_at"]
    assert clock.now() < datetime.fromisoformat(ends) <= clock.now() + timedelta(hours=2)
