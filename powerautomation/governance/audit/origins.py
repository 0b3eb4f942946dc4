"""Who asks and from where, for as long as one request or command is served: set by the door, read by ``record``."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

from powerautomation.governance.audit.entities import Actor, Origin
from powerautomation.kernel.principal import Principal


@dataclass(slots=True)
class Trail:
    """What is known of the request or command that is being served, and which actions it had written."""

    origin: Origin
    principal: Principal | None = None
    attempt: str = ""
    person_id: str = ""
    recorded: list[str] = field(default_factory=list)


_SYSTEM = Actor("system", "", "System")
_present: ContextVar[Trail | None] = ContextVar("audit_trail", default=None)


@contextlib.contextmanager
def serving(origin: Origin) -> Iterator[Trail]:
    """Say from where everything inside the block is done."""
    trail = Trail(origin)
    token = _present.set(trail)
    try:
        yield trail
    finally:
        _present.reset(token)


def note_attempt(principal: Principal, action: str, person_id: str = "") -> None:
    """Say who asks for what, as soon as it is known: should the door refuse it, this is what is written. ``person_id``
    is whose it is in the end: of a key, whom it belongs to."""
    trail = _present.get()
    if trail is not None:
        trail.principal, trail.attempt, trail.person_id = principal, action, person_id or principal.id


def present_person() -> str:
    """Return the id of the person for whom things are done now; empty for the server itself and for commands."""
    trail = _present.get()
    return trail.person_id if trail is not None else ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why everything inside a block is done, and who else agreed to it: an id, and what to call them."""

    reason: str = ""
    approved_by: str | None = None
    approver_name: str = ""


_NO_CAUSE = Cause()
_cause: ContextVar[Cause] = ContextVar("audit_cause", default=_NO_CAUSE)


@contextlib.contextmanager
def because(cause: Cause) -> Iterator[None]:
    """Say why everything inside the block is done."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


def present_cause() -> Cause:
    """Return why things are done now, where somebody said so."""
    return _cause.get()


def note_recorded(action: str) -> None:
    """Remember that the present request had an action written."""
    trail = _present.get()
    if trail is not None:
        trail.recorded.append(action)


def present_origin() -> Origin:
    """Return from where things are done now: by the server itself when nobody said."""
    trail = _present.get()
    return trail.origin if trail is not None else Origin(actor=_SYSTEM)
