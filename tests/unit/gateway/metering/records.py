"""Builders of ledger records for tests."""

from typing import Any

from powerautomation.gateway.metering import AttemptRecord, RequestRecord

STARTED_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z


def attempt_of(**changes: Any) -> AttemptRecord:
    """Return a completed attempt at a Kimi deployment, changed where the test says."""
    values: dict[str, Any] = {
        "deployment": "infini/kimi-k2-instruct",
        "provider": "infini",
        "model": "kimi-k2-instruct",
        "dialect": "openai-chat",
        "started_ms": STARTED_MS,
        "duration_us": 1_200_000,
        "first_token_us": 350_000,
        "outcome": "completed",
        "status": 200,
        "failure_kind": "",
        "failure_message": "",
        "input_tokens": 100,
        "cached_input_tokens": 2000,
        "cache_write_5m_tokens": 0,
        "cache_write_1h_tokens": 0,
        "output_tokens": 50,
        "reasoning_tokens": 10,
        "estimated": False,
        "cost_nanos": 485_000,
        "currency": "USD",
        "price_effective": "",
    }
    return AttemptRecord(**(values | changes))


def record_of(request_id: str, **changes: Any) -> RequestRecord:
    """Return a completed request with one attempt, changed where the test says."""
    values: dict[str, Any] = {
        "organization_id": "org_1",
        "api_key_id": "key_1",
        "dialect": "anthropic-messages",
        "requested_model": "claude-sonnet-4-5",
        "route": "claude-to-k2",
        "reason": "claude-to-k2 sends claude-* to kimi-k2.",
        "session": "session-1",
        "stream": True,
        "started_ms": STARTED_MS,
        "duration_us": 1_250_000,
        "first_token_us": 360_000,
        "overhead_us": 410,
        "outcome": "completed",
        "status": 200,
        "error_code": "",
        "error_message": "",
        "attempts": [attempt_of()],
        "baseline_nanos": 1_650_000,
        "baseline_model": "claude-sonnet-4-5",
        "baseline_currency": "USD",
        "cost_nanos": 485_000,
        "currency": "USD",
        "demo": False,
        "body_bytes": 60_000,
    }
    return RequestRecord(request_id=request_id, **(values | changes))
