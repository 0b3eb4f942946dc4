"""How far each stream has come in each organization's chain, and how it is. What is sent is in the audit log itself."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class AuditStreamRow(Base):
    """One stream of the configuration. The server that sends holds it until ``held_until``; then another may."""

    __tablename__ = "audit_streams"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    held_until: Mapped[datetime]
    failures: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    tried_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class AuditStreamPlaceRow(Base):
    """The number of the last event of an organization that a stream's receiver took."""

    __tablename__ = "audit_stream_places"

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int]
