"""Limits, and which of their thresholds were told."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, whose


class LimitRow(Base):
    """One limit, as :class:`entities.Limit` says; ``deleted_at`` is set when it was taken away and may come back."""

    __tablename__ = "limits"
    __table_args__ = (Index("ix_limits_organization_id", "organization_id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(String(100))
    measure: Mapped[str] = mapped_column(String(20))
    window: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    burst: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    warn_percents: Mapped[list[int]]
    revision: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class LimitWarningRow(Base):
    """A threshold of a budget that was reached in a period: told once, by whichever replica sees it first."""

    __tablename__ = "limit_warnings"

    limit_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    period_start_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    percent: Mapped[int] = mapped_column(Integer, primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"))
    warned_at: Mapped[datetime]
