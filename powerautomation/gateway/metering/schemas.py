"""Answers of the request and usage endpoints. Money in nanos of a currency, durations in milliseconds."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RequestSummary(_Answer):
    """One request, as lists show it; ``repeats`` is how many more like it in the same minute have no row."""

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


class Attempt(_Answer):
    """One attempt of a request."""

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


class ReasonPart(_Answer):
    """One thing that led to where a request went: a code such as ``route`` or ``failed``, and its values."""

    code: str
    values: list[str]


class RequestDetail(RequestSummary):
    """One request with why it went where it went, in English and as data for other languages, and every attempt."""

    reason: str
    reason_parts: list[ReasonPart]
    error_message: str
    attempts: list[Attempt]


class RequestList(_Answer):
    """A page of requests, newest first; ``next_cursor`` leads to the next page."""

    items: list[RequestSummary]
    next_cursor: str | None


class UsageSums(_Answer):
    """Sums in one currency. ``spent_nanos`` is every known cost; cost, baseline and savings count only requests where
    both sides of the comparison are known; ``unpriced_requests`` were left out because a price is unknown."""

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


class UsageBucket(UsageSums):
    """Sums of one hour or day and, when asked for, of one model, deployment or key."""

    start: datetime
    group: str


class UsageReport(_Answer):
    """Buckets, oldest first, and totals for each currency, of a range of time."""

    buckets: list[UsageBucket]
    totals: list[UsageSums]
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class ExploredSums(_Answer):
    """Sums in one currency; ``input_tokens`` neither came from a cache nor were written to one."""

    currency: str
    requests: int
    failed: int
    refused: int
    cancelled: int
    attempts: int
    estimated_attempts: int
    unpriced_attempts: int
    unpriced_requests: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    spent_nanos: int
    compared_nanos: int
    baseline_nanos: int
    savings_nanos: int
    cache_breaks: int
    cache_lost_tokens: int
    cache_lost_nanos: int
    good_ratings: int
    bad_ratings: int


class ExploredRow(ExploredSums):
    """Sums of one hour or day and one group; ``name`` is what people call the group."""

    start: datetime | None
    group: str
    name: str


class ExchangeRate(_Answer):
    """One unit of ``base`` was counted as ``rate`` units of ``quote`` since the day ``on``."""

    base: str
    quote: str
    rate: Decimal
    on: date
    source: str


class Exploration(_Answer):
    """Rows, oldest first, totals for each currency, and the exchange rates that the savings were counted with."""

    rows: list[ExploredRow]
    totals: list[ExploredSums]
    rates: list[ExchangeRate]
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class PriceBand(_Answer):
    """Amounts per million tokens; None is unknown."""

    input: Decimal | None
    cached_input: Decimal | None
    cache_write_5m: Decimal | None
    cache_write_1h: Decimal | None
    output: Decimal | None


class ListedPrice(PriceBand):
    """One price with its source; ``above`` holds, in full, for prompts longer than ``above_tokens``. ``tiers`` and
    ``regions`` are names with the factor that every amount is multiplied by."""

    currency: str
    source: str
    effective_from: date | None
    above_tokens: int | None
    above: PriceBand | None
    tiers: list[tuple[str, Decimal]]
    regions: list[tuple[str, Decimal]]


class ModelPrice(_Answer):
    """What a vendor lists for a model."""

    vendor: str
    model: str
    price: ListedPrice


class PriceList(_Answer):
    """Every known list price."""

    items: list[ModelPrice]


class MissingPrice(_Answer):
    """A model at a provider that was used and has no price; ``attempts`` have an unknown cost. A price imported for
    ``vendor`` and ``model`` will be its price."""

    provider: str
    vendor: str
    model: str
    attempts: int
    last_used_at: datetime


class MissingPriceList(_Answer):
    """Models without a price, the most used first."""

    items: list[MissingPrice]


class PriceChange(ModelPrice):
    """One price of a file and what it changes."""

    kind: Literal["added", "changed", "unchanged"]
    before: ListedPrice | None


class PriceImport(_Answer):
    """What an import did, or would do when it is a dry run."""

    dry_run: bool
    changes: list[PriceChange]


class PriceFile(BaseModel):
    """A price file: its name says whether it is CSV (``.csv``) or YAML."""

    model_config = ConfigDict(extra="forbid")

    file_name: str = Field(max_length=200)
    content: str = Field(max_length=2 * 1024 * 1024)
    dry_run: bool = True
