"""Bodies of the endpoints of approvals."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.approvals.requests.entities import LevelName, ModeName, Scope, State

Name = Annotated[str, Field(max_length=200)]
Folder = Annotated[str, Field(max_length=4096)]


class ApprovalBody(BaseModel):
    """What an agent wants to do. ``arguments`` is a JSON object; ``tool_version`` the tool's version, or a hash of its
    description; ``cwd`` the folder it works in, ``roots`` those it may work in; ``context`` is shown to whoever
    decides; ``quorum`` how many people must agree (1 when left out)."""

    model_config = ConfigDict(extra="forbid")

    tool: str = Field(min_length=1, max_length=200)
    arguments: dict[str, Any]
    tool_version: Name | None = None
    cwd: Folder | None = None
    roots: list[Folder] | None = Field(default=None, max_length=50)
    home: Folder | None = None
    agent: str | None = Field(default=None, max_length=100)
    session_id: Name | None = None
    task_id: Name | None = None
    context: dict[str, Any] | None = None
    quorum: int | None = Field(default=None, ge=1, le=10)


class ReservationBody(BaseModel):
    """What is done now: it must be what was agreed to. ``lease_seconds`` is how long it may take, an hour when left
    out."""

    model_config = ConfigDict(extra="forbid")

    tool: str = Field(min_length=1, max_length=200)
    arguments: dict[str, Any]
    tool_version: Name | None = None
    cwd: Folder | None = None
    lease_seconds: int | None = Field(default=None, ge=1, le=86_400)


class SettlementBody(BaseModel):
    """How it ended. ``lease`` is what the reservation answered."""

    model_config = ConfigDict(extra="forbid")

    lease: str = Field(min_length=1, max_length=100)
    outcome: Literal["succeeded", "failed"]
    detail: str | None = Field(default=None, max_length=2000)


class DecisionBody(BaseModel):
    """What a person says. ``digest`` is of what the person saw; with ``arguments`` the yes is to these instead;
    ``remember`` lets it count again: for the very same action, or for the same tool at the same risk in this task, in
    this session, or until it is taken back."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "deny"]
    reason: str | None = Field(default=None, max_length=2000)
    digest: str | None = Field(default=None, max_length=64)
    arguments: dict[str, Any] | None = None
    remember: Scope | None = None


class AutomaticBody(BaseModel):
    """Whether rules and remembered answers may say yes."""

    model_config = ConfigDict(extra="forbid")

    automatic: bool


class AutomaticAnswer(BaseModel):
    """Whether rules and remembered answers may say yes; ``changed_by`` and ``changed_at``: who last turned the switch,
    empty and None when nobody ever did."""

    automatic: bool
    changed_by: str
    changed_at: datetime | None


class VoteAnswer(BaseModel):
    """What one person said; ``counts`` is False for a yes to something that was changed since."""

    person_id: str
    person_name: str
    decision: Literal["approve", "deny"]
    reason: str
    channel: Literal["console", "terminal", "api"]
    counts: bool
    at: datetime


class RequesterAnswer(BaseModel):
    """Who asks; ``owner_id`` is the person who answers for it."""

    kind: Literal["api_key", "user"]
    id: str
    name: str
    owner_id: str
    owner_name: str


class ApprovalAnswer(BaseModel):
    """One request and what became of it. ``automatic_by`` is empty, ``rule``, or the id of the remembered answer;
    ``may_decide``: whether who looks may answer it now; ``second_factor``: whether a yes needs that who agrees has just
    proved who they are; ``ends_at``: when the present state ends by itself."""

    id: str
    state: State
    requester: RequesterAnswer
    agent: str
    session_id: str
    task_id: str
    call_id: str
    tool: str
    tool_version: str
    cwd: str
    arguments: dict[str, Any]
    original_arguments: dict[str, Any] | None
    context: dict[str, Any]
    level: LevelName
    assessment: dict[str, Any]
    mode: ModeName
    approver_role: str
    quorum: int
    reason_required: bool
    second_factor: bool
    second_person: bool
    digest: str
    automatic_by: str
    detail: str
    may_decide: bool
    votes: list[VoteAnswer]
    created_at: datetime
    expires_at: datetime
    ends_at: datetime | None
    decided_at: datetime | None
    reserved_at: datetime | None
    settled_at: datetime | None


class ApprovalList(BaseModel):
    """Requests, newest first; ``next_cursor`` is None after the last."""

    items: list[ApprovalAnswer]
    next_cursor: str | None


class ReservationAnswer(BaseModel):
    """The right to do it now, once, until ``ends_at``. ``lease`` is shown this once; ``arguments`` are what was agreed
    to."""

    lease: str
    ends_at: datetime
    arguments: dict[str, Any]


class MemoryAnswer(BaseModel):
    """A remembered yes; ``used`` is how often it said yes."""

    id: str
    person_id: str
    person_name: str
    requester_id: str
    requester_name: str
    tool: str
    scope: Scope
    subject: str
    level: LevelName
    approval_id: str
    created_at: datetime
    used: int


class MemoryList(BaseModel):
    """The remembered answers, newest first."""

    items: list[MemoryAnswer]
