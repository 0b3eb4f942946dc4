"""The text people agree to, in versions, and who agreed."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json, whose

_PROOF = "the proof that somebody agreed is the organization's; an id that leads to nobody any more"
_LIVE = text("withdrawn_at IS NULL")


class ConsentTextRow(Base):
    """One version of an organization's text."""

    __tablename__ = "consent_texts"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(Json)
    asked: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]


class ConsentRow(Base):
    """Somebody agreed to a version. One live row for each person and version."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_live",
            "organization_id",
            "user_id",
            "version",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    user_id: Mapped[str] = mapped_column(String(64), info=whose("keep", _PROOF))
    version: Mapped[int] = mapped_column(Integer)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
