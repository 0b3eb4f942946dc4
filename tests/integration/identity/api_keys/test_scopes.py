"""What keys open, their rotation, service accounts, and the control API asked with a key: over HTTP on both columns."""

from datetime import timedelta

import httpx2
import pytest

from powerautomation.identity.api_keys import gateway_hmac_secret, hmac_of, load_key_records, touch_keys
from powerautomation.kernel import clock

DAY = 86_400


def problem_of(answer):
    return answer.status_code, answer.json()["code"]


async def create(browser, **body):
    answer = await browser.send("POST", "api-keys", {"name": "laptop", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def records(here):
    """The live secrets of the data plane, by HMAC."""
    async with here.db.read() as session:
        return {record.token_hmac: record for record in await load_key_records(session)}


def hmac(here, token):
    return hmac_of(gateway_hmac_secret(here.box), token)


class Program:
    """Something that asks the control API with a key and nothing else."""

    def __init__(self, here, token, scheme="Bearer"):
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=here.app),
            base_url="https://console.test",
            headers={"authorization": f"{scheme} {token}"},
        )

    async def send(self, method, path, body=None):
        return await self.http.request(method, f"/api/v1/{path}", json=body)


async def key_of(browser, key_id):
    items = (await browser.send("GET", "api-keys")).json()["items"]
    return next(key for key in items if key["id"] == key_id)


async def test_key_opens_the_gateway_or_doors_of_it_and_what_it_was_given(here):
    browser = await here.signed_in()
    for scopes, doors in (
        (None, None),
        (["gateway"], None),
        (["gateway", "usage:read"], None),
        (["gateway:chat", "gateway:models"], "refused"),
        (["gateway:chat", "gateway:files"], {"chat", "files"}),
        (["usage:read"], set()),
    ):
        body = {"name": "x"} if scopes is None else {"name": "x", "scopes": scopes}
        answer = await browser.send("POST", "api-keys", body)
        if doors == "refused":
            assert problem_of(answer) == (422, "api_keys.invalid")
            continue
        assert sorted(answer.json()["api_key"]["scopes"]) == sorted(scopes or ["gateway"])
        record = (await records(here))[hmac(here, answer.json()["token"])]
        assert record.doors == (None if doors is None else frozenset(doors))


async def test_nobody_gives_a_key_a_permission_they_do_not_have(here):
    admin = await here.signed_in()
    manager = await here.person("manager@example.org", "project_manager")
    developer = await here.person("dev@example.org", "developer")
    refused = (403, "api_keys.above_yours")
    for browser, scope in ((manager, "users:write"), (developer, "api_keys:write"), (developer, "settings:read")):
        answer = await browser.send("POST", "api-keys", {"name": "x", "scopes": ["usage:read", scope]})
        assert problem_of(answer) == refused
        assert "scopes" in answer.json()["fields"]
    for body in ({"permissions": ["users:write"]}, {"created_by": "usr_x"}, {"token": "pa_x"}, {"scopes": ["*"]}):
        assert (await developer.send("POST", "api-keys", {"name": "x", **body})).status_code == 422
    powerful = (await create(admin, scopes=["users:write"]))["api_key"]["id"]
    # A new secret of it would be the manager's to use.
    assert problem_of(await manager.send("POST", f"api-keys/{powerful}/rotate", {})) == refused
    assert (await developer.send("POST", f"api-keys/{powerful}/rotate", {})).status_code == 404


async def test_program_may_do_what_its_key_was_given_and_its_owner_still_may(here):
    await here.signed_in()
    owner = await here.person("owner@example.org", "project_manager", id="usr_owner")
    program = Program(here, (await create(owner, scopes=["users:read", "api_keys:read"]))["token"])
    assert (await program.send("GET", "users")).status_code == 200
    refused = await program.send("POST", "api-keys", {"name": "x"})
    assert problem_of(refused) == (403, "access.permission_missing")
    assert refused.json()["detail"].startswith("Refused: the key “laptop” was not given api_keys:write.")
    await here.update_user("usr_owner", role="developer")
    refused = await program.send("GET", "users")
    assert problem_of(refused) == (403, "access.permission_missing")
    assert "“Developer” does not include users:read" in refused.json()["detail"]
    await here.update_user("usr_owner", role="system_admin")
    assert problem_of(await program.send("POST", "users", {})) in [(403, "access.permission_missing")]
    await here.update_user("usr_owner", disabled_at=clock.now())
    assert problem_of(await program.send("GET", "users")) == (401, "unauthenticated")


