"""Every changing route of the control API writes an audit event; every refused attempt does."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from pyotp import TOTP
from sqlalchemy import select, update

from powerautomation.app.asgi import create_control_app
from powerautomation.gateway.balances.entities import Outcome
from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.gateway.providers import BalanceFacts, Provider
from powerautomation.governance import audit
from powerautomation.governance.audit.entities import AuditEvent
from powerautomation.governance.audit_verifier import verify
from powerautomation.governance.configuration import recording
from powerautomation.governance.configuration.tables import ConfigurationVersionRow
from powerautomation.identity.sessions import auditing
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.fixtures.authenticator import Authenticator
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import ORIGIN, Installation, Person, installation, settings_with
from tests.integration.governance.configuration.changing_routes import NOT_SETTINGS, SETTINGS
from tests.unit.gateway.metering.records import attempt_of, record_of

SECRET = "sk-very-secret-1234567890"
PASSWORD = "a quiet harbour at dusk"
BILL = """date,model,input_tokens,cached_input_tokens,output_tokens,amount,currency
2026-10-05,kimi-k2.6,1000,0,500,20,USD
"""
STARTED_MS = 1_791_000_000_000
# What changes nothing, here or elsewhere: it says where a request would go, or whom an invitation is for.
CHANGES_NOTHING = {
    "POST /api/v1/approval-rules/try",
    "POST /api/v1/policies/test",
    "POST /api/v1/routes/dry-run",
    "POST /api/v1/session/invitation",
    "POST /api/v1/factors/passkeys/options",
    "POST /api/v1/session/passkey/options",
    "POST /api/v1/flags/{flag_key}/evaluation",
    "POST /ofrep/v1/evaluate/flags",
    "POST /ofrep/v1/evaluate/flags/{flag_key}",
}
# Signing in by a provider needs one: tests/integration/identity/single_sign_on says what is written down there.
BY_PROVIDER = {
    "POST /api/v1/session/providers/{provider_id}/start",
    "POST /api/v1/session/callback",
    "POST /api/v1/session/providers/{provider_id}/logout",
    "POST /api/v1/session/answer",
    "POST /api/v1/sign-in-providers",
    *(f"{method} /api/v1/sign-in-providers/{{sign_in_provider_id}}" for method in ("PUT", "DELETE")),
    "POST /api/v1/sign-in-providers/{sign_in_provider_id}/test",
    # A proof needs a web server: tests/integration/identity/email_domains.
    "POST /api/v1/email-domains/{email_domain_id}/check",
    "POST /api/v1/session/providers/{provider_id}/password",
    "PUT /api/v1/sign-in-policy",
    # An identity provider asks with a key: tests/integration/identity/scim.
    "POST /api/v1/scim/v2/Users",
    *(f"{method} /api/v1/scim/v2/Users/{{user_id}}" for method in ("PUT", "PATCH", "DELETE")),
    "POST /api/v1/scim/v2/Groups",
    *(f"{method} /api/v1/scim/v2/Groups/{{scim_group_id}}" for method in ("PUT", "PATCH", "DELETE")),
    "POST /api/v1/sign-in-providers/{sign_in_provider_id}/test/password",
}


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    with Simulator() as sim:
        declared = {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-of-the-file-1234"}
        settings = settings_with(
            column,
            server={"public_url": ORIGIN},
            providers={"filed": declared},
            models={"filed-kimi": {"deployments": [{"provider": "filed", "model": "kimi-k2.6"}]}},
        )
        async with installation(settings) as running:
            yield running


async def events(here: Installation, organization_id: str) -> list[AuditEvent]:
    return [one async for one in audit.export_chain(here.application.database, organization_id)]


class Watch:
    """Calls the API and notes which routes were called and which actions they had written."""

    def __init__(self, here: Installation, admin: Person) -> None:
        self.here, self.admin = here, admin
        self.seen: dict[str, str] = {}
        self.settings: dict[str, set[str]] = {}

    async def call(self, route: str, expected: str, body: Any = None, *, path: str = "", **more: Any) -> Any:
        method, _, template = route.partition(" ")
        organization_id = self.admin.principal.organization_id
        known = len(await events(self.here, organization_id))
        versions = await self._versions()
        answer = await self.admin.http.request(method, path or template, json=body, **more)
        assert answer.is_success, f"{route}: {answer.status_code} {answer.text}"
        written = (await events(self.here, organization_id))[known:]
        assert expected in [one.event.action for one in written], f"{route} wrote no {expected}: {written}"
        last = written[-1].event
        assert last.outcome == "done"
        assert last.origin.request_id == answer.headers["x-request-id"]
        assert last.origin.ip
        self.seen[route] = expected
        self.settings.setdefault(route, set()).update(kind for kind, _ in await self._versions() - versions)
        return answer.json() if answer.content else None

    async def _versions(self) -> set[tuple[str, str]]:
        async with self.here.application.database.read() as session:
            rows = await session.execute(select(ConfigurationVersionRow.kind, ConfigurationVersionRow.id))
            return {(row.kind, row.id) for row in rows}


async def look_after_people(here: Installation, watch: Watch) -> None:
    """Call every route that changes a person or ends sessions."""
    draft = {"name": "Grace", "email": "grace@example.org", "role": "guest"}
    link = await watch.call("POST /api/v1/users", "users.create", draft)
    path = f"/api/v1/users/{link['user_id']}"
    one = "/api/v1/users/{user_id}"
    again = await watch.call(f"POST {one}/invitation", "users.invite", path=f"{path}/invitation")
    accepted = {"token": again["token"], "new_password": "an old lighthouse keeper"}
    session = "/api/v1/session/invitation/accept"
    known = len(await events(here, watch.admin.principal.organization_id))
    assert (await here.browser().post(session, json=accepted)).status_code == 200
    written = (await events(here, watch.admin.principal.organization_id))[known:]
    assert {"sessions.sign_in", "users.set_password"} <= {event.event.action for event in written}
    watch.seen[f"POST {session}"] = "sessions.sign_in"
    await watch.call(f"PATCH {one}", "users.update", {"role": "developer"}, path=path)
    await watch.call(f"DELETE {one}/sessions", "users.end_sessions", path=f"{path}/sessions")
    await watch.call(f"POST {one}/deactivate", "users.deactivate", {}, path=f"{path}/deactivate")
    await watch.call(f"POST {one}/activate", "users.activate", path=f"{path}/activate")
    await watch.call(f"DELETE {one}/factors", "users.remove_factors", path=f"{path}/factors")
    await watch.call(f"DELETE {one}", "users.delete", path=path)
    await watch.call(f"POST {one}/restore", "users.restore", path=f"{path}/restore")
    await watch.call(f"POST {one}/erase", "personal_data.erase", path=f"{path}/erase")
    robot = {"name": "Robot", "role": "guest"}
    await watch.call("POST /api/v1/users/service-accounts", "users.create", robot)
    csv = "email,name,role\nnew@example.org,New,guest\n"
    await watch.call("POST /api/v1/users/import", "users.create", {"csv": csv})
    second = await here.administrator()
    others = (await watch.admin.ok("GET", "sessions"))["items"]
    ended = next(item["id"] for item in others if not item["is_this"])
    await watch.call("DELETE /api/v1/sessions/{session_id}", "sessions.end", path=f"/api/v1/sessions/{ended}")
    assert (await second.call("GET", "session")).status_code == 401
    await watch.call("DELETE /api/v1/sessions", "sessions.end_others")


async def go_between_organizations(here: Installation, watch: Watch) -> None:
    """Join a second organization with the administrator's account, and come back."""
    stranger, second, owner = await here.stranger(), await here.administrator(), watch.admin.principal.organization_id
    there = stranger.principal.organization_id
    draft = {"name": "Ada", "email": "ada.there@example.org", "role": "guest"}
    token = (await stranger.ok("POST", "users", draft))["token"]
    joined = await second.ok("POST", "session/invitation/join", {"token": token})
    second.http.headers["x-csrf-token"] = joined["csrf_token"]
    actions = {one.event.action for one in await events(here, there)}
    assert {"users.join", "sessions.sign_in"} <= actions
    watch.seen["POST /api/v1/session/invitation/join"] = "users.join"
    known = len(await events(here, owner))
    await second.ok("POST", "session/organization", {"organization_id": owner})
    assert [one.event.action for one in (await events(here, owner))[known:]] == ["sessions.sign_in"]
    watch.seen["POST /api/v1/session/organization"] = "sessions.sign_in"


