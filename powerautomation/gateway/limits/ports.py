"""What limits need from outside: counters that many replicas may share, and what the ledger says was used before."""

from collections.abc import Callable, Sequence
from typing import Protocol

from powerautomation.gateway.limits.entities import Claim, Limit, Outcome

# Told the levels after a settlement: the reservation's id and one level for each claim, None where nothing is counted.
Settled = Callable[[str, Sequence[float | None]], None]


class Counters(Protocol):
    """Counts what was used. Every method is one atomic step over all counters it touches.

    A reservation is a lease: when its process dies, what it held comes back after a while.
    """

    is_local: bool
    settled: Settled

    async def reserve(self, organization_id: str, lease: str, claims: Sequence[Claim]) -> Outcome:
        """Add to every counter the largest ask of the places that fit, or nothing at all. There is at least one
        claim, and all have as many asks. Raises LimitsUnavailable."""

    def settle(self, organization_id: str, lease: str, claims: Sequence[Claim], used: Sequence[int]) -> None:
        """Replace what a reservation holds by what was ``used``. Returns at once; repeating it changes nothing.
        ``claims`` are those held."""

    async def seed(self, organization_id: str, counter: str, level: int, keep_ms: int) -> None:
        """Say what was used before the counter began; the first to say so counts. Raises LimitsUnavailable."""

    async def levels(self, organization_id: str, counters: Sequence[str]) -> list[float | None]:
        """Return the counters' levels now, None for one that counts nothing yet. Raises LimitsUnavailable."""


class SpentBefore(Protocol):
    """Reads the ledger for a counter that begins."""

    async def __call__(self, limit: Limit, from_ms: int) -> int:
        """Return what the limit's subject used since a moment, in the limit's measure. Raises a Problem."""
