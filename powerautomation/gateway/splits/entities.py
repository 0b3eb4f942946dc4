"""What is measured of an arm, and how arms differ."""

from datetime import datetime
from typing import Literal

import msgspec

# In the order they are shown. Costs in nanos, times in milliseconds, error_rate and rating as shares (0 to 1); rating
# is the share of thumbs up.
Measure = Literal["cost", "first_token_p50", "first_token_p95", "duration_p50", "duration_p95", "error_rate", "rating"]
MEASURES: tuple[Measure, ...] = (
    "cost", "first_token_p50", "first_token_p95", "duration_p50", "duration_p95", "error_rate", "rating",
)  # fmt: skip
Verdict = Literal["less", "more", "none_seen", "too_few"]


class Interval(msgspec.Struct, frozen=True):
    """A value and between which values it lies with 95 % confidence."""

    value: float
    low: float
    high: float


class Estimate(msgspec.Struct, frozen=True):
    """A measure of one arm from ``count`` observations. ``value`` is None without any; ``low`` and ``high`` are None
    when they are too few to tell."""

    measure: Measure
    count: int
    value: float | None
    low: float | None
    high: float | None


class Observation(msgspec.Struct, frozen=True):
    """One request of a split. ``session`` names what belongs together (one conversation, else the request itself);
    times in milliseconds, None where nothing was measured; ``cost_nanos`` is None where it is unknown."""

    request_id: str
    arm: str
    session: str
    outcome: str
    cost_nanos: int | None
    currency: str
    first_token_ms: float | None
    duration_ms: float


class Arm(msgspec.Struct, frozen=True):
    """One arm: how many requests were looked at, and what was measured, in the order of MEASURES."""

    name: str
    requests: int
    estimates: tuple[Estimate, ...]


class MeasureDifference(msgspec.Struct, frozen=True):
    """How an arm differs from the baseline in one measure: by how much, and by what factor less one where both are
    above zero (-0.2 is 20 % less). None when there is too little to tell."""

    measure: Measure
    verdict: Verdict
    absolute: Interval | None
    relative: Interval | None


class Difference(msgspec.Struct, frozen=True):
    """How an arm differs from the baseline, and that in one English sentence."""

    arm: str
    measures: tuple[MeasureDifference, ...]
    sentence: str


class Comparison(msgspec.Struct, frozen=True):
    """The arms of a split in a range of time. ``is_sample`` says that only the newest requests were looked at;
    ``currency`` is that of the costs, and empty where none is known."""

    name: str
    start: datetime
    end: datetime
    baseline: str
    currency: str
    is_sample: bool
    arms: tuple[Arm, ...]
    differences: tuple[Difference, ...]


class SplitArm(msgspec.Struct, frozen=True):
    """How many requests an arm served."""

    name: str
    requests: int


class Split(msgspec.Struct, frozen=True):
    """A split that served requests, and its arms by name."""

    name: str
    first_at: datetime
    last_at: datetime
    arms: tuple[SplitArm, ...]