async def look_after_units(watch: Watch) -> None:
    """Call every route that changes a unit."""
    api, one = "/api/v1/units", "/api/v1/units/{unit_id}"
    path = f"{api}/{(await watch.call(f'POST {api}', 'units.create', {'name': 'Sales', 'kind': 'team'}))['id']}"
    await watch.call(f"PATCH {one}", "units.update", {"name": "Buying"}, path=path)
    person = f"{path}/people/{watch.admin.principal.id}"
    await watch.call(f"PUT {one}/people/{{user_id}}", "units.add_person", {"manages": True}, path=person)
    await watch.call(f"DELETE {one}/people/{{user_id}}", "units.remove_person", path=person)
    group = (await watch.admin.ok("POST", "scim/v2/Groups", {"displayName": "Sales"}))["id"]
    bound = {"unit_id": path.rpartition("/")[2]}
    bind = f"/api/v1/scim/groups/{group}"
    await watch.call("PUT /api/v1/scim/groups/{scim_group_id}", "groups.update", bound, path=bind)
    await watch.call("POST /api/v1/scim/key", "api_keys.create", {})
    await watch.call(f"DELETE {one}", "units.archive", path=path)


async def look_after_organizations(watch: Watch) -> None:
    """Call every route that changes another organization."""
    api, one = "/api/v1/organizations", "/api/v1/organizations/{organization_id}"
    draft = {"name": "North", "admin_name": "Nora", "admin_email": "nora@north.example"}
    path = f"{api}/{(await watch.call(f'POST {api}', 'organizations.create', draft))['organization']['id']}"
    await watch.call(f"PATCH {one}", "organizations.update", {"name": "South"}, path=path)
    quotas = {"amounts": {"people": 20}}
    await watch.call(f"PUT {one}/quotas", "organizations.set_quotas", quotas, path=f"{path}/quotas")
    for what in ("suspend", "resume"):
        await watch.call(f"POST {one}/{what}", f"organizations.{what}", path=f"{path}/{what}")
    await watch.call(f"DELETE {one}", "organizations.delete", path=path)
    await watch.call(f"POST {one}/restore", "organizations.restore", path=f"{path}/restore")


