"""Every identity route, tried as everybody who should not get through, and as who should."""

import pytest
from sqlalchemy import event

from powerautomation.identity.access import declared_routes, plug_session_check, requires, routes
from powerautomation.identity.sessions import check_session
from powerautomation.infrastructure.database import DatabaseFull

OPEN = {
    "POST /api/v1/session",
    "POST /api/v1/session/link",
    "POST /api/v1/session/invitation",
    "POST /api/v1/session/invitation/accept",
    "POST /api/v1/session/second-step",
    "POST /api/v1/session/passkey",
    "POST /api/v1/session/passkey/options",
}
GUARDED = [
    ("GET", "session", None, 200),
    ("PATCH", "session", {"name": "Ada"}, 200),
    ("PUT", "session/password", {"new_password": "another harbour at dawn", "email": "ada@example.org"}, 200),
    ("GET", "api-keys", None, 200),
    ("POST", "api-keys", {"name": "laptop"}, 201),
    ("DELETE", "api-keys/key_unknown", None, 404),
    ("DELETE", "session", None, 204),
]
UNSAFE = [call for call in GUARDED if call[0] != "GET"]


async def test_every_route_declares_who_may_use_it(here):
    declared = declared_routes(here.app)
    assert "" not in declared.values()
    assert {route for route, permission in declared.items() if permission == "public"} == OPEN
    assert declared["DELETE /api/v1/api-keys/{key_id}"] == "api_keys:write or api_keys:own"
    assert declared["GET /api/v1/api-keys"] == "api_keys:read or api_keys:own"
    assert declared["GET /api/v1/session"] == "signed_in"


async def test_route_without_declaration_is_noticed(here):
    @here.app.get("/api/v1/forgotten")
    async def forgotten() -> None:
        return None

    assert declared_routes(here.app)["GET /api/v1/forgotten"] == ""


def test_permission_that_does_not_exist_cannot_be_declared():
    with pytest.raises(ValueError, match="PERMISSIONS"):
        requires("api_keys:wirte")


@pytest.mark.parametrize(("method", "path", "body", "status"), GUARDED)
async def test_route_serves_the_administrator(here, method, path, body, status):
    browser = await here.signed_in()
    assert (await browser.send(method, path, body)).status_code == status


@pytest.mark.parametrize(("method", "path", "body", "status"), GUARDED)
async def test_route_refuses_anonymous_callers(here, method, path, body, status):
    answer = await here.new_browser().send(method, path, body)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(("method", "path", "body", "status"), UNSAFE)
async def test_unsafe_route_refuses_a_missing_or_wrong_csrf_token(here, method, path, body, status):
    browser = await here.signed_in()
    other = await here.other_organization()
    for csrf in ("", "wrong", "é".encode(), other.csrf):
        headers = {"x-csrf-token": csrf}
        answer = await browser.http.request(method, f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "access.csrf_failed"
    missing = await browser.http.request(method, f"/api/v1/{path}", json=body)
    assert missing.status_code == 403
    assert (await browser.send(method, path, body)).status_code == status


@pytest.mark.parametrize("path", ["api-keys", "api-keys/key_unknown"])
async def test_role_without_the_permission_is_refused(here, path):
    browser = await here.signed_in()
    await here.update_user(here.admin.id, role="nobody")
    method = "DELETE" if "/" in path else "POST"
    answer = await browser.send(method, path, {"name": "laptop"} if method == "POST" else None)
    assert answer.status_code == 403
    assert answer.json()["code"] == "access.permission_missing"
    assert (await browser.send("GET", "api-keys")).status_code == 403
    session = await browser.send("GET", "session")
    assert session.status_code == 200
    assert session.json()["permissions"] == []


async def test_developer_reaches_only_own_keys(here):
    admin = await here.signed_in()
    theirs = (await admin.send("POST", "api-keys", {"name": "server"})).json()["api_key"]["id"]
    other = await here.person("dev@example.org", "developer")
    own = (await other.send("POST", "api-keys", {"name": "laptop"})).json()["api_key"]["id"]
    assert [key["id"] for key in (await other.send("GET", "api-keys")).json()["items"]] == [own]
    refused = await other.send("DELETE", f"api-keys/{theirs}")
    assert (refused.status_code, refused.json()["code"]) == (404, "api_keys.not_found")
    assert (await other.send("DELETE", f"api-keys/{own}")).status_code == 204
    assert len((await admin.send("GET", "api-keys")).json()["items"]) == 2


async def test_without_a_session_check_every_guarded_route_refuses(here, monkeypatch):
    browser = await here.signed_in()
    monkeypatch.setattr(routes, "_plugged", [])
    assert (await browser.send("GET", "session")).status_code == 401
    plug_session_check(check_session)
    assert (await browser.send("GET", "session")).status_code == 200


async def test_change_is_not_reported_when_its_commit_fails(here):
    browser = await here.signed_in()
    engine = here.db.engine.sync_engine

    def fail(_connection):
        raise DatabaseFull("The disk is full.", action="Free some space.")

    event.listen(engine, "commit", fail)
    answer = await browser.send("POST", "api-keys", {"name": "laptop"})
    event.remove(engine, "commit", fail)
    assert answer.status_code == 507
    assert answer.json()["code"] == "database.full"
    assert (await browser.send("GET", "api-keys")).json() == {"items": []}
