"""Decisions of single sign-on."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from powerautomation.identity.access import ROLES
from powerautomation.identity.single_sign_on import rules
from powerautomation.identity.single_sign_on.entities import RoleRule, SignInProvider
from powerautomation.identity.single_sign_on.errors import EmailRefused, ProofInvalid

NOW = 1_795_000_000
GOOD: dict[str, Any] = {
    "iss": "https://login.example.com",
    "aud": "client",
    "sub": "248289761001",
    "nonce": "n-0S6",
    "iat": NOW - 5,
    "exp": NOW + 300,
}


def provider(**more: Any) -> SignInProvider:
    given: dict[str, Any] = {
        "id": "sip_1",
        "organization_id": "org_1",
        "kind": "oidc",
        "name": "Login",
        "enabled": True,
        "options": {},
        "rules": (),
        "default_role": "",
        "email_domains": (),
        "creates_people": True,
        "links_by_email": False,
        "created_at": datetime.fromtimestamp(NOW, UTC),
        "updated_at": datetime.fromtimestamp(NOW, UTC),
    }
    return SignInProvider(**{**given, **more})


def check(said: dict[str, Any]) -> None:
    rules.check_id_token(said, issuer=GOOD["iss"], client_id="client", nonce="n-0S6", seconds=NOW)


@pytest.mark.parametrize("more", [{}, {"aud": ["client"]}, {"aud": ["other", "client"], "azp": "client"}])
def test_good_tokens_are_taken(more):
    check(GOOD | more)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"iss": "https://login.example.com/"}, "issued by"),
        ({"iss": None}, "issued by nobody"),
        ({"aud": "other"}, "meant for"),
        ({"aud": None}, "meant for"),
        ({"aud": []}, "meant for"),
        ({"aud": {"client": 1}}, "meant for"),
        ({"aud": ["client", "other"]}, "several clients"),
        ({"azp": "other"}, "asked for by"),
        ({"aud": ["client", "other"], "azp": "other"}, "asked for by"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": NOW - 61}, "expired"),
        ({"exp": "soon"}, "does not say when"),
        ({"exp": True}, "does not say when"),
        ({"exp": float("nan")}, "does not say when"),
        ({"iat": NOW + 61}, "future"),
        ({"nbf": NOW + 61}, "not valid yet"),
        ({"sub": ""}, "whom"),
        ({"sub": 7}, "whom"),
        ({"sub": "a\x00b"}, "whom"),
        ({"sub": "x" * 256}, "whom"),
    ],
)
def test_bad_tokens_are_refused(more, why):
    with pytest.raises(ProofInvalid, match=why):
        check({name: value for name, value in (GOOD | more).items() if value is not None})


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "nonce", "sub"])
def test_nothing_that_is_needed_may_be_missing(name):
    with pytest.raises(ProofInvalid):
        check({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("path", ["/", "/usage?range=day#x", "/requests/req_1"])
def test_own_pages_are_gone_to(path):
    assert rules.return_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "usage", "//evil.example", "///evil.example", "https://evil.example", "javascript:alert(1)",
        "/\\evil.example", "/a\\b", "/\tevil", "/a b", "/ü", "/x\r\nset-cookie: a=b", "/api/v1/session", "/sign-in",
        "/" + "x" * 2000,
    ],
)  # fmt: skip
def test_everything_else_leads_home(path):
    assert rules.return_path(path) == "/"


def test_first_rule_that_fits_gives_the_role():
    given = provider(
        rules=(
            RoleRule("groups", "admins", "organization_admin"),
            RoleRule("realm.roles", "ops", "operator"),
            RoleRule("staff", "true", "guest"),
        ),
        default_role="developer",
    )

    def role(**said: Any) -> str:
        return rules.role_for(given, rules.claims_from({"sub": "s", **said}))

    assert role(groups=["x", "admins"], realm={"roles": ["ops"]}) == "organization_admin"
    assert role(groups="admins") == "organization_admin"
    assert role(realm={"roles": ["ops"]}) == "operator"
    assert role(staff=True) == "guest"
    assert role(groups=["Admins", None, {}], realm="ops") == "developer"


def test_address_must_be_of_the_domains_and_not_unverified():
    given = provider(email_domains=("example.org",))
    rules.check_email(given, rules.claims_from({"sub": "s", "email": "a@EXAMPLE.org"}))
    for said in (
        {},
        {"email": "a@example.org", "email_verified": False},
        {"email": "a@example.org", "email_verified": "false"},
        {"email": "a@sub.example.org"},
        {"email": "a@example.org@evil.example"},
    ):
        with pytest.raises(EmailRefused):
            rules.check_email(given, rules.claims_from({"sub": "s", **said}))


def test_mail_opens_no_account_above_what_the_provider_gives():
    given = [ROLES["developer"], ROLES["guest"]]
    assert rules.may_link_to(given, ROLES["developer"])
    assert not rules.may_link_to(given, ROLES["organization_admin"])
    assert not rules.may_link_to([], ROLES["guest"])


def test_nonce_and_verifier_need_the_browser_the_address_and_the_server():
    known = rules.derived(b"key", "nonce", "secret", "state")
    others = [
        rules.derived(b"other", "nonce", "secret", "state"),
        rules.derived(b"key", "verifier", "secret", "state"),
        rules.derived(b"key", "nonce", "other", "state"),
        rules.derived(b"key", "nonce", "secret", "other"),
    ]
    assert known not in others
    assert len(known) == 43


def test_what_a_provider_said_is_stored_only_as_every_database_takes_it():
    deep: Any = "end"
    for _ in range(9):
        deep = [deep]
    said = {"a": "x\x00y\ud800", "b": float("nan"), "c": 10**400, "d": deep, "e": [True, None, 7], "f\x00": "z" * 9999}
    shown = rules.presentable(said)
    assert shown["a"] == "x\ufffdy\ufffd"
    assert shown["b"] == "nan"
    assert shown["e"] == [True, None, 7]
    assert len(shown["f\ufffd"]) == rules.LONGEST_SHOWN
    assert len(str(shown)) < 4000
    json.dumps(shown, allow_nan=False).encode()


def test_names_and_addresses_that_cannot_be_shown_are_none():
    claims = rules.claims_from({"sub": "s", "name": "A\x00d\x1ba", "email": "a\ud800@example.org"})
    assert (claims.name, claims.email) == ("Ada", "")


@pytest.mark.parametrize(
    ("kind", "value", "role"),
    [
        ("ldap", "CN=Admins, OU=Groups,DC=example", "admin"),
        ("ldap", "cn=admins,ou=groups,dc=example", "admin"),
        ("ldap", "cn=admins,ou=other,dc=example", "guest"),
        ("ldap", "cn=admins", "guest"),
        ("oidc", "CN=Admins, OU=Groups,DC=example", "guest"),
    ],
)
def test_groups_of_a_directory_are_compared_as_its_names_are(kind, value, role):
    given = provider(kind=kind, rules=(RoleRule("groups", value, "admin"),), default_role="guest")
    said = {"sub": "s", "groups": ["cn=admins,ou=groups,DC=Example"]}
    assert rules.role_for(given, rules.claims_from(said)) == role


def test_comma_inside_a_name_is_not_one_between_names():
    assert rules.same_name("cn=a\\, b,dc=x") != rules.same_name("cn=a\\,b,dc=x")