async def look_after_email_domains(watch: Watch) -> None:
    """Call every route that changes an e-mail domain without asking it."""
    made = await watch.call("POST /api/v1/email-domains", "email_domains.create", {"domain": "example.org"})
    one = "DELETE /api/v1/email-domains/{email_domain_id}"
    await watch.call(one, "email_domains.delete", path=f"/api/v1/email-domains/{made['id']}")


async def look_after_roles(watch: Watch) -> None:
    """Call every route that changes a role."""
    api, one = "/api/v1/roles", "/api/v1/roles/{role_id}"
    role = await watch.call(f"POST {api}", "roles.create", {"name": "Clerk", "base": "guest"})
    path = f"{api}/{role['id']}"
    await watch.call(f"PATCH {one}", "roles.update", {"added": ["usage:read"]}, path=path)
    draft = {"name": "Clara", "email": "clara@example.org", "role": role["id"]}
    await watch.admin.ok("POST", "users", draft)
    await watch.call(f"DELETE {one}", "users.update", path=f"{path}?move_to=guest")
    written = await events(watch.here, watch.admin.principal.organization_id)
    assert written[-1].event.action == "roles.delete"


async def look_after_approvals(here: Installation, watch: Watch) -> None:
    """Call every route that changes approvals, as the agent and as the person."""
    api, one = "/api/v1/approvals", "/api/v1/approvals/{approval_id}"
    made = await watch.admin.ok("POST", "api-keys", {"name": "agent", "scopes": ["approvals:request"]})
    agent = Watch(here, Person(here.browser(), watch.admin.principal, ""))
    agent.seen = watch.seen
    agent.admin.http.headers["authorization"] = f"Bearer {made['token']}"
    doing = {"tool": "Bash", "arguments": {"command": "npm install left-pad"}}
    asked = await agent.call(f"POST {api}", "approvals.request", {**doing, "session_id": "s"})
    path = f"{api}/{asked['id']}"
    yes = {"decision": "approve", "reason": "Yes.", "remember": "exact"}
    await watch.call(f"POST {one}/decisions", "approvals.approve", yes, path=f"{path}/decisions")
    lease = await agent.call(f"POST {one}/reservation", "approvals.reserve", doing, path=f"{path}/reservation")
    ended = {"lease": lease["lease"], "outcome": "failed"}
    await agent.call(f"POST {one}/settlement", "approvals.settle", ended, path=f"{path}/settlement")
    (memory,) = (await watch.admin.ok("GET", "approvals/memories"))["items"]
    forget = f"DELETE {api}/memories/{{memory_id}}"
    await watch.call(forget, "approvals.forget", path=f"{api}/memories/{memory['id']}")
    again = await agent.call(f"POST {api}", "approvals.request", doing)
    await agent.call(f"DELETE {one}", "approvals.cancel", path=f"{api}/{again['id']}")
    await watch.call(f"PUT {api}/automatic", "approvals.switch_automatic", {"automatic": False})


