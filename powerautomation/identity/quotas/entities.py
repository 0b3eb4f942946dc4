"""What is counted of an organization."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Measure = Literal["rows", "bytes"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing of which an organization may have so much.

    table: where its rows are; ``most``: what any organization may have, and has unless its quota says less; ``ended``:
    columns of which one that is set means that the row counts no more, ``expires``: one that says from when on;
    ``only``: what rows must say to be counted; ``size``: the column whose values are summed, or whose lengths are
    (``sized_by_length``), empty for rows. ``refuses``: no more is taken in than fits; otherwise the oldest give way.
    """

    name: str
    table: str
    most: int
    ended: tuple[str, ...] = ()
    expires: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    size: str = ""
    sized_by_length: bool = False
    refuses: bool = True

    @property
    def measure(self) -> Measure:
        """Return what it is counted in."""
        return "bytes" if self.size else "rows"


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a resource an organization may have and has. ``is_own``: it was set for this organization."""

    resource: Resource
    amount: int
    used: int
    is_own: bool

    @property
    def percent(self) -> int:
        """Return how much of it is used, in hundredths, rounded down; above 100 where it was lowered afterwards."""
        if self.amount:
            return self.used * 100 // self.amount
        return 100 if self.used else 0

    @property
    def is_near(self) -> bool:
        """Say whether there is little room left, or none. What gives way by itself is full without harm."""
        return self.resource.refuses and self.used > 0 and self.percent >= NEAR_PERCENT


NEAR_PERCENT = 90
