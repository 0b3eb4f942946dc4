"""Bodies of the routes' endpoints."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from powerautomation.gateway.limits import Measure, SubjectKind, WhyRefused, Window
from powerautomation.gateway.providers import DialectName
from powerautomation.infrastructure.settings import RouteSettings


class RouteBody(RouteSettings):
    """A route, shaped as in the configuration file."""


class RouteOrderBody(BaseModel):
    """Every stored route, in the order they are asked in."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, StringConstraints(max_length=40)]] = Field(max_length=1000)


class RouteMatchAnswer(BaseModel):
    """Which requests a route takes."""

    model: str
    when: str


class ArmAnswer(BaseModel):
    """One arm of an experiment; empty where it does as its route."""

    name: str
    weight: float
    use: list[str]
    policy: str | None


class SplitAnswer(BaseModel):
    """An experiment inside a route."""

    name: str
    by: Literal["session", "person"]
    arms: list[ArmAnswer]


class GuardrailsAnswer(BaseModel):
    """What a route does with what it finds in prompts: kinds by action, and orders in the results of tools."""

    mask: list[str]
    refuse: list[str]
    record: list[str]
    injection: Literal["refuse", "record"] | None
    injection_threshold: float


class RouteAnswer(BaseModel):
    """One routing rule; the first that matches wins. ``id`` and ``definition`` are there for stored routes only, which
    can be edited."""

    id: str
    name: str
    match: RouteMatchAnswer
    use: list[str]
    policy: str | None
    weights: dict[str, float]
    split: SplitAnswer | None
    refuse: str
    guardrails: GuardrailsAnswer | None
    source: Literal["file", "environment", "console", "built-in"]
    definition: dict[str, Any] | None


class ModelAnswer(BaseModel):
    """A public model and its deployments, in order of preference."""

    name: str
    deployments: list[str]


class VariableAnswer(BaseModel):
    """What a condition may ask for."""

    name: str
    type: str
    meaning: str


class RouteList(BaseModel):
    """Routes in order, the models they use, what their conditions may ask for, and what guardrails may look for."""

    items: list[RouteAnswer]
    models: list[ModelAnswer]
    variables: list[VariableAnswer]
    guardrail_kinds: list[str]


class StoredRouteAnswer(BaseModel):
    """The id of a route that was stored."""

    id: str


class DryRunBody(BaseModel):
    """A request nobody is going to send. ``model`` is for Google's API, whose address names it; ``api_key_id`` whose
    request it would be."""

    model_config = ConfigDict(extra="forbid")

    dialect: DialectName = "openai-chat"
    body: dict[str, Any]
    headers: dict[
        Annotated[str, StringConstraints(max_length=100)], Annotated[str, StringConstraints(max_length=1000)]
    ] = Field(default={}, max_length=100)
    model: Annotated[str, StringConstraints(max_length=200)] = ""
    api_key_id: Annotated[str, StringConstraints(max_length=40)] = ""


class DryRunCandidate(BaseModel):
    """A deployment that would be tried, and the likely cost there: None while a price is unknown."""

    deployment: str
    public_model: str
    cost_nanos: int | None
    currency: str


class DryRunRejected(BaseModel):
    """A deployment that would not be tried, and why: a code and its values, and the words."""

    deployment: str
    why: str
    values: list[str]
    message: str


class DryRunReason(BaseModel):
    """One part of the reason, as requests keep it."""

    code: str
    values: list[str]


class DryRunLimit(BaseModel):
    """A limit that applies to the key: how much of it is used now, how much the request may use at most, and why it
    would refuse the request (empty when not). Money is in nanos (10⁻⁹) of the currency; null is unknown."""

    id: str
    subject_kind: SubjectKind
    subject_name: str
    measure: Measure
    window: Window
    amount: int
    currency: str
    used: int | None
    asks: int | None
    why: WhyRefused


class DryRunAnswer(BaseModel):
    """Where a request would go. ``route`` is empty when the model was asked for by its own name; ``refusal`` are the
    words of a route that would refuse it; ``tokens`` is the likely length of the prompt. ``key`` is the name of the key
    it was tried for, ``not_allowed`` the models that key may ask for where this is none of them: then nothing is
    tried."""

    model: str
    route: str
    refusal: str
    task_class: str
    tokens: int
    split: str
    arm: str
    candidates: list[DryRunCandidate]
    rejected: list[DryRunRejected]
    reason: list[DryRunReason]
    sentence: str
    key: str
    not_allowed: list[str]
    limits: list[DryRunLimit]
