"""Shapes records into ledger rows: plain tuples in the order of the tables' columns, as bulk inserts want them."""

from typing import Any

import msgspec

from powerautomation.gateway.metering.entities import AttemptRecord, RequestRecord
from powerautomation.gateway.metering.rules import is_compared, is_unpriced

HOUR_MS = 3_600_000

REQUEST_COLUMNS = (
    "id", "organization_id", "api_key_id", "dialect", "requested_model", "deployment", "route", "reason", "session",
    "stream", "started_ms", "duration_us", "first_token_us", "overhead_us", "outcome", "status", "error_code",
    "error_message", "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
    "usage_estimated", "cost_nanos", "currency", "baseline_nanos", "baseline_model", "baseline_currency",
    "attempts_count", "demo", "body_bytes", "person", "project", "tags", "task", "cache_discount_nanos",
    "split", "arm", "cache", "cache_saved_nanos", "cache_currency", "repeats",
)  # fmt: skip
ATTEMPT_COLUMNS = ("request_id", "number", "organization_id", *AttemptRecord.__struct_fields__)
USAGE_KEYS = ("organization_id", "hour", "requested_model", "deployment", "api_key_id", "currency")
USAGE_SUMS = (
    "requests", "failed", "refused", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens",
    "spent_nanos", "cost_nanos", "baseline_nanos", "unpriced_requests", "demo_requests",
)  # fmt: skip

UsageKey = tuple[str, int, str, str, str, str]


def request_values(record: RequestRecord) -> tuple[Any, ...]:
    """Return a record in the order of REQUEST_COLUMNS. Tokens are the sums of all attempts; names are cut to fit."""
    attempts = record.attempts
    deployment, input_tokens, cached, written, output, reasoning, estimated = "", 0, 0, 0, 0, 0, False
    for attempt in attempts:
        deployment = attempt.deployment
        input_tokens += attempt.input_tokens
        cached += attempt.cached_input_tokens
        written += attempt.cache_write_5m_tokens + attempt.cache_write_1h_tokens
        output += attempt.output_tokens
        reasoning += attempt.reasoning_tokens
        estimated = estimated or attempt.estimated
    return (
        record.request_id, record.organization_id, record.api_key_id, record.dialect, record.requested_model[:200],
        deployment[:300], record.route[:100], record.reason, record.session[:200], record.stream, record.started_ms,
        record.duration_us, record.first_token_us, record.overhead_us, record.outcome, record.status,
        record.error_code[:100], record.error_message, input_tokens, cached, written, output, reasoning, estimated,
        record.cost_nanos, record.currency, record.baseline_nanos, record.baseline_model[:200],
        record.baseline_currency, len(attempts), record.demo, record.body_bytes,
        record.person[:64], record.project[:100], _tags(record.tags), record.task[:200], record.cache_discount_nanos,
        record.split[:100], record.arm[:100], record.cache, record.cache_saved_nanos, record.cache_currency,
        record.repeats,
    )  # fmt: skip


def _tags(tags: tuple[str, ...]) -> str:
    return msgspec.json.encode(tags).decode() if tags else "[]"


def attempt_values(record: RequestRecord) -> list[tuple[Any, ...]]:
    """Return a record's attempts in the order of ATTEMPT_COLUMNS."""
    return [
        (
            record.request_id, number, record.organization_id, one.deployment[:300], one.provider[:100],
            one.model[:200], one.dialect, one.started_ms, one.duration_us, one.first_token_us, one.outcome, one.status,
            one.failure_kind[:40], one.failure_message, one.input_tokens, one.cached_input_tokens,
            one.cache_write_5m_tokens, one.cache_write_1h_tokens, one.output_tokens, one.reasoning_tokens,
            one.estimated, one.cost_nanos, one.currency, one.price_effective,
            one.price_band[:120],
        )
        for number, one in enumerate(record.attempts)
    ]  # fmt: skip


def add_usage(sums: dict[UsageKey, list[int]], record: RequestRecord, values: tuple[Any, ...]) -> None:
    """Add a record, given also as its ``request_values``, to hourly sums in the order of USAGE_SUMS.

    ``input_tokens`` includes what was written to a cache. Money is that of requests that can be compared, but for
    ``spent_nanos``, which is every known cost.
    """
    key = (values[1], values[10] // HOUR_MS, values[4], values[5], values[2], values[25])
    entry = sums.get(key)
    if entry is None:
        entry = sums[key] = [0] * len(USAGE_SUMS)
    count = 1 + record.repeats
    entry[0] += count
    entry[1] += count if record.outcome == "failed" else 0
    entry[2] += count if record.outcome == "refused" else 0
    entry[3] += values[18] + values[20]
    entry[4] += values[19]
    entry[5] += values[21]
    entry[6] += values[22]
    entry[7] += record.cost_nanos or 0
    compared = is_compared(record)
    if compared:
        entry[8] += record.cost_nanos or 0
        entry[9] += record.baseline_nanos or 0
    entry[10] += not compared and is_unpriced(record)
    entry[11] += record.demo
