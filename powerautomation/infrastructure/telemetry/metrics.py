"""Prometheus metrics with the names of OpenTelemetry's generative AI conventions.

Names and buckets: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ (read November 2026), with dots
written as underscores. Updated from the ledger's batches, never on the path of a request.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

import msgspec
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from powerautomation.kernel.money import NANOS_PER_UNIT

# A client may ask for any model name; each new one would be a new time series for ever.
MOST_MODEL_NAMES = 200
MOST_NAME_LENGTH = 120
OTHER = "other"

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)


class Histogram(Collector):
    """A histogram for one thread. The library's own takes a lock and builds label objects for every value, which is a
    third of the time a whole request takes; this one is an addition to a list, and looks the same when it is read."""

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._bounds = buckets
        self._series: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}
        registry.register(self)

    def observe(self, labels: tuple[str, ...], value: float) -> None:
        """Add one value to the series of these label values."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = ([0] * (len(self._bounds) + 1), [0.0])
        series[0][bisect_left(self._bounds, value)] += 1
        series[1][0] += value

    def collect(self) -> Iterator[Metric]:
        """Yield the family with cumulative buckets."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labels)
        names = [str(float(bound)) for bound in self._bounds] + ["+Inf"]
        for labels, (counts, total) in self._series.items():
            cumulative = 0
            buckets: list[tuple[str, float]] = []
            for name, count in zip(names, counts, strict=True):
                cumulative += count
                buckets.append((name, cumulative))
            family.add_metric(labels, buckets, total[0])
        yield family


_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_TOKEN_SECONDS = (0.01, 0.04, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 60.0)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304)
_OVERHEAD_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25)
_NAMES = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model")

guardrail_findings = Counter(
    "powerautomation_guardrail_findings",
    "What guardrails found in requests, by kind and by what was done: mask, refuse, record.",
    ("kind", "action"),
    registry=registry,
)
token_usage = Histogram(
    "gen_ai_client_token_usage",
    "Tokens of one request, by kind: input (all of it), cached_input (the part read from a cache), output.",
    (*_NAMES, "gen_ai_token_type"),
    _TOKENS,
)
request_duration = Histogram(
    "gen_ai_server_request_duration_seconds",
    "From the client's request to the last byte of its answer.",
    (*_NAMES, "outcome", "error_type"),
    _SECONDS,
)
time_to_first_token = Histogram(
    "gen_ai_server_time_to_first_token_seconds",
    "From the client's request to the first token of its answer.",
    _NAMES,
    _FIRST_TOKEN_SECONDS,
)
gateway_overhead = Histogram(
    "powerautomation_gateway_overhead_seconds",
    "Time the gateway itself added to a request.",
    (),
    _OVERHEAD_SECONDS,
)
attempts = Counter(
    "powerautomation_gateway_attempts",
    "Calls to upstream deployments, retries and failovers included.",
    ("deployment", "outcome"),
    registry=registry,
)
refusals = Counter(
    "powerautomation_gateway_refusals",
    "Requests that reached no deployment, by error code; those without a valid key too.",
    ("code",),
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


class FinishedRequest(msgspec.Struct, frozen=True, gc=False):
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


def observe_requests(requests: Iterable[FinishedRequest]) -> None:
    """Add finished requests. Counters are added up first: the library takes a lock for each addition."""
    costs: dict[tuple[str, str, str], int] = {}
    baselines: dict[str, int] = {}
    unpriced = 0
    for request in requests:
        provider, model = request.provider, _bounded(request.response_model)
        names = (request.operation, provider, _bounded(request.request_model), model)
        request_duration.observe((*names, request.outcome, request.error_type), request.duration_seconds)
        gateway_overhead.observe((), request.overhead_seconds)
        if request.first_token_seconds is not None:
            time_to_first_token.observe(names, request.first_token_seconds)
        if request.outcome == "completed" or request.input_tokens or request.output_tokens:
            token_usage.observe((*names, "input"), request.input_tokens)
            token_usage.observe((*names, "cached_input"), request.cached_input_tokens)
            token_usage.observe((*names, "output"), request.output_tokens)
        if request.cost_nanos is None:
            unpriced += 1
            continue
        spent = (provider, model, request.currency)
        costs[spent] = costs.get(spent, 0) + request.cost_nanos
        if request.baseline_nanos is not None:
            currency = request.baseline_currency
            baselines[currency] = baselines.get(currency, 0) + request.baseline_nanos
    unpriced_requests.inc(unpriced)
    for spent, nanos in costs.items():
        cost.labels(*spent).inc(nanos / NANOS_PER_UNIT)
    for currency, nanos in baselines.items():
        baseline_cost.labels(currency).inc(nanos / NANOS_PER_UNIT)


def observe_attempts(deployments_and_outcomes: Iterable[tuple[str, str]]) -> None:
    """Add calls to upstream deployments, each with how it ended."""
    counts: dict[tuple[str, str], int] = {}
    for labels in deployments_and_outcomes:
        counts[labels] = counts.get(labels, 0) + 1
    for labels, count in counts.items():
        attempts.labels(*labels).inc(count)


def render() -> tuple[bytes, str]:
    """Return the exposition of every metric and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _bounded(model: str) -> str:
    """Return a name as a label: clients choose it, and a label stands in every bucket."""
    model = model[:MOST_NAME_LENGTH]
    if model in _model_names:
        return model
    if len(_model_names) >= MOST_MODEL_NAMES:
        return OTHER
    _model_names.add(model)
    return model
