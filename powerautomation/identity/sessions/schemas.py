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


class StepBody(_Body):
    """The token of a first step with a code of the authenticator app, or a recovery code."""

    token: SecretStr = Field(min_length=1, max_length=200)
    code: SecretStr = Field(min_length=1, max_length=64)


class ConfirmBody(_Body):
    """What a person proves with who it is: the password; a code of the authenticator app or a recovery code; or a
    passkey's answer to a challenge, ``PublicKeyCredential.toJSON()`` as JSON text."""

    password: SecretStr | None = Field(default=None, min_length=1, max_length=4096)
    code: SecretStr | None = Field(default=None, min_length=1, max_length=64)
    credential: str | None = Field(default=None, min_length=2, max_length=20_000)


class PasskeySignInBody(_Body):
    """A passkey's answer to a challenge: ``credential`` is ``PublicKeyCredential.toJSON()`` as JSON text."""

    credential: str = Field(min_length=2, max_length=20_000)


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


class InvitationBody(_Body):
    """The token of an invitation."""

    token: SecretStr = Field(min_length=1, max_length=200)


class AcceptBody(_Body):
    """An invitation's token with the password chosen; a name that replaces the one given by who invited."""

    token: SecretStr = Field(min_length=1, max_length=200)
    new_password: SecretStr = Field(min_length=1, max_length=4096)
    name: str | None = Field(default=None, min_length=1, max_length=200)


class InvitationAnswer(BaseModel):
    """Whom an invitation is for, and the organization it leads to."""

    email: str
    name: str
    organization_name: str


class LiveSessionAnswer(BaseModel):
    """One browser that is signed in. It ends at ``idle_ends_at`` unless it is used, and at ``expires_at`` in any case;
    ``method`` is ``password`` or ``link``, ``factor`` what followed: ``totp``, ``recovery``, or nothing; ``is_this``
    marks the one that asks; ``organization`` is where it is, told of one's own sessions."""

    id: str
    is_this: bool
    organization: str = ""
    method: str
    factor: str
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    idle_ends_at: datetime
    expires_at: datetime


class LiveSessionList(BaseModel):
    """A person's live sessions, with the limits in days: without use, and in any case."""

    items: list[LiveSessionAnswer]
    idle_days: int
    longest_days: int


class EndedSessions(BaseModel):
    """How many sessions ended."""

    ended: int


class UserAnswer(BaseModel):
    """The signed-in person. ``email`` and ``locale`` are empty until chosen."""

    id: str
    email: str
    name: str
    locale: str
    role: str
    has_password: bool


class OrganizationAnswer(BaseModel):
    """The person's organization."""

    id: str
    name: str


class SessionAnswer(BaseModel):
    """A live session: who, where, what it may do, and the token that unsafe requests carry as ``x-csrf-token``.
    ``environment`` is what this installation is."""

    user: UserAnswer
    organization: OrganizationAnswer
    permissions: list[str]
    csrf_token: str
    expires_at: datetime
    environment: Literal["development", "staging", "production"]


class MembershipAnswer(BaseModel):
    """An organization the account is in; ``is_this`` marks the one of this session."""

    organization: OrganizationAnswer
    is_this: bool


class MembershipList(BaseModel):
    """The organizations one can go to, the one joined first at the top."""

    items: list[MembershipAnswer]


class SwitchBody(BaseModel):
    """The organization to go to."""

    model_config = ConfigDict(extra="forbid")

    organization_id: str = Field(min_length=1, max_length=64)


class StepAnswer(BaseModel):
    """The first step was right and nobody is signed in yet: ``token`` goes with a code to ``/session/second-step``
    before ``expires_at``."""

    token: str
    expires_at: datetime
    recovery_codes_left: int
