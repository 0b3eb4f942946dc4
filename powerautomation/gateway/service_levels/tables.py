"""Promises, hourly measurements, breaches and credits. Money in nanos."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, Json, UtcDateTime, whose


class ServicePromiseRow(Base):
    """What a provider promises, as a person noted it; ``content`` is a Promise."""

    __tablename__ = "service_promises"

    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(100), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    updated_by: Mapped[str] = mapped_column(String(40), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ServiceLevelHourRow(Base):
    """How one provider fared in one hour (hours since the epoch)."""

    __tablename__ = "service_level_hours"

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    hour: Mapped[int] = mapped_column(Integer, primary_key=True)
    provider: Mapped[str] = mapped_column(String(100), primary_key=True)
    attempts: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    rate_limited: Mapped[int] = mapped_column(BigInteger)
    latency_counts: Mapped[list[Any]] = mapped_column(Json)
    spent: Mapped[dict[str, Any]] = mapped_column(Json)


class ServiceBreachRow(Base):
    """A promise that was not kept in a period that is over."""

    __tablename__ = "service_breaches"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "provider", "period", "starts_at", "measure", name="uq_service_breaches_once"
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"))
    provider: Mapped[str] = mapped_column(String(100))
    period: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    measure: Mapped[str] = mapped_column(String(20))
    promised: Mapped[float] = mapped_column(Float)
    measured: Mapped[float] = mapped_column(Float)
    attempts: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ServiceCreditRow(Base):
    """What a provider owes for a month, in one currency. ``reason`` is a Credit, for export."""

    __tablename__ = "service_credits"
    __table_args__ = (UniqueConstraint("organization_id", "provider", "month", "currency"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"))
    provider: Mapped[str] = mapped_column(String(100))
    month: Mapped[str] = mapped_column(String(7))
    currency: Mapped[str] = mapped_column(String(3))
    amount_nanos: Mapped[int] = mapped_column(BigInteger)
    spent_nanos: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
