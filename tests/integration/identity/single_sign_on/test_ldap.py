"""Signing in by LDAP against a real directory in a process of its own."""

import time

import pytest

from powerautomation.governance import audit
from powerautomation.identity.single_sign_on import passwords
from powerautomation.infrastructure.http_client import OutgoingPolicy
from tests.fixtures.directory import ADMINS, EVERYBODY, PASSWORD, READER_PASSWORD
from tests.fixtures.ports import held_port
from tests.integration.app.installation import ORIGIN, Installation, Person
from tests.integration.identity.single_sign_on.directories import draft, enter, tried

# What is stored is what OpenID Connect stores; only where it differs are both columns tried.
SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals that are not held back: for tests of what is said, not of when."""
    monkeypatch.setattr(passwords, "REFUSAL_SECONDS", 0.0)


async def failures(here: Installation, person: Person) -> list[str]:
    """Why sign-ins failed, as the audit log says it."""
    found = audit.export_chain(here.application.database, person.principal.organization_id)
    return [
        one.event.reason async for one in found
        if (one.event.action, one.event.outcome) == ("sessions.sign_in", "failed")
    ]  # fmt: skip


async def test_people_of_a_directory_sign_in_with_the_roles_of_their_groups(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    assert (made["kind"], made["oidc"], made["has_secret"]) == ("ldap", None, True)
    assert READER_PASSWORD not in str(made)
    offered = (await here.browser().get("/api/v1/session/providers")).json()["items"]
    assert offered == [{"id": made["id"], "kind": "ldap", "name": "Staff directory"}]

    browser = here.browser()
    answer = await enter(browser, made["id"], "ADA")
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"] | {"id": ""} == {
        "id": "", "email": "ada@example.org", "name": "Ada L", "locale": "", "role": "operator", "has_password": False,
    }  # fmt: skip
    assert (await browser.get("/api/v1/session")).json()["user"] == answer.json()["user"]
    again = await enter(here.browser(), made["id"], "ada@example.org")
    assert again.json()["user"]["id"] == answer.json()["user"]["id"]
    other = await enter(here.browser(), made["id"], "carol")
    assert (other.json()["user"]["role"], other.json()["user"]["name"]) == ("developer", "Carol (C)")
    assert (await admin.ok("GET", "sign-in-providers"))["items"][0]["people"] == 2


@SQLITE_ONLY
@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("ada", "wrong", "The directory refused the password: invalid credentials."),
        ("ada", "", "The password is empty or too long."),
        ("nobody", PASSWORD, "Nobody in the directory fits this user name."),
        ("*", PASSWORD, "Nobody in the directory fits this user name."),
        ("ada)(uid=*", PASSWORD, "Nobody in the directory fits this user name."),
        ("*)(|(objectClass=*", PASSWORD, "Nobody in the directory fits this user name."),
        ("", PASSWORD, "The user name is empty, too long, or has characters that no name has."),
    ],
)
async def test_refusal_says_the_same_outside_and_the_reason_inside(here, place, name, password, why):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    answer = await enter(here.browser(), made["id"], name, password)
    assert (answer.status_code, answer.json()["code"]) == (401, "single_sign_on.password_refused")
    assert answer.json()["detail"] == "The user name or the password is wrong."
    assert await failures(here, admin) == [why]
    report = await tried(admin, made["id"], name, password)
    assert (report["code"], report["message"]) == ("single_sign_on.password_refused", why)


@SQLITE_ONLY
async def test_unknown_name_takes_as_long_as_a_wrong_password(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    for name in ("ada", "nobody"):
        began = time.monotonic()
        assert (await enter(here.browser(), made["id"], name, "wrong")).status_code == 401
        assert time.monotonic() - began >= passwords.REFUSAL_SECONDS


@SQLITE_ONLY
@pytest.mark.usefixtures("at_once")
async def test_guessing_is_slowed_down_and_locks_nobody_else_out(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    known = here.browser()
    assert (await enter(known, made["id"], "ada")).status_code == 200
    stranger = here.browser()
    codes = [(await enter(stranger, made["id"], "ada", f"guess {number}")).status_code for number in range(8)]
    assert codes[:5] == [401] * 5
    assert codes[-1] == 429
    assert (await enter(known, made["id"], "ada")).status_code == 200
    assert (await enter(stranger, made["id"], "bob")).status_code == 200


@SQLITE_ONLY
async def test_pages_of_other_sites_sign_nobody_in(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    body = {"username": "ada", "password": PASSWORD}
    path = f"/api/v1/session/providers/{made['id']}/password"
    answer = await here.browser().post(path, json=body, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert (await here.browser().post("/api/v1/session/providers/sip_none/password", json=body)).status_code == 404


@SQLITE_ONLY
@pytest.mark.usefixtures("at_once")
async def test_several_people_that_fit_are_nobody(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place, options={"user_filter": "(title={username})"}))
    assert (await enter(here.browser(), made["id"], "Engineer")).status_code == 401
    assert (await tried(admin, made["id"], "Engineer"))["message"] == (
        "Several people in the directory fit this user name."
    )


@SQLITE_ONLY
async def test_groups_are_found_by_a_search_too(here, place):
    admin = await here.administrator()
    options = {"group_attribute": "", "group_filter": "(&(objectClass=groupOfNames)(member={dn}))"}
    made = await admin.ok("POST", "sign-in-providers", draft(place, options=options))
    report = await tried(admin, made["id"], "bob")
    assert (report["claims"]["groups"], report["role"], report["outcome"]) == ([EVERYBODY], "developer", "created")
    assert "memberOf" not in report["claims"]
    assert PASSWORD not in str(report)
    assert (await tried(admin, made["id"], "ada"))["claims"]["groups"] == [ADMINS]
    assert (await admin.ok("GET", "sign-in-providers"))["items"][0]["people"] == 0


@SQLITE_ONLY
async def test_directory_without_the_rule_for_groups_of_groups_still_signs_people_in(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place, options={"nested_groups": True}))
    assert (await tried(admin, made["id"], "ada"))["claims"]["groups"] == [ADMINS]


@SQLITE_ONLY
@pytest.mark.parametrize("scheme", ["starttls", "plain", "second server"])
async def test_every_kind_of_connection_works(here, place, scheme):
    admin = await here.administrator()
    plain = f"ldap://127.0.0.1:{place.port}"
    with held_port() as dead:
        options = {
            "starttls": {"servers": [plain]},
            "plain": {"servers": [plain], "plain": True, "ca_certificate": ""},
            "second server": {"servers": [f"ldap://127.0.0.1:{dead}", f"ldaps://127.0.0.1:{place.tls_port}"]},
        }[scheme]
        made = await admin.ok("POST", "sign-in-providers", draft(place, options=options))
        assert (await enter(here.browser(), made["id"], "ada")).status_code == 200


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("options", "secret", "code", "said"),
    [
        ({"ca_certificate": ""}, READER_PASSWORD, "provider_unreachable", "its certificate is not trusted"),
        ({"servers": ["ldaps://localhost:{tls}"]}, READER_PASSWORD, "provider_unreachable", "certificate is not"),
        ({"servers": ["ldap://127.0.0.1:{port}"], "ca_certificate": ""}, READER_PASSWORD, "provider_unreachable",
         "its certificate is not trusted"),
        ({"servers": ["ldaps://127.0.0.1:{port}"]}, READER_PASSWORD, "provider_unreachable", "no encrypted connection"),
        ({"servers": ["ldaps://192.0.2.1"]}, READER_PASSWORD, "provider_unreachable", "not on the outgoing allow-list"),
        ({}, "wrong", "provider_unreachable", "it refused the service account"),
        ({}, "", "provider_invalid", "Enter the password"),
        ({"base_dn": "dc=elsewhere"}, READER_PASSWORD, "provider_invalid", "sees nothing under this name"),
        ({"base_dn": "no name"}, READER_PASSWORD, "provider_invalid", "distinguished name"),
        ({"user_filter": "(uid={username}"}, READER_PASSWORD, "provider_invalid", "no filter of LDAP"),
        ({"user_filter": "(uid=ada)"}, READER_PASSWORD, "provider_invalid", "must have {username}"),
        ({"subject_attribute": "userPassword"}, READER_PASSWORD, "provider_invalid", "name of an attribute"),
        ({"servers": ["https://127.0.0.1"]}, READER_PASSWORD, "provider_invalid", "must begin with"),
        ({"ca_certificate": "-----BEGIN"}, READER_PASSWORD, "provider_invalid", "no certificate"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_directory_is_said_when_it_is_saved(here, place, options, secret, code, said):
    admin = await here.administrator()
    if "servers" in options:
        filled = [one.format(port=place.port, tls=place.tls_port) for one in options["servers"]]
        options = {**options, "servers": filled}
    answer = await admin.call("POST", "sign-in-providers", draft(place, options=options, secret=secret))
    assert answer.json()["code"] == f"single_sign_on.{code}", answer.text
    assert said in answer.json()["detail"]


@SQLITE_ONLY
async def test_directory_that_is_away_is_told_without_details_and_can_be_switched_off(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    here.application.directories.policy = OutgoingPolicy(frozenset(), frozenset())
    answer = await enter(here.browser(), made["id"], "ada")
    assert (answer.status_code, answer.json()["detail"]) == (502, "The directory could not be asked.")
    assert "127.0.0.1" not in answer.text
    assert "allow-list" in (await failures(here, admin))[0]
    assert "allow-list" in (await tried(admin, made["id"], "ada"))["message"]
    off = draft(place, enabled=False)
    off.pop("secret")
    assert (await admin.ok("PUT", f"sign-in-providers/{made['id']}", off))["enabled"] is False


@SQLITE_ONLY
async def test_person_with_a_second_factor_here_is_asked_for_it(here, place):
    import pyotp

    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    browser = here.browser()
    session = (await enter(browser, made["id"], "ada")).json()
    headers = {"x-csrf-token": session["csrf_token"], "origin": ORIGIN}
    begun = await browser.post("/api/v1/factors/totp", headers=headers)
    assert begun.status_code in (200, 201), begun.text
    secret = begun.json()["secret"]
    code = {"code": pyotp.TOTP(secret).now()}
    confirmed = await browser.post("/api/v1/factors/totp/confirm", json=code, headers=headers)
    assert confirmed.is_success, confirmed.text
    answer = await enter(here.browser(), made["id"], "ada")
    assert answer.status_code == 202
    assert "token" in answer.json()
