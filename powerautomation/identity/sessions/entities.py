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
