"""Decisions about codes. Times are aware, in UTC."""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

STEP_SECONDS = 30
# One step to each side: clocks of telephones are seldom 30 s wrong, and typing takes time.
# https://www.rfc-editor.org/rfc/rfc6238#section-5.2 (November 2026)
DRIFT_STEPS = 1
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


def recovery_hash(key: bytes, user_id: str, code: str) -> bytes:
    """Return what is stored of a recovery code in normal form, under a key that is not in the database."""
    text = f"{user_id}|{code.translate(_LOOKALIKES)}"
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
