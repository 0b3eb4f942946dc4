"""Policies as rules: what holds for any deployments, and what each policy is for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.providers import Policy
from powerautomation.gateway.routing.policies import (
    SCORE_OF,
    SMALLEST_CACHED_TOKENS,
    Standing,
    expected_cost,
    rank,
    weight_of,
)
from tests.fixtures.gateway import deployment_of, price_of

POLICIES: list[Policy] = list(SCORE_OF)
standings = st.lists(
    st.builds(
        Standing,
        st.floats(0, 100),
        st.integers(0, 50),
        st.none() | st.floats(1, 60_000),
        st.none() | st.integers(0, 10**12),
        st.integers(0, 200_000),
    ),
    min_size=1,
    max_size=8,
)
draws = st.floats(0, 1, exclude_max=True)


@given(st.sampled_from(POLICIES), standings, st.integers(0, 1000), draws)
def test_every_policy_tries_everybody_once(policy: Policy, seen: list[Standing], count: int, draw: float) -> None:
    assert sorted(rank(policy, seen, count, draw)) == list(range(len(seen)))


@given(st.sampled_from(["lowest_cost", "value"]), standings)
def test_nobody_known_to_be_cheaper_comes_later(policy: Policy, seen: list[Standing]) -> None:
    costs = [seen[place].cost_nanos for place in rank(policy, seen)]
    known = [cost for cost in costs if cost is not None]
    assert costs[: len(known)] == sorted(known), "unknown costs come last"


@given(st.sampled_from(["round_robin", "weighted", "least_busy", "lowest_latency"]), standings, draws)
def test_a_conversation_stays_where_its_prompt_is(policy: Policy, seen: list[Standing], draw: float) -> None:
    alone = [one._replace(cached_tokens=0) for one in seen]
    alone[-1] = alone[-1]._replace(cached_tokens=SMALLEST_CACHED_TOKENS)
    assert rank(policy, alone, 0, draw)[0] == len(alone) - 1
    alone[-1] = alone[-1]._replace(cached_tokens=SMALLEST_CACHED_TOKENS - 1)
    assert rank(policy, alone, 0, draw) == rank(policy, [one._replace(cached_tokens=0) for one in alone], 0, draw)


@given(st.integers(1, 8), st.integers(0, 100))
def test_round_robin_gives_everybody_the_same_share(number: int, start: int) -> None:
    firsts = Counter(rank("round_robin", [Standing()] * number, start + turn)[0] for turn in range(number * 3))
    assert set(firsts.values()) == {3}


def test_weights_are_shares() -> None:
    seen = [Standing(weight=3), Standing(weight=1), Standing(weight=0)]
    firsts = Counter(rank("weighted", seen, draw=number / 1000)[0] for number in range(1000))
    assert firsts == {0: 750, 1: 250}
    assert rank("weighted", [Standing(weight=0), Standing(weight=0)], draw=0.9) == [0, 1]


def test_least_busy_counts_by_weight() -> None:
    assert rank("least_busy", [Standing(1, 3), Standing(1, 2)]) == [1, 0]
    assert rank("least_busy", [Standing(4, 3), Standing(1, 2)]) == [0, 1]


def test_an_unknown_latency_is_tried_first_so_that_it_gets_known() -> None:
    assert rank("lowest_latency", [Standing(latency_ms=80), Standing(latency_ms=20), Standing()]) == [2, 1, 0]


def test_what_is_cached_costs_less_and_unknown_stays_unknown() -> None:
    price = price_of("3", "15", "0.3")
    assert expected_cost(price, 10_000, 0, 500) == 10_000 * 3000 + 500 * 15_000
    assert expected_cost(price, 10_000, 8_000, 500) == 2_000 * 3000 + 8_000 * 300 + 500 * 15_000
    assert expected_cost(price, 1_000, 8_000, 0) == 1_000 * 300
    assert expected_cost(price_of("3", "15"), 10_000, 8_000, 0) == 10_000 * 3000, "no discount is stated"
    assert expected_cost(None, 10_000, 0, 500) is None


def test_a_deployments_own_weight_comes_before_that_of_its_model() -> None:
    kimi = deployment_of("infini", "k2", "kimi-k2")
    assert weight_of(kimi, [("kimi-k2", 2.0), (kimi.id, 5.0)]) == 5
    assert weight_of(kimi, [("kimi-k2", 2.0)]) == 2
    assert weight_of(kimi, []) == 1
