"""The table of events that were committed and wait to be, or were, published."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class OutboxEventRow(Base):
    """One event, written in the unit of work that caused it; ``published_at`` is null until the bus took it.

    ``position`` orders the events one process recorded: nanoseconds since the epoch, never twice the same.
    """

    __tablename__ = "outbox_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    organization_id: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "published_at", "position"),)