async def look_after_flags(watch: Watch) -> None:
    """Call every route that changes a flag."""
    api, one = "/api/v1/flags", "/api/v1/flags/{flag_key}"
    flag = {"key": "new", "kind": "boolean", "variants": {"yes": True, "no": False}, "off_variant": "no"}
    await watch.call(f"POST {api}", "flags.create", flag)
    await watch.call(f"PATCH {one}", "flags.update", {"description": "Later."}, path=f"{api}/new")
    await watch.call(f"POST {one}/switch", "flags.switch_off", {"is_on": False}, path=f"{api}/new/switch")
    await watch.call(f"DELETE {one}", "flags.delete", path=f"{api}/new")


async def look_after_consents(watch: Watch) -> None:
    """Call every route about what people agree to, and about asking to be erased."""
    api, own = "/api/v1/consent-texts", "/api/v1/session/consent"
    await watch.call(f"PUT {api}", "consents.set_text", {"title": "Terms", "text": "Be kind.", "asked": False})
    await watch.call(f"POST {own}", "consents.give", {"version": 1})
    await watch.call(f"DELETE {own}", "consents.withdraw")
    own = "/api/v1/session/erasure-request"
    await watch.call(f"POST {own}", "personal_data.ask_erasure", {})
    await watch.call(f"DELETE {own}", "personal_data.withdraw_erasure")
    await watch.call(f"POST {own}", "personal_data.ask_erasure", {"words": "I leave."})
    refuse = "/api/v1/erasure-requests/{user_id}/refuse"
    path = refuse.format(user_id=watch.admin.principal.id)
    await watch.call(f"POST {refuse}", "personal_data.refuse_erasure", {"reason": "Stay."}, path=path)


async def look_after_shares(watch: Watch) -> None:
    """Call every route that changes with whom something is shared."""
    api = "/api/v1/api-keys/{key_id}/shares"
    key = (await watch.admin.ok("POST", "api-keys", {"name": "shared"}))["api_key"]["id"]
    path, body = api.format(key_id=key), {"grantee_kind": "organization", "level": "see"}
    share = await watch.call(f"POST {api}", "api_keys.share", body, path=path)
    await watch.call(f"DELETE {api}/{{share_id}}", "api_keys.unshare", path=f"{path}/{share['id']}")


async def look_after_policies(watch: Watch) -> None:
    """Call every route that changes an access policy."""
    api, one = "/api/v1/policies", "/api/v1/policies/{policy_id}"
    draft = {"name": "No guests", "text": 'forbid (principal in Role::"guest", action, resource);'}
    path = f"{api}/{(await watch.call(f'POST {api}', 'policies.create', draft))['id']}"
    await watch.call(f"PATCH {one}", "policies.update", {"enabled": False}, path=path)
    await watch.call(f"DELETE {one}", "policies.delete", path=path)