async def test_key_gets_no_more_by_what_it_may_do(here):
    admin = await here.signed_in()
    mine = await create(admin, scopes=["users:write", "users:read", "roles:write", "api_keys:write", "prices:read"])
    program = Program(here, mine["token"])
    admin_id = here.admin.id
    above = [
        ("POST", "api-keys", {"name": "x", "scopes": ["settings:read"]}, "api_keys.above_yours"),
        ("POST", "roles", {"name": "x", "added": ["settings:read"]}, "roles.more_than_yours"),
        ("POST", "users", {"name": "x", "email": "x@example.org", "role": "developer"}, "users.role_above_yours"),
        ("POST", "users/service-accounts", {"name": "x", "role": "developer"}, "users.role_above_yours"),
        ("PATCH", f"users/{admin_id}", {"role": "guest"}, "users.not_yourself"),
        ("POST", f"users/{admin_id}/deactivate", {}, "users.not_yourself"),
    ]
    for method, path, body, code in above:
        assert problem_of(await program.send(method, path, body)) == (403, code), path
    # What belongs to a person with a session is no key's.
    for method, path in (("GET", "session"), ("PATCH", "session"), ("PUT", "session/password"), ("DELETE", "session")):
        body = {"new_password": "another harbour at dawn"} if method == "PUT" else {}
        answer = await program.send(method, path, None if method in ("GET", "DELETE") else body)
        assert problem_of(answer) == (403, "access.person_needed"), (method, path)
    for method, path in (("GET", "sessions"), ("DELETE", "sessions"), ("GET", "roles")):
        assert problem_of(await program.send(method, path)) == (403, "access.person_needed")
    made = await program.send("POST", "api-keys", {"name": "child", "scopes": ["prices:read"]})
    child = made.json()["api_key"]
    assert (child["created_by"], child["scopes"]) == (admin_id, ["prices:read"])
    grandchild = await Program(here, made.json()["token"]).send("POST", "api-keys", {"name": "x"})
    assert problem_of(grandchild) == (403, "access.permission_missing")


async def test_control_api_refuses_keys_that_do_not_work(here, frozen):
    admin = await here.signed_in()
    ends = (clock.now() + timedelta(hours=1)).isoformat()
    made = await create(admin, scopes=["users:read"], expires_at=ends)
    program = Program(here, made["token"])
    assert (await program.send("GET", "users")).status_code == 200
    assert (await Program(here, made["token"], "bearer").send("GET", "users")).status_code == 200
    for token in ("pa_unknown", made["token"][:-1], "pa_"):
        assert problem_of(await Program(here, token).send("GET", "users")) == (401, "unauthenticated")
    gateway_only = await create(admin)
    refused = await Program(here, gateway_only["token"]).send("GET", "users")
    assert problem_of(refused) == (403, "access.permission_missing")
    frozen.advance(hours=2)
    assert (await program.send("GET", "users")).status_code == 401
    other = await create(admin, scopes=["users:read"])
    await admin.send("DELETE", f"api-keys/{other['api_key']['id']}")
    assert (await Program(here, other["token"]).send("GET", "users")).status_code == 401


async def test_key_of_another_organization_sees_only_its_own(here):
    await here.signed_in()
    stranger = await here.other_organization()
    program = Program(here, (await create(stranger, scopes=["users:read"]))["token"])
    assert [one["id"] for one in (await program.send("GET", "users")).json()["items"]] == ["usr_other"]
    assert problem_of(await program.send("GET", f"users/{here.admin.id}")) == (404, "users.not_found")


