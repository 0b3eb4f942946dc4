"""Bodies of the session endpoints."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Locale = Literal["en", "zh-CN", "zh-TW"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class LinkBody(_Body):
    """The token of a one-time link."""

    token: SecretStr = Field(min_length=1, max_length=200)


class SignInBody(_Body):
    """What somebody signs in with."""

    email: str = Field(min_length=1, max_length=254)
    password: SecretStr = Field(min_length=1, max_length=4096)


class PasswordBody(_Body):
    """A new password; the present one where it is needed; an e-mail address and name that change with it."""

    new_password: SecretStr = Field(min_length=1, max_length=4096)
    current_password: SecretStr | None = Field(default=None, max_length=4096)
    email: str | None = Field(default=None, min_length=1, max_length=254)
    name: str | None = Field(default=None, min_length=1, max_length=200)


class ProfileBody(_Body):
    """What may change of a person; fields left out stay."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    locale: Locale | None = None


class UserAnswer(BaseModel):
    """The signed-in person. ``email`` and ``locale`` are empty until chosen."""

    id: str
    email: str
    name: str
    locale: str
    has_password: bool


class OrganizationAnswer(BaseModel):
    """The person's organization."""

    id: str
    name: str


class SessionAnswer(BaseModel):
    """A live session: who, where, what it may do, and the token that unsafe requests carry as ``x-csrf-token``."""

    user: UserAnswer
    organization: OrganizationAnswer
    permissions: list[str]
    csrf_token: str
    expires_at: datetime
