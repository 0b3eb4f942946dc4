"""Money in another currency, by dated rates."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.metering import ExchangeRates, Rate

DAY_MS = 86_400_000
FIRST_MS = 20_758 * DAY_MS
"""2026-11-01 UTC."""
RATES = ExchangeRates(
    [
        Rate("USD", "CNY", Decimal("7.10"), date(2026, 11, 1), "a bank"),
        Rate("CNY", "USD", Decimal("0.20"), date(2026, 11, 10), "a bank"),
        Rate("EUR", "USD", Decimal("1.10"), date(2026, 11, 5), "a bank"),
    ]
)


def test_the_rate_of_the_day_holds_in_both_directions() -> None:
    assert RATES.convert(100, "USD", "CNY", FIRST_MS) == 710
    assert RATES.convert(710, "CNY", "USD", FIRST_MS) == 100
    assert RATES.convert(100, "USD", "CNY", FIRST_MS + 9 * DAY_MS - 1) == 710
    assert RATES.convert(100, "USD", "CNY", FIRST_MS + 9 * DAY_MS) == 500


def test_what_no_rate_connects_on_that_day_is_unknown() -> None:
    assert RATES.convert(100, "USD", "CNY", FIRST_MS - 1) is None
    assert RATES.convert(100, "EUR", "CNY", FIRST_MS + 30 * DAY_MS) is None
    assert RATES.convert(0, "EUR", "CNY", FIRST_MS) == 0
    assert RATES.convert(100, "EUR", "EUR", 0) == 100


def test_changes_are_the_midnights_at_which_a_rate_of_the_currency_begins() -> None:
    assert RATES.changes("CNY", FIRST_MS, FIRST_MS + 30 * DAY_MS) == [FIRST_MS + 9 * DAY_MS]
    assert RATES.changes("USD", FIRST_MS - 1, FIRST_MS + 5 * DAY_MS) == [FIRST_MS, FIRST_MS + 4 * DAY_MS]


@given(nanos=st.integers(0, 10**15), at=st.integers(0, 60 * DAY_MS))
def test_between_two_changes_the_rate_is_one(nanos: int, at: int) -> None:
    moment = FIRST_MS + at
    begins = [FIRST_MS, *RATES.changes("CNY", FIRST_MS, FIRST_MS + 90 * DAY_MS)]
    begun = max(one for one in begins if one <= moment)
    assert RATES.convert(nanos, "CNY", "USD", moment) == RATES.convert(nanos, "CNY", "USD", begun)