async def look_after_configuration(here: Installation, watch: Watch) -> None:
    """Call every route that puts settings back, brings them in, or decides on what others proposed."""
    api, admin = "/api/v1/configuration", watch.admin
    role = await admin.ok("POST", "roles", {"name": "Teller"})
    await admin.ok("PATCH", f"roles/{role['id']}", {"summary": "Tells."})
    restore = f"{api}/versions/{{setting_kind}}/{{setting_id}}/{{version_number}}/restore"
    path = f"{api}/versions/role/{role['id']}/1/restore"
    await watch.call(f"POST {restore}", "roles.update", {}, path=path)
    document = {
        "format": "powerautomation-configuration/1",
        "environment": "staging",
        "settings": {"role": [{"name": "Usher", "summary": "", "base": None, "added": [], "removed": []}]},
    }
    await watch.call(f"POST {api}/import", "roles.create", {"document": document, "dry_run": False})
    policy = {"kinds": ["role"], "only_in_production": False}
    await watch.call(f"PUT {api}/policy", "configuration.set_policy", policy)
    second = await second_person(here, admin)
    proposals = []
    for name in ("A", "B", "C"):
        assert (await second.post("/api/v1/roles", json={"name": name})).status_code == 409
        proposals.append((await admin.ok("GET", "configuration/proposals"))["items"][0]["id"])
    for verb, proposal in zip(("approve", "reject"), proposals, strict=False):
        path = f"{api}/proposals/{proposal}/{verb}"
        await watch.call(f"POST {api}/proposals/{{proposal_id}}/{verb}", f"configuration.{verb}", {}, path=path)
    assert (await second.post(f"{api}/proposals/{proposals[2]}/withdraw")).status_code == 200
    last = (await events(here, admin.principal.organization_id))[-1].event
    assert (last.action, last.outcome) == ("configuration.withdraw", "done")
    watch.seen[f"POST {api}/proposals/{{proposal_id}}/withdraw"] = "configuration.withdraw"
    lifted = {"kinds": [], "only_in_production": False}
    assert (await second.put(f"{api}/policy", json=lifted)).status_code == 409
    proposal = (await admin.ok("GET", "configuration/proposals"))["items"][0]["id"]
    await admin.ok("POST", f"configuration/proposals/{proposal}/approve", {})


async def second_person(here: Installation, admin: Person) -> httpx2.AsyncClient:
    """A second administrator's browser."""
    draft = {"name": "Second", "email": "second@example.org", "role": "organization_admin"}
    link = await admin.ok("POST", "users", draft)
    browser = here.browser()
    accepted = {"token": link["token"], "new_password": "a second pair of eyes"}
    answer = await browser.post("/api/v1/session/invitation/accept", json=accepted)
    assert answer.status_code == 200, answer.text
    browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return browser


