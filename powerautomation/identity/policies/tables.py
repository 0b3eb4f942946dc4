"""The policies of organizations, as they are and as they were."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, Json, whose


class PolicyRow(Base):
    """One policy of one organization. ``statement`` is its text in Cedar's JSON form; ``name_key`` is the name in the
    form in which it is compared; ``changed_by`` is a person's id, empty for the command line."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("organization_id", "name_key"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400))
    summary: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    statement: Mapped[dict[str, Any]] = mapped_column(Json)
    enabled: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    changed_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PolicyVersionRow(Base):
    """A policy as it was from one moment on; the newest of each policy is as it is now."""

    __tablename__ = "policy_versions"

    policy_id: Mapped[str] = mapped_column(String(64), ForeignKey("policies.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    summary: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean)
    changed_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    changed_at: Mapped[datetime]


class PolicyRevisionRow(Base):
    """A word that is another one after each change of any policy of an organization; no row before the first.

    Every decision reads it, so that no replica decides by policies of before.
    """

    __tablename__ = "policy_revisions"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    revision: Mapped[str] = mapped_column(String(64))
