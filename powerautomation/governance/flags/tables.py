"""The flags of organizations."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, Json, whose


class FlagRow(Base):
    """One flag, as :class:`entities.Flag` says. ``environments`` is by the environment's name."""

    __tablename__ = "flags"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    description: Mapped[str] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(String(10))
    variants: Mapped[dict[str, Any]] = mapped_column(Json)
    off_variant: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(64))
    owner_id: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    expires_on: Mapped[date | None] = mapped_column(Date)
    shared: Mapped[bool] = mapped_column(Boolean)
    built_in: Mapped[bool] = mapped_column(Boolean)
    environments: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
