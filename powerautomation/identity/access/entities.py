"""Who is signed in, as every door sees it; roles and why they allow something."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """The person behind a request with a live session.

    ``csrf`` is the token that unsafe requests of this session must carry; ``permissions`` is what the person may do;
    ``expires_at`` is when the session ends if nothing more is done with it; ``confirmed_at`` is when the person last
    proved, by password, code or one-time link, who it is.
    """

    principal: Principal
    session_id: str
    csrf: str
    permissions: frozenset[str]
    expires_at: datetime
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions; ``summary`` is one English sentence."""

    id: str
    summary: str
    permissions: frozenset[str]


Reason = Literal["role_includes", "role_excludes", "role_unknown", "permission_unknown", "person_inactive"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may do something, or may not; ``roles_with`` are the roles that have the permission."""

    permission: str
    role: str
    allowed: bool
    reason: Reason
    roles_with: tuple[str, ...]
