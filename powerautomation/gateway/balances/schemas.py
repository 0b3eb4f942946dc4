"""Answers of the balance endpoints. Money in nanos of a currency."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class AmountAnswer(_Answer):
    """What can still be spent in one currency; negative when money is owed."""

    currency: str
    available_nanos: int


class ThresholdAnswer(_Answer):
    """When a balance is low: with less than ``nanos`` in its own currency, or lasting less than ``days``. ``source``:
    the configuration for this provider (not to be changed here), the organization, or what holds for all."""

    nanos: int
    days: float
    source: Literal["file", "console", "default"]


class ThresholdChange(BaseModel):
    """Below what to be told; null is what holds for all providers."""

    model_config = ConfigDict(extra="forbid")

    nanos: int | None = Field(default=None, ge=0, le=10**15)
    days: float | None = Field(default=None, ge=0, le=365, allow_inf_nan=False)


class BalanceAnswer(_Answer):
    """The balance of an account. ``code`` says why the latest question found none: not asked yet, not reached, the key
    may not ask, or an answer of an unexpected shape; the amounts are then those known before."""

    provider: str
    amounts: list[AmountAnswer]
    known_at: datetime | None
    asked_at: datetime | None
    code: Literal["", "unasked", "unreachable", "refused", "unreadable"]
    status: int
    low: bool
    lasts_days: float | None
    threshold: ThresholdAnswer


class BalanceList(_Answer):
    """Balances of all accounts that can be asked for."""

    items: list[BalanceAnswer]


class BalanceChangeAnswer(_Answer):
    """How a balance moved between the first and the last answer of a month, and what the ledger says of that time."""

    provider: str
    currency: str
    first_at: datetime
    last_at: datetime
    answers: int
    fallen_nanos: int
    raised_nanos: int
    ledger_nanos: int
    unpriced: int
    estimated: int
    finding: Literal["agrees", "differs", "raised", "unpriced", "too_few"]


class BalanceChangeList(_Answer):
    """A month's changes, by provider and currency."""

    items: list[BalanceChangeAnswer]