async def test_rotated_key_works_at_once_and_the_old_secret_for_the_chosen_time(here, frozen):
    admin = await here.signed_in()
    old = await create(admin, scopes=["gateway:chat", "users:read"])
    key_id = old["api_key"]["id"]
    answer = await admin.send("POST", f"api-keys/{key_id}/rotate", {"overlap_seconds": 3600})
    new = answer.json()
    assert (new["api_key"]["id"], new["api_key"]["hint"]) == (key_id, new["token"][-4:])
    assert new["api_key"]["previous"]["hint"] == old["token"][-4:]
    assert old["token"] not in (await admin.send("GET", "api-keys")).text
    known = await records(here)
    present, previous = known[hmac(here, new["token"])], known[hmac(here, old["token"])]
    assert (present.id, previous.id) == (key_id, key_id)
    assert (present.is_previous, previous.is_previous) == (False, True)
    assert previous.doors == present.doors == frozenset({"chat"})
    assert previous.expires_at_ms == frozen.ms + 3_600_000
    frozen.advance(seconds=90)
    assert (await Program(here, old["token"]).send("GET", "users")).status_code == 200
    shown = await key_of(admin, key_id)
    assert (shown["last_used_at"], shown["previous"]["last_used_at"]) == (None, "2026-11-18T11:08:10Z")
    assert (await Program(here, new["token"]).send("GET", "users")).status_code == 200
    assert (await key_of(admin, key_id))["last_used_at"] == "2026-11-18T11:08:10Z"
    frozen.advance(hours=1)
    assert set(await records(here)) == {hmac(here, new["token"])}
    assert (await Program(here, old["token"]).send("GET", "users")).status_code == 401
    assert (await key_of(admin, key_id))["previous"] is None


async def test_rotation_ends_earlier_secrets_and_revoking_ends_all(here, frozen):
    admin = await here.signed_in()
    first = await create(admin)
    path = f"api-keys/{first['api_key']['id']}"
    second = (await admin.send("POST", f"{path}/rotate", {})).json()
    assert second["api_key"]["previous"]["expires_at"] == "2026-11-19T11:06:40Z"
    third = (await admin.send("POST", f"{path}/rotate", {"overlap_seconds": DAY})).json()
    assert set(await records(here)) == {hmac(here, second["token"]), hmac(here, third["token"])}
    fourth = (await admin.send("POST", f"{path}/rotate", {"overlap_seconds": 0})).json()
    assert (set(await records(here)), fourth["api_key"]["previous"]) == ({hmac(here, fourth["token"])}, None)
    await admin.send("POST", f"{path}/rotate", {})
    assert (await admin.send("DELETE", path)).status_code == 204
    assert await records(here) == {}
    assert problem_of(await admin.send("POST", f"{path}/rotate", {})) == (422, "api_keys.invalid")
    assert problem_of(await admin.send("POST", "api-keys/key_none/rotate", {})) == (404, "api_keys.not_found")
    stranger = await here.other_organization()
    assert problem_of(await stranger.send("POST", f"{path}/rotate", {})) == (404, "api_keys.not_found")


@pytest.mark.parametrize("body", [{"overlap_seconds": -1}, {"overlap_seconds": 31 * DAY}, {"scopes": ["users:write"]}])
async def test_rotation_takes_only_what_a_rotation_has(here, body):
    admin = await here.signed_in()
    key_id = (await create(admin))["api_key"]["id"]
    assert (await admin.send("POST", f"api-keys/{key_id}/rotate", body)).status_code == 422


async def test_key_that_ends_soon_says_so_and_a_rotation_may_move_the_end(here, frozen):
    admin = await here.signed_in()
    ends = (clock.now() + timedelta(days=15)).isoformat()
    made = await create(admin, expires_at=ends)
    key_id = made["api_key"]["id"]
    assert made["api_key"]["state"] == "live"
    frozen.advance(days=2)
    assert (await key_of(admin, key_id))["state"] == "expiring"
    later = (clock.now() + timedelta(days=90)).isoformat()
    moved = await admin.send("POST", f"api-keys/{key_id}/rotate", {"expires_at": later})
    assert moved.json()["api_key"]["state"] == "live"
    frozen.advance(days=91)
    admin = await here.signed_in()
    assert (await key_of(admin, key_id))["state"] == "expired"


