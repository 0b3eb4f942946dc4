"""Bodies of the limits' endpoints. Money is in nanos (10⁻⁹) of the currency."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from powerautomation.gateway.limits.entities import Measure, NewLimit, SubjectKind, Window
from powerautomation.gateway.limits.rules import MOST_AMOUNT
from powerautomation.identity.api_keys import ApiKeyBody

Amount = Annotated[int, Field(ge=0, le=MOST_AMOUNT)]
Percents = Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(max_length=5)]


class KeyLimitBody(BaseModel):
    """A limit of a key that is made with it: at most ``amount`` of ``measure`` in a ``window``.

    Minutes and hours are rolling and let ``burst`` through at once; days, weeks and months follow the organization's
    calendar; concurrency has no window (empty).
    """

    model_config = ConfigDict(extra="forbid")

    measure: Measure
    window: Window = ""
    amount: Amount
    burst: Annotated[int, Field(ge=1, le=MOST_AMOUNT)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    warn_percents: Percents = [80, 100]

    def as_new(self, subject_kind: SubjectKind, subject_id: str) -> NewLimit:
        """Return the limit for a subject."""
        return NewLimit(
            subject_kind,
            subject_id,
            self.measure,
            self.window,
            self.amount,
            self.burst,
            self.currency,
            tuple(self.warn_percents),
        )


class LimitBody(KeyLimitBody):
    """A limit to make. ``subject_id`` is a key's, user's or unit's id, a project's name, or empty for the
    organization."""

    subject_kind: SubjectKind
    subject_id: str = Field(default="", max_length=100)


class LimitChanges(BaseModel):
    """What may change of a limit; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    amount: Amount | None = None
    burst: Annotated[int, Field(ge=1, le=MOST_AMOUNT)] | None = None
    warn_percents: Percents | None = None


class LimitedKeyBody(ApiKeyBody):
    """A gateway key to make together with limits of its own: it never works without them."""

    limits: list[KeyLimitBody] = Field(min_length=1, max_length=20)


class LimitAnswer(BaseModel):
    """A limit and how much of it is used now. ``used`` is null while the counters cannot be reached."""

    id: str
    subject_kind: SubjectKind
    subject_id: str
    subject_name: str
    measure: Measure
    window: Window
    amount: int
    burst: int | None
    currency: str
    warn_percents: list[int]
    used: int | None
    warned: bool
    resets_at: datetime | None
    created_at: datetime


class LimitList(BaseModel):
    """The organization's limits, oldest first, and the time zone in which its days begin."""

    items: list[LimitAnswer]
    time_zone: str
