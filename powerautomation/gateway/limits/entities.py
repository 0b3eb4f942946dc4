"""Limits, as the data plane and other domains see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

SubjectKind = Literal["organization", "unit", "project", "person", "key"]
Measure = Literal["requests", "tokens", "money", "concurrency"]
# "" is for concurrency, which has no period. Minutes and hours are rolling, the others follow the calendar.
Window = Literal["", "minute", "hour", "day", "week", "month"]

SUBJECT_KINDS: tuple[SubjectKind, ...] = ("organization", "unit", "project", "person", "key")
MEASURES: tuple[Measure, ...] = ("requests", "tokens", "money", "concurrency")
ROLLING_MS = {"minute": 60_000, "hour": 3_600_000}
CALENDAR = frozenset({"day", "week", "month"})


class Limit(msgspec.Struct, frozen=True):
    """At most ``amount`` of ``measure`` for a subject in a window.

    ``amount`` counts requests, tokens or requests at once; money is in nanos of ``currency``. ``burst`` is what a
    rolling window lets through at once when nothing was used lately (None: ``amount``). ``subject_id`` is a key's,
    user's or unit's id, a project's name, or empty for the organization; a unit's limit is for the units below it, too.
    ``warn_percents`` are told when a calendar budget reaches them. ``revision`` grows when counting must begin anew
    from the ledger.
    """

    id: str
    organization_id: str
    subject_kind: SubjectKind
    subject_id: str
    measure: Measure
    window: Window
    amount: int
    burst: int | None = None
    currency: str = ""
    warn_percents: tuple[int, ...] = ()
    revision: int = 0
    time_zone: str = "UTC"

    @property
    def capacity(self) -> int:
        """The most that may be used up at one moment."""
        return self.amount if self.burst is None else self.burst

    @property
    def rate_per_ms(self) -> float:
        """What comes back each millisecond; 0 for calendar budgets and concurrency."""
        return self.amount / ROLLING_MS[self.window] if self.window in ROLLING_MS else 0.0

    @property
    def is_budget(self) -> bool:
        """Whether the window follows the calendar."""
        return self.window in CALENDAR


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What one reservation asks of one counter: one of ``asks`` more, if its level then is at most ``capacity``.

    There is an ask for each place the request may be answered at, and in all claims of a reservation a place has the
    same position. Places of which every counter has room fit, and the largest ask of those that fit is held. A counter
    sinks by ``rate_per_ms``. ``needs_seed``: it must be told what was used before it counted. ``keep_ms``: how long it
    matters after its last use.
    """

    counter: str
    asks: tuple[int, ...]
    capacity: int
    rate_per_ms: float
    needs_seed: bool
    keep_ms: int

    @property
    def ask(self) -> int:
        """The largest ask: all there is in a claim that is held."""
        return self.asks[0] if len(self.asks) == 1 else max(self.asks)

    def of(self, places: Sequence[int]) -> "Claim":
        """Return the claim that holds the largest ask of these places."""
        if len(self.asks) == 1:
            return self
        most = max([self.asks[place] for place in places])
        return Claim(self.counter, (most,), self.capacity, self.rate_per_ms, self.needs_seed, self.keep_ms)


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a reservation came to: which places fit; none when it was refused. ``levels`` are those of the claims'
    counters, in order: after the reservation, or as they are when it was refused. ``unseeded`` counters must be seeded
    before anything can be said."""

    fitting: tuple[int, ...]
    levels: tuple[float, ...]
    unseeded: tuple[str, ...] = ()

    @property
    def admitted(self) -> bool:
        """Whether anything was reserved."""
        return bool(self.fitting)


class Ask(msgspec.Struct, frozen=True, gc=False):
    """The most one request may use at one deployment: tokens, and money in nanos of ``currency`` (None: its price is
    unknown)."""

    tokens: int
    cost_nanos: int | None
    currency: str
    deployment: str = ""


class Used(msgspec.Struct, frozen=True, gc=False):
    """What one request really used. ``costs`` are nanos by currency; None: a price is unknown, so that the reservation
    stands."""

    requests: int
    tokens: int
    costs: Mapping[str, int] | None


# Which ask does not fit, why (a key of the reasons' ways to be passed over), and that why's values.
LeftOut = tuple[int, str, *tuple[str, ...]]


class Reservation(msgspec.Struct, gc=False):
    """What a request holds of its limits until it is settled. ``headers`` go with the answer. What is ``left_out`` must
    not answer; where anything is, ``fitting`` are the places of the asks that fit."""

    id: str
    organization_id: str
    limits: tuple[Limit, ...]
    claims: tuple[Claim, ...]
    began_ms: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    fitting: tuple[int, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class NewLimit:
    """A limit somebody asks for; meanings as in :class:`Limit`."""

    subject_kind: SubjectKind
    subject_id: str
    measure: Measure
    window: Window
    amount: int
    burst: int | None = None
    currency: str = ""
    warn_percents: tuple[int, ...] = (80, 100)


@dataclass(frozen=True, slots=True)
class LimitUsage:
    """A limit and how much of it is used now. ``used`` None: it could not be read. ``resets_at``: when a calendar
    budget begins anew."""

    limit: Limit
    subject_name: str
    used: int | None
    resets_at: datetime | None
    created_at: datetime
