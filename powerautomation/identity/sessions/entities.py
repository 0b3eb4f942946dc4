"""Values of signing in."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Client:
    """From where somebody signs in: its address (behind our own proxies), what the browser says it is, its cookies."""

    ip: str
    user_agent: str
    cookies: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of failed sign-ins under one key."""

    failures: int
    blocked_until: datetime
    last_attempt_at: datetime


@dataclass(frozen=True, slots=True)
class FoundSession:
    """What a session's token leads to: the session, whose it is, and what its organization decides by.

    ``is_admitted``: neither is the person deactivated or deleted nor the organization suspended or deleted;
    ``revision`` is of the organization's policies, None before the first.
    """

    id: str
    token_hash: bytes
    user_id: str
    organization_id: str
    method: str
    factor: str
    confirmed_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    name: str
    role: str
    is_admitted: bool
    time_zone: str
    revision: str | None
