"""Values of single sign-on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["oidc", "saml", "ldap"]
Purpose = Literal["sign_in", "test"]


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Who has ``value`` among the values of ``claim`` gets ``role``. Of several rules the first that fits decides."""

    claim: str
    value: str
    role: str


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """Somewhere outside that says who somebody is, without its secret.

    ``options`` belong to the kind (an issuer, a client id, scopes). ``default_role`` is given when
    no rule fits; empty: then nobody gets in. ``email_domains`` limits who gets in; empty: no limit. ``creates_people``
    adds who is not known yet. ``links_by_email`` is the promise that the provider proves addresses of these domains,
    so that somebody may become the person who has that address here.
    """

    id: str
    organization_id: str
    kind: Kind
    name: str
    enabled: bool
    options: Mapping[str, Any]
    rules: tuple[RoleRule, ...]
    default_role: str
    email_domains: tuple[str, ...]
    creates_people: bool
    links_by_email: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class GroupRules:
    """What a provider's rules say of groups: which lead to a role, and the role of those whom none fits."""

    provider_id: str
    provider_name: str
    enabled: bool
    rules: tuple[RoleRule, ...]
    default_role: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that could be shown again: its id at the provider, and until when it would be taken."""

    id: str
    kept_until: datetime


@dataclass(frozen=True, slots=True)
class OutsideSession:
    """The session somebody has at the provider: what it is called there, when it ends (None: it does not say), and what
    the provider is asked with whether it goes on; each may be empty."""

    id: str = ""
    ends_at: datetime | None = None
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Logout:
    """What a provider says has ended: one session, or (``session_id`` empty) every one of a subject. ``proof`` is taken
    once."""

    subject: str
    session_id: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Claims:
    """What an outside proof says about somebody, whatever the protocol.

    ``subject`` never changes and is never given to another person; ``email`` may be both. ``email_verified`` is None
    when the provider says nothing about it. ``attributes`` is everything that was said: what role rules read. A
    ``proof`` is taken once.
    """

    subject: str
    email: str
    email_verified: bool | None
    name: str
    groups: tuple[str, ...]
    attributes: Mapping[str, Any]
    proof: Proof | None = None
    session: OutsideSession = OutsideSession()


@dataclass(frozen=True, slots=True)
class Trip:
    """A browser's way to a provider and back. ``nonce`` and ``verifier`` come from the browser's cookie: whoever has
    only seen the address bar has neither."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it must bring back with it: a cookie's name and value."""

    url: str
    cookie: str
    secret: str


@dataclass(frozen=True, slots=True)
class TestReport:
    """What a test sign-in showed: the claims and the role they lead to, or the error."""

    id: str
    provider_id: str
    finished: bool
    claims: Mapping[str, Any] | None
    subject: str
    role: str
    outcome: str
    code: str
    message: str
    action: str
