"""Values of the streams by which audit events leave as they happen."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from powerautomation.governance.audit import AuditEvent

# Sends events of one organization, in order. Returns what the receiver complained of although it took them, or an empty
# text; raises NotDelivered when they must be sent again.
Send = Callable[[Sequence[AuditEvent]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Stream:
    """One receiver, as the configuration names it. ``close`` ends its connections."""

    name: str
    kind: str
    paused: bool
    send: Send
    close: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a stream has come in one organization: ``delivered`` is the number of the last event the receiver took,
    ``newest`` that of the newest there is."""

    stream: str
    organization_id: str
    delivered: int
    newest: int


@dataclass(frozen=True, slots=True)
class Condition:
    """How a stream is. ``failures`` counts tries since the last success, of which ``error`` says what was wrong; a
    complaint of a receiver that took the events is an error without failures."""

    failures: int
    error: str
    tried_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream as a person sees it. ``behind``: events of the organization, or of all, that it has not got yet."""

    name: str
    kind: str
    paused: bool
    behind: int
    condition: Condition
