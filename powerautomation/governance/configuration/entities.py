"""Values of the history of settings."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# What is known of a setting, as JSON values; where a secret would stand there is its digest.
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of setting, and how it is read and put back.

    ``target`` is what the audit log calls it; ``single`` is a kind of which an organization has one, whose event names
    no id. ``reads`` and ``writes`` are permissions. ``secrets`` are the fields in which digests stand. ``read`` and
    ``list`` take (session, organization id); ``apply`` brings an object, or a new one, to a state, or deletes it, with
    the kind's own use cases: (session, who asks, object id or None, state or None) -> the object's id. ``key_of`` is by
    what an object is found again in another installation; None for those that make no sense there. ``most_versions``:
    so many of one object are kept; the oldest are forgotten. ``shape``: the fields of a state and their types, which a
    document has to have; None where reading a state checks that itself.
    """

    name: str
    target: str
    reads: str
    writes: str
    read: Callable[[Any, str, str], Awaitable[State | None]]
    list: Callable[[Any, str], Awaitable[dict[str, State]]]
    apply: Callable[[Any, Any, str | None, State | None], Awaitable[str]]
    key_of: Callable[[State], str | None]
    name_of: Callable[[State], str]
    single: bool = False
    secrets: frozenset[str] = frozenset()
    most_versions: int = 1000
    shape: Mapping[str, Any] | None = None


class Kinds:
    """Every kind of setting there is, in the order in which one may need another."""

    def __init__(self, kinds: Iterable[Kind], environment: str) -> None:
        self.by_name: dict[str, Kind] = {kind.name: kind for kind in kinds}
        self._by_target = {(kind.target, kind.single): kind for kind in self.by_name.values()}
        self.environment = environment

    def of_target(self, target: str, object_id: str) -> tuple[Kind, str] | None:
        """Return the kind of what an audit event was about, and the object's id."""
        kind = self._by_target.get((target, not object_id)) or self._by_target.get((target, True))
        return None if kind is None else (kind, kind.name if kind.single else object_id)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changed something: ``id`` is empty for the server itself and for commands."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Version:
    """A setting as it was from a moment on. ``state`` None: it was deleted. ``before`` is what it was until then;
    ``restored_from`` the number of the version it was put back to."""

    id: str
    kind: str
    object_id: str
    object_name: str
    number: int
    state: State | None
    before: State | None
    author: Author
    action: str
    event_id: str
    reason: str
    approved_by: str
    restored_from: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two states differ; None where there was nothing, or is nothing any more."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Filters:
    """Which versions are looked for; None matches all. ``kinds`` are those who asks may see."""

    kinds: tuple[str, ...]
    object_id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """For which kinds a change needs a second person, and whether that holds in production alone."""

    kinds: frozenset[str] = frozenset()
    only_in_production: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One object a proposal changes. ``before`` is how it was when that was proposed; None: not there."""

    kind: str
    object_id: str
    name: str
    before: State | None
    after: State | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits for a second person. ``state`` is ``open``, ``approved``, ``rejected``, ``withdrawn`` or
    ``expired``."""

    id: str
    state: str
    author: Author
    person_id: str
    action: str
    reason: str
    steps: tuple[Step, ...]
    at: datetime
    expires_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str


Changes = Mapping[str, State | None]
