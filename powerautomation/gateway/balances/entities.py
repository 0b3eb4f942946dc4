"""Balances of accounts at providers. Money in nanos of its currency."""

from typing import Literal

import msgspec

# Why a balance is not known: not asked yet, not reached, the key may not ask, or the answer says nothing of use.
Code = Literal["", "unasked", "unreachable", "refused", "unreadable"]


class Amount(msgspec.Struct, frozen=True):
    """What can still be spent in one currency; negative when money is owed."""

    currency: str
    available_nanos: int


class Outcome(msgspec.Struct, frozen=True):
    """What one question found: amounts, or why there are none. ``status`` is the HTTP status, 0 without an answer."""

    amounts: tuple[Amount, ...] = ()
    code: Code = ""
    status: int = 0


class Threshold(msgspec.Struct, frozen=True):
    """When a balance is low: with less than ``nanos`` in its own currency, or lasting less than ``days``. ``source``
    says who set it: the configuration for this provider, the organization in the console, or nobody."""

    nanos: int
    days: float
    source: Literal["file", "console", "default"] = "default"


class Wished(msgspec.Struct, frozen=True):
    """What somebody set of a threshold; None: not set."""

    nanos: int | None = None
    days: float | None = None


class Balance(msgspec.Struct, frozen=True):
    """A provider's latest known balance and how the latest question went.

    ``known_ms`` is when the amounts were told, ``asked_ms`` when was asked last; None: never. ``lasts_days`` is how
    long the smallest amount lasts at the spend of the last seven days, None where that is not known. ``wished`` is the
    threshold the organization set for it.
    """

    provider: str
    amounts: tuple[Amount, ...]
    known_ms: int | None
    asked_ms: int | None
    code: Code
    status: int
    low: bool
    lasts_days: float | None
    wished: Wished = Wished()


class Change(msgspec.Struct, frozen=True):
    """How a balance fell in a month, against the ledger over the same time.

    ``fallen_nanos`` is the sum of all decreases from one answer to the next, ``raised_nanos`` of all increases:
    payments into the account. A payment hides what was spent in the same hour, so that ``fallen_nanos`` is then too
    low. ``ledger_nanos`` is the known cost of attempts between the first answer and the last.
    """

    provider: str
    currency: str
    first_ms: int
    last_ms: int
    answers: int
    fallen_nanos: int
    raised_nanos: int
    ledger_nanos: int
    unpriced: int
    estimated: int
    finding: Literal["agrees", "differs", "raised", "unpriced", "too_few"]
