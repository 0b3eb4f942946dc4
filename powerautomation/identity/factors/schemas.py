"""Bodies of the endpoints of second factors."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class CodeBody(BaseModel):
    """A code that the authenticator app shows."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: SecretStr = Field(min_length=1, max_length=64)


class FactorsAnswer(BaseModel):
    """One's own factors. ``totp_since`` is null without an authenticator app."""

    totp_since: datetime | None
    recovery_codes_left: int


class TotpSetupAnswer(BaseModel):
    """What an authenticator app needs: the QR code ``svg`` says ``uri``, and ``secret`` is for typing it in. They stand
    only here."""

    secret: str
    uri: str
    svg: str


class RecoveryCodes(BaseModel):
    """New recovery codes, each for one sign-in. They stand only here."""

    codes: list[str]
