"""Costs are exact integers, rounded once; what is unknown stays unknown."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import AttemptRecord, Price, cost_nanos, savings_nanos, sum_costs

KINDS = ("input", "cached_input", "cache_write_5m", "cache_write_1h", "output")
amounts = st.decimals(min_value=0, max_value=1_000_000, places=None, allow_nan=False, allow_infinity=False).filter(
    lambda amount: amount.as_tuple().exponent >= -20
)
prices = st.builds(Price, **dict.fromkeys(KINDS, amounts))
partly_known_prices = st.builds(Price, **dict.fromkeys(KINDS, st.none() | amounts))
counts = st.integers(min_value=0, max_value=10**9)
usages = st.builds(
    Usage,
    input_tokens=counts,
    cached_input_tokens=counts,
    cache_write_5m_tokens=counts,
    cache_write_1h_tokens=counts,
    output_tokens=counts,
)


def tokens_of(usage):
    return dict(
        zip(
            KINDS,
            (
                usage.input_tokens,
                usage.cached_input_tokens,
                usage.cache_write_5m_tokens,
                usage.cache_write_1h_tokens,
                usage.output_tokens,
            ),
            strict=True,
        )
    )


def exact_nanos(usage, price):
    """The cost in nanos, not rounded: tokens times price per million tokens times a thousand."""
    return sum(
        (Fraction(getattr(price, kind)) * count * 1000 for kind, count in tokens_of(usage).items() if count),
        Fraction(0),
    )


@given(usages, prices)
@example(Usage(input_tokens=1), Price(input=Decimal("0.0005")))
@example(Usage(input_tokens=3), Price(input=Decimal("0.0005")))
def test_cost_is_the_exact_amount_rounded_half_to_even(usage, price):
    cost = cost_nanos(usage, price)
    assert type(cost) is int
    assert cost == round(exact_nanos(usage, price))


@given(usages, prices)
def test_cost_does_not_depend_on_the_decimal_context(usage, price):
    with localcontext() as context:
        context.prec = 3
        narrow = cost_nanos(usage, Price(**{kind: getattr(price, kind) for kind in KINDS}))
    assert narrow == cost_nanos(usage, price)


@given(st.lists(usages, min_size=1, max_size=8), prices)
def test_costs_of_parts_differ_from_the_whole_by_at_most_half_a_nano_each(parts, price):
    together = sum((exact_nanos(usage, price) for usage in parts), Fraction(0))
    assert abs(sum(cost_nanos(usage, price) for usage in parts) - together) <= Fraction(len(parts), 2)


@given(usages, partly_known_prices)
def test_cost_is_unknown_exactly_when_a_price_that_is_needed_is_unknown(usage, price):
    needed = [kind for kind, count in tokens_of(usage).items() if count]
    assert (cost_nanos(usage, price) is None) == any(getattr(price, kind) is None for kind in needed)


@given(usages)
def test_a_price_of_zero_costs_zero(usage):
    assert cost_nanos(usage, Price(**dict.fromkeys(KINDS, Decimal("0.000")))) == 0


@given(usages)
def test_without_any_price_nothing_but_no_work_has_a_known_cost(usage):
    assert cost_nanos(usage, Price()) == (None if any(tokens_of(usage).values()) else 0)


def test_reasoning_is_part_of_the_output_and_not_charged_twice():
    price = Price(output=Decimal(15))
    assert cost_nanos(Usage(output_tokens=100, reasoning_tokens=80), price) == 1_500_000


def test_a_long_prompt_is_charged_at_the_price_of_its_band_in_full():
    price = Price(
        input=Decimal("1.25"),
        cached_input=Decimal("0.125"),
        output=Decimal(10),
        above_tokens=200_000,
        above=Price(input=Decimal("2.50"), cached_input=Decimal("0.25"), output=Decimal(15)),
    )
    assert cost_nanos(Usage(input_tokens=150_000, cached_input_tokens=50_000, output_tokens=1), price) == 193_760_000
    assert cost_nanos(Usage(input_tokens=150_001, cached_input_tokens=50_000, output_tokens=1), price) == 387_517_500


def test_a_prompt_longer_than_the_price_was_stated_for_costs_an_unknown_amount():
    price = Price(input=Decimal("0.10"), output=Decimal("0.50"), above_tokens=100_000)
    assert cost_nanos(Usage(input_tokens=100_000), price) == 10_000_000
    assert cost_nanos(Usage(input_tokens=100_001), price) is None


def test_both_lifetimes_of_a_cache_write_have_their_own_price():
    price = Price(cache_write_5m=Decimal("3.75"), cache_write_1h=Decimal(6))
    assert cost_nanos(Usage(cache_write_5m_tokens=1000), price) == 3_750_000
    assert cost_nanos(Usage(cache_write_1h_tokens=1000), price) == 6_000_000


@pytest.mark.parametrize(
    ("cost", "currency", "baseline", "baseline_currency", "demo", "saved"),
    [
        (40, "USD", 100, "USD", False, 60),
        (130, "USD", 100, "USD", False, -30),
        (0, "USD", 100, "USD", False, 100),
        (None, "USD", 100, "USD", False, None),
        (40, "USD", None, "", False, None),
        (40, "CNY", 100, "USD", False, None),
        (0, "USD", 100, "USD", True, None),
    ],
)
def test_a_saving_is_said_only_when_both_sides_are_known_in_one_currency(
    cost, currency, baseline, baseline_currency, demo, saved
):
    assert savings_nanos(cost, currency, baseline, baseline_currency, demo=demo) == saved


def attempt(cost, currency):
    return AttemptRecord(
        "d", "p", "m", "openai-chat", 0, 0, None, "completed", 200, "", "", 0, 0, 0, 0, 0, 0, False, cost, currency, ""
    )


@pytest.mark.parametrize(
    ("attempts", "total"),
    [
        ([], (0, "USD")),
        ([attempt(0, "USD"), attempt(7, "CNY")], (7, "CNY")),
        ([attempt(5, "USD"), attempt(7, "USD")], (12, "USD")),
        ([attempt(5, "USD"), attempt(None, "USD")], (None, "USD")),
        ([attempt(5, "USD"), attempt(7, "CNY")], (None, "USD")),
    ],
)
def test_costs_of_attempts_add_up_in_one_currency_or_are_unknown(attempts, total):
    assert sum_costs(attempts) == total