async def look_after_factors(here: Installation, watch: Watch) -> None:
    """Call every route that changes one's own second factors, and sign in with one; the person has a password."""
    factors, session = "/api/v1/factors", "/api/v1/session"
    made = await watch.call(f"POST {factors}/totp", "factors.begin_totp")
    totp = TOTP(made["secret"])
    codes = await watch.call(f"POST {factors}/totp/confirm", "factors.confirm_totp", {"code": totp.at(now())})
    codes = await watch.call(f"POST {factors}/recovery-codes", "factors.make_codes")
    answer = await watch.call(f"POST {session}/confirm", "sessions.confirm", {"code": codes["codes"][0]})
    watch.admin.http.headers["x-csrf-token"] = answer["csrf_token"]
    body = {"email": "ada@example.org", "password": PASSWORD}
    step = await watch.admin.http.post(session, json=body)
    assert step.status_code == 202
    body = {"token": step.json()["token"], "code": codes["codes"][1]}
    answer = await watch.call(f"POST {session}/second-step", "sessions.sign_in", body)
    watch.admin.http.headers["x-csrf-token"] = answer["csrf_token"]
    await watch.call(f"DELETE {factors}/totp", "factors.remove_totp")
    device = Authenticator(ORIGIN)
    options = (await watch.admin.ok("POST", "factors/passkeys/options"))["options"]
    body = {"name": "laptop", "credential": device.create(options)}
    passkey = await watch.call(f"POST {factors}/passkeys", "factors.add_passkey", body)
    options = (await watch.admin.ok("POST", "session/passkey/options"))["options"]
    body = {"credential": device.get(options)}
    answer = await watch.call(f"POST {session}/passkey", "sessions.sign_in", body)
    watch.admin.http.headers["x-csrf-token"] = answer["csrf_token"]
    one, path = f"{factors}/passkeys/{{passkey_id}}", f"{factors}/passkeys/{passkey['id']}"
    await watch.call(f"PATCH {one}", "factors.rename_passkey", {"name": "old"}, path=path)
    await watch.call(f"DELETE {one}", "factors.remove_passkey", path=path)
    everything = b"".join([audit.export_line(one) for one in await events(here, watch.admin.principal.organization_id)])
    for secret in (made["secret"], *codes["codes"], step.json()["token"]):
        assert secret.encode() not in everything


