"""OpenID Connect against a provider that says one thing wrong at a time."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from powerautomation.identity.single_sign_on.adapters.oidc import Oidc
from powerautomation.identity.single_sign_on.entities import RoleRule, Trip
from powerautomation.identity.single_sign_on.errors import (
    ProofInvalid,
    ProviderInvalid,
    ProviderRefused,
    ProviderUnreachable,
)
from powerautomation.infrastructure.http_client import ConnectFailed
from powerautomation.kernel import clock
from tests.unit.identity.single_sign_on.test_rules import provider

ISSUER = "https://login.example.com"
OPTIONS = {"issuer": ISSUER, "client_id": "client", "scopes": "openid", "algorithms": ["RS256"]}
TRIP = Trip("state", "nonce-1", "verifier", "https://console.test/callback")
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/keys",
    "id_token_signing_alg_values_supported": ["HS256", "none", "ES256", "RS256"],
}


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


KEY = new_key("one")


class Answer:
    """What the client returns."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self._text = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def read(self, most_bytes: int) -> bytes:
        assert len(self._text) <= most_bytes
        return self._text


class Web:
    """Stands where the outgoing client stands; answers by path and notes what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.keys = [KEY]
        self.said: dict[str, Any] = {}
        self.header = {"alg": "RS256", "kid": "one"}
        self.answers = answers
        self.asked: list[str] = []
        self.sent: dict[str, list[str]] = {}

    async def request(self, method: str, url: str, headers: Any = (), body: bytes = b"") -> Answer:
        place = url.removeprefix(ISSUER + "/").partition("/")[0]
        self.asked.append(place)
        if place in self.answers:
            given = self.answers[place]
            if isinstance(given, Exception):
                raise given
            return given if isinstance(given, Answer) else Answer(200, given)
        if place == ".well-known":
            return Answer(200, METADATA)
        if place == "keys":
            return Answer(200, {"keys": [key.as_dict(private=False) for key in self.keys]})
        if place == "userinfo":
            return Answer(200, {"sub": "s", "email": "s@example.org", "groups": ["staff"], "nonce": "of userinfo"})
        self.sent = parse_qs(body.decode())
        seconds = clock.now_ms() // 1000
        said = {"iss": ISSUER, "aud": "client", "sub": "s", "nonce": "nonce-1", "iat": seconds, "exp": seconds + 60}
        token = jwt.encode(self.header, {**said, **self.said}, self.keys[-1])
        return Answer(200, {"id_token": token, "access_token": "token"})


class Seconds:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def adapter(web: Web, seconds: Any = None) -> Oidc:
    return Oidc(web, seconds=seconds or Seconds())  # type: ignore[arg-type]  # it only sends requests


async def claims_of(web: Web, oidc: Oidc | None = None, **answer: str) -> Any:
    given = provider(options=OPTIONS, rules=(RoleRule("groups", "staff", "guest"),))
    return await (oidc or adapter(web)).claims_of(given, "", TRIP, {"code": "c", **answer})


async def test_claims_come_from_the_token_and_what_it_lacks_from_userinfo():
    web = Web()
    claims = await claims_of(web)
    assert (claims.subject, claims.email, claims.groups) == ("s", "s@example.org", ("staff",))
    assert claims.attributes["nonce"] == "nonce-1"
    assert web.sent["code_verifier"] == ["verifier"]
    assert web.sent["redirect_uri"] == [TRIP.redirect_uri]


async def test_address_of_the_provider_keeps_its_own_query():
    url = await adapter(Web()).authorize(provider(options=OPTIONS), "", TRIP)
    assert url.startswith(f"{ISSUER}/authorize?tenant=1&response_type=code&")
    assert "verifier" not in url


@pytest.mark.parametrize(
    "said", [{"nonce": "another"}, {"aud": "other"}, {"iss": "https://evil.example"}, {"exp": 1}, {"azp": "other"}]
)
async def test_token_of_another_sign_in_is_refused(said):
    web = Web()
    web.said = said
    with pytest.raises(ProofInvalid):
        await claims_of(web)


async def test_userinfo_of_somebody_else_is_refused():
    with pytest.raises(ProofInvalid, match="somebody else"):
        await claims_of(Web(userinfo={"sub": "other", "email": "boss@example.org"}))


async def test_answer_of_another_provider_is_refused():
    with pytest.raises(ProofInvalid, match="another provider"):
        await claims_of(Web(), iss="https://evil.example")
    named = {**METADATA, "authorization_response_iss_parameter_supported": True}
    with pytest.raises(ProofInvalid, match="does not say which provider"):
        await claims_of(Web(**{".well-known": named}))
    assert (await claims_of(Web(**{".well-known": named}), iss=ISSUER)).subject == "s"


@pytest.mark.parametrize("answer", [{"code": ""}, {"code": "c" * 5000}, {"error": "access_denied"}])
async def test_answer_without_a_code_is_refused_before_anybody_is_asked(answer):
    web = Web()
    with pytest.raises(ProviderRefused):
        await claims_of(web, **answer)
    assert "token" not in web.asked


async def test_new_key_is_fetched_at_most_once_a_minute():
    web, seconds = Web(), Seconds()
    oidc = adapter(web, seconds)
    await claims_of(web, oidc)
    web.keys, web.header = [new_key("two")], {"alg": "RS256", "kid": "two"}
    seconds.now += 59
    for _ in range(3):
        with pytest.raises(ProofInvalid, match="none of the provider's keys"):
            await claims_of(web, oidc)
    assert web.asked.count("keys") == 1
    seconds.now += 1
    assert (await claims_of(web, oidc)).subject == "s"
    web.header = {"alg": "RS256", "kid": "three"}
    seconds.now += 61
    for _ in range(3):
        with pytest.raises(ProofInvalid):
            await claims_of(web, oidc)
    assert web.asked.count("keys") == 3
    assert web.asked.count(".well-known") == 1


async def test_options_are_completed_with_asymmetric_algorithms_only():
    found = await adapter(Web()).complete({"issuer": ISSUER, "client_id": " client ", "scopes": "email email"}, "")
    assert found == {
        "issuer": ISSUER,
        "client_id": "client",
        "scopes": "openid email",
        "algorithms": ["RS256", "ES256"],
    }
    for algorithms in (["HS256"], ["none"], ["RS256", "HS256"]):
        with pytest.raises(ProviderInvalid):
            await adapter(Web()).complete({"issuer": ISSUER, "client_id": "c", "algorithms": algorithms}, "")
    symmetric = {**METADATA, "id_token_signing_alg_values_supported": ["HS256"]}
    with pytest.raises(ProviderInvalid):
        await adapter(Web(**{".well-known": symmetric})).complete({"issuer": ISSUER, "client_id": "c"}, "")


@pytest.mark.parametrize(
    "told",
    [
        {**METADATA, "issuer": "https://evil.example"},
        {**METADATA, "token_endpoint": "http://login.example.com/token"},
        {**METADATA, "jwks_uri": "file:///etc/passwd"},
        {**METADATA, "jwks_uri": None},
        {**METADATA, "userinfo_endpoint": "https://user@login.example.com/"},
        {**METADATA, "authorization_endpoint": "javascript:alert(1)"},
        [],
        b"<html>",
        b"[" * 100_000,
    ],
)
async def test_discovery_that_does_not_fit_is_refused(told):
    with pytest.raises(ProviderInvalid):
        await adapter(Web(**{".well-known": told})).complete({"issuer": ISSUER, "client_id": "c"}, "")


@pytest.mark.parametrize(
    "issuer",
    ["", "login.example.com", "http://login.example.com", "https://a@b.example", "https://b.example?x=1", "https://["],
)
async def test_issuer_that_is_no_https_address_is_not_asked(issuer):
    web = Web()
    with pytest.raises(ProviderInvalid):
        await adapter(web).complete({"issuer": issuer, "client_id": "c"}, "")
    assert web.asked == []


@pytest.mark.parametrize(
    "answer",
    [ConnectFailed("login.example.com:443 is not on the outgoing allow-list"), Answer(500, {}), Answer(302, {})],
)
async def test_provider_that_cannot_be_asked_is_named(answer):
    with pytest.raises(ProviderUnreachable, match=r"login\.example\.com"):
        await adapter(Web(**{".well-known": answer})).complete({"issuer": ISSUER, "client_id": "c"}, "")


async def test_words_of_the_provider_are_cut_and_printable():
    refused = Answer(400, {"error": "invalid_grant", "error_description": "x\x1b[31m" + "y" * 5000})
    with pytest.raises(ProviderRefused) as caught:
        await claims_of(Web(token=refused))
    assert "invalid_grant: x[31m" in caught.value.message
    assert len(caught.value.message) < 500
