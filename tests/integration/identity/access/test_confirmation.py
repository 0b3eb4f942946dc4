"""Dangerous actions need a proof of who asks that is not older than ten minutes."""

import pytest

from powerautomation.app.asgi import create_control_app
from powerautomation.identity.access import confirmed_routes
from powerautomation.infrastructure.settings import Settings
from tests.integration.identity.conftest import PASSWORD

CONFIRMED = [
    "DELETE /api/v1/factors/passkeys/{passkey_id}",
    "DELETE /api/v1/factors/totp",
    "DELETE /api/v1/policies/{policy_id}",
    "DELETE /api/v1/users/{user_id}",
    "DELETE /api/v1/users/{user_id}/factors",
    "PATCH /api/v1/policies/{policy_id}",
    "POST /api/v1/factors/passkeys",
    "POST /api/v1/factors/passkeys/options",
    "POST /api/v1/factors/recovery-codes",
    "POST /api/v1/factors/totp",
    "POST /api/v1/factors/totp/confirm",
    "POST /api/v1/policies",
    "POST /api/v1/users/{user_id}/erase",
]

# Declared likewise; tried in tests/integration/identity (single_sign_on, email_domains, tenants, scim), approvals/risk.
ELSEWHERE = [
    "PUT /api/v1/approval-rules",
    "DELETE /api/v1/email-domains/{email_domain_id}",
    "DELETE /api/v1/organizations/{organization_id}",
    "GET /api/v1/organization/export",
    "GET /api/v1/organizations/{organization_id}/export",
    "POST /api/v1/email-domains/{email_domain_id}/check",
    "POST /api/v1/organizations",
    "POST /api/v1/organizations/{organization_id}/suspend",
    "POST /api/v1/scim/key",
    "PUT /api/v1/sign-in-policy",
    "DELETE /api/v1/sign-in-providers/{sign_in_provider_id}",
    "POST /api/v1/sign-in-providers",
    "PUT /api/v1/sign-in-providers/{sign_in_provider_id}",
]


def test_every_dangerous_route_declares_it():
    assert confirmed_routes(create_control_app(Settings())) == sorted(CONFIRMED + ELSEWHERE)


@pytest.mark.parametrize("route", CONFIRMED)
async def test_declared_route_is_refused_after_ten_minutes_and_works_once_confirmed(here, frozen, route):
    browser = await here.with_password()
    bob = await here.person("bob@example.org", "developer")
    user_id = (await bob.send("GET", "session")).json()["user"]["id"]
    method, _, path = route.partition(" /api/v1/")
    path = path.format(user_id=user_id, passkey_id="pky_1", policy_id="pol_1")
    body = {"code": "000000"} if path.endswith("confirm") else None
    body = {"name": "laptop", "credential": "{}"} if path.endswith("passkeys") else body
    frozen.advance(minutes=10)
    refused = await browser.send(method, path, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.confirmation_needed")
    assert (await browser.send("POST", "session/confirm", {"password": PASSWORD})).status_code == 200
    assert (await browser.send(method, path, body)).status_code != 403


@pytest.mark.parametrize("role", ["system_admin", "organization_admin"])
async def test_giving_the_role_of_an_administrator_needs_it_by_every_way(here, frozen, role):
    browser = await here.with_password()
    bob = await here.person("bob@example.org", "developer")
    user_id = (await bob.send("GET", "session")).json()["user"]["id"]
    frozen.advance(minutes=10)
    csv = f"email,name,role\neve@example.org,Eve,{role}\n"
    draft = {"name": "Eve", "email": "eve@example.org", "role": role}
    for answer in (
        await browser.send("PATCH", f"users/{user_id}", {"role": role}),
        await browser.send("POST", "users", draft),
        await browser.send("POST", "users/import", {"csv": csv}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.confirmation_needed")
    assert (await browser.send("POST", "users", {**draft, "role": "guest"})).status_code == 201
    assert (await browser.send("PATCH", f"users/{user_id}", {"role": "operator"})).status_code == 200
    assert (await browser.send("POST", "session/confirm", {"password": PASSWORD})).status_code == 200
    assert (await browser.send("PATCH", f"users/{user_id}", {"role": role})).status_code == 200


async def test_confirmation_of_one_session_does_not_hold_for_another(here, frozen):
    browser = await here.with_password()
    other = here.new_browser()
    await other.sign_in()
    frozen.advance(minutes=10)
    assert (await browser.send("POST", "session/confirm", {"password": PASSWORD})).status_code == 200
    assert (await other.send("POST", "factors/totp")).status_code == 403
    assert (await browser.send("POST", "factors/totp")).status_code == 201