async def test_every_changing_route_writes_an_event(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await here.administrator()
    watch = Watch(here, admin)
    owner = admin.principal.organization_id
    attempts = [attempt_of(started_ms=STARTED_MS, provider="filed")]
    record = record_of("req_1", organization_id=owner, started_ms=STARTED_MS, attempts=attempts)
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records([record])])

    api = "/api/v1"
    key = await watch.call(f"POST {api}/api-keys", "api_keys.create", {"name": "laptop"})
    path = f"{api}/api-keys/{key['api_key']['id']}"
    await watch.call(f"POST {api}/api-keys/{{key_id}}/rotate", "api_keys.rotate", {}, path=f"{path}/rotate")
    await watch.call(f"DELETE {api}/api-keys/{{key_id}}", "api_keys.revoke", path=path)
    await watch.call(f"PATCH {api}/organization", "organizations.update", {"time_zone": "Asia/Shanghai"})

    tokens = {"measure": "tokens", "window": "day", "amount": 1000}
    limit = await watch.call(
        f"POST {api}/limits", "limits.create", {"subject_kind": "organization", "subject_id": "", **tokens}
    )
    path = f"{api}/limits/{limit['id']}"
    await watch.call(f"PATCH {api}/limits/{{limit_id}}", "limits.update", {"amount": 5}, path=path)
    await watch.call(f"DELETE {api}/limits/{{limit_id}}", "limits.delete", path=path)
    await watch.call(f"POST {api}/limits/{{limit_id}}/restore", "limits.restore", path=f"{path}/restore")
    await watch.call(f"POST {api}/limits/api-keys", "limits.create", {"name": "phone", "limits": [tokens]})

    promise = {"availability_percent": 99.5}
    path = f"{api}/service-levels/filed/promise"
    await watch.call(f"PUT {api}/service-levels/{{provider}}/promise", "service_levels.put_promise", promise, path=path)
    await watch.call(f"DELETE {api}/service-levels/{{provider}}/promise", "service_levels.delete_promise", path=path)

    base_url = here.application.settings.providers["filed"].base_url
    provider = {"name": "mine", "dialect": "openai-chat", "base_url": base_url, "api_key": SECRET, "models": []}
    made = await watch.call(f"POST {api}/providers", "providers.create", provider)
    path = f"{api}/providers/{made['id']}"
    body = {"dialect": "openai-chat", "base_url": base_url, "api_key": SECRET}
    await watch.call(f"POST {api}/providers/test", "providers.test", body)
    test = f"{api}/providers/{{provider_id}}"
    await watch.call(f"POST {test}/test", "providers.test", path=f"{path}/test")
    await watch.call(f"PATCH {test}", "providers.update", {"api_key": SECRET + "2"}, path=path)
    await watch.call(f"DELETE {test}", "providers.delete", path=path)
    await watch.call(f"POST {test}/restore", "providers.restore", path=f"{path}/restore")

    route = {"name": "one", "match": {"model": "x-*"}, "use": ["filed-kimi"]}
    made = await watch.call(f"POST {api}/routes", "routes.create", route)
    path = f"{api}/routes/{made['id']}"
    await watch.call(f"PUT {api}/routes/{{route_id}}", "routes.update", {**route, "name": "two"}, path=path)
    await watch.call(f"PUT {api}/routes/order", "routes.order", {"ids": [made["id"]]})
    await watch.call(f"DELETE {api}/routes/{{route_id}}", "routes.delete", path=path)
    await watch.call(f"POST {api}/routes/{{route_id}}/restore", "routes.restore", path=f"{path}/restore")

    await watch.call(f"DELETE {api}/answer-cache", "answer_cache.empty")
    prices = {"content": "vendor,model,input,output\nacme,m1,1,2\n", "file_name": "p.csv", "dry_run": False}
    await watch.call(f"POST {api}/prices/import", "prices.import", prices)
    rating = f"{api}/requests/{{request_id}}/rating"
    path = f"{api}/requests/req_1/rating"
    await watch.call(f"POST {rating}", "ratings.rate", {"rating": 1}, path=path)
    await watch.call(f"DELETE {rating}", "ratings.withdraw", path=path)
    await watch.call(
        f"POST {api}/reconciliations",
        "reconciliations.create",
        params={"provider": "filed", "month": "2026-10", "file_name": "bill.csv"},
        content=BILL.encode(),
        headers={"content-type": "application/octet-stream"},
    )
    await admin.ok("POST", "providers", {"name": "moon", "preset": "moonshot", "api_key": SECRET})

    async def told(_provider: Provider, _facts: BalanceFacts) -> Outcome:
        return Outcome((), "unreachable", 0)

    monkeypatch.setattr(here.application.balances, "_ask", told)
    asking = f"{api}/balances/{{provider}}/ask"
    await watch.call(f"POST {asking}", "balances.ask", path=f"{api}/balances/moon/ask")
    low = f"{api}/balances/{{provider}}/threshold"
    body = {"nanos": 5_000_000_000}
    await watch.call(f"PUT {low}", "balances.set_threshold", body, path=f"{api}/balances/moon/threshold")

    await look_after_people(here, watch)
    await go_between_organizations(here, watch)
    await look_after_roles(watch)
    await look_after_flags(watch)
    await look_after_approvals(here, watch)
    await watch.call("PUT /api/v1/approval-rules", "approval_rules.update", {"rules": [], "cases": []})
    await look_after_policies(watch)
    await look_after_organizations(watch)
    await look_after_configuration(here, watch)
    await look_after_email_domains(watch)
    await look_after_shares(watch)
    await look_after_consents(watch)
    await look_after_units(watch)
    await watch.call(f"PATCH {api}/session", "users.update", {"name": "Ada"})
    password = {"email": "ada@example.org", "new_password": PASSWORD}
    await watch.call(f"PUT {api}/session/password", "users.set_password", password)
    await look_after_factors(here, watch)
    body = {"email": "ada@example.org", "password": PASSWORD}
    answer = await watch.call(f"POST {api}/session", "sessions.sign_in", body)
    admin.http.headers["x-csrf-token"] = answer["csrf_token"]
    await watch.call(f"DELETE {api}/session", "sessions.sign_out")
    watch.seen[f"POST {api}/session/link"] = "sessions.sign_in"

    described = create_control_app(Settings()).openapi()["paths"]
    changing = {
        f"{method.upper()} {path}"
        for path, methods in described.items()
        for method in methods
        if method in ("post", "put", "patch", "delete")
    }
    assert changing - CHANGES_NOTHING - BY_PROVIDER == set(watch.seen)
    said = [route for routes in (*SETTINGS.values(), *NOT_SETTINGS.values()) for route in routes]
    assert sorted(said) == sorted(changing), "each changing route is a setting, or says why it is none"
    for kind, routes in SETTINGS.items():
        for one in set(routes) - BY_PROVIDER:
            assert kind in watch.settings[one], f"{one} wrote no version of {kind}"
    async with here.application.database.read() as session:
        assert set(SETTINGS) == set(session.info[recording.KINDS].by_name)

    lines = [audit.export_line(one) for one in await events(here, owner)]
    assert verify(lines).problem == ""
    signed_in = [one.event for one in await events(here, owner) if one.event.action == "sessions.sign_in"]
    assert [one.changes[0].after for one in signed_in] == [
        "link",
        "password",
        "link",
        "link",
        "link",
        "password",
        "password",
        "passkey",
        "password",
    ]
    everything = b"".join(lines)
    for secret in (SECRET, PASSWORD, key["token"], admin.key):
        assert secret.encode() not in everything


