"""Bodies of the single sign-on endpoints."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from powerautomation.identity.single_sign_on.entities import Kind
from powerautomation.identity.single_sign_on.options import (
    LdapAnswer,
    LdapBody,
    OidcAnswer,
    OidcBody,
    SamlAnswer,
    SamlBody,
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class RoleRuleBody(_Body):
    """Who has ``value`` among the values of ``claim`` gets ``role``."""

    claim: str = Field(min_length=1, max_length=200)
    value: str = Field(min_length=1, max_length=500)
    role: str = Field(min_length=1, max_length=64)


class SignInProviderBody(_Body):
    """A provider, with what belongs to its protocol: exactly one of ``oidc``, ``saml`` and ``ldap``.

    ``secret`` left out of a change keeps the stored one; ``default_role`` empty: no rule, no entry.
    ``session_hours``: how long sessions by it last at most, 0 as long as others; a directory's are
    asked about instead.
    """

    name: str = Field(min_length=1, max_length=100)
    oidc: OidcBody | None = None
    ldap: LdapBody | None = None
    saml: SamlBody | None = None
    secret: SecretStr | None = Field(default=None, max_length=2000)
    enabled: bool | None = None
    rules: list[RoleRuleBody] | None = Field(default=None, max_length=50)
    default_role: str | None = Field(default=None, max_length=64)
    email_domains: list[str] | None = Field(default=None, max_length=50)
    creates_people: bool | None = None
    links_by_email: bool | None = None
    session_hours: Annotated[int, Field(ge=0, le=1440)] | None = None


class SignInProviderAnswer(BaseModel):
    """A provider without its secret. ``redirect_uri`` is entered at the provider; ``people`` counts who came by it."""

    id: str
    kind: Kind
    name: str
    enabled: bool
    oidc: OidcAnswer | None
    ldap: LdapAnswer | None
    saml: SamlAnswer | None
    has_secret: bool
    rules: list[RoleRuleBody]
    default_role: str
    email_domains: list[str]
    creates_people: bool
    links_by_email: bool
    session_hours: int
    people: int
    created_at: datetime
    updated_at: datetime


class SignInProviderList(BaseModel):
    """The organization's providers, and the address to enter at each of them."""

    items: list[SignInProviderAnswer]
    redirect_uri: str


class OfferedProvider(BaseModel):
    """A provider as the sign-in page offers it."""

    id: str
    kind: Kind
    name: str


class OfferedProviderList(BaseModel):
    """What the sign-in page offers besides passwords. ``by_domain``: only for an e-mail domain, or for one provider."""

    items: list[OfferedProvider]
    by_domain: bool


class StartBody(_Body):
    """Where to go after signing in: a path of the console."""

    return_to: str | None = Field(default=None, max_length=2000)


class DirectorySignInBody(_Body):
    """What somebody types at the sign-in page for a provider that checks passwords."""

    username: str = Field(max_length=300)
    password: SecretStr = Field(max_length=2000)


class StartAnswer(BaseModel):
    """Where the browser goes now."""

    url: str


class BreakGlassPerson(BaseModel):
    """Somebody who keeps, or could keep, the password when it opens nobody else's session."""

    id: str
    name: str
    email: str


class SignInPolicyBody(_Body):
    """Whether passwords sign people in; ``break_glass`` are the ids of those who keep theirs when they do not."""

    passwords: bool
    break_glass: list[str] | None = Field(default=None, max_length=10)


class SignInPolicyAnswer(BaseModel):
    """How people may sign in. ``candidates`` could be named: they have a password, an authenticator app and a role that
    may change sign-in providers. ``provider_works``: somebody has come by a provider that is switched on."""

    passwords: bool
    break_glass: list[BreakGlassPerson]
    candidates: list[BreakGlassPerson]
    provider_works: bool


class SignInTestAnswer(BaseModel):
    """What a test sign-in showed: the claims and what they lead to, or the error.

    ``outcome`` is ``known`` (a person already bound), ``linked`` or ``created`` (what would happen), or empty with an
    error. Nobody was signed in, bound or added.
    """

    id: str
    provider_id: str
    finished: bool
    claims: dict[str, Any] | None
    subject: str
    role: str
    outcome: str
    code: str
    message: str
    action: str
