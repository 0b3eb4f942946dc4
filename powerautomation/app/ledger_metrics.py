"""Turns finished requests into metrics, a batch at a time."""

from collections.abc import Sequence

from powerautomation.gateway.metering import RequestRecord
from powerautomation.infrastructure.telemetry.metrics import FinishedRequest, observe_attempt, observe_request

_SECOND_US = 1_000_000


def observe_batch(records: Sequence[RequestRecord]) -> None:
    """Add a batch of finished requests to the metrics."""
    for record in records:
        last = record.attempts[-1] if record.attempts else None
        observe_request(
            FinishedRequest(
                provider=last.provider if last else "",
                request_model=record.requested_model,
                response_model=last.model if last else "",
                outcome=record.outcome,
                error_type=record.error_code,
                duration_seconds=record.duration_us / _SECOND_US,
                first_token_seconds=None if record.first_token_us is None else record.first_token_us / _SECOND_US,
                overhead_seconds=record.overhead_us / _SECOND_US,
                input_tokens=sum(a.input_tokens + a.cached_input_tokens for a in record.attempts),
                cached_input_tokens=sum(a.cached_input_tokens for a in record.attempts),
                output_tokens=sum(a.output_tokens for a in record.attempts),
                currency=record.currency,
                cost_nanos=record.cost_nanos,
                baseline_currency=record.baseline_currency,
                baseline_nanos=record.baseline_nanos,
            )
        )
        for attempt in record.attempts:
            observe_attempt(attempt.deployment, attempt.outcome)
