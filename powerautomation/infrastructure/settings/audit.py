"""Settings of the audit log: where its signed heads and its events go."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator

from powerautomation.infrastructure.settings.base import Section, WebAddress

StreamName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
_SCHEMES = {
    "webhook": ("https", "http"),
    "otlp": ("https", "http"),
    "syslog": ("syslog+tls", "syslog+tcp", "syslog+udp"),
}
_SHORTEST_SECRET = 16
_FEWEST_DAYS = 180
_MOST_DAYS = 36_500


class AuditStreamSettings(Section):
    """A receiver of every event as it happens. ``secret`` signs what a webhook gets, and is a collector's bearer token;
    ``ca_file`` holds the authorities by which a receiver's certificate is checked, those of the system when empty."""

    kind: Literal["webhook", "syslog", "otlp"]
    address: str
    secret: SecretStr = SecretStr("")
    ca_file: Path | None = None
    paused: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        parts = urlsplit(self.address)
        if parts.scheme not in _SCHEMES[self.kind] or not parts.hostname:
            schemes = " or ".join(f"{one}://" for one in _SCHEMES[self.kind])
            raise ValueError(f"the address of a {self.kind} must start with {schemes} and name a host")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("the address must have no user name, password, query or fragment")
        if self.kind == "syslog" and (parts.port is None or parts.path.strip("/")):
            raise ValueError("the address of a syslog server is its host and port: syslog+tls://logs.example.org:6514")
        _ = parts.port  # raises ValueError when it is not a port
        secret = self.secret.get_secret_value()
        if self.kind == "webhook" and len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"a webhook needs a secret of at least {_SHORTEST_SECRET} characters that signs")
        if not secret.isascii() or not secret.isprintable():
            raise ValueError("the secret must be printable ASCII, as a header carries it")
        return self


def _checked_days(value: int) -> int:
    if value and not _FEWEST_DAYS <= value <= _MOST_DAYS:
        raise ValueError(f"must be 0, for ever, or from {_FEWEST_DAYS} to {_MOST_DAYS}")
    return value


class AuditSettings(Section):
    """Where signed heads of the audit log go besides the data folder, how often, and the key that signs them: 32 bytes
    in base64; empty means a file in the data folder. ``streams`` get every event as it happens; those older than
    ``kept_days`` are removed by whole months, 0 keeps them for ever."""

    signing_key: SecretStr = SecretStr("")
    heads_file: Path | None = None
    heads_webhook: WebAddress = ""
    kept_days: Annotated[int, AfterValidator(_checked_days)] = 1095
    head_every_seconds: Annotated[float, Field(ge=10, le=86400, allow_inf_nan=False)] = 3600
    streams: dict[StreamName, AuditStreamSettings] = Field(default={}, max_length=10)
