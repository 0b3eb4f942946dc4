"""Statistics of arms against published values, and properties that hold for every sample."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.splits.entities import MEASURES, Arm, Estimate, Interval, Observation
from powerautomation.gateway.splits.rules import (
    binomial_quantile,
    compare,
    difference_interval,
    effective_size,
    estimate,
    mean_interval,
    measure_arms,
    quantile_interval,
    ratio_interval,
    share_interval,
    student_quantile,
)

ALONE = [(float(value), str(value)) for value in range(1, 101)]
values = st.lists(st.floats(0.001, 1e6), min_size=30, max_size=120)


@pytest.mark.parametrize(
    ("degrees", "published"), [(5, 2.5706), (9, 2.2622), (10, 2.2281), (29, 2.0452), (60, 2.0003), (1000, 1.9623)]
)
def test_student_quantiles_are_those_of_the_tables(degrees: int, published: float) -> None:
    assert student_quantile(degrees) == pytest.approx(published, abs=0.001)


def test_binomial_quantiles_are_exact() -> None:
    # The classic distribution-free interval of a median of 100: the 40th to the 61st value.
    assert (binomial_quantile(100, 0.5, 0.025), binomial_quantile(100, 0.5, 0.975)) == (40, 60)
    assert binomial_quantile(20_000, 0.5, 0.5) == 10_000
    for n, share, probability in ((7, 0.3, 0.6), (30, 0.95, 0.975)):
        sums = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
        expected = next(k for k in range(n + 1) if sum(sums[: k + 1]) >= probability)
        assert binomial_quantile(n, share, probability) == expected


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_of_shares_are_those_of_newcombe(hits: int, n: int, low: float, high: float) -> None:
    found = share_interval(hits / n, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)],
)
def test_differences_of_shares_are_those_of_newcombe(one, other, low: float, high: float) -> None:
    first, second = (share_interval(hits / n, n) for hits, n in (one, other))
    found = difference_interval(second, first)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_interval_of_a_mean_is_students() -> None:
    # 1 to 100: standard deviation 29.0115, so 50.5 ± 1.98422 × 2.90115.
    found = mean_interval(ALONE)
    assert (found.value, found.low, found.high) == (
        50.5,
        pytest.approx(44.744, abs=0.01),
        pytest.approx(56.256, abs=0.01),
    )


def test_interval_of_a_median_is_between_order_statistics() -> None:
    assert quantile_interval(ALONE, 0.5) == Interval(50.0, 40.0, 61.0)
    # The 95th percentile of 100 still has a bound above it; of 60 it has none.
    found = quantile_interval(ALONE, 0.95)
    assert found is not None
    assert (found.low, found.value, found.high) == (90.0, 95.0, 100.0)
    assert quantile_interval(ALONE[:60], 0.95) is None


def test_requests_of_one_conversation_count_less_than_strangers() -> None:
    alike = [(float(session), str(session)) for session in range(20) for _ in range(10)]
    assert effective_size(alike) == pytest.approx(20, rel=0.05)
    chance = random.Random(1)
    mixed = [(chance.random(), str(number % 20)) for number in range(2000)]
    assert effective_size(mixed) > 600
    assert effective_size([(1.0, "a"), (1.0, "b")]) == 2.0


@given(values)
def test_an_interval_holds_its_value(found: list[float]) -> None:
    sample = [(value, str(number)) for number, value in enumerate(found)]
    for measure in ("cost", "duration_p50", "duration_p95"):
        one = estimate(measure, sample)
        assert one.value is not None
        if one.low is not None and one.high is not None:
            assert one.low <= one.value * (1 + 1e-9)
            assert one.value <= one.high * (1 + 1e-9)


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_differences_turn_round_with_the_arms_and_stay_possible(a: int, n: int, b: int, m: int) -> None:
    one, other = share_interval(min(a, n) / n, n), share_interval(min(b, m) / m, m)
    forth, back = difference_interval(one, other), difference_interval(other, one)
    assert (forth.low, forth.high) == (pytest.approx(-back.high), pytest.approx(-back.low))
    assert -1 - 1e-9 <= forth.low <= forth.value <= forth.high <= 1 + 1e-9


@given(st.floats(0.05, 0.95), st.integers(30, 10_000))
def test_more_requests_never_widen_an_interval(share: float, size: int) -> None:
    few, many = share_interval(share, size), share_interval(share, size * 2)
    assert many.high - many.low < few.high - few.low


@given(values, st.floats(0.1, 10))
@settings(max_examples=50)
def test_a_ratio_is_found_whatever_the_unit(found: list[float], factor: float) -> None:
    base = quantile_interval([(value, str(number)) for number, value in enumerate(found)], 0.5)
    other = quantile_interval([(value * factor, str(number)) for number, value in enumerate(found)], 0.5)
    assert base is not None
    assert other is not None
    ratio = ratio_interval(base, other)
    assert ratio is not None
    assert ratio.value + 1 == pytest.approx(factor, rel=1e-6)
    assert ratio.low <= ratio.value <= ratio.high


def test_intervals_hold_the_truth_as_often_as_they_say_also_when_conversations_are_alike() -> None:
    chance = random.Random(7)
    held = dict.fromkeys(("cost", "duration_p50"), 0)
    rounds = 300
    for _ in range(rounds):
        sample = []
        for session in range(60):
            level = chance.gauss(0, 1)
            sample += [(10 + level + chance.gauss(0, 1), str(session)) for _ in range(5)]
        for measure in held:
            one = estimate(measure, sample)
            assert one.low is not None
            assert one.high is not None
            held[measure] += one.low <= 10 <= one.high
    assert all(0.9 * rounds <= number <= rounds for number in held.values()), held


def test_few_requests_or_few_conversations_are_too_few_to_tell() -> None:
    assert estimate("cost", [(1.0, str(number)) for number in range(29)]).low is None
    assert estimate("cost", [(float(number), str(number % 9)) for number in range(500)]).low is None
    assert estimate("cost", [(float(number), str(number)) for number in range(30)]).low is not None
    assert estimate("cost", []) == Estimate("cost", 0, None, None, None)


def observations(arm: str, number: int, cost: float, failed: int, *, currency: str = "USD") -> list[Observation]:
    chance = random.Random(number)
    return [
        Observation(
            f"{arm}-{place}",
            arm,
            f"{arm}-{place}",
            "failed" if place < failed else "completed",
            int(cost * chance.uniform(0.9, 1.1)),
            currency,
            chance.uniform(90, 110),
            chance.uniform(900, 1100),
        )
        for place in range(number)
    ]


def test_a_cheaper_arm_is_called_cheaper_and_nothing_else_is_claimed() -> None:
    seen = [*observations("A", 400, 1_000_000, 4), *observations("B", 400, 790_000, 5)]
    first, second = measure_arms(seen, {})
    found = compare(first, second)
    assert {one.measure: one.verdict for one in found.measures} == {
        "cost": "less", "first_token_p50": "none_seen", "first_token_p95": "none_seen", "duration_p50": "none_seen",
        "duration_p95": "none_seen", "error_rate": "none_seen", "rating": "too_few",
    }  # fmt: skip
    assert found.sentence.startswith("B costs 20–2")
    assert found.sentence.endswith(
        "% less; no difference in speed and errors can be seen yet; too few requests to tell about ratings."
    )


def test_errors_and_ratings_are_compared_in_percentage_points() -> None:
    seen = [*observations("A", 400, 1_000_000, 4), *observations("B", 400, 1_000_000, 60)]
    ratings = {one.request_id: [1 if one.arm == "A" or one.request_id.endswith("0") else -1] for one in seen}
    first, second = measure_arms(seen, ratings)
    sentence = compare(first, second).sentence
    assert "B fails 10–18 percentage points more often" in sentence
    assert "is rated good 87–93 percentage points less often" in sentence


def test_other_currencies_cancelled_and_failed_requests_say_nothing_they_cannot() -> None:
    seen = [
        *observations("A", 40, 1_000_000, 10),
        *observations("A", 3, 1_000_000, 0, currency="CNY"),
        Observation("x", "A", "x", "cancelled", None, "USD", 5.0, 5.0),
    ]
    (arm,) = measure_arms(seen, {})
    counts = {one.measure: one.count for one in arm.estimates}
    assert arm.requests == 44
    assert (counts["cost"], counts["duration_p50"], counts["error_rate"], counts["rating"]) == (40, 33, 43, 0)


def test_an_arm_without_anything_is_compared_without_claims() -> None:
    empty = Arm("A", 0, tuple(Estimate(measure, 0, None, None, None) for measure in MEASURES))
    found = compare(empty, empty)
    assert {one.verdict for one in found.measures} == {"too_few"}
    assert found.sentence == "Too few requests to tell about cost, speed, errors and ratings."