async def test_service_account_has_keys_and_no_way_in_and_its_keys_end_with_it(here):
    admin = await here.signed_in()
    manager = await here.person("manager@example.org", "project_manager")
    made = await admin.send("POST", "users/service-accounts", {"name": "Nightly", "role": "operator"})
    robot = made.json()
    assert (robot["kind"], robot["state"], robot["owner_name"]) == ("service", "active", "Administrator")
    key = await create(admin, service_account_id=robot["id"], scopes=["providers:read", "users:read"])
    assert (key["api_key"]["created_by"], key["api_key"]["created_by_name"]) == (robot["id"], "Nightly")
    program = Program(here, key["token"])
    assert problem_of(await program.send("GET", "users")) == (403, "access.permission_missing")
    # Whoever may make keys makes none for an account that may do more than they.
    for browser, account in ((manager, robot["id"]), (manager, here.admin.id), (admin, "svc_none")):
        answer = await browser.send("POST", "api-keys", {"name": "x", "service_account_id": account})
        assert answer.status_code in (403, 422), answer.text
    again = await admin.send("POST", f"users/{robot['id']}/invitation")
    assert problem_of(again) == (409, "users.already_accepted")
    assert "Nightly" not in (await admin.send("GET", "users/export")).text
    assert (await admin.send("POST", f"users/{robot['id']}/deactivate", {})).status_code == 200
    assert await records(here) == {}
    assert (await program.send("GET", "users")).status_code == 401
    await admin.send("POST", f"users/{robot['id']}/activate")
    assert await records(here) == {}
    assert (await program.send("GET", "users")).status_code == 401


async def test_service_account_gets_no_more_than_its_maker_has(here):
    await here.signed_in()
    lesser = await here.person("lesser@example.org", "organization_admin")
    body = {"name": "x", "role": "system_admin"}
    assert problem_of(await lesser.send("POST", "users/service-accounts", body)) == (403, "users.role_above_yours")
    for more in ({"owner_id": "usr_x"}, {"email": "a@b.c"}, {"kind": "person"}):
        answer = await lesser.send("POST", "users/service-accounts", {"name": "x", "role": "guest", **more})
        assert answer.status_code == 422
    guest = await here.person("guest@example.org", "guest")
    assert (await guest.send("POST", "users/service-accounts", body)).status_code == 403


async def test_service_account_is_no_administrator_who_could_sign_in(here):
    admin = await here.signed_in()
    robot = (await admin.send("POST", "users/service-accounts", {"name": "x", "role": "system_admin"})).json()
    everything = (await admin.send("GET", "session")).json()["permissions"]
    key = await create(admin, service_account_id=robot["id"], scopes=everything)
    for method, path, body in (
        ("PATCH", f"users/{here.admin.id}", {"role": "guest"}),
        ("POST", f"users/{here.admin.id}/deactivate", {}),
    ):
        answer = await Program(here, key["token"]).send(method, path, body)
        assert problem_of(answer) == (409, "users.last_administrator")
    removal = await Program(here, key["token"]).send("DELETE", f"users/{here.admin.id}")
    assert problem_of(removal) == (403, "access.person_needed"), "a key proves nothing about a person"


async def test_key_of_somebody_who_may_less_by_now_makes_no_key_with_what_was(here):
    await here.signed_in()
    owner = await here.person("owner@example.org", "organization_admin", id="usr_owner")
    program = Program(here, (await create(owner, scopes=["api_keys:write", "users:write"]))["token"])
    body = {"name": "x", "scopes": ["users:write"]}
    assert (await program.send("POST", "api-keys", body)).status_code == 201
    await here.update_user("usr_owner", role="project_manager")
    assert problem_of(await program.send("POST", "api-keys", body)) == (403, "api_keys.above_yours")


async def test_last_uses_never_move_back(here):
    admin = await here.signed_in()
    key_id = (await create(admin))["api_key"]["id"]
    await admin.send("POST", f"api-keys/{key_id}/rotate", {})
    start = clock.now()
    for seconds in (20, 10):
        moment = start + timedelta(seconds=seconds)
        async with here.db.unit_of_work() as session:
            await touch_keys(session, {key_id: moment}, {key_id: moment})
    shown = await key_of(admin, key_id)
    assert shown["last_used_at"] == shown["previous"]["last_used_at"]
