"""A provider's bill, our ledger in the bill's shape, and how the two differ. Money in nanos, tokens whole."""

from datetime import date
from typing import Literal

import msgspec

LineKind = Literal["usage", "credit"]
Status = Literal["agrees", "differs"]
# Why a line differs.
Finding = Literal[
    "agrees",
    "missing_here",
    "missing_there",
    "tokens",
    "estimated",
    "midnight",
    "price",
    "rate",
    "unpriced",
    "currency",
    "credit",
]


class Tokens(msgspec.Struct, frozen=True):
    """Tokens as providers charge them; ``input`` is neither read from a cache nor written to one."""

    input: int = 0
    cached_input: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Tokens(*(one + two for one, two in pairs))

    @property
    def total(self) -> int:
        """All tokens of all kinds."""
        return sum(msgspec.structs.astuple(self))


class BillLine(msgspec.Struct, frozen=True):
    """What a provider says about one model on one day of its clocks.

    ``tokens`` is None where a bill states money alone, ``amount_nanos`` None where it states tokens alone. ``model`` is
    empty for money that the bill gives for a whole day. A credit's amount is what it takes off, so usually negative.
    """

    day: date
    model: str
    tokens: Tokens | None = None
    amount_nanos: int | None = None
    currency: str = ""
    kind: LineKind = "usage"
    note: str = ""


class LedgerLine(msgspec.Struct, frozen=True):
    """What our ledger says about one model on one day of the bill's clocks, in one currency.

    ``unpriced`` attempts have no known cost; ``estimated`` ones were not counted by the provider (cancelled, broken).
    """

    day: date
    model: str
    tokens: Tokens
    cost_nanos: int
    currency: str
    attempts: int
    unpriced: int
    estimated: int


class Difference(msgspec.Struct, frozen=True):
    """One model on one day, here and on the bill; what a side does not state is None."""

    day: date
    model: str
    finding: Finding
    here: Tokens | None
    there: Tokens | None
    here_nanos: int | None
    there_nanos: int | None
    currency: str
    note: str = ""


class Total(msgspec.Struct, frozen=True):
    """The month in one currency. ``credits_nanos`` is not in ``there_nanos``; rates name what was converted."""

    currency: str
    here_nanos: int
    there_nanos: int
    credits_nanos: int
    agrees: bool
    rates: tuple[str, ...] = ()


class Comparison(msgspec.Struct, frozen=True):
    """A month compared: every line, by day and model, with its finding; totals; and whether all of it agrees.

    ``tokens_agree`` is None when the bill states no tokens.
    """

    status: Status
    lines: tuple[Difference, ...]
    totals: tuple[Total, ...]
    here: Tokens
    there: Tokens
    tokens_agree: bool | None


class Reconciliation(msgspec.Struct, frozen=True):
    """A stored comparison of one provider's month; ``format`` says which kind of file the bill was."""

    provider: str
    month: str
    time_zone: str
    format: str
    file_name: str
    created_at: str
    created_by: str
    tolerance_ppm: int
    comparison: Comparison
