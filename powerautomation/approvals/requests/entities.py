"""Approvals, as other domains see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

# pending: waits for people; approved: may be done once; reserved: is being done; the others are ends. Nobody can say of
# outcome_unknown whether it was done. void: it was agreed to, and then not the same any more.
State = Literal[
    "pending",
    "approved",
    "reserved",
    "succeeded",
    "failed",
    "outcome_unknown",
    "denied",
    "expired",
    "cancelled",
    "void",
]
Decision = Literal["approve", "deny"]
# For what else a yes is valid: the very same action; the same tool, at most as risky, in the task, in the session, or
# until somebody takes it back.
Scope = Literal["exact", "task", "session", "always"]
Channel = Literal["console", "terminal", "api"]
LevelName = Literal["SAFE", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
ModeName = Literal["automatic", "simple", "detailed", "expert"]


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks: a key (an agent) or a person. ``owner_id`` is the person who answers for it."""

    kind: Literal["api_key", "user"]
    id: str
    name: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody wants to do. ``arguments`` is a JSON object; ``tool_version`` names the tool's version or the hash
    of its description; ``context`` is shown to whoever decides; ``call_id`` is the caller's name for this one call."""

    tool: str
    arguments: Mapping[str, Any]
    tool_version: str = ""
    cwd: str = ""
    roots: tuple[str, ...] = ()
    home: str = ""
    agent: str = ""
    session_id: str = ""
    task_id: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    quorum: int = 1
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said to what had the ``digest`` then."""

    person_id: str
    decision: Decision
    reason: str
    channel: Channel
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """One request and what became of it.

    digest: SHA-256 in hexadecimal over what a yes is bound to; original_arguments: what was asked for where somebody
    agreed to changed ``arguments``; ends_at: when the present state ends by itself, None for the last one;
    automatic_by: empty, ``rule``, or the id of the remembered answer that said yes; assessment: JSON.
    """

    id: str
    organization_id: str
    state: State
    requester: Requester
    agent: str
    session_id: str
    task_id: str
    call_id: str
    tool: str
    tool_version: str
    cwd: str
    arguments: Mapping[str, Any]
    original_arguments: Mapping[str, Any] | None
    context: Mapping[str, Any]
    level: LevelName
    assessment: Mapping[str, Any]
    mode: ModeName
    approver_role: str
    quorum: int
    reason_required: bool
    second_person: bool
    digest: str
    automatic_by: str
    detail: str
    created_at: datetime
    expires_at: datetime
    ends_at: datetime | None
    decided_at: datetime | None
    reserved_at: datetime | None
    settled_at: datetime | None
    votes: tuple[Vote, ...] = ()

    @property
    def second_factor(self) -> bool:
        """Whether who agrees must just have proved who they are."""
        return self.level == "CRITICAL"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says. ``digest``: of what the person saw, empty when not told; ``arguments``: what to do instead;
    ``remember``: for what else the yes is valid."""

    decision: Decision
    reason: str = ""
    digest: str = ""
    arguments: Mapping[str, Any] | None = None
    remember: Scope | None = None
    channel: Channel = "console"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do something once, now. ``token`` is known to whom it is given and to nobody else."""

    approval: Approval
    token: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """A remembered yes: to one requester, for one tool."""

    id: str
    person_id: str
    requester_id: str
    requester_name: str
    tool: str
    scope: Scope
    # The digest of the action, the id of the task or session, or empty.
    subject: str
    level: LevelName
    approval_id: str
    created_at: datetime
    used: int = 0
