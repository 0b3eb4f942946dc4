"""Reads what providers answer, and judges balances. Pure."""

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from powerautomation.gateway.balances.entities import Amount, Threshold, Wished
from powerautomation.gateway.providers import BalanceFacts

if TYPE_CHECKING:
    from powerautomation.infrastructure.settings import Settings

NANOS = 1_000_000_000
# Both sides round, and a provider may book some seconds late.
TOLERANCE_PPM = 1_000
# What fits a 64-bit column.
_MOST_UNITS = Decimal(1_000_000_000)
_MOST_AMOUNTS = 10


def read_amounts(facts: BalanceFacts, body: bytes) -> tuple[Amount, ...]:
    """Return the amounts of an answer as the facts describe it. Raises ValueError for an answer of another shape."""
    try:
        said = json.loads(body, parse_float=Decimal, parse_int=_whole)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if facts.ok and _at(said, facts.ok) is not True:
        raise ValueError("it says that the question failed")
    entries = _at(said, facts.each) if facts.each else [said]
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST_AMOUNTS:
        raise ValueError("it has no amounts")
    amounts: dict[str, int] = {}
    for entry in entries:
        currency = _at(entry, facts.currency_at) if facts.currency_at else facts.currency
        if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise ValueError("it names no currency")
        units = _number(_at(entry, facts.available)) - (_number(_at(entry, facts.less)) if facts.less else 0)
        amounts[currency] = amounts.get(currency, 0) + int((units * NANOS).to_integral_value())
    return tuple(Amount(currency, nanos) for currency, nanos in amounts.items())


def _whole(digits: str) -> Decimal:
    return Decimal(digits[:40])


def _at(said: Any, place: str) -> Any:
    for name in place.split("."):
        if not isinstance(said, dict) or name not in said:
            raise ValueError(f"it has no {place}")
        said = said[name]
    return said


def _number(value: Any) -> Decimal:
    if isinstance(value, str) and len(value) <= 40:
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise ValueError("an amount is not a number") from None
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) > _MOST_UNITS:
        raise ValueError("an amount is not a number")
    return value


def lasts_days(amount: Amount, spent_nanos: int, spent_days: int) -> float | None:
    """Return how long an amount lasts at a past spend; None when nothing was spent."""
    if spent_nanos <= 0:
        return None
    return max(0.0, amount.available_nanos * spent_days / spent_nanos)


def stated_thresholds(settings: "Settings") -> tuple[Threshold, dict[str, Wished]]:
    """Return when a balance is low where nobody set anything else, and what the configuration says of single
    providers."""
    default = Threshold(_nanos(settings.gateway.low_balance), settings.gateway.low_balance_days)
    declared = {
        name: Wished(None if one.low_balance is None else _nanos(one.low_balance), one.low_balance_days)
        for name, one in settings.providers.items()
    }
    return default, declared


def _nanos(units: float) -> int:
    return round(units * NANOS)


def threshold_of(declared: Wished, stored: Wished, default: Threshold) -> Threshold:
    """Return the threshold that holds for a provider: the configuration's own for it, else the organization's, else the
    one of all; what the first of these leaves open is that of all."""
    for wished, source in ((declared, "file"), (stored, "console")):
        if wished != Wished():
            return Threshold(
                default.nanos if wished.nanos is None else wished.nanos,
                default.days if wished.days is None else wished.days,
                "file" if source == "file" else "console",
            )
    return default


def is_low(amount: Amount, lasts: float | None, threshold: Threshold) -> bool:
    """Say whether an amount is low: nothing is left, or less than the threshold says, or it lasts less long."""
    nanos = amount.available_nanos
    return nanos <= 0 or nanos < threshold.nanos or (lasts is not None and lasts < threshold.days)


def movements(nanos: Sequence[int]) -> tuple[int, int]:
    """Return the sums of all decreases and of all increases from one amount to the next."""
    fallen = raised = 0
    for before, after in pairwise(nanos):
        fallen += max(0, before - after)
        raised += max(0, after - before)
    return fallen, raised


def finding_of(
    answers: int, fallen: int, raised: int, ledger: int, unpriced: int
) -> Literal["agrees", "differs", "raised", "unpriced", "too_few"]:
    """Return what a month's change says: both sides agree within 0.1 %, or the likeliest reason why they do not."""
    if answers < 2:
        return "too_few"
    if abs(fallen - ledger) * 1_000_000 <= max(fallen, ledger) * TOLERANCE_PPM:
        return "agrees"
    if unpriced:
        return "unpriced"
    return "raised" if raised and fallen < ledger else "differs"
