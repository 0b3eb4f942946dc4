"""Values of second factors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Factor = Literal["totp", "recovery"]


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom passkeys are made for: the host's name, and the console's address without a path."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of a person. ``synced``: the person's devices share it."""

    id: str
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """What an authenticator app needs. ``secret`` is base32 text, ``uri`` is what the QR code ``svg`` says."""

    secret: str
    uri: str
    svg: str


@dataclass(frozen=True, slots=True)
class FactorsView:
    """The factors of a person. ``totp_since`` is None without an authenticator app; ``recovery_codes_left`` counts the
    codes that still work; ``passkeys``, the oldest first."""

    totp_since: datetime | None
    recovery_codes_left: int
    passkeys: tuple[Passkey, ...] = ()
