"""Requests for approval, what people said to them, answers that are remembered, and one switch."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, personal, whose

SEALED_CONTENT = SealedColumn("approvals", "content")
_KEPT = "a year after its end"
_AGREED = "who agreed to what an agent did must be known for as long as the request is"


class ApprovalRow(Base):
    """One request and what became of it, as :class:`entities.Approval` says. ``content`` is what may hold secrets: the
    arguments, the context, the folder and the assessment. ``lease_hash`` is SHA-256 of the lease's token."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("organization_id", "requester_id", "call_id", name="uq_approvals_call"),
        Index("ix_approvals_organization_id_state_id", "organization_id", "state", "id"),
        Index("ix_approvals_organization_id_requester_id_state", "organization_id", "requester_id", "state"),
        Index("ix_approvals_organization_id_owner_id_id", "organization_id", "owner_id", "id"),
        Index("ix_approvals_ends_at", "ends_at"),
        Index("ix_approvals_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    state: Mapped[str] = mapped_column(String(20))
    requester_kind: Mapped[str] = mapped_column(String(16))
    requester_id: Mapped[str] = mapped_column(String(64))
    requester_name: Mapped[str] = mapped_column(String(200), info=personal("text", "telling agents apart", _KEPT))
    owner_id: Mapped[str] = mapped_column(String(64), info=whose("delete"))
    agent: Mapped[str] = mapped_column(String(100))
    session_id: Mapped[str] = mapped_column(String(200))
    task_id: Mapped[str] = mapped_column(String(200))
    call_id: Mapped[str] = mapped_column(String(200))
    tool: Mapped[str] = mapped_column(String(200))
    tool_version: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(
        LargeBinary, info=SEALED_CONTENT.info | personal("content", "deciding what an agent may do", _KEPT)
    )
    level: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(10))
    approver_role: Mapped[str] = mapped_column(String(64))
    quorum: Mapped[int] = mapped_column(Integer)
    reason_required: Mapped[bool] = mapped_column(Boolean)
    second_person: Mapped[bool] = mapped_column(Boolean)
    digest: Mapped[str] = mapped_column(String(64))
    asked_digest: Mapped[str] = mapped_column(String(64))
    automatic_by: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(
        String(2000), info=personal("text", "how it ended, in the agent's words", _KEPT)
    )
    lease_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    reserved_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class ApprovalVoteRow(Base):
    """What one person said to one request: each once."""

    __tablename__ = "approval_votes"

    approval_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("approvals.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[str] = mapped_column(String(64), primary_key=True, info=whose("blank", _AGREED))
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    decision: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(
        String(2000), info=personal("text", "why somebody agreed or refused", _KEPT, "blank")
    )
    channel: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ApprovalMemoryRow(Base):
    """A remembered yes of one person to one requester; gone when it is taken back."""

    __tablename__ = "approval_memories"
    __table_args__ = (
        Index("ix_approval_memories_organization_id_requester_id", "organization_id", "requester_id", "tool"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    person_id: Mapped[str] = mapped_column(String(64), info=whose("delete"))
    requester_id: Mapped[str] = mapped_column(String(64))
    requester_name: Mapped[str] = mapped_column(
        String(200), info=personal("text", "telling agents apart", "until it is taken back")
    )
    tool: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(10))
    approval_id: Mapped[str] = mapped_column(String(40))
    used: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]


class ApprovalSettingsRow(Base):
    """Whether anything of an organization is agreed to without a person; without a row it is."""

    __tablename__ = "approval_settings"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    automatic: Mapped[bool] = mapped_column(Boolean)
    updated_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    updated_at: Mapped[datetime]
