"""Who calls: finds the gateway key among the carriers clients use, with the same decision for each of them."""

import hashlib
import hmac
import os
import time
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from powerautomation.gateway.proxy.errors import DoorClosed, KeyRefused, ModelNotAllowed
from powerautomation.identity.api_keys import ApiKeyRecord

_PREFIX = b"pa_"
_MOST_REMEMBERED = 10_000
_process_key = os.urandom(32)
_remembered: dict[bytes, bytes] = {}
_ACTION = "Create a key in the console under API keys, or with: powerautomation keys create --name NAME"


class KeyUses:
    """When keys were used last and nobody has written it down yet: by key, in milliseconds since the epoch.

    ``previous`` is about the secrets from before a rotation. There are no more entries than live keys.
    """

    __slots__ = ("present", "previous")

    def __init__(self) -> None:
        self.present: dict[str, int] = {}
        self.previous: dict[str, int] = {}


def check_model(record: ApiKeyRecord, model: str) -> None:
    """Raise ModelNotAllowed when a key may not ask for a model."""
    if not record.may_ask_for(model):
        # The key's own, and those of its person's unit.
        allowed = [", ".join(names[:20]) for names in (record.allowed_models, record.unit_models) if names]
        raise ModelNotAllowed(
            f"The gateway key “{record.name}” may not ask for “{model[:200]}”.",
            action=f"Ask for one of: {' and of: '.join(allowed)}; or use another key.",
        )


def find_token(headers: Iterable[tuple[bytes, bytes]], query: bytes = b"") -> bytes:
    """Return the gateway key a request carries, or an empty value.

    ``Authorization: Bearer`` counts first, then ``x-api-key``, then ``x-goog-api-key``, then ``key`` in the query,
    where the door passes one on. Claude Code may send a vendor's own key in one carrier and ours in another, so a value
    that is not a gateway key is passed over.
    """
    bearer = api_key = goog = b""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, credential = value.partition(b" ")
            if scheme.lower() == b"bearer":
                bearer = credential.strip()
        elif name == b"x-api-key":
            api_key = value.strip()
        elif name == b"x-goog-api-key":
            goog = value.strip()
    asked = _key_in(query) if query else b""
    for token in (bearer, api_key, goog, asked):
        if token.startswith(_PREFIX):
            return token
    return bearer or api_key or goog or asked


def _key_in(query: bytes) -> bytes:
    found = b""
    for parameter in query.split(b"&"):
        name, _, value = parameter.partition(b"=")
        if name == b"key":
            found = unquote_to_bytes(value.replace(b"+", b" ")).strip()
    return found


def hmac_of_token(token: bytes, hmac_secret: bytes) -> bytes:
    """Return the token's HMAC. It takes several times as long as a keyed BLAKE2 hash, so it is remembered under that;
    the token itself is not kept."""
    short = hashlib.blake2s(token, key=_process_key).digest()
    known = _remembered.get(short)
    if known is None:
        known = hmac.digest(hmac_secret, token, "sha256")
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[short] = known
    return known


def authenticate(
    headers: Iterable[tuple[bytes, bytes]],
    hmac_secret: bytes,
    keys: Mapping[bytes, ApiKeyRecord],
    query: bytes = b"",
    *,
    door: str,
    uses: KeyUses,
) -> ApiKeyRecord:
    """Return the key of a request that comes by a door of the gateway. The token itself is never compared: its HMAC is
    looked up, so nothing about a stored key can be learned from timing.

    uses: where it is noted that the key is in use. Raises KeyRefused, DoorClosed.
    """
    token = find_token(headers, query)
    if not token:
        raise KeyRefused("No gateway key was sent.", action=_ACTION)
    record = keys.get(hmac_of_token(token, hmac_secret))
    if record is None:
        if token.startswith(_PREFIX):
            raise KeyRefused("The gateway key is unknown or was revoked.", action=_ACTION)
        raise KeyRefused("The credential is not a gateway key: those begin with pa_.", action=_ACTION)
    moment_ms = time.time_ns() // 1_000_000
    if record.expires_at_ms is not None and record.expires_at_ms <= moment_ms:
        raise KeyRefused(f"The gateway key “{record.name}” has expired.", action=_ACTION)
    if record.doors is not None and not record.may_enter(door):
        opened = ", ".join(sorted(record.doors)) or "no part of the gateway"
        raise DoorClosed(
            f"The gateway key “{record.name}” does not open “{door}”: it opens {opened}.",
            action="Use another key, or make one with the scope this needs.",
        )
    (uses.previous if record.is_previous else uses.present)[record.id] = moment_ms
    return record
