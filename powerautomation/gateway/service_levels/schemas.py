"""Bodies of the service level endpoints. Money in nanos of a currency, durations in milliseconds."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=6)]


class CreditStepBody(BaseModel):
    """Below this availability in a month, so much of the month's spend is owed back."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    below_percent: Percent
    credit_percent: Percent


class PromiseBody(BaseModel):
    """What a provider promises; what it does not is null."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    availability_percent: Percent | None = None
    latency_p95_ms: int | None = Field(default=None, ge=1, le=3_600_000)
    error_rate_percent: Percent | None = None
    credits: list[CreditStepBody] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _promises_something(self) -> "PromiseBody":
        if self.availability_percent is None and self.latency_p95_ms is None and self.error_rate_percent is None:
            raise ValueError("a promise needs availability_percent, latency_p95_ms or error_rate_percent")
        return self


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PromiseAnswer(_Answer):
    """What a provider promises."""

    availability_percent: float | None
    latency_p95_ms: int | None
    error_rate_percent: float | None
    credits: list["CreditStepAnswer"]


class CreditStepAnswer(_Answer):
    """Below this availability in a month, so much of the month's spend is owed back."""

    below_percent: float
    credit_percent: float


class MeasuredAnswer(_Answer):
    """What a period shows; null where nothing could tell."""

    start: datetime
    attempts: int
    failed: int
    rate_limited: int
    availability_percent: float | None
    error_rate_percent: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None


class ServiceLevelAnswer(_Answer):
    """One provider; ``declared`` promises stand in the configuration file and are read-only."""

    provider: str
    promise: PromiseAnswer | None
    declared: bool
    this_month: MeasuredAnswer
    periods: list[MeasuredAnswer]


class ServiceLevelList(_Answer):
    """Every provider that was used or promises something."""

    items: list[ServiceLevelAnswer]


class BreachAnswer(_Answer):
    """A promise that was not kept in a period that is over."""

    provider: str
    period: Literal["hour", "day", "month"]
    start: datetime
    measure: Literal["availability", "latency_p95", "error_rate"]
    promised: float
    measured: float
    attempts: int


class BreachList(_Answer):
    """The latest breaches, newest first."""

    items: list[BreachAnswer]


class ServiceCreditAnswer(_Answer):
    """What a provider owes for a month, and why."""

    provider: str
    month: str
    currency: str
    amount_nanos: int
    spent_nanos: int
    credit_percent: float
    promised_percent: float
    measured_percent: float
    attempts: int


class ServiceCreditList(_Answer):
    """The latest credits, newest month first."""

    items: list[ServiceCreditAnswer]
