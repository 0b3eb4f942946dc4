"""What sections of settings are made of."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from pydantic.functional_validators import AfterValidator


class Section(BaseModel):
    """Parent of every settings section: unknown keys are refused, values never change after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)


def _checked_web_address(value: str) -> str:
    """Return a web address without trailing slash; raises ValueError when it is none or holds a credential."""
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must start with http:// or https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password; use api_key")
    if parts.query or parts.fragment:
        raise ValueError("must not have a query or fragment")
    _ = parts.port  # raises ValueError when it is not a port
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_checked_web_address)]
