"""Every setting: its name, type, bounds, default and meaning. Pure; nothing here reads a file or the environment."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PrivateAttr, SecretStr, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator, BeforeValidator

from powerautomation.infrastructure.settings.audit import AuditSettings
from powerautomation.infrastructure.settings.base import Section, WebAddress
from powerautomation.infrastructure.settings.pkcs11 import Pkcs11Settings

DialectName = Literal["anthropic-messages", "openai-chat", "openai-responses", "gemini"]

ProviderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,199}$")]
UpstreamModelName = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,199})$")]
Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was set: ``file``, ``environment`` or ``command line``, with the file and line if it was a file."""

    source: Literal["default", "file", "environment", "command line"]
    file: str = ""
    line: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class StartWarning:
    """Something in the settings that is probably a mistake, in words, and as data: a code and its values."""

    message: str
    action: str
    code: str
    values: Mapping[str, str]


class ServerSettings(Section):
    """How the server listens. Sizes in bytes, durations in seconds."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    public_url: WebAddress = ""
    trusted_proxies: list[str] = Field(default=["127.0.0.1"])
    max_body_bytes: int = Field(default=32 * 1024 * 1024, ge=1024, le=1024**3)
    shutdown_grace_seconds: float = Field(default=30, ge=0, le=3600, allow_inf_nan=False)
    secure_cookies: Literal["auto", "always", "never"] = "auto"
    environment: Literal["development", "staging", "production"] = "production"
    control_requests_per_minute: int = Field(default=6000, ge=0, le=1_000_000)


class LogSettings(Section):
    """What the log looks like and how much it says."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


