"""Who is signed in, as every door sees it; roles and why they allow something."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

if TYPE_CHECKING:
    from powerautomation.identity.access.cedar import PolicyBook


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
    it was given, and no others. ``answers_id`` is the person who answers for a service account's key."""

    name: str
    permissions: frozenset[str]
    owner_id: str
    answers_id: str = ""


OWN_PROOFS = frozenset({"password", "passkey", "link"})


@dataclass(frozen=True, slots=True)
class Shared:
    """What somebody else shares with who asks: to ``see`` or to ``change`` it; ``by_name`` is who shared it."""

    level: Literal["see", "change"]
    by_name: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """What somebody wants to do something with. ``kind`` is the first word of the permission; ``owner`` is a person's
    id. What is None is not known, or the thing has none."""

    kind: str
    id: str = ""
    owner: str | None = None
    project: str | None = None
    shared: Shared | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks, as policies see it: ``person_id`` is whose the session or the key is; ``units`` are those that person
    belongs to and those above them, as far as a policy asks for any."""

    person_id: str
    role: Role
    kind: Literal["person", "service_account"] = "person"
    key_id: str | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, from where and how somebody asks, as policies see it.

    ``at`` is aware; hours and weekdays are those of ``time_zone``. ``ip`` None is an address that is not known, and
    ``confirmed_at`` None somebody who proved nothing (a key): a policy that forbids by it then forbids.
    """

    at: datetime
    time_zone: str = "UTC"
    edition: str = "personal"
    ip: str | None = None
    browser: str = ""
    second_factor: bool = False
    passkey: bool = False
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """How a session was opened: with a second factor, with a passkey."""

    second_factor: bool = False
    passkey: bool = False


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
    proofs: Proofs = Proofs()
    policies: "PolicyBook | None" = None
    circumstances: Circumstances | None = None
    time_zone: str = "UTC"
    is_service_account: bool = False
    units: tuple[str, ...] = ()

    @property
    def granted(self) -> frozenset[str]:
        """Return what the role gives who asks, and the key leaves: before any policy."""
        return self.role.permissions if self.key is None else self.role.permissions & self.key.permissions

    @property
    def permissions(self) -> frozenset[str]:
        """Return what who asks holds, and so may give to others: what is granted and no policy forbids now.

        What a policy permits is not among it: it is lent under a condition, and a gift would outlive the condition.
        """
        book = self.policies
        if book is None:
            return self.granted
        return _left(book, self.subject, self.granted, self.circumstances or Circumstances(now()))

    def may(self, permission: str, resource_id: str = "") -> bool:
        """Say whether who asks holds a permission, for one thing: as ``permissions``, without asking for all others."""
        if permission not in self.granted or self.policies is None:
            return permission in self.granted
        resource = Resource(permission.partition(":")[0], resource_id)
        here = self.circumstances or Circumstances(now())
        return self.policies.judge(self.subject, permission, resource, here).effect != "forbid"

    @property
    def subject(self) -> Subject:
        """Return who asks, as policies see it."""
        return Subject(
            self.owner_id,
            self.role,
            "service_account" if self.is_service_account else "person",
            None if self.key is None else self.principal.id,
            self.units,
        )

    @property
    def proved_here(self) -> bool:
        """Say whether the account itself was proved, and not what an organization's sign-in provider says."""
        return self.method in OWN_PROOFS

    @property
    def owner_id(self) -> str:
        """Return the id of the person, or of whom the key acts for."""
        return self.principal.id if self.key is None else self.key.owner_id

    @property
    def answers_id(self) -> str:
        """Return the id of the person who answers for what is done: also for a service account."""
        return self.owner_id if self.key is None else self.key.answers_id or self.key.owner_id


@lru_cache(maxsize=64)
def _left(book: "PolicyBook", subject: Subject, granted: frozenset[str], here: Circumstances) -> frozenset[str]:
    """What policies leave of what is granted: asked for many times in one request, and the same each time."""
    return frozenset(
        name for name in granted if book.judge(subject, name, Resource(name.partition(":")[0]), here).effect != "forbid"
    )


Reason = Literal[
    "role_includes",
    "role_inherits",
    "role_excludes",
    "role_removes",
    "role_unknown",
    "permission_unknown",
    "person_inactive",
    "key_excludes",
    "policy_permits",
    "policy_forbids",
    "policy_fails",
    "owns",
    "shared",
]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may do something, or may not. ``via`` is the role that includes the permission or takes it away:
    ``role`` itself or one it inherits from, None where there is no such role. ``policy_id`` is the policy that decided,
    empty when none did."""

    permission: str
    role: Role
    allowed: bool
    reason: Reason
    via: Role | None = None
    key_name: str = ""
    policy_id: str = ""
    policy_name: str = ""
    shared_by: str = ""