async def test_refused_attempts_are_written_down_with_who_and_what(here: Installation) -> None:
    admin = await here.administrator()
    owner = admin.principal.organization_id
    async with here.application.database.unit_of_work() as session:
        await session.execute(update(UserRow).where(UserRow.id == admin.principal.id).values(role="nobody"))
    known = len(await events(here, owner))

    assert (await admin.call("DELETE", "api-keys/key_1")).status_code == 403
    assert (await admin.call("GET", "providers")).status_code == 403
    del admin.http.headers["x-csrf-token"]
    assert (await admin.call("POST", "api-keys", {"name": "x"})).status_code == 403

    written = [one.event for one in (await events(here, owner))[known:]]
    assert [(one.action, one.outcome, one.actor.id) for one in written] == [
        ("api_keys.revoke", "refused", admin.principal.id),
        ("providers.list", "refused", admin.principal.id),
        ("api_keys.create", "refused", admin.principal.id),
    ]
    assert written[0].target.id == "key_1"
    assert "403" in written[0].reason


async def test_refused_attempts_of_who_hammers_are_counted_and_not_all_written(here: Installation) -> None:
    admin = await here.administrator()
    owner = admin.principal.organization_id
    del admin.http.headers["x-csrf-token"]
    known = len(await events(here, owner))
    for _ in range(40):
        assert (await admin.call("POST", "api-keys", {"name": "x"})).status_code == 403
    assert len(await events(here, owner)) - known == 30


async def test_failed_sign_ins_are_written_down_without_what_was_typed(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other tests of this process may have used up the minute's allowance.
    monkeypatch.setattr(auditing, "_failed_sign_ins", audit.Allowance(60))
    admin = await here.administrator()
    owner = admin.principal.organization_id
    await admin.ok("PUT", "session/password", {"email": "ada@example.org", "new_password": PASSWORD})
    known = len(await events(here, owner))
    browser = here.browser()
    for email, password in (("ada@example.org", "wrong"), ("typed-my-password-here", "wrong")):
        body = {"email": email, "password": password}
        assert (await browser.post("/api/v1/session", json=body)).status_code == 401
    assert (await browser.post("/api/v1/session/link", json={"token": "guessed"})).status_code == 401
    body = {"new_password": PASSWORD + " more", "current_password": "not this"}
    assert (await admin.call("PUT", "session/password", body)).status_code in (200, 422)

    written = [one.event for one in (await events(here, owner))[known:]]
    assert [(one.action, one.outcome, one.actor.kind, one.target.id) for one in written[:3]] == [
        ("sessions.sign_in", "failed", "unknown", admin.principal.id),
        ("sessions.sign_in", "failed", "unknown", ""),
        ("sessions.sign_in", "failed", "unknown", ""),
    ]
    assert "typed" not in str(written[:3])


async def test_another_organization_has_a_chain_of_its_own(here: Installation) -> None:
    admin, bob = await here.administrator(), await here.stranger()
    await admin.ok("POST", "api-keys", {"name": "mine"})
    await bob.ok("POST", "api-keys", {"name": "theirs"})
    theirs = await events(here, "org_other")
    assert {one.event.organization_id for one in theirs} == {"org_other"}
    assert "mine" not in str(theirs)
    assert [one.sequence for one in theirs] == list(range(1, len(theirs) + 1))
