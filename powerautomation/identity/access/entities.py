"""Who is signed in, as every door sees it; roles and why they allow something."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A custom role as somebody wrote it: it has what ``base`` (the id of a role, None for none) has, with ``added``
    and without ``removed``."""

    name: str
    base: str | None = None
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions; ``summary`` is one sentence.

    ``base`` is the role it inherits from, ``added`` and ``removed`` what it changes of that; ``permissions`` is what
    comes of it. ``is_known`` is False for the id of a role that does not exist: it may do nothing.
    """

    id: str
    name: str
    summary: str
    permissions: frozenset[str]
    base: "Role | None" = None
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    is_custom: bool = False
    is_known: bool = True

    @property
    def chain(self) -> "tuple[Role, ...]":
        """Return the role, the one it inherits from, and so on."""
        found: list[Role] = []
        role: Role | None = self
        while role is not None:
            found.append(role)
            role = role.base
        return tuple(found)


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """The key with which a program asks in the name of ``owner_id``: it has those of the owner's ``permissions`` that
    it was given, and no others."""

    name: str
    permissions: frozenset[str]
    owner_id: str


OWN_PROOFS = frozenset({"password", "passkey", "link"})


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Who is behind a request: a person with a live session, or a program with a ``key`` (and no session).

    ``csrf`` is the token that unsafe requests of this session must carry; ``role`` is what the person may do;
    ``expires_at`` is when the session ends if nothing more is done with it; ``confirmed_at`` is when the person last
    proved, by password, code or one-time link, who it is; ``method`` is how the session was opened.
    """

    principal: Principal
    session_id: str
    csrf: str
    role: Role
    expires_at: datetime
    confirmed_at: datetime
    key: KeyGrant | None = None
    method: str = ""

    @property
    def permissions(self) -> frozenset[str]:
        """Return what who asks may do."""
        return self.role.permissions if self.key is None else self.role.permissions & self.key.permissions

    @property
    def proved_here(self) -> bool:
        """Say whether the account itself was proved, and not what an organization's sign-in provider says."""
        return self.method in OWN_PROOFS

    @property
    def owner_id(self) -> str:
        """Return the id of the person, or of whom the key acts for."""
        return self.principal.id if self.key is None else self.key.owner_id


Reason = Literal[
    "role_includes",
    "role_inherits",
    "role_excludes",
    "role_removes",
    "role_unknown",
    "permission_unknown",
    "person_inactive",
    "key_excludes",
]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may do something, or may not. ``via`` is the role that includes the permission or takes it away:
    ``role`` itself or one it inherits from, None where there is no such role."""

    permission: str
    role: Role
    allowed: bool
    reason: Reason
    via: Role | None = None
    key_name: str = ""
