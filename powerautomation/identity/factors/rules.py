"""Decisions about codes. Times are aware, in UTC."""

import hashlib
import hmac
import ipaddress
import secrets
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from powerautomation.identity.factors.entities import RelyingParty

STEP_SECONDS = 30
# One step to each side: clocks of telephones are seldom 30 s wrong, and typing takes time.
# https://www.rfc-editor.org/rfc/rfc6238#section-5.2 (November 2026)
DRIFT_STEPS = 1
CHALLENGE_LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 20
_NONCE_BYTES = 16
_SECONDS_BYTES = 8
SETUP_LIFE = timedelta(hours=1)
RECOVERY_CODES = 10
# Without i, l, o and u, which are taken for other characters or make words.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_GROUPS, _GROUP = 4, 4
_LOOKALIKES = str.maketrans({"i": "1", "l": "1", "o": "0"})


def normal_code(text: str) -> str:
    """Return a code without the spaces and dashes that people type, in lower case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def is_totp_code(code: str) -> bool:
    """Say whether a code in normal form is an authenticator app's; everything else is taken for a recovery code."""
    return len(code) == 6 and code.isascii() and code.isdigit()


def matching_step(secret: str, code: str, moment: datetime, last_step: int) -> int | None:
    """Return the time step whose code this is, or None. Steps up to ``last_step`` were used and match no more."""
    from pyotp import TOTP

    totp = TOTP(secret, interval=STEP_SECONDS)
    present = int(moment.timestamp()) // STEP_SECONDS
    found = None
    # All three are compared always, so that the time tells nothing.
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        same = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if same and step > last_step and found is None:
            found = step
    return found


def new_secret() -> str:
    """Return a new secret of 160 bits in base32, as RFC 4226, section 4, recommends."""
    from pyotp import random_base32

    return random_base32(32)


def new_recovery_code() -> str:
    """Return a new recovery code of 80 bits: ``7k2m-x9qd-01tz-w4hc``."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def recovery_hash(key: bytes, account_id: str, code: str) -> bytes:
    """Return what is stored of a recovery code in normal form, under a key that is not in the database."""
    text = f"{account_id}|{code.translate(_LOOKALIKES)}"
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def relying_party(public_url: str, base_url: str) -> RelyingParty | None:
    """Return whom passkeys are made for, from the configured public address; without one, this very machine. None for
    an IP address: passkeys belong to a name. https://www.w3.org/TR/webauthn-3/#rp-id (November 2026)"""
    parts = urlsplit(public_url or base_url)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return RelyingParty(host, f"{parts.scheme}://{host}{port}") if host else None
    if not public_url and address.is_loopback:
        return RelyingParty("localhost", f"http://localhost{port}")
    return None


def new_challenge(key: bytes, purpose: str, moment: datetime) -> bytes:
    """Return a challenge that tells by itself that it is ours, for what, and until when: nothing is stored for it, so
    that strangers who ask for challenges fill no table."""
    ends = int((moment + CHALLENGE_LIFE).timestamp())
    head = secrets.token_bytes(_NONCE_BYTES) + ends.to_bytes(_SECONDS_BYTES, "big")
    return head + _challenge_mac(key, purpose, head)


def challenge_holds(key: bytes, purpose: str, challenge: bytes, moment: datetime) -> bool:
    """Say whether a challenge is ours, for this purpose, and not too old. That it was not used is another question."""
    head, mac = challenge[: _NONCE_BYTES + _SECONDS_BYTES], challenge[_NONCE_BYTES + _SECONDS_BYTES :]
    if not hmac.compare_digest(mac, _challenge_mac(key, purpose, head)):
        return False
    return moment.timestamp() < int.from_bytes(head[_NONCE_BYTES:], "big")


def _challenge_mac(key: bytes, purpose: str, head: bytes) -> bytes:
    return hmac.new(key, head + purpose.encode(), hashlib.sha256).digest()
