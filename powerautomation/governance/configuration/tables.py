"""Versions of settings, for which a second person is needed, and what waits for one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json, personal, whose

_KEPT = "until the organization is deleted"
_STAYS = "the history of settings is the organization's; an id that leads to nobody any more"


class ConfigurationVersionRow(Base):
    """One version, as :class:`entities.Version` says."""

    __tablename__ = "configuration_versions"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "kind", "object_id", "number", name="uq_configuration_versions_object_number"
        ),
        Index("ix_configuration_versions_organization_id_id", "organization_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(200))
    object_name: Mapped[str] = mapped_column(String(300))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[dict[str, Any] | None] = mapped_column(Json)
    author_kind: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[str] = mapped_column(String(64), info=whose("blank", _STAYS))
    author_name: Mapped[str] = mapped_column(
        String(200), info=personal("name", "Who changed a setting, in its history.", _KEPT, "blank")
    )
    action: Mapped[str] = mapped_column(String(100))
    event_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, info=personal("text", "Why a setting was changed.", _KEPT, "blank"))
    approver_id: Mapped[str] = mapped_column(String(64), info=whose("blank", _STAYS))
    approved_by: Mapped[str] = mapped_column(
        String(200),
        info=personal("name", "Who agreed to a change, in the history of settings.", _KEPT, "blank"),
    )
    restored_from: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


class ConfigurationPolicyRow(Base):
    """For which kinds of settings an organization wants a second person."""

    __tablename__ = "configuration_policies"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    kinds: Mapped[list[str]] = mapped_column(Json)
    only_in_production: Mapped[bool] = mapped_column(Boolean)
    updated_at: Mapped[datetime]


class ConfigurationProposalRow(Base):
    """A change that waits, or waited, for a second person."""

    __tablename__ = "configuration_proposals"
    __table_args__ = (Index("ix_configuration_proposals_organization_id_state", "organization_id", "state"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    state: Mapped[str] = mapped_column(String(16))
    author_kind: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(
        String(200), info=personal("name", "Who proposed a change of a setting.", _KEPT, "blank")
    )
    person_id: Mapped[str] = mapped_column(String(64), info=whose("blank", _STAYS))
    action: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text, info=personal("text", "Why a setting was changed.", _KEPT, "blank"))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decider_id: Mapped[str] = mapped_column(String(64), info=whose("blank", _STAYS))
    decided_by: Mapped[str] = mapped_column(
        String(200), info=personal("name", "Who decided on a proposed change.", _KEPT, "blank")
    )
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(
        Text, info=personal("text", "Why a change was agreed to or not.", _KEPT, "blank")
    )