def _checked_token(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text and (len(text) < 16 or not text.isascii() or not text.isprintable() or " " in text):
        raise ValueError("must have at least 16 characters, of those a header can carry, and no blanks")
    return value


class MetricsSettings(Section):
    """Who may read the metrics from another machine: whoever has the token; nobody while it is empty."""

    token: Annotated[SecretStr, AfterValidator(_checked_token)] = SecretStr("")


# Zero: a stream may be as slow as it likes.
TokenRate = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class GatewaySettings(Section):
    """Bounds of one gateway request, in seconds and attempts; a provider may set its own timeouts. A stream that stays
    under ``least_tokens_per_second`` for ``slow_stream_seconds`` is ended, when another deployment is known to do
    better."""

    connect_timeout_seconds: Seconds = 5
    first_token_timeout_seconds: Seconds = 120
    idle_timeout_seconds: Seconds = 60
    total_timeout_seconds: Seconds = 900
    least_tokens_per_second: TokenRate = 0
    slow_stream_seconds: Seconds = 10
    keepalive_seconds: Annotated[float, Field(gt=0, le=15, allow_inf_nan=False)] = 10
    max_attempts: int = Field(default=6, ge=1, le=50)
    limit_lease_seconds: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = 30
    stored_responses_days: float = Field(default=30, ge=0, le=3650, allow_inf_nan=False)
    stored_responses_megabytes: int = Field(default=1024, ge=1, le=1_000_000)
    stored_files_days: float = Field(default=30, ge=0, le=3650, allow_inf_nan=False)
    stored_files_megabytes: int = Field(default=1024, ge=1, le=1_000_000)
    kept_thoughts_days: float = Field(default=7, ge=0, le=3650, allow_inf_nan=False)
    kept_thoughts_megabytes: int = Field(default=256, ge=1, le=1_000_000)
    low_balance: float = Field(default=5, ge=0, le=1_000_000, allow_inf_nan=False)
    low_balance_days: float = Field(default=3, ge=0, le=365, allow_inf_nan=False)
    allowed_hosts: list[str] = Field(default=[])


class HealthSettings(Section):
    """How deployments are watched. ``outliers`` sets those apart that are far worse than the others of their model."""

    outliers: bool = True
    outlier_window_seconds: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = 60
    outlier_least_attempts: int = Field(default=20, ge=3, le=400)
    outlier_most_ejected_percent: int = Field(default=50, ge=0, le=100)
    outlier_rest_seconds: Annotated[float, Field(ge=1, le=120, allow_inf_nan=False)] = 30


class HealthCheckSettings(Section):
    """Asking a provider now and then how it is: for its list of models (``models``, free everywhere we know), or for
    one token of ``model`` (``request``, which costs that token and its prompt)."""

    interval_seconds: Annotated[float, Field(ge=1, le=86400, allow_inf_nan=False)]
    kind: Literal["models", "request"] = "models"
    model: UpstreamModelName | None = None

    @model_validator(mode="after")
    def _names_a_model(self) -> "HealthCheckSettings":
        if self.kind == "request" and (self.model is None or self.model == "*"):
            raise ValueError("kind request needs model, one the provider knows")
        return self


def _exact_decimal(value: object) -> object:
    # An unquoted 0.6 in YAML is a float whose shortest text is what the person wrote.
    return repr(value) if isinstance(value, float) else value


Percent = Annotated[
    Decimal, BeforeValidator(_exact_decimal), Field(ge=0, le=100, allow_inf_nan=False, max_digits=9, decimal_places=6)
]


class CreditStepSettings(Section):
    """Below this availability in a month (percent), so much of the month's spend is owed back (percent)."""

    below_percent: Percent
    credit_percent: Percent


class PromiseSettings(Section):
    """What a provider promises: least availability, longest 95th percentile to the first token, largest share of
    errors, and what it credits when a month falls short."""

    availability_percent: Percent | None = None
    latency_p95_ms: int | None = Field(default=None, ge=1, le=3_600_000)
    error_rate_percent: Percent | None = None
    credits: list[CreditStepSettings] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _promises_something(self) -> "PromiseSettings":
        if self.availability_percent is None and self.latency_p95_ms is None and self.error_rate_percent is None:
            raise ValueError("needs availability_percent, latency_p95_ms or error_rate_percent")
        return self


class ProviderSettings(Section):
    """One upstream vendor: either a known ``preset``, or a ``dialect`` and the ``base_url`` it is spoken at."""

    preset: str | None = None
    dialect: DialectName | None = None
    base_url: WebAddress = ""
    api_key: SecretStr = SecretStr("")
    requests_per_second: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    connect_timeout_seconds: Seconds | None = None
    first_token_timeout_seconds: Seconds | None = None
    idle_timeout_seconds: Seconds | None = None
    total_timeout_seconds: Seconds | None = None
    least_tokens_per_second: TokenRate | None = None
    drain_cancelled_seconds: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = 0
    health_check: HealthCheckSettings | None = None
    promise: PromiseSettings | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    low_balance: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None
    low_balance_days: Annotated[float, Field(ge=0, le=365, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _names_an_upstream(self) -> "ProviderSettings":
        if not self.preset and not (self.dialect and self.base_url):
            raise ValueError("needs dialect and base_url (or a preset)")
        return self


DecimalPrice = Annotated[
    Decimal, BeforeValidator(_exact_decimal), Field(ge=0, le=1_000_000, allow_inf_nan=False, max_digits=20)
]

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class PriceSettings(Section):
    """Price per million tokens in ``currency``. A price left out is unknown, never zero; "0" is free."""

    input: DecimalPrice | None = None
    cached_input: DecimalPrice | None = None
    cache_write_5m: DecimalPrice | None = None
    cache_write_1h: DecimalPrice | None = None
    output: DecimalPrice | None = None
    currency: Currency = "USD"


class ExchangeRateSettings(Section):
    """One unit of ``from`` is ``rate`` units of ``to``, from the day ``date`` (UTC) until a later rate begins."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True, populate_by_name=True
    )

    from_currency: Currency = Field(alias="from")
    to_currency: Currency = Field(alias="to")
    rate: Annotated[Decimal, BeforeValidator(_exact_decimal), Field(gt=0, le=1_000_000, allow_inf_nan=False)]
    date: datetime.date
    source: str = Field(default="configuration", max_length=200)


class DeploymentSettings(Section):
    """One model at one provider: ``model`` is the name the provider knows it by, or ``*`` for the one asked for."""

    provider: ProviderName
    model: UpstreamModelName
    price: PriceSettings | None = None


class ModelSettings(Section):
    """One public model: where it can be had, in order of preference; the family is inferred when left out."""

    family: str | None = None
    deployments: list[DeploymentSettings] = Field(min_length=1, max_length=100)


class RouteMatch(Section):
    """Which requests a route takes: ``model`` is a glob over the model name the client asked for, ``when`` a condition
    in CEL over what is known of the request."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "*"
    when: Annotated[str, StringConstraints(max_length=2000)] = ""


class RouteCacheSettings(Section):
    """Which answers a route gives again. Off unless a route has this section."""

    semantic: bool = False
    similarity: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.9
    max_age_seconds: Annotated[float, Field(ge=1, le=31_536_000, allow_inf_nan=False)] = 3600
    max_answer_bytes: int = Field(default=256 * 1024, ge=1024, le=4 * 1024 * 1024)
    max_temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = 0
    tools: bool = False
    images: bool = False
    per_key: bool = False


class GuardrailSettings(Section):
    """What a route does with secrets and personal data in prompts, and with orders in the results of tools. ``kinds``
    says otherwise for single kinds; what is left out is not looked for."""

    secrets: Literal["mask", "refuse", "record"] | None = None
    personal_data: Literal["mask", "refuse", "record"] | None = None
    kinds: dict[str, Literal["mask", "refuse", "record", "ignore"]] = Field(default={}, max_length=100)
    injection: Literal["refuse", "record"] | None = None
    injection_threshold: float = Field(default=0.7, ge=0.05, le=1, allow_inf_nan=False)


RoutePolicy = Literal["in_order", "round_robin", "weighted", "least_busy", "lowest_latency", "lowest_cost", "value"]
RouteName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class ArmSettings(Section):
    """One side of a split: its share by weight, and the models or the policy it uses instead of the route's."""

    name: RouteName
    weight: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] = 1
    use: list[ModelName] = Field(default=[], max_length=100)
    policy: RoutePolicy | None = None


class SplitSettings(Section):
    """An experiment: every session, or every person, is given one arm by hash and stays with it."""

    name: RouteName
    arms: list[ArmSettings] = Field(min_length=2, max_length=20)
    by: Literal["session", "person"] = "session"

    @model_validator(mode="after")
    def _named_apart(self) -> "SplitSettings":
        if len({arm.name for arm in self.arms}) < len(self.arms):
            raise ValueError("two arms of a split have the same name")
        return self


class RouteSettings(Section):
    """Requests that match go to the public models of ``use`` in the order of ``policy``, or are refused with the words
    of ``refuse``; the first matching route wins. ``weights`` are by model or deployment."""

    name: RouteName
    match: RouteMatch
    use: list[ModelName] = Field(default=[], max_length=100)
    policy: RoutePolicy | None = None
    weights: dict[str, Weight] = Field(default={}, max_length=100)
    split: SplitSettings | None = None
    refuse: Annotated[str, StringConstraints(max_length=500)] = ""
    cache: RouteCacheSettings | None = None
    prompt_cache: bool = False
    guardrails: GuardrailSettings | None = None
    continue_streams: bool = False

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "RouteSettings":
        if self.refuse and (self.use or self.split):
            raise ValueError("a route either refuses or uses models")
        arms = self.split.arms if self.split is not None else []
        if not self.refuse and not self.use and not (arms and all(arm.use for arm in arms)):
            raise ValueError("use: needs at least one model")
        return self


class AnswerCacheSettings(Section):
    """How much memory the answers of all routes may take in one process; with Redis they are kept there instead."""

    max_bytes: int = Field(default=64 * 1024 * 1024, ge=1024 * 1024, le=16 * 1024**3)
    max_entries: int = Field(default=10_000, ge=10, le=10_000_000)


KEY_FILE_NAME = "secret.key"


class Settings(Section):
    """Every setting of one installation.

    An empty ``database_url`` means SQLite in ``data_dir``; an empty ``redis_url`` means one process; an empty
    ``secret_key`` means the key file in ``data_dir``, unless ``pkcs11`` names a hardware security module.
    """

    data_dir: Path = Path("data")
    config: Path | None = None
    database_url: str = Field(default="", repr=False)
    redis_url: str = Field(default="", repr=False)
    secret_key: SecretStr = SecretStr("")
    server: ServerSettings = ServerSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    audit: AuditSettings = AuditSettings()
    pkcs11: Pkcs11Settings = Pkcs11Settings()
    gateway: GatewaySettings = GatewaySettings()
    health: HealthSettings = HealthSettings()
    answer_cache: AnswerCacheSettings = AnswerCacheSettings()
    providers: dict[ProviderName, ProviderSettings] = Field(default={})
    models: dict[ModelName, ModelSettings] = Field(default={})
    routes: list[RouteSettings] = Field(default=[], max_length=1000)
    exchange_rates: list[ExchangeRateSettings] = Field(default=[], max_length=200)

    _origins: dict[tuple[str | int, ...], Origin] = PrivateAttr(default_factory=dict)
    _warnings: list[StartWarning] = PrivateAttr(default_factory=list)
    _unset: dict[tuple[str | int, ...], str] = PrivateAttr(default_factory=dict)
