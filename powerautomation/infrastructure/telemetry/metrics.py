"""Prometheus metrics with the names of OpenTelemetry's generative AI conventions.

Names and buckets: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ (read November 2026), with dots
written as underscores. Updated from the ledger's batches, never on the path of a request.
"""

from dataclasses import dataclass

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from powerautomation.kernel.money import NANOS_PER_UNIT

# A client may ask for any model name; each new one would be a new time series for ever.
MOST_MODEL_NAMES = 200
OTHER = "other"

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_TOKEN_SECONDS = (0.01, 0.04, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 60.0)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304)
_OVERHEAD_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25)
_NAMES = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model")

token_usage = Histogram(
    "gen_ai_client_token_usage",
    "Tokens of one request, by kind: input (all of it), cached_input (the part read from a cache), output.",
    (*_NAMES, "gen_ai_token_type"),
    buckets=_TOKENS,
    registry=registry,
)
request_duration = Histogram(
    "gen_ai_server_request_duration_seconds",
    "From the client's request to the last byte of its answer.",
    (*_NAMES, "outcome", "error_type"),
    buckets=_SECONDS,
    registry=registry,
)
time_to_first_token = Histogram(
    "gen_ai_server_time_to_first_token_seconds",
    "From the client's request to the first token of its answer.",
    _NAMES,
    buckets=_FIRST_TOKEN_SECONDS,
    registry=registry,
)
gateway_overhead = Histogram(
    "powerautomation_gateway_overhead_seconds",
    "Time the gateway itself added to a request.",
    (),
    buckets=_OVERHEAD_SECONDS,
    registry=registry,
)
attempts = Counter(
    "powerautomation_gateway_attempts",
    "Calls to upstream deployments, retries and failovers included.",
    ("deployment", "outcome"),
    registry=registry,
)
cost = Counter(
    "powerautomation_gateway_cost",
    "Money spent on requests whose price is known, in currency units.",
    ("gen_ai_provider_name", "gen_ai_response_model", "currency"),
    registry=registry,
)
baseline_cost = Counter(
    "powerautomation_gateway_baseline_cost",
    "What the model asked for would have cost, in currency units, for requests where both prices are known.",
    ("currency",),
    registry=registry,
)
unpriced_requests = Counter(
    "powerautomation_gateway_unpriced_requests",
    "Requests that cost an unknown amount because a price is not known.",
    registry=registry,
)
ledger_lag = Gauge(
    "powerautomation_ledger_lag_records", "Finished requests not yet in the database.", registry=registry
)
requests_in_flight = Gauge("powerautomation_gateway_requests_in_flight", "Requests being answered.", registry=registry)

_model_names: set[str] = set()


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """What one finished gateway request adds to the metrics; durations in seconds, money in nanos, None is unknown."""

    provider: str
    request_model: str
    response_model: str
    outcome: str
    error_type: str
    duration_seconds: float
    first_token_seconds: float | None
    overhead_seconds: float
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    currency: str
    cost_nanos: int | None
    baseline_currency: str
    baseline_nanos: int | None
    operation: str = "chat"


def observe_request(request: FinishedRequest) -> None:
    """Add one finished request."""
    names = (request.operation, request.provider, _bounded(request.request_model), _bounded(request.response_model))
    request_duration.labels(*names, request.outcome, request.error_type).observe(request.duration_seconds)
    gateway_overhead.observe(request.overhead_seconds)
    if request.first_token_seconds is not None:
        time_to_first_token.labels(*names).observe(request.first_token_seconds)
    if request.outcome == "completed" or request.input_tokens or request.output_tokens:
        token_usage.labels(*names, "input").observe(request.input_tokens)
        token_usage.labels(*names, "cached_input").observe(request.cached_input_tokens)
        token_usage.labels(*names, "output").observe(request.output_tokens)
    if request.cost_nanos is None:
        unpriced_requests.inc()
        return
    cost.labels(names[1], names[3], request.currency).inc(request.cost_nanos / NANOS_PER_UNIT)
    if request.baseline_nanos is not None:
        baseline_cost.labels(request.baseline_currency).inc(request.baseline_nanos / NANOS_PER_UNIT)


def observe_attempt(deployment: str, outcome: str) -> None:
    """Add one call to an upstream deployment."""
    attempts.labels(deployment, outcome).inc()


def render() -> tuple[bytes, str]:
    """Return the exposition of every metric and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _bounded(model: str) -> str:
    if model in _model_names:
        return model
    if len(_model_names) >= MOST_MODEL_NAMES:
        return OTHER
    _model_names.add(model)
    return model
