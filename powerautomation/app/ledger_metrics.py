"""Turns finished requests into metrics, a batch at a time."""

from collections.abc import Sequence

from powerautomation.gateway.metering import RequestRecord
from powerautomation.infrastructure.telemetry.metrics import FinishedRequest, observe_attempts, observe_requests

_SECOND_US = 1_000_000


def observe_batch(records: Sequence[RequestRecord]) -> None:
    """Add a batch of finished requests to the metrics."""
    observe_requests(map(_finished, records))
    observe_attempts((attempt.deployment, attempt.outcome) for record in records for attempt in record.attempts)


def _finished(record: RequestRecord) -> FinishedRequest:
    last = record.attempts[-1] if record.attempts else None
    input_tokens = cached = output = 0
    for attempt in record.attempts:
        input_tokens += attempt.input_tokens + attempt.cached_input_tokens
        cached += attempt.cached_input_tokens
        output += attempt.output_tokens
    return FinishedRequest(
        provider=last.provider if last else "",
        request_model=record.requested_model,
        response_model=last.model if last else "",
        outcome=record.outcome,
        error_type=record.error_code,
        duration_seconds=record.duration_us / _SECOND_US,
        first_token_seconds=None if record.first_token_us is None else record.first_token_us / _SECOND_US,
        overhead_seconds=record.overhead_us / _SECOND_US,
        input_tokens=input_tokens,
        cached_input_tokens=cached,
        output_tokens=output,
        currency=record.currency,
        cost_nanos=record.cost_nanos,
        baseline_currency=record.baseline_currency,
        baseline_nanos=record.baseline_nanos,
        operation="embeddings" if record.dialect.endswith("-embeddings") else "chat",
    )
