"""Prices and ledger records."""

from datetime import date
from decimal import Decimal

import msgspec


class Price(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model costs: amounts per million tokens in ``currency``; None is unknown, zero is free.

    ``above_tokens`` and ``above``: prompts longer than so many tokens are charged at that price, in full.
    """

    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    output: Decimal | None = None
    currency: str = "USD"
    source: str = ""
    effective_from: date | None = None
    above_tokens: int | None = None
    above: "Price | None" = None


class AttemptRecord(msgspec.Struct, array_like=True, gc=False):
    """One attempt at one deployment. Durations in microseconds, money in nanos (None: the price is unknown)."""

    deployment: str
    provider: str
    model: str
    dialect: str
    started_ms: int
    duration_us: int
    first_token_us: int | None
    outcome: str
    status: int
    failure_kind: str
    failure_message: str
    input_tokens: int
    cached_input_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    reasoning_tokens: int
    estimated: bool
    cost_nanos: int | None
    currency: str
    price_effective: str


class RequestRecord(msgspec.Struct, array_like=True):
    """One request with all its attempts: a line of the journal, a row of the ledger."""

    request_id: str
    organization_id: str
    api_key_id: str
    dialect: str
    requested_model: str
    route: str
    reason: str
    session: str
    stream: bool
    started_ms: int
    duration_us: int
    first_token_us: int | None
    overhead_us: int
    outcome: str
    status: int
    error_code: str
    error_message: str
    attempts: list[AttemptRecord]
    baseline_nanos: int | None
    baseline_model: str
    baseline_currency: str
    cost_nanos: int | None
    currency: str
    demo: bool
    body_bytes: int
