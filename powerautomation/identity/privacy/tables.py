"""Who was erased, or is being erased. Nothing here leads to a person: ids, and how many rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json, personal, whose

_ANSWERED = "until the person is erased, or takes it back"
_LIST = "the list by which an erased person is erased again when a backup brings the person back"


class ErasureRow(Base):
    """One erasure. ``cause`` is ``asked`` (by an administrator or a command), ``deleted`` (30 days over) or
    ``restored`` (by a backup); ``counts`` has the rows so far by ``table.column``. Without ``finished_at`` it goes on,
    whoever began it."""

    __tablename__ = "erasures"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64), primary_key=True, info=whose("keep", _LIST))
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(String(64), info=whose("keep", "who answers for the erasure"))
    cause: Mapped[str] = mapped_column(String(16))
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(Json)


class ErasureRequestRow(Base):
    """Somebody asked to be erased, as :class:`entities.ErasureRequest` says."""

    __tablename__ = "erasure_requests"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64), primary_key=True, info=whose("delete"))
    state: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text, info=personal("text", "Why somebody wants to be erased.", _ANSWERED))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, info=personal("text", "Why that was refused.", _ANSWERED))
