"""Bodies of the streams' endpoints."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class AuditStreamAnswer(BaseModel):
    """One stream. ``behind``: events of the organization the receiver has not got yet; ``failures``: tries since the
    last success, of which ``error`` says what was wrong."""

    name: str
    kind: Literal["webhook", "syslog", "otlp"]
    paused: bool
    behind: int
    failures: int
    error: str
    tried_at: datetime | None
    delivered_at: datetime | None


class AuditStreamList(BaseModel):
    """The streams of the installation's configuration."""

    items: list[AuditStreamAnswer]
