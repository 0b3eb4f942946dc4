"""The chain of events of each organization, and its end. Events are only ever added: the database refuses the rest."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, personal, whose

_PURPOSE, _KEPT = "who did what", "with the audit log"


class AuditEventRow(Base):
    """One event. No foreign keys: what it speaks of may be gone. On PostgreSQL each month has a table of its own."""

    __tablename__ = "audit_events"
    # Each ends as the list is sorted: without the number at its end SQLite takes the first, and looks at every event.
    __table_args__ = (
        Index(None, "organization_id", "occurred_at", "sequence"),
        Index(None, "organization_id", "actor_id", "occurred_at", "sequence"),
        Index(None, "organization_id", "action", "occurred_at", "sequence"),
        Index(None, "organization_id", "target_id", "occurred_at", "sequence"),
        Index(None, "organization_id", "outcome", "occurred_at", "sequence"),
        # The primary key is one of SQLite only: that of a divided table would have to hold what divides it. There is a
        # plain index in its place on PostgreSQL, which the revision makes.
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(String(64), info=whose())
    actor_name: Mapped[str] = mapped_column(String(200), info=personal("name", _PURPOSE, _KEPT))
    behalf_kind: Mapped[str | None] = mapped_column(String(16))
    behalf_id: Mapped[str | None] = mapped_column(String(64))
    behalf_name: Mapped[str | None] = mapped_column(String(200), info=personal("name", _PURPOSE, _KEPT))
    ip: Mapped[str] = mapped_column(String(64), info=personal("device", _PURPOSE, _KEPT))
    user_agent: Mapped[str] = mapped_column(String(300), info=personal("device", _PURPOSE, _KEPT))
    request_id: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(100))
    target_type: Mapped[str] = mapped_column(String(64))
    target_id: Mapped[str] = mapped_column(String(200))
    target_name: Mapped[str] = mapped_column(String(300), info=personal("name", _PURPOSE, _KEPT))
    outcome: Mapped[str] = mapped_column(String(16))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(info=personal("text", _PURPOSE, _KEPT))
    reason: Mapped[str] = mapped_column(Text, info=personal("text", _PURPOSE, _KEPT))
    approved_by: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The end of one organization's chain. Who adds an event holds this row until the commit. Events up to number
    ``removed_until`` were let go; the database refuses to remove others."""

    __tablename__ = "audit_heads"

    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    removed_until: Mapped[int] = mapped_column(default=0)
