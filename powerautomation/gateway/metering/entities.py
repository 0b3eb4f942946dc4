"""Prices, ledger records, and what the ledger answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from powerautomation.gateway.metering.reasons import ReasonPart

# Bounds that hold when a line of the journal is read. Far above what happens, and low enough that thousands of such
# requests in one hour still have a sum that a 64-bit column holds.
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Elapsed = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Nanos = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Status = Annotated[int, msgspec.Meta(ge=0, le=999)]


class Price(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model costs: amounts per million tokens in ``currency``; None is unknown, zero is free.

    ``above_tokens`` and ``above``: prompts longer than so many tokens are charged at that price, in full; without
    ``above`` their price is unknown. ``effective_from``: the first day (UTC) it holds; None when the source names none.
    ``tiers`` and ``regions``: (name, factor) for service tiers such as batch, and for places where the work is done;
    every amount times the factor. What is not named is not known. ``read_on``: the day or month the list was read.
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
    tiers: tuple[tuple[str, Decimal], ...] = ()
    regions: tuple[tuple[str, Decimal], ...] = ()
    read_on: str = ""

    @property
    def dated(self) -> str:
        """The first day it holds, else the day or month its list was read; empty where neither is known."""
        return self.read_on[:10] if self.effective_from is None else self.effective_from.isoformat()


class AttemptRecord(msgspec.Struct, array_like=True, gc=False):
    """One attempt at one deployment. Durations in microseconds, money in nanos (None: the price is unknown).
    ``price_band`` says which band of the price held: ``above:200000``, ``tier:batch``, ``region:us``, joined by blanks;
    empty for the plain price.

    The order of the fields is the format of the journal: later versions add fields at the end, with a default, so that
    they read what an earlier version left behind.
    """

    deployment: str
    provider: str
    model: str
    dialect: str
    started_ms: Elapsed
    duration_us: Elapsed
    first_token_us: Elapsed | None
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
    price_band: str = ""


class RequestRecord(msgspec.Struct, array_like=True, gc=False):
    """One request with all its attempts, in order: a line of the journal, a row of the ledger.

    ``outcome`` is completed, failed, cancelled, or refused: it reached no deployment, for what it was.
    ``cost_nanos`` is the sum of the attempts, None when one is unknown.
    ``reason`` is as :mod:`powerautomation.gateway.metering.reasons` says.
    ``baseline_nanos`` is what the model asked for would have cost; None when unknown or when the demo model answered.
    ``person``, ``project`` and ``tags`` are those of the key at the time; ``task`` what the client named.
    ``cache_discount_nanos``: what a million tokens of prompt cost less from the cache of who answered; None: unknown.
    ``split`` is the experiment of the route the request took part in and ``arm`` the side it was given, or empty.
    ``cache`` is what the answer cache did: hit, semantic, miss, or empty when it had nothing to do with the request;
    ``cache_saved_nanos`` what the repeated answer cost when it was made (None: unknown), in ``cache_currency``.
    ``repeats``: how many more requests of the key ended with the same code in the same minute and have no row.
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
    started_ms: Elapsed
    duration_us: Elapsed
    first_token_us: Elapsed | None
    overhead_us: Elapsed
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
    person: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    task: str = ""
    cache_discount_nanos: Nanos | None = None
    split: str = ""
    arm: str = ""
    cache: str = ""
    cache_saved_nanos: Nanos | None = None
    cache_currency: str = ""
    repeats: Count = 0


class RequestSummary(msgspec.Struct, frozen=True):
    """One request as lists and the live feed show it. Durations in milliseconds, money in nanos of its currency.

    Tokens are the sums of all attempts. ``deployment`` served the request or was the last one tried. ``savings_nanos``
    is None where cost and baseline cannot be compared. ``repeats`` is how many more requests like it have no row.
    """

    id: str
    started_at: datetime
    dialect: str
    requested_model: str
    deployment: str | None
    route: str
    stream: bool
    outcome: str
    status: int
    error_code: str
    duration_ms: float
    first_token_ms: float | None
    overhead_ms: float
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    usage_estimated: bool
    cost_nanos: int | None
    currency: str
    baseline_nanos: int | None
    baseline_model: str
    baseline_currency: str
    savings_nanos: int | None
    attempts_count: int
    api_key_id: str
    api_key_name: str
    demo: bool
    session: str
    repeats: int


class AttemptDetail(msgspec.Struct, frozen=True):
    """One attempt of a request, as its page shows it."""

    deployment: str
    provider: str
    model: str
    dialect: str
    started_at: datetime
    duration_ms: float
    first_token_ms: float | None
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
    price_band: str


class RequestDetail(RequestSummary, frozen=True):
    """One request with why it went where it went, in English and as data, and every attempt in order."""

    reason: str
    reason_parts: tuple[ReasonPart, ...]
    error_message: str
    attempts: tuple[AttemptDetail, ...]


class RequestFilters(msgspec.Struct, frozen=True):
    """Which requests to list; what is None does not matter. ``started_from`` is included, ``started_until`` is not.

    ``priced``: whether the cost is known; ``demo``: whether the demo model answered; ``currency``: of the cost.
    """

    requested_model: str | None = None
    deployment: str | None = None
    outcome: str | None = None
    api_key_id: str | None = None
    priced: bool | None = None
    demo: bool | None = None
    currency: str | None = None
    started_from: datetime | None = None
    started_until: datetime | None = None


class RequestPage(msgspec.Struct, frozen=True):
    """Requests, newest first; ``next_cursor`` leads to older ones and is None at the end."""

    items: tuple[RequestSummary, ...]
    next_cursor: str | None


UsageBucketSize = Literal["hour", "day"]
UsageGrouping = Literal["none", "model", "deployment", "api_key"]


class UsageSums(msgspec.Struct, frozen=True):
    """Sums in one currency, in nanos of it. ``input_tokens`` includes what was written to a cache.

    ``spent_nanos`` is every known cost. ``cost_nanos``, ``baseline_nanos`` and ``savings_nanos`` count only requests
    that can be compared with the model asked for; ``unpriced_requests`` were left out because a price is unknown.
    """

    currency: str
    requests: int
    failed: int
    refused: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    spent_nanos: int
    cost_nanos: int
    baseline_nanos: int
    savings_nanos: int
    unpriced_requests: int
    demo_requests: int


class UsageBucket(UsageSums, frozen=True):
    """Sums of one hour or day, from ``start`` on, and of one ``group``: a model, deployment or key id, or empty."""

    start: datetime
    group: str


class UsageReport(msgspec.Struct, frozen=True):
    """Sums by time and group, oldest first, and their totals, one for each currency."""

    buckets: tuple[UsageBucket, ...]
    totals: tuple[UsageSums, ...]
    start: datetime
    end: datetime
