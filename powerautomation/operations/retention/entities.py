"""Values of retention."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Ends = Literal["job", "on_use", "never"]


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What becomes of one kind of data. ``days``: how long it is kept, None for no end that is counted in days.
    ``ends``: a job removes it, the next use of its kind does, or nothing does. ``setting``: the setting of the server
    that says how long, empty where that is fixed."""

    name: str
    tables: tuple[str, ...]
    ends: Ends
    days: float | None
    setting: str = ""


@dataclass(frozen=True, slots=True)
class RetentionState:
    """A rule and how its job fares. The moments are None while nothing is known; ``failure`` is an error code."""

    rule: RetentionRule
    ran_at: datetime | None
    next_at: datetime | None
    removed: int
    total: int
    failed_at: datetime | None
    failure: str
