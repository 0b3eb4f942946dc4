"""Which deployments a request may be answered by under its limits."""

from collections.abc import Sequence

import pytest

from powerautomation.gateway.limits.entities import Ask, Limit
from powerautomation.gateway.limits.errors import BudgetTooSmall, PriceUnknown, RequestTooLarge
from powerautomation.gateway.limits.fitting import left_out_by, offer_of, refusal_of
from powerautomation.gateway.limits.rules import Plan
from tests.unit.gateway.limits.test_rules import RATES, limit_of, ms

NOW = ms(2026, 11, 21)
CENT = 10_000_000


def asks_of(limits: Sequence[Limit], *asks: Ask) -> list[tuple[int, ...]]:
    """What each limit is asked for, at each deployment."""
    return [claim.asks for claim in offer_of([Plan(limit) for limit in limits], asks, RATES, NOW).claims]


def ask(deployment: str, cost: int | None, currency: str = "USD", tokens: int = 10) -> Ask:
    return Ask(tokens, cost, currency, deployment)


def test_each_limit_is_asked_in_its_own_measure() -> None:
    limits = [
        limit_of("requests", "hour"),
        limit_of("tokens", "hour", 10**6),
        limit_of("money", "hour", 10**6),
        limit_of("concurrency", ""),
    ]
    assert asks_of(limits, Ask(1_200, 5_000, "USD"), Ask(900, 9_000, "USD")) == [
        (1, 1), (1_200, 900), (5_000, 9_000), (1, 1)
    ]  # fmt: skip


def test_a_price_in_another_currency_counts_by_the_rate_of_the_day() -> None:
    budget = limit_of("money", "month", 10**9)
    assert asks_of([budget], ask("a/b", 700, "CNY"), ask("c/d", 100)) == [(100, 100)]
    assert asks_of([budget], ask("free/one", 0, "EUR")) == [(0,)], "what is free has no currency"


def test_a_deployment_without_a_price_or_a_rate_is_left_out_wherever_it_stands() -> None:
    plans = [Plan(limit_of("money", "month", 10**9))]
    asks = [ask("a/unknown", None), ask("b/euro", 5, "EUR"), ask("c/good", 7), ask("d/unknown", None)]
    offer = offer_of(plans, asks, RATES, NOW)
    assert offer.places == (2,)
    assert [claim.asks for claim in offer.claims] == [(7,)]
    left_out = left_out_by(plans, offer, (0,), [7.0])
    assert left_out == ((0, "price_unknown"), (1, "no_rate", "EUR", "USD"), (3, "price_unknown"))
    with pytest.raises(PriceUnknown, match=r"a/unknown: its price is unknown.*b/euro: its price is in EUR"):
        offer_of(plans, asks[:2], RATES, NOW)
    assert asks_of([limit_of("tokens")], *asks) == [(10, 10, 10, 10)], "only money needs a price"


def test_what_the_budget_has_no_room_for_is_left_out_and_says_how_much_is_missing() -> None:
    plans = [Plan(limit_of("money", "month", 100 * CENT)), Plan(limit_of("tokens", "hour", 10**6))]
    asks = [ask("cheap/one", 2 * CENT), ask("dear/one", 5 * CENT), ask("wordy/one", CENT, tokens=999_999)]
    offer = offer_of(plans, asks, RATES, NOW)
    # The cheap one was reserved: three cents were left, and half of the tokens.
    assert left_out_by(plans, offer, (0,), [99.0 * CENT, 500_010.0]) == (
        (1, "budget", "USD 0.03", "USD 0.05"),
        (2, "tokens", "500000", "999999"),
    )


def test_what_never_fits_is_said_at_once() -> None:
    now_never = [("tokens", 1_000, RequestTooLarge, 429), ("money", 4, RequestTooLarge, 429)]
    for measure, amount, kind, status in now_never:
        with pytest.raises(kind, match=r"1,200 tokens at a/b|USD 0.000000005 at a/b") as told:
            asks_of([limit_of(measure, "minute", amount)], Ask(1_200, 5, "USD", "a/b"))
        assert told.value.status == status
    for measure, amount in (("tokens", 1_000), ("money", 4), ("requests", 0)):
        with pytest.raises(BudgetTooSmall, match="waiting does not help") as told:
            asks_of([limit_of(measure, "month", amount)], Ask(1_200, 5, "USD", "a/b"))
        assert told.value.status == 402
        assert told.value.retry_after_seconds is None
    with pytest.raises(RequestTooLarge, match="0 requests at once"):
        asks_of([limit_of("concurrency", "", 0)], Ask(1_200, 5, "USD", "a/b"))


def test_one_that_never_fits_is_only_left_out_while_another_may() -> None:
    assert asks_of([limit_of("money", "month", 4)], ask("dear/one", 5), ask("cheap/one", 3)) == [(5, 3)]
    with pytest.raises(BudgetTooSmall, match=r"USD 0.000000005 at cheap/one"):
        asks_of([limit_of("money", "month", 4)], ask("dear/one", 9), ask("cheap/one", 5))


def test_a_refusal_names_the_cheapest_deployment_and_what_it_may_need() -> None:
    plans = [Plan(limit_of("money", "month", 100 * CENT))]
    asks = [ask("never/fits", 200 * CENT), ask("dear/one", 9 * CENT), ask("cheap/one", 5 * CENT)]
    told = refusal_of(plans, offer_of(plans, asks, RATES, NOW), asks, [97.0 * CENT], NOW)
    assert "USD 0.03 left, and this request may use USD 0.05 at cheap/one" in told.message
    assert told.retry_after_seconds is not None
