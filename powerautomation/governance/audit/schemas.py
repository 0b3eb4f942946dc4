"""Bodies of the audit log's endpoints."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

ActorKind = Literal["user", "api_key", "command_line", "system", "unknown"]
Outcome = Literal["done", "refused", "failed"]


class AuditActorAnswer(BaseModel):
    """Who did it."""

    kind: ActorKind
    id: str
    name: str


class AuditTargetAnswer(BaseModel):
    """What it was done to."""

    type: str
    id: str
    name: str


class AuditChangeAnswer(BaseModel):
    """One field that changed; secrets as ``hmac-sha256:…``."""

    field: str
    before: Any
    after: Any


class AuditEventAnswer(BaseModel):
    """One event. ``on_behalf_of`` is in whose name it was done, where that is somebody else than ``actor``."""

    id: str
    sequence: int
    occurred_at: datetime
    actor: AuditActorAnswer
    on_behalf_of: AuditActorAnswer | None
    ip: str
    user_agent: str
    request_id: str
    action: str
    target: AuditTargetAnswer
    outcome: Outcome
    changes: list[AuditChangeAnswer]
    reason: str
    approved_by: str | None
    previous_hash: str
    hash: str


class AuditEventList(BaseModel):
    """Events, newest first. ``searched_until``: a search in texts has looked back to this moment; ``next_cursor`` goes
    on from there."""

    items: list[AuditEventAnswer]
    next_cursor: str | None
    searched_until: datetime | None
