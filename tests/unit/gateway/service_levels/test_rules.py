"""Promises measured: percentiles, breaches, credits."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.service_levels.entities import CreditStep, HourSums, Measured, Promise
from powerautomation.gateway.service_levels.rules import (
    LATENCY_EDGES_MS,
    find_breaches,
    find_credits,
    measure,
    percentile,
    period_before,
    period_start,
    sum_hours,
)

START = datetime(2026, 10, 1, tzinfo=UTC)
PROMISE = Promise(
    Decimal("99.9"),
    2_000,
    Decimal("1"),
    (CreditStep(Decimal("99.9"), Decimal("10")), CreditStep(Decimal("99"), Decimal("25"))),
)


def hour_of(attempts: int, failed: int = 0, limited: int = 0, latencies: dict[int, int] | None = None) -> HourSums:
    counts = [0] * (len(LATENCY_EDGES_MS) + 1)
    for place, count in (latencies or {}).items():
        counts[place] = count
    return HourSums("p", 1, attempts, failed, limited, counts, {"USD": 1_000})


def ledger_row(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "provider": "p", "hour": 7, "outcome": "completed", "failure_kind": "", "answered": True, "bucket": 3,
        "currency": "USD", "attempts": 2, "cost_nanos": 10,
    }  # fmt: skip
    return row | changes


@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_percentiles_are_off_by_less_than_a_bucket(latencies: list[int], share: float) -> None:
    counts = [0] * (len(LATENCY_EDGES_MS) + 1)
    for latency in latencies:
        counts[sum(latency > edge for edge in LATENCY_EDGES_MS)] += 1
    exact = sorted(latencies)[max(0, -int(-share * len(latencies) // 1) - 1)]
    found = percentile(counts, share)
    assert found is not None
    assert exact / 1.3 - 21 <= found <= exact * 1.3 + 21


def test_what_says_nothing_about_a_provider_is_not_counted() -> None:
    rows = [
        ledger_row(),
        ledger_row(outcome="failed", failure_kind="caller", answered=False, bucket=None),
        ledger_row(outcome="failed", failure_kind="credential", answered=False, bucket=None),
        ledger_row(outcome="cancelled", answered=False, bucket=None),
        ledger_row(outcome="failed", failure_kind="timeout", answered=False, bucket=None, attempts=1, cost_nanos=5),
        ledger_row(outcome="failed", failure_kind="rate_limited", answered=False, bucket=None, attempts=1),
    ]
    (hour,) = sum_hours(rows)
    assert (hour.attempts, hour.failed, hour.rate_limited, hour.spent) == (4, 1, 1, {"USD": 55})
    assert hour.latency_counts[3] == 2


def test_availability_and_error_rate_are_told_apart() -> None:
    measured = measure(START, [hour_of(100, failed=1), hour_of(100, limited=3)])
    assert (measured.availability_percent, measured.error_rate_percent) == (99.5, 2.0)


def test_nothing_is_said_without_attempts() -> None:
    measured = measure(START, [])
    assert (measured.availability_percent, measured.latency_p95_ms) == (None, None)
    assert find_breaches("p", "day", measured, PROMISE) == []
    assert find_credits("p", measured, {"USD": 5}, PROMISE) == []


def test_each_part_that_was_not_kept_is_a_breach() -> None:
    measured = measure(START, [hour_of(100, failed=2, latencies={25: 98})])
    breaches = {one.measure: (one.promised, one.measured) for one in find_breaches("p", "day", measured, PROMISE)}
    assert set(breaches) == {"availability", "latency_p95", "error_rate"}
    assert breaches["availability"] == (99.9, 98.0)


def test_a_kept_promise_is_no_breach() -> None:
    measured = measure(START, [hour_of(1000, failed=1, latencies={10: 999})])
    assert find_breaches("p", "day", measured, PROMISE) == []


def measured_at(availability: float, attempts: int = 1000) -> Measured:
    return Measured(START, attempts, 0, 0, availability, 0.0, None, None)


@pytest.mark.parametrize(("availability", "percent"), [(99.95, None), (99.5, 10), (98.0, 25), (99.9, None)])
def test_the_largest_step_that_applies_is_owed(availability: float, percent: int | None) -> None:
    found = find_credits("p", measured_at(availability), {"USD": 1_000_000_005, "CNY": 0}, PROMISE)
    assert [one.credit_percent for one in found] == ([] if percent is None else [percent])
    if percent is not None:
        assert found[0].amount_nanos == round(1_000_000_005 * percent / 100)
        assert (found[0].month, found[0].currency) == ("2026-10", "USD")


@given(st.integers(0, 10**18), st.decimals(0, 100, places=4))
def test_credits_are_exact_to_half_a_nano(spent: int, percent: Decimal) -> None:
    promise = Promise(Decimal("99"), credits=(CreditStep(Decimal("99"), percent),))
    for one in find_credits("p", measured_at(50.0), {"USD": spent}, promise):
        assert abs(Decimal(one.amount_nanos) * 100 - Decimal(spent) * percent) <= 50


def test_periods_follow_the_calendar_of_utc() -> None:
    moment = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert period_before("month", period_start("month", moment)) == datetime(2026, 2, 1, tzinfo=UTC)
    assert period_before("day", period_start("day", moment)) == datetime(2026, 2, 28, tzinfo=UTC)
    assert period_before("hour", period_start("hour", moment)) == datetime(2026, 2, 28, 23, tzinfo=UTC)
