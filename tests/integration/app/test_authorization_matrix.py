"""Every route of the API × every role × {own organization, other organization, anonymous, disabled}, on both columns.

The routes come from the application itself and what is expected from the permission each declares, so a new route is
tried by itself, and one with an id nobody here knows fails until there is an object of its kind.
"""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from powerautomation.app.asgi import create_control_app
from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.governance.configuration.tables import ConfigurationProposalRow
from powerautomation.identity.access import ROLES, declared_routes, resolve_role
from powerautomation.identity.factors.tables import PasskeyRow
from powerautomation.identity.sessions import create_sign_in_link
from powerautomation.identity.single_sign_on.tables import SEALED_SECRET, SignInProviderRow, SignInStartRow
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import ORIGIN, Installation, Json, Person, installation, settings_with
from tests.unit.gateway.metering.records import record_of

DECLARED = {
    route: declaration for route, declaration in declared_routes(create_control_app(Settings())).items() if declaration
}
GUARDED = {route: declaration for route, declaration in DECLARED.items() if declaration != "public"}
# These end the very session that asks, so they are tried after all others.
LAST = ("PUT /api/v1/session/password", "DELETE /api/v1/session")
ORDER = [*(route for route in GUARDED if route not in LAST), *LAST]
PARAMETER = re.compile(r"\{(\w+)\}")
ROUTE: Json = {"name": "stolen", "match": {"model": "x-*"}, "use": ["kimi"]}
BODIES: dict[str, Json] = {
    "POST /api/v1/api-keys/{key_id}/rotate": {},
    "PATCH /api/v1/factors/passkeys/{passkey_id}": {"name": "stolen"},
    "POST /api/v1/approvals/{approval_id}/decisions": {"decision": "deny"},
    "POST /api/v1/approvals/{approval_id}/reservation": {"tool": "Bash", "arguments": {"command": "make"}},
    "POST /api/v1/approvals/{approval_id}/settlement": {"lease": "x", "outcome": "failed"},
    "POST /api/v1/flags/{flag_key}/switch": {"is_on": False},
    "PATCH /api/v1/limits/{limit_id}": {"amount": 1},
    "PATCH /api/v1/policies/{policy_id}": {"enabled": False},
    "PATCH /api/v1/providers/{provider_id}": {"requests_per_second": 1},
    "PATCH /api/v1/roles/{role_id}": {"added": ["usage:read"]},
    "PATCH /api/v1/users/{user_id}": {"role": "guest"},
    "POST /api/v1/api-keys/{key_id}/shares": {"grantee_kind": "organization", "level": "see"},
    "POST /api/v1/requests/{request_id}/rating": {"rating": 1},
    "POST /api/v1/users/{user_id}/deactivate": {},
    "POST /api/v1/sign-in-providers/{sign_in_provider_id}/test/password": {"username": "ada", "password": "guess"},
    "POST /api/v1/scim/v2/Users": {"userName": "stolen@example.com"},
    "PATCH /api/v1/scim/v2/Users/{user_id}": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
    "PUT /api/v1/scim/v2/Users/{user_id}": {"active": False},
    "POST /api/v1/erasure-requests/{user_id}/refuse": {"reason": "stolen"},
    "POST /api/v1/scim/v2/Groups": {"displayName": "stolen"},
    "PATCH /api/v1/scim/v2/Groups/{scim_group_id}": {"Operations": [{"op": "remove", "path": "members"}]},
    "PUT /api/v1/scim/v2/Groups/{scim_group_id}": {"displayName": "stolen"},
    "PUT /api/v1/scim/groups/{scim_group_id}": {"unit_id": ""},
    "PUT /api/v1/routes/{route_id}": ROUTE,
    "PUT /api/v1/sign-in-providers/{sign_in_provider_id}": {
        "name": "stolen",
        "oidc": {"issuer": "https://login.example.com", "client_id": "stolen"},
        "default_role": "guest",
    },
}
# Where a path names something by a word that every organization may use, the stranger gets the own, empty thing.
BY_NAME = {"setting_kind", "version_number", "provider", "month", "name", "type_name", "schema_urn"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
async def here(column: Settings, simulator: Simulator) -> AsyncIterator[Installation]:
    simulator.reset()
    declared = {"dialect": "openai-chat", "base_url": simulator.moonshot.base_url, "api_key": "sk-moonshot"}
    settings = settings_with(
        column,
        providers={"moonshot": declared},
        models={"kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}},
    )
    async with installation(settings) as running:
        yield running


def allows(declaration: str, permissions: frozenset[str]) -> bool:
    """Say whether these permissions open a route: all that it names, or one of two joined by "or"."""
    return declaration == "signed_in" or all(
        any(name in permissions for name in part.split(" or ")) for part in declaration.split(", ")
    )


async def send(http: httpx2.AsyncClient, route: str, ids: dict[str, str], *, body: Any = None) -> httpx2.Response:
    method, _, path = route.partition(" ")
    address = PARAMETER.sub(lambda found: ids.get(found[1], "nothing"), path)
    return await http.request(method, address, json=BODIES.get(route, body) if method != "GET" else None)


def code_of(answer: httpx2.Response) -> str:
    is_problem = "problem+json" in answer.headers.get("content-type", "")
    return str(answer.json()["code"]) if is_problem else ""


async def person(here: Installation, admin: Person, role: str) -> httpx2.AsyncClient:
    """A browser signed in as somebody of the first organization with this role."""
    database = here.application.database
    async with database.unit_of_work() as session:
        session.add(
            UserRow(
                id=f"usr_{role}",
                organization_id=admin.principal.organization_id,
                email=f"{role}@example.org",
                name=role,
                role=role,
                locale="",
                created_at=now(),
                accepted_at=now(),
            )
        )
    async with database.unit_of_work() as session:
        token = await create_sign_in_link(session, f"{role}@example.org")
    browser = here.browser()
    answer = await browser.post("/api/v1/session/link", json={"token": token})
    assert answer.status_code == 200, answer.text
    browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return browser


@pytest.mark.parametrize("role", [*ROLES, "no_such_role"])
async def test_role_opens_exactly_the_routes_whose_permission_it_has(here: Installation, role: str) -> None:
    admin = await here.administrator()
    browser = await person(here, admin, role)
    permissions = resolve_role(role, {}).permissions
    wrong = []
    for route in ORDER:
        answer = await send(browser, route, {})
        opened = answer.status_code not in (401,) and code_of(answer) != "access.permission_missing"
        if opened != allows(GUARDED[route], permissions) or answer.status_code >= 500:
            wrong.append((route, GUARDED[route], answer.status_code, code_of(answer)))
    assert wrong == []


async def test_nobody_and_who_is_deactivated_or_deleted_get_nowhere(here: Installation) -> None:
    admin = await here.administrator()
    gone = {role: await person(here, admin, role) for role in ("operator", "developer")}
    await admin.ok("POST", "users/usr_operator/deactivate", {})
    await admin.ok("DELETE", "users/usr_developer")
    for browser in (here.browser(), *gone.values()):
        wrong = []
        for route in ORDER:
            answer = await send(browser, route, {}, body={})
            if (answer.status_code, code_of(answer)) != (401, "unauthenticated"):
                wrong.append((route, answer.status_code))
        assert wrong == []


async def test_public_routes_tell_nobody_anything_of_an_organization(here: Installation) -> None:
    await here.administrator()
    for route in sorted(set(DECLARED) - set(GUARDED) - {"GET /api/v1/doctor/stream"}):
        answer = await send(here.browser(), route, {}, body={})
        assert answer.status_code < 500
        assert "org_" not in answer.text


async def add_sign_in_provider(here: Installation, admin: Person) -> None:
    """A provider and a test sign-in of the administrator, without anybody being asked."""
    owner, moment = admin.principal.organization_id, now()
    application = here.application
    async with application.database.unit_of_work() as session:
        session.add(
            SignInProviderRow(
                id="sip_theirs",
                organization_id=owner,
                kind="oidc",
                name="their login",
                enabled=True,
                options={"issuer": "https://their.example", "client_id": "c", "scopes": "openid", "algorithms": []},
                secret_ciphertext=application.secret_box.encrypt(b"", SEALED_SECRET.place(owner, "sip_theirs")),
                has_secret=False,
                rules=[],
                default_role="guest",
                email_domains=[],
                creates_people=False,
                links_by_email=False,
                created_at=moment,
                updated_at=moment,
            )
        )
        await session.flush()
        session.add(
            SignInStartRow(
                id="sis_theirs",
                organization_id=owner,
                provider_id="sip_theirs",
                state_hash=b"s" * 32,
                secret_hash=b"b" * 32,
                purpose="test",
                tested_by=admin.principal.id,
                return_path="/",
                redirect_uri=f"{ORIGIN}/api/v1/session/callback",
                created_at=moment,
                expires_at=moment + timedelta(minutes=10),
            )
        )


async def add_proposal(here: Installation, admin: Person) -> str:
    """A change of the first organization that waits for a second person."""
    role = {"kind": "role", "object_id": "rol_new", "name": "theirs", "before": None, "after": {"name": "theirs"}}
    async with here.application.database.unit_of_work() as session:
        session.add(
            ConfigurationProposalRow(
                id="prp_theirs",
                organization_id=admin.principal.organization_id,
                state="open",
                author_kind="user",
                author_id=admin.principal.id,
                author_name="theirs",
                person_id=admin.principal.id,
                action="roles.create",
                reason="",
                steps=[role],
                at=now(),
                expires_at=now() + timedelta(days=1),
                decided_by="",
                decider_id="",
                decided_at=None,
                decision="",
            )
        )
    return "prp_theirs"


async def objects_of(here: Installation, admin: Person) -> dict[str, list[str]]:
    """Make one object of every kind in the first organization; ids by the name their routes use."""
    owner = admin.principal.organization_id
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records([record_of("req_theirs", organization_id=owner)])])
        session.add(
            PasskeyRow(
                id="psk_theirs",
                account_id=await session.scalar(select(UserRow.account_id).where(UserRow.id == admin.principal.id)),
                credential_id=b"theirs",
                public_key=b"theirs",
                sign_count=0,
                name="theirs",
                synced=False,
                created_at=now(),
            )
        )
    await admin.ok("POST", "requests/req_theirs/rating", {"rating": 1})
    draft: Json = {
        "name": "kept",
        "dialect": "openai-chat",
        "base_url": here.application.settings.providers["moonshot"].base_url,
        "api_key": "sk-kept",
        "models": [{"public_model": "of-kept", "model": "kimi-k2.6"}],
    }
    providers = [(await admin.ok("POST", "providers", {**draft, "name": name}))["id"] for name in ("kept", "gone")]
    limit: Json = {"measure": "requests", "amount": 1000, "subject_kind": "organization", "window": "day"}
    limits = [(await admin.ok("POST", "limits", {**limit, "amount": amount}))["id"] for amount in (1000, 2000)]
    routes = [
        (await admin.ok("POST", "routes", {**ROUTE, "name": name, "match": {"model": f"{name}-*"}}))["id"]
        for name in ("one", "two")
    ]
    users = [
        (await admin.ok("POST", "users", {"name": name, "email": f"{name}@example.org", "role": "guest"}))["user_id"]
        for name in ("kept", "gone")
    ]
    for kind, ids in (("providers", providers), ("limits", limits), ("routes", routes), ("users", users)):
        await admin.ok("DELETE", f"{kind}/{ids[1]}")
    key = (await admin.ok("POST", "api-keys", {"name": "theirs"}))["api_key"]["id"]
    everybody = {"grantee_kind": "organization", "level": "change"}
    share = (await admin.ok("POST", f"api-keys/{key}/shares", everybody))["id"]
    role = (await admin.ok("POST", "roles", {"name": "theirs", "base": "guest"}))["id"]
    harmless = 'forbid (principal in Role::"guest", action, resource) when { context.time.hour > 23 };'
    policy = (await admin.ok("POST", "policies", {"name": "theirs", "text": harmless}))["id"]
    session = (await admin.ok("GET", "sessions"))["items"][0]["id"]
    unit = (await admin.ok("POST", "units", {"name": "theirs", "kind": "team"}))["id"]
    await admin.ok("PUT", "service-levels/kept/promise", {"availability_percent": "99.9", "credits": []})
    bill = b"date,model,input_tokens,output_tokens,amount,currency\n2026-10-03,kimi-k2.6,1000,10,0.01,USD\n"
    answer = await admin.http.post(
        "/api/v1/reconciliations",
        params={"provider": "kept", "month": "2026-10"},
        content=bill,
        headers={"content-type": "text/csv"},
    )
    assert answer.is_success, answer.text
    await add_sign_in_provider(here, admin)
    flag = {"key": "theirs", "kind": "boolean", "variants": {"yes": True, "no": False}, "off_variant": "no"}
    await admin.ok("POST", "flags", flag)
    asking = {"tool": "Bash", "arguments": {"command": "npm install left-pad"}}
    approvals = [(await admin.ok("POST", "approvals", asking))["id"] for _ in range(2)]
    await admin.ok("POST", f"approvals/{approvals[1]}/decisions", {"decision": "approve", "remember": "exact"})
    memory = (await admin.ok("GET", "approvals/memories"))["items"][0]["id"]
    domains = [(await admin.ok("POST", "email-domains", {"domain": f"{one}.example"}))["id"] for one in ("a", "b")]
    group = (await admin.ok("POST", "scim/v2/Groups", {"displayName": "theirs"}))["id"]
    return {
        "approval_id": approvals,
        "memory_id": [memory],
        "flag_key": ["theirs"],
        "setting_kind": ["flag"],
        "setting_id": ["theirs"],
        "version_number": ["1"],
        "proposal_id": [await add_proposal(here, admin)],
        "key_id": [key],
        "limit_id": limits,
        "organization_id": [owner],
        "passkey_id": ["psk_theirs"],
        "policy_id": [policy],
        "unit_id": [unit],
        "provider_id": providers,
        "request_id": ["req_theirs"],
        "role_id": [role],
        "route_id": routes,
        "session_id": [session],
        "share_id": [share],
        "scim_group_id": [group],
        # What SCIM itself is, is told to every organization.
        "type_name": ["User"],
        "schema_urn": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "sign_in_provider_id": ["sip_theirs"],
        "email_domain_id": domains,
        "test_id": ["sis_theirs"],
        "user_id": users,
        "provider": ["kept"],
        "month": ["2026-10"],
        "name": ["theirs"],
    }


