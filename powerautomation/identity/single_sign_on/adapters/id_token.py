"""The signature of an ID token: one list of asymmetric algorithms per provider, and keys only from its JWKS address.

What a token says about its own key (``jku``, ``jwk``, ``x5u``, ``x5c``) is never followed: who could write that could
sign, too. https://www.rfc-editor.org/rfc/rfc8725 (November 2026)
"""

import base64
import binascii
import json
from collections.abc import Collection, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from powerautomation.identity.single_sign_on.rules import proof_invalid

# Symmetric ones are missing on purpose: with them a public key, or a client secret that leaked, would sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
MOST_TOKEN_CHARACTERS = 64 * 1024
_SMALLEST_RSA_BYTES = 256
_KEY_TYPES = {"R": "RSA", "P": "RSA", "E": "EC"}
_CURVES = {"ES256": ("P-256",), "ES384": ("P-384",), "ES512": ("P-521",), "EdDSA": ("Ed25519", "Ed448")}
_SELF_MADE_KEYS = ("jku", "jwk", "x5u", "x5c", "crit", "b64", "zip")

Key = dict[str, Any]


class KeyUnknown(Exception):
    """No known key fits: the provider may have a new one."""


def read_header(token: str, algorithms: Collection[str]) -> dict[str, Any]:
    """Return the header of a token that may be worth a look. Raises ProofInvalid."""
    if len(token) > MOST_TOKEN_CHARACTERS or token.count(".") != 2:
        raise proof_invalid("it is no signed token")
    header = _object(_decoded(token.partition(".")[0]))
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or algorithm not in algorithms:
        raise proof_invalid(f"it is signed with {str(algorithm)[:20]!r}, and only {', '.join(algorithms)} is taken")
    named = [name for name in _SELF_MADE_KEYS if name in header]
    if named:
        raise proof_invalid(f"its header has {named[0]!r}, which is not followed")
    return header


def verified(token: str, header: dict[str, Any], keys: Sequence[Key]) -> dict[str, Any]:
    """Return what a token says, from the very bytes that were signed. Raises KeyUnknown, ProofInvalid."""
    algorithm: str = header["alg"]
    key = _key_for(header, keys)
    try:
        read = jws.deserialize_compact(token, import_key(key), algorithms=[algorithm])
    except (JoseError, ValueError, TypeError, KeyError):
        raise proof_invalid("its signature is wrong") from None
    return _object(read.payload or b"")


def _key_for(header: dict[str, Any], keys: Sequence[Key]) -> Key:
    """Return the one key that may have signed: of the right kind, for signatures, for this algorithm, with this id."""
    algorithm: str = header["alg"]
    kid = header.get("kid")
    fitting = [key for key in keys if _fits(key, algorithm) and (kid is None or key.get("kid") == kid)]
    if not fitting:
        raise KeyUnknown
    if len(fitting) > 1:
        raise proof_invalid("it does not say which of the provider's keys signed it")
    return fitting[0]


def _fits(key: Key, algorithm: str) -> bool:
    kind = "OKP" if algorithm == "EdDSA" else _KEY_TYPES[algorithm[0]]
    if key.get("kty") != kind or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    if kind == "RSA":
        return isinstance(key.get("n"), str) and len(_decoded(key["n"])) >= _SMALLEST_RSA_BYTES
    return key.get("crv") in _CURVES[algorithm]


def public_keys(told: Any) -> list[Key]:
    """Return the asymmetric keys of a JWKS, public parts only; at most 100."""
    found = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(found, list):
        return []
    keys = [one for one in found[:100] if isinstance(one, dict) and one.get("kty") in ("RSA", "EC", "OKP")]
    parts = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")
    return [{name: one[name] for name in parts if isinstance(one.get(name), str)} for one in keys]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise proof_invalid("it is no signed token") from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise proof_invalid("it cannot be read") from None
    if not isinstance(found, dict):
        raise proof_invalid("it cannot be read")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a name that stands twice would mean one thing to us and another to somebody else."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
