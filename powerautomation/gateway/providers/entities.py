"""Upstream accounts and the models they serve, as the data plane sees them."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from powerautomation.gateway.answer_cache import CachePolicy
from powerautomation.gateway.conditions import Condition
from powerautomation.gateway.families import Family
from powerautomation.gateway.guardrails import Guardrails
from powerautomation.gateway.metering import Price

Source = Literal["file", "environment", "console", "built-in"]
DialectName = Literal["anthropic-messages", "openai-chat", "openai-responses", "gemini"]
# In which order able and healthy deployments are tried.
Policy = Literal["in_order", "round_robin", "weighted", "least_busy", "lowest_latency", "lowest_cost", "value"]
AS_ASKED = "*"
DEMO = "demo"


class Timeouts(msgspec.Struct, frozen=True):
    """Bounds on one attempt, in seconds: to the first real token, between two reads, and in all. A stream may be slower
    than ``least_tokens_per_second`` for ``slow`` seconds, and longer when no other deployment does better; 0 means that
    it may be as slow as it likes. For ``drain`` seconds a stream is read on whose client has left, for its usage."""

    first_token: float
    idle: float
    total: float
    least_tokens_per_second: float = 0
    slow: float = 10
    drain: float = 0


class HealthCheck(msgspec.Struct, frozen=True):
    """How often to ask a provider how it is, in seconds, and what: its models, or one token of ``model``."""

    interval_seconds: float
    kind: Literal["models", "request"] = "models"
    model: str = ""


class Provider(msgspec.Struct, frozen=True):
    """One upstream account. ``api_key`` is secret: this value never leaves the process, see :meth:`__repr__`.

    ``missing_key`` names what should hold its key and holds nothing (an environment variable, or the setting itself);
    such a provider is shown and never called. ``region``: where its work is done, when that has a price of its own.
    """

    id: str
    name: str
    dialect: str
    base_url: str
    api_key: str
    timeouts: Timeouts
    source: Source
    preset: str = ""
    requests_per_second: float | None = None
    organization_id: str | None = None
    health_check: HealthCheck | None = None
    missing_key: str = ""
    region: str = ""

    def __repr__(self) -> str:
        return f"Provider(id={self.id!r}, name={self.name!r}, dialect={self.dialect!r}, base_url={self.base_url!r})"


class Deployment(msgspec.Struct, frozen=True):
    """One model at one provider. ``id`` is ``provider/model`` and is what routes, the ledger and clients are told.

    ``model`` may be ``*``: the model the client asked for, under the same name. ``price`` None means the price table
    decides. ``is_demo`` marks the built-in demo model, which answers without any upstream.
    """

    id: str
    provider: Provider
    public_model: str
    model: str
    family: Family
    price: Price | None = None
    is_demo: bool = False


class Arm(msgspec.Struct, frozen=True):
    """One side of a split: the share of sessions it gets, by weight, and what it does other than its route."""

    name: str
    weight: float = 1.0
    use: tuple[str, ...] = ()
    policy: Policy | None = None


class Split(msgspec.Struct, frozen=True):
    """An experiment inside a route. A session, or a person, stays with the arm it was given."""

    name: str
    arms: tuple[Arm, ...]
    by: Literal["session", "person"] = "session"


class Route(msgspec.Struct, frozen=True):
    """A routing rule: requests whose model matches ``pattern`` and that fulfil ``when`` use the deployments of ``use``.

    ``policy`` None: the models of ``use`` in that order, each model's deployments by value. ``weights`` are by model or
    deployment, 1 where left out. ``refuse``: such requests are refused with these words. ``id`` is that of a stored
    route.
    """

    name: str
    pattern: str
    use: tuple[str, ...]
    source: Source
    cache: CachePolicy | None = None
    prompt_cache: bool = False
    guardrails: Guardrails | None = None
    continue_streams: bool = False
    policy: Policy | None = None
    weights: tuple[tuple[str, float], ...] = ()
    when: Condition | None = None
    refuse: str = ""
    split: Split | None = None
    id: str = ""


class BalanceFacts(msgspec.Struct, frozen=True):
    """How a provider tells the balance of an account: ``path`` is relative to the base URL; the others are places in
    the answer, names joined by dots.

    ``each``: a list with an entry for each currency; the places below are then inside an entry. ``available``: the
    amount in units of the currency; ``less``: what is taken off it. ``currency``, or where it stands: ``currency_at``.
    ``ok``: must be true.
    """

    path: str
    available: str
    less: str = ""
    each: str = ""
    currency: str = ""
    currency_at: str = ""
    ok: str = ""


class Preset(msgspec.Struct, frozen=True):
    """What one needs to know to use a well-known provider. ``partial_mode``: its models go on with a last turn of the
    assistant's that is marked ``partial``."""

    id: str
    name: str
    dialect: DialectName
    base_url: str
    key_env: str
    key_url: str
    note: str
    models: tuple["PresetModel", ...] = ()
    requests_per_second: int | None = None
    keyless: bool = False
    models_url: str = ""
    families: tuple["HostFamily", ...] = ()
    partial_mode: bool = False
    balance: BalanceFacts | None = None


class HostFamily(msgspec.Struct, frozen=True):
    """Whose facts hold at a host for models that match one of the lower-case globs; an empty ``family`` leaves it to
    the model's id."""

    models: tuple[str, ...]
    family: str


class PresetModel(msgspec.Struct, frozen=True):
    """A model a preset offers under a public name."""

    public_model: str
    model: str


class Catalog(msgspec.Struct, frozen=True):
    """Everything one organization may route to: an immutable snapshot, replaced as a whole when something changes.
    ``guardrails`` are those of routes by name, None when no route has any."""

    organization_id: str
    models: dict[str, tuple[Deployment, ...]]
    routes: tuple[Route, ...]
    version: int = 0
    guardrails: dict[str, Guardrails] | None = None

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment once, in the order of their models."""
        return tuple(deployment for deployments in self.models.values() for deployment in deployments)

    @property
    def demo_only(self) -> bool:
        """True while nothing but the built-in demo model can answer."""
        return all(deployment.is_demo for deployment in self.deployments)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is reached and with what: resolved from a preset or spelled out."""

    preset: str
    dialect: str
    base_url: str
    api_key: str
    requests_per_second: float | None
    models_url: str = ""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a live test found: how long the answer took, which models are listed, or what went wrong."""

    ok: bool
    latency_ms: float
    models: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    action: str = ""
    status: int = 0
