"""Prices and ledger records."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

# Bounds that hold when a line of the journal is read: what a 64-bit column cannot hold must not stop the ledger.
Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Nanos = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Status = Annotated[int, msgspec.Meta(ge=0, le=999)]


class Price(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model costs: amounts per million tokens in ``currency``; None is unknown, zero is free.

    ``above_tokens`` and ``above``: prompts longer than so many tokens are charged at that price, in full; without
    ``above`` their price is unknown. ``effective_from``: the first day (UTC) it holds; None when the source names none.
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
    """One attempt at one deployment. Durations in microseconds, money in nanos (None: the price is unknown).

    The order of the fields is the format of the journal: later versions add fields at the end, with a default, so that
    they read what an earlier version left behind.
    """

    deployment: str
    provider: str
    model: str
    dialect: str
    started_ms: Count
    duration_us: Count
    first_token_us: Count | None
    outcome: str
    status: Status
    failure_kind: str
    failure_message: str
    input_tokens: Count
    cached_input_tokens: Count
    cache_write_5m_tokens: Count
    cache_write_1h_tokens: Count
    output_tokens: Count
    reasoning_tokens: Count
    estimated: bool
    cost_nanos: Nanos | None
    currency: str
    price_effective: str


class RequestRecord(msgspec.Struct, array_like=True, gc=False):
    """One request with all its attempts, in order: a line of the journal, a row of the ledger.

    ``outcome`` is completed, failed or cancelled. ``cost_nanos`` is the sum of the attempts, None when one is unknown.
    ``baseline_nanos`` is what the model asked for would have cost; None when unknown or when the demo model answered.
    The order of the fields is the format of the journal, as for :class:`AttemptRecord`.
    """

    request_id: str
    organization_id: str
    api_key_id: str
    dialect: str
    requested_model: str
    route: str
    reason: str
    session: str
    stream: bool
    started_ms: Count
    duration_us: Count
    first_token_us: Count | None
    overhead_us: Count
    outcome: str
    status: Status
    error_code: str
    error_message: str
    attempts: list[AttemptRecord]
    baseline_nanos: Nanos | None
    baseline_model: str
    baseline_currency: str
    cost_nanos: Nanos | None
    currency: str
    demo: bool
    body_bytes: Count
