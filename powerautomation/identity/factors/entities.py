"""Values of second factors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Factor = Literal["totp", "recovery"]


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """What an authenticator app needs. ``secret`` is base32 text, ``uri`` is what the QR code ``svg`` says."""

    secret: str
    uri: str
    svg: str


@dataclass(frozen=True, slots=True)
class FactorsView:
    """The factors of a person. ``totp_since`` is None without an authenticator app; ``recovery_codes_left`` counts the
    codes that still work."""

    totp_since: datetime | None
    recovery_codes_left: int
