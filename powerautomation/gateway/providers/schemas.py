"""Bodies of the provider and route endpoints."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Model = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._:/@-]*)$")]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=16, decimal_places=6)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PriceBody(_Body):
    """Prices per million tokens; one left out is unknown, zero is free."""

    input: Amount | None = None
    cached_input: Amount | None = None
    cache_write_5m: Amount | None = None
    cache_write_1h: Amount | None = None
    output: Amount | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"


class DeploymentBody(_Body):
    """A model to offer under a public name."""

    public_model: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}$")]
    model: Model
    price: PriceBody | None = None


class ProviderCreate(_Body):
    """A provider to add: a preset with a key, or dialect and address spelled out."""

    preset: str | None = Field(default=None, max_length=40)
    name: Name
    dialect: Literal["anthropic-messages", "openai-chat", "openai-responses", "gemini"] | None = None
    base_url: str | None = Field(default=None, max_length=500)
    api_key: SecretStr = Field(default=SecretStr(""), max_length=2000)
    models: list[DeploymentBody] | None = Field(default=None, max_length=100)
    requests_per_second: int | None = Field(default=None, ge=1, le=1_000_000)


class ProviderUpdate(_Body):
    """What may change of a provider; fields left out stay."""

    api_key: SecretStr | None = Field(default=None, max_length=2000)
    requests_per_second: int | None = Field(default=None, ge=1, le=1_000_000)
    models: list[DeploymentBody] | None = Field(default=None, max_length=100)


class ProviderTestBody(_Body):
    """A provider to try before it is saved."""

    preset: str | None = Field(default=None, max_length=40)
    dialect: Literal["anthropic-messages", "openai-chat", "openai-responses", "gemini"] | None = None
    base_url: str | None = Field(default=None, max_length=500)
    api_key: SecretStr = Field(default=SecretStr(""), max_length=2000)


class PriceAnswer(BaseModel):
    """A price as decimal strings per million tokens; null where nobody stated one."""

    input: Decimal | None
    cached_input: Decimal | None
    cache_write_5m: Decimal | None
    cache_write_1h: Decimal | None
    output: Decimal | None
    currency: str
    source: str
    effective_from: str | None


class HealthAnswer(BaseModel):
    """A deployment's circuit in the process that answers, and what the last minute's attempts show there.

    ``why`` it rests: failures in a row, the upstream asked for it, far more errors or latency than its siblings, or
    another replica's word. ``error_share`` is 0 to 1, ``latency_ms`` the median to the first token."""

    state: Literal["closed", "open", "half_open"]
    why: Literal["", "failures", "asked", "errors", "latency", "replica"]
    recent_failures: int
    retry_in_seconds: float | None
    recent_attempts: int
    error_share: float | None
    latency_ms: float | None


class HealthCheckAnswer(BaseModel):
    """The latest active check of a provider, in the process that answers; ``ok`` is None before the first."""

    interval_seconds: float
    kind: Literal["models", "request"]
    ok: bool | None
    checked_at: datetime | None
    latency_ms: float | None
    message: str


class DeploymentAnswer(BaseModel):
    """One model at one provider."""

    id: str
    public_model: str
    model: str
    family: str
    price: PriceAnswer | None
    health: HealthAnswer


class ProviderAnswer(BaseModel):
    """One provider; its key only as a hint."""

    id: str
    name: str
    preset: str
    dialect: str
    base_url: str
    key_hint: str
    source: Literal["file", "environment", "console", "built-in"]
    editable: bool
    requests_per_second: float | None
    missing_key: str
    deployments: list[DeploymentAnswer]
    health_check: HealthCheckAnswer | None
    created_at: datetime | None


class DeletedProviderAnswer(BaseModel):
    """A deleted provider; with its key and models it can be brought back until ``restorable_until``."""

    id: str
    name: str
    preset: str
    dialect: str
    base_url: str
    key_hint: str
    models: list[str]
    deleted_at: datetime
    restorable_until: datetime


class DeletedProviderList(BaseModel):
    """Deleted providers, the latest first."""

    items: list[DeletedProviderAnswer]


class ProviderList(BaseModel):
    """All providers of the organization."""

    items: list[ProviderAnswer]


class PresetModelAnswer(BaseModel):
    """A model a preset offers."""

    public_model: str
    model: str


class PresetAnswer(BaseModel):
    """A well-known provider."""

    id: str
    name: str
    dialect: str
    base_url: str
    key_env: str
    key_url: str
    note: str
    requests_per_second: float | None
    keyless: bool
    models: list[PresetModelAnswer]


class PresetList(BaseModel):
    """All presets."""

    items: list[PresetAnswer]


class TestedModel(BaseModel):
    """A model the provider lists, with its price where known."""

    id: str
    price: PriceAnswer | None


class TestProblem(BaseModel):
    """Why a test failed and what to do."""

    code: str
    message: str
    action: str


class ProviderTestAnswer(BaseModel):
    """What a live test of a provider found."""

    ok: bool
    latency_ms: float
    models: list[TestedModel]
    problem: TestProblem | None
