"""Bodies of the endpoints of second factors."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class CodeBody(BaseModel):
    """A code that the authenticator app shows."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: SecretStr = Field(min_length=1, max_length=64)


class PasskeyName(BaseModel):
    """What a passkey is called."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)


class PasskeyBody(PasskeyName):
    """A passkey that the browser has made: ``credential`` is ``PublicKeyCredential.toJSON()`` as JSON text."""

    credential: str = Field(min_length=2, max_length=20_000)


class PasskeyOptions(BaseModel):
    """What ``PublicKeyCredential.parseCreationOptionsFromJSON`` or ``parseRequestOptionsFromJSON`` takes."""

    options: dict[str, Any]


class PasskeyAnswer(BaseModel):
    """One passkey. ``synced``: the person's devices share it."""

    id: str
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


class FactorsAnswer(BaseModel):
    """One's own factors. ``totp_since`` is null without an authenticator app; ``passkeys_at`` is the console's address
    at which passkeys work, empty when they cannot."""

    totp_since: datetime | None
    recovery_codes_left: int
    passkeys: list[PasskeyAnswer]
    passkeys_at: str


class TotpSetupAnswer(BaseModel):
    """What an authenticator app needs: the QR code ``svg`` says ``uri``, and ``secret`` is for typing it in. They stand
    only here."""

    secret: str
    uri: str
    svg: str


class RecoveryCodes(BaseModel):
    """New recovery codes, each for one sign-in. They stand only here."""

    codes: list[str]