SEEN = (
    *("api-keys", "limits", "providers", "providers/deleted", "requests/req_theirs", "requests/req_theirs/ratings"),
    *("policies", "units", "organization/quotas"),
    *("roles", "routes", "users", "users/deleted", "service-levels", "reconciliations", "sessions", "organization"),
    *("factors", "sign-in-providers", "sign-in-providers/tests/sis_theirs", "flags"),
    *("approvals", "approvals/memories", "approvals/automatic"),
    *("configuration/versions", "configuration/proposals"),
    *("scim/groups", "scim/state"),
)


async def all_of(someone: Person) -> dict[str, Any]:
    """What the first organization looks like from inside, but for what the clock alone changes."""
    found = {path: await someone.ok("GET", path) for path in SEEN}
    text = {path: re.sub(r'"last_seen_at": [^,}]*|"idle_ends_at": [^,}]*', "", str(one)) for path, one in found.items()}
    return {path: re.sub(r"'(last_seen_at|idle_ends_at|last_used_at)': [^,}]*", "", one) for path, one in text.items()}


async def test_another_organization_reaches_no_object_by_its_id(here: Installation) -> None:
    admin = await here.administrator()
    objects = await objects_of(here, admin)
    stranger = await here.stranger()
    before = await all_of(admin)
    wrong = []
    tried = 0
    for route in GUARDED:
        names = PARAMETER.findall(route)
        if not names:
            continue
        assert set(names) <= set(objects), f"make an object for {route} in objects_of"
        for place in range(max(len(objects[name]) for name in names)):
            ids = {name: objects[name][min(place, len(objects[name]) - 1)] for name in names}
            answer = await send(stranger.http, route, ids, body={})
            tried += 1
            refused = answer.status_code in (403, 404)
            if not refused and not (set(names) <= BY_NAME and answer.status_code < 500):
                wrong.append((route, ids, answer.status_code, answer.text[:200]))
    assert wrong == []
    assert tried > len([route for route in GUARDED if PARAMETER.search(route)])
    assert await all_of(admin) == before


async def test_lists_of_another_organization_name_nothing_of_the_first(here: Installation) -> None:
    admin = await here.administrator()
    objects = await objects_of(here, admin)
    stranger = await here.stranger()
    theirs = {one for name, ids in objects.items() if name not in BY_NAME for one in ids}
    theirs |= {admin.principal.id, admin.principal.organization_id, "of-kept"}
    for route in GUARDED:
        if not route.startswith("GET ") or PARAMETER.search(route):
            continue
        answer = await send(stranger.http, route, {})
        assert answer.status_code < 500
        assert [one for one in theirs if one in answer.text] == [], route


async def test_ordering_ones_own_routes_does_not_take_routes_of_others(here: Installation) -> None:
    admin = await here.administrator()
    objects = await objects_of(here, admin)
    stranger = await here.stranger()
    before = await all_of(admin)
    answer = await stranger.call("PUT", "routes/order", {"ids": objects["route_id"][:1]})
    assert answer.status_code in (404, 409, 422)
    assert await all_of(admin) == before
