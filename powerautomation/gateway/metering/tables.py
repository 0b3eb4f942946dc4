"""The ledger: a row per request, a row per attempt, and hourly sums for charts."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, whose


class GatewayRequestRow(Base):
    """One request. Moments in milliseconds since the epoch, durations in microseconds, money in nanos. ``tags`` is a
    JSON list of text; ``cache_discount_nanos`` what a million tokens cost less when they come from a prompt cache."""

    __tablename__ = "gateway_requests"
    __table_args__ = (
        Index("ix_gateway_requests_organization_id_started_ms_id", "organization_id", "started_ms", "id"),
        Index("ix_gateway_requests_organization_id_api_key_id", "organization_id", "api_key_id", "started_ms", "id"),
        # What did not end well is little, and looked for.
        Index(
            "ix_gateway_requests_organization_id_unfinished",
            "organization_id",
            "started_ms",
            "id",
            sqlite_where=text("outcome <> 'completed'"),
            postgresql_where=text("outcome <> 'completed'"),
        ),
        # Only requests that took part in an experiment are in it: the others cost nothing.
        Index(
            "ix_gateway_requests_organization_id_split",
            "organization_id",
            "split",
            "started_ms",
            sqlite_where=text("split <> ''"),
            postgresql_where=text("split <> ''"),
        ),
        Index(
            "ix_gateway_requests_organization_id_cache",
            "organization_id",
            "started_ms",
            sqlite_where=text("cache <> ''"),
            postgresql_where=text("cache <> ''"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40))
    api_key_id: Mapped[str] = mapped_column(String(40))
    dialect: Mapped[str] = mapped_column(String(40))
    requested_model: Mapped[str] = mapped_column(String(200))
    deployment: Mapped[str] = mapped_column(String(300))
    route: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    session: Mapped[str] = mapped_column(String(200))
    stream: Mapped[bool] = mapped_column(Boolean)
    started_ms: Mapped[int] = mapped_column(BigInteger)
    duration_us: Mapped[int] = mapped_column(BigInteger)
    first_token_us: Mapped[int | None] = mapped_column(BigInteger)
    overhead_us: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(20))
    status: Mapped[int] = mapped_column(Integer)
    error_code: Mapped[str] = mapped_column(String(100))
    error_message: Mapped[str] = mapped_column(Text)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cached_input_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    usage_estimated: Mapped[bool] = mapped_column(Boolean)
    cost_nanos: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    baseline_nanos: Mapped[int | None] = mapped_column(BigInteger)
    baseline_model: Mapped[str] = mapped_column(String(200))
    baseline_currency: Mapped[str] = mapped_column(String(3))
    attempts_count: Mapped[int] = mapped_column(Integer)
    demo: Mapped[bool] = mapped_column(Boolean)
    body_bytes: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[str] = mapped_column(
        String(64),
        info=whose("keep", "the ledger of money is kept as the law asks; an id that leads to nobody any more"),
    )
    project: Mapped[str] = mapped_column(String(100))
    tags: Mapped[str] = mapped_column(Text)
    task: Mapped[str] = mapped_column(String(200))
    cache_discount_nanos: Mapped[int | None] = mapped_column(BigInteger)
    split: Mapped[str] = mapped_column(String(100))
    arm: Mapped[str] = mapped_column(String(100))
    cache: Mapped[str] = mapped_column(String(10))
    cache_saved_nanos: Mapped[int | None] = mapped_column(BigInteger)
    cache_currency: Mapped[str] = mapped_column(String(3))
    repeats: Mapped[int] = mapped_column(BigInteger)


class GatewayAttemptRow(Base):
    """One attempt of a request, in order of ``number`` from 0."""

    __tablename__ = "gateway_attempts"

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40))
    deployment: Mapped[str] = mapped_column(String(300))
    provider: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(200))
    dialect: Mapped[str] = mapped_column(String(40))
    started_ms: Mapped[int] = mapped_column(BigInteger)
    duration_us: Mapped[int] = mapped_column(BigInteger)
    first_token_us: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(20))
    status: Mapped[int] = mapped_column(Integer)
    failure_kind: Mapped[str] = mapped_column(String(40))
    failure_message: Mapped[str] = mapped_column(Text)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cached_input_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_5m_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_1h_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    estimated: Mapped[bool] = mapped_column(Boolean)
    cost_nanos: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    price_effective: Mapped[str] = mapped_column(String(10))
    price_band: Mapped[str] = mapped_column(String(120))


class UsageHourlyRow(Base):
    """Sums of one hour (``hour`` is hours since the epoch) by model, deployment, key and currency. ``cost_nanos`` and
    ``baseline_nanos`` count only requests where both are known in one currency; ``unpriced_requests`` the others."""

    __tablename__ = "usage_hourly"

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    hour: Mapped[int] = mapped_column(Integer, primary_key=True)
    requested_model: Mapped[str] = mapped_column(String(200), primary_key=True)
    deployment: Mapped[str] = mapped_column(String(300), primary_key=True)
    api_key_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cached_input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    spent_nanos: Mapped[int] = mapped_column(BigInteger)
    cost_nanos: Mapped[int] = mapped_column(BigInteger)
    baseline_nanos: Mapped[int] = mapped_column(BigInteger)
    unpriced_requests: Mapped[int] = mapped_column(BigInteger)
    demo_requests: Mapped[int] = mapped_column(BigInteger)


class ImportedPriceRow(Base):
    """A list price an organization imported, in force from a day (``effective_from``, empty when none is stated)."""

    __tablename__ = "imported_prices"

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    vendor: Mapped[str] = mapped_column(String(100), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    effective_from: Mapped[str] = mapped_column(String(10), primary_key=True)
    price: Mapped[dict[str, Any]]
    imported_ms: Mapped[int] = mapped_column(BigInteger)


class PriceAlarmRow(Base):
    """A model without a price that was announced on a day (UTC, as 2026-11-21)."""

    __tablename__ = "price_alarms"

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider: Mapped[str] = mapped_column(String(100), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
