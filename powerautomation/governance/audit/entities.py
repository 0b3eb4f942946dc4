"""Values of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ActorKind = Literal["user", "api_key", "command_line", "system", "unknown"]
Outcome = Literal["done", "refused", "failed"]

# Each organization's chain begins here: there is no event before the first.
FIRST_PREVIOUS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. ``id`` is a user's or key's id, empty where there is none; ``unknown`` is who failed to sign in.
    ``person`` is the user whose data the name and origin are, empty where they are nobody's; it is not kept itself."""

    kind: ActorKind
    id: str
    name: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to: a kind of thing (``api_key``), its id, and what people call it. ``person`` is the user whose
    data its name and changes are; for a ``user`` that is the target itself."""

    type: str
    id: str
    name: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed: JSON values before and after, None for "was not there". Never a secret itself."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Origin:
    """From where something is done. ``actor`` is set where it is somebody else than in whose name it is done."""

    ip: str = ""
    user_agent: str = ""
    request_id: str = ""
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be written: everything but its place in the chain."""

    id: str
    organization_id: str
    occurred_at: datetime
    actor: Actor
    on_behalf_of: Actor | None
    origin: Origin
    action: str
    target: Target
    outcome: Outcome
    changes: tuple[Change, ...]
    reason: str
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class PersonalPart:
    """A part of an event that is a person's data: the chain holds ``commitment`` (64 hexadecimal digits) in its place,
    the database ``sealed``, under the person's key. ``salt`` (64 digits) opens the commitment; it is empty for a part
    that cannot be read, as the person was erased."""

    person: str
    commitment: str
    sealed: bytes = b""
    salt: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event of the chain. ``sequence`` counts from 1 in each organization; hashes are 64 hexadecimal digits.
    ``actor_part`` stands for the actor's name and origin, ``target_part`` for the target's name, changes and reason,
    where these are somebody's data: empty in ``event`` when the part cannot be read."""

    event: NewEvent
    sequence: int
    previous_hash: str
    hash: str
    actor_part: PersonalPart | None = None
    target_part: PersonalPart | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of an organization's chain: its number and hash. Events up to ``removed_until`` were removed."""

    organization_id: str
    sequence: int
    hash: str
    removed_until: int = 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events are looked for; None matches all. ``text`` is found anywhere in names, ids, address and reason."""

    actor_id: str | None = None
    action: str | None = None
    target_type: str | None = None
    target_id: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, newest first, and where the next page begins; None after the last. ``searched_until`` is how far back a
    search in texts has looked: a page may have few events, or none, and still be followed by another."""

    items: tuple[AuditEvent, ...]
    next_cursor: str | None
    searched_until: datetime | None


Fields = Mapping[str, Any]
