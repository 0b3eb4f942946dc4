"""Bodies of the reconciliation endpoints. Money in nanos of a currency, tokens whole."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from powerautomation.gateway.reconciliation.entities import Finding, Status


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TokensAnswer(_Answer):
    """Tokens as providers charge them; ``input`` is neither read from a cache nor written to one."""

    input: int
    cached_input: int
    cache_write_5m: int
    cache_write_1h: int
    output: int


class DifferenceAnswer(_Answer):
    """One model on one day, here and on the bill; null is what a side does not state."""

    day: date
    model: str
    finding: Finding
    here: TokensAnswer | None
    there: TokensAnswer | None
    here_nanos: int | None
    there_nanos: int | None
    currency: str
    note: str


class TotalAnswer(_Answer):
    """The month in one currency; credits are not in ``there_nanos``."""

    currency: str
    here_nanos: int
    there_nanos: int
    credits_nanos: int
    agrees: bool
    rates: list[str]


class ReconciliationSummary(_Answer):
    """One provider's month compared with its bill."""

    provider: str
    month: str
    time_zone: str
    format: str
    file_name: str
    created_at: datetime
    created_by: str
    tolerance_ppm: int
    status: Status
    totals: list[TotalAnswer]
    here: TokensAnswer
    there: TokensAnswer
    tokens_agree: bool | None
    lines_count: int
    differing_count: int


class ReconciliationAnswer(ReconciliationSummary):
    """The same with every line."""

    lines: list[DifferenceAnswer]


class ReconciliationList(_Answer):
    """The latest comparison of every provider and month, newest month first."""

    items: list[ReconciliationSummary]
