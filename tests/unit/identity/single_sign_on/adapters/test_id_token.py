"""Signatures of ID tokens, and what was tried against those of others."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from powerautomation.identity.single_sign_on.adapters.id_token import KeyUnknown, public_keys, read_header, verified
from powerautomation.identity.single_sign_on.errors import ProofInvalid

SAID = {"sub": "s"}
RSA = RSAKey.generate_key(2048, {"use": "sig", "kid": "one"}, private=True)
OTHER = RSAKey.generate_key(2048, {"use": "sig", "kid": "two"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
KEYS = public_keys({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})
TAKEN = ("RS256", "ES256")


def token_of(key: Any, header: dict[str, Any], said: bytes = json.dumps(SAID).encode()) -> str:
    # Headers that nobody should write are written here all the same.
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jws.serialize_compact(header, said, key, registry=registry)


def read(token: str, algorithms: tuple[str, ...] = TAKEN, keys: Any = None) -> dict[str, Any]:
    return verified(token, read_header(token, algorithms), KEYS if keys is None else keys)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (RSA, {"alg": "RS256", "kid": "one"}),
        (RSA, {"alg": "RS256"}),
        (EC, {"alg": "ES256", "kid": "ec", "typ": "JWT"}),
        (RSA, {"alg": "RS256", "kid": "one", "x5t": "a-thumbprint"}),
    ],
)
def test_token_of_the_provider_is_read(key, header):
    assert read(token_of(key, header)) == SAID


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_unsigned_token_is_refused(algorithm, signature):
    with pytest.raises(ProofInvalid, match="is signed with"):
        read(f"{part({'alg': algorithm})}.{part(SAID)}.{signature}", (*TAKEN, "none"))


@pytest.mark.parametrize("algorithms", [TAKEN, (*TAKEN, "HS256")])
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_public_key_used_as_a_shared_secret_is_refused(form, algorithms):
    secret = RSA.as_pem(private=False) if form == "pem" else json.dumps(RSA.as_dict(private=False)).encode()
    # By hand: the library itself makes no such key.
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(SAID)}"
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    token = f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    with pytest.raises(ProofInvalid, match="is signed with 'HS256'"):
        read(token, algorithms)


def test_algorithm_the_provider_was_not_set_up_with_is_refused():
    with pytest.raises(ProofInvalid, match="only ES256 is taken"):
        read(token_of(RSA, {"alg": "RS256", "kid": "one"}), ("ES256",))


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": OTHER.as_dict(private=False)},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False},
    ],
)
def test_token_that_brings_its_own_key_is_refused(more):
    token = f"{part({'alg': 'RS256', 'kid': 'one', **more})}.{part(SAID)}.AAAA"
    with pytest.raises(ProofInvalid, match="is not followed"):
        read(token)


@pytest.mark.parametrize("kid", ["two", "../../dev/null", "' OR 1=1 --", "", 7, None, ["one"]])
def test_key_that_is_not_known_signs_nothing(kid):
    token = token_of(OTHER, {"alg": "RS256", "kid": "two"})
    forged = f"{part({'alg': 'RS256', 'kid': kid})}.{token.split('.')[1]}.{token.split('.')[2]}"
    with pytest.raises((KeyUnknown, ProofInvalid)):
        read(forged)


def test_other_key_under_a_known_name_signs_nothing():
    with pytest.raises(ProofInvalid, match="signature is wrong"):
        read(token_of(OTHER, {"alg": "RS256", "kid": "one"}))


def test_changed_content_is_refused():
    header, _, signature = token_of(RSA, {"alg": "RS256", "kid": "one"}).split(".")
    with pytest.raises(ProofInvalid, match="signature is wrong"):
        read(f"{header}.{part({'sub': 'somebody else'})}.{signature}")


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC", "crv": "P-256"}])
def test_key_for_something_else_signs_nothing(change):
    with pytest.raises(KeyUnknown):
        read(token_of(RSA, {"alg": "RS256", "kid": "one"}), keys=[KEYS[0] | change])


def test_short_key_signs_nothing():
    short = {**KEYS[0], "n": base64.urlsafe_b64encode(b"\x01" * 128).decode()}
    with pytest.raises(KeyUnknown):
        read(token_of(RSA, {"alg": "RS256", "kid": "one"}), keys=[short])


def test_nameless_token_of_a_provider_with_several_keys_is_refused():
    keys = public_keys({"keys": [RSA.as_dict(private=False), OTHER.as_dict(private=False)]})
    with pytest.raises(ProofInvalid, match="which of the provider's keys"):
        read(token_of(RSA, {"alg": "RS256"}), keys=keys)


def test_secret_and_malformed_keys_of_a_provider_are_left_out():
    told = {"keys": [{"kty": "oct", "k": "c2VjcmV0"}, "x", None, {"kty": "RSA", "kid": 7}, RSA.as_dict(private=True)]}
    found = public_keys(told)
    assert found == [{"kty": "RSA"}, KEYS[0]]
    assert public_keys([]) == public_keys({"keys": 1}) == []


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c.d", "..", "é.é.é", f"{part([])}.{part(SAID)}.AAAA", "e30.e30.e30", "[" * 70_000 + ".."],
)
def test_what_is_no_token_is_refused_with_words(token):
    with pytest.raises(ProofInvalid):
        read(token)


@pytest.mark.parametrize("said", [b"[]", b"7", b"", b"\xff", b'{"sub":"a","sub":"b"}', b"[" * 20_000])
def test_signed_content_that_is_no_object_is_refused(said):
    with pytest.raises(ProofInvalid, match="cannot be read"):
        read(token_of(RSA, {"alg": "RS256", "kid": "one"}, said))
