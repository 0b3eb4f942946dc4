"""Bodies of the flags' endpoints."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.governance.flags.entities import Environment, Kind

Name = Annotated[str, Field(min_length=1, max_length=64)]
Value = Annotated[str, Field(min_length=1, max_length=200)]


class FlagShare(BaseModel):
    """One part of a percentage rollout: ``percent`` of 100, with at most three decimals."""

    model_config = ConfigDict(extra="forbid")

    variant: Name
    percent: float = Field(ge=0, le=100, allow_inf_nan=False)


class FlagRule(BaseModel):
    """Whom something is served: every attribute of ``when`` must have one of its values, none matches everybody. It
    serves ``variant``, or each of ``shares`` to its percentage; whoever is in none goes on to the next rule.

    ``organization``, ``edition``, ``person`` (ids or e-mail addresses), ``role`` are known of people here; programs may
    send others.
    """

    model_config = ConfigDict(extra="forbid")

    when: dict[Name, list[Value]] = Field(max_length=10)
    variant: str | None = Field(default=None, max_length=64)
    shares: list[FlagShare] | None = Field(default=None, max_length=20)


class FlagTargeting(BaseModel):
    """What a flag does in one environment. While it is not on, everybody gets its off variant. ``variant`` is served
    when no rule takes."""

    model_config = ConfigDict(extra="forbid")

    is_on: bool
    variant: Name
    rules: list[FlagRule] = Field(max_length=50)


class FlagChange(BaseModel):
    """What may change of a flag; what is left out stays. ``revision`` is the one that was looked at: where somebody
    else changed the flag since, nothing is done. A new ``salt`` deals percentages anew. An empty ``expires_on`` takes
    the day away."""

    model_config = ConfigDict(extra="forbid")

    description: str | None = Field(default=None, max_length=500)
    variants: dict[Name, Any] | None = Field(default=None, min_length=1, max_length=20)
    off_variant: Name | None = None
    salt: str | None = Field(default=None, min_length=1, max_length=64)
    owner_id: Name | None = None
    expires_on: date | Literal[""] | None = None
    shared: bool | None = None
    environments: dict[Environment, FlagTargeting] | None = None
    revision: int | None = None


class FlagBody(BaseModel):
    """A flag to make. In environments that are left out it is on and serves its first variant. Its owner is whoever
    makes it unless ``owner_id`` says otherwise."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=100)
    kind: Kind
    variants: dict[Name, Any] = Field(min_length=1, max_length=20)
    off_variant: Name
    description: str | None = Field(default=None, max_length=500)
    salt: str | None = Field(default=None, min_length=1, max_length=64)
    owner_id: Name | None = None
    expires_on: date | None = None
    shared: bool | None = None
    environments: dict[Environment, FlagTargeting] | None = None


class FlagSwitch(BaseModel):
    """The kill switch of one environment; of the one this server is in when left out."""

    model_config = ConfigDict(extra="forbid")

    is_on: bool
    environment: Environment | None = None


class FlagAnswer(BaseModel):
    """One flag. ``expired``: the day its owner named has come; it goes on evaluating. ``built_in``: the product itself
    asks for it. ``editable``: who asks may change it."""

    key: str
    description: str
    kind: Kind
    variants: dict[str, Any]
    off_variant: str
    salt: str
    owner_id: str
    owner_name: str
    expires_on: date | None
    expired: bool
    shared: bool
    built_in: bool
    environments: dict[Environment, FlagTargeting]
    revision: int
    updated_at: datetime | None


class FlagList(BaseModel):
    """The organization's flags by key. ``environment`` is the one this server is in; ``may_share``: who asks may serve
    flags to every organization."""

    environment: Environment
    may_share: bool
    items: list[FlagAnswer]


class FlagQuestion(BaseModel):
    """Whom a flag is to be evaluated for: a person of the organization, or a targeting key, with other attributes."""

    model_config = ConfigDict(extra="forbid")

    person_id: str | None = Field(default=None, max_length=64)
    targeting_key: str | None = Field(default=None, max_length=200)
    attributes: dict[Name, str] | None = Field(default=None, max_length=50)
    environment: Environment | None = None


class FlagEvaluation(BaseModel):
    """What somebody gets and why. ``rule`` counts from 1: which one decided. ``value`` is null after an error."""

    key: str
    value: Any
    variant: str
    reason: Literal["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "DEFAULT", "ERROR"]
    error_code: str | None
    error_details: str
    rule: int | None
    environment: Environment
