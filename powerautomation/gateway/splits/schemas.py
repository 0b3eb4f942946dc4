"""Bodies of the split endpoints. Costs in nanos of the currency, times in milliseconds, shares from 0 to 1."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.gateway.splits.entities import Measure


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SplitArm(_Answer):
    """How many requests an arm served."""

    name: str
    requests: int


class Split(_Answer):
    """A split that served requests."""

    name: str
    first_at: datetime
    last_at: datetime
    arms: list[SplitArm]


class SplitList(_Answer):
    """Every split that served requests, the latest first."""

    items: list[Split]


class Interval(_Answer):
    """A value and between which values it lies with 95 % confidence."""

    value: float
    low: float
    high: float


class Estimate(_Answer):
    """A measure of an arm. Without ``low`` and ``high`` there were too few requests to tell."""

    measure: Measure
    count: int
    value: float | None
    low: float | None
    high: float | None


class ComparedArm(_Answer):
    """One arm and what was measured of it."""

    name: str
    requests: int
    estimates: list[Estimate]


class MeasureDifference(_Answer):
    """How an arm differs from the baseline in one measure; ``relative`` -0.2 is 20 % less."""

    measure: Measure
    verdict: Literal["less", "more", "none_seen", "too_few"]
    absolute: Interval | None
    relative: Interval | None


class ArmDifference(_Answer):
    """How an arm differs from the baseline, also as an English sentence."""

    arm: str
    measures: list[MeasureDifference]
    sentence: str


class SplitComparison(_Answer):
    """The arms of a split in a range of time; ``is_sample`` when only the newest 20,000 requests were looked at."""

    name: str
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    baseline: str
    currency: str
    is_sample: bool
    arms: list[ComparedArm]
    differences: list[ArmDifference]
