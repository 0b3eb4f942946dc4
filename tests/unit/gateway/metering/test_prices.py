"""The price table: sourced, dated, in two currencies, and silent about what it does not know."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import cost_nanos, load_price_table
from powerautomation.gateway.metering.prices import parse_price_table

TODAY = date(2026, 11, 20)
TWO_PRICES = b"""
vendors:
  - vendor: acme
    source: acme.example
    read_on: "2026-11"
    models:
      rock:
        - {input: "1", output: "2"}
        - {input: "3", output: "4", effective_from: 2026-06-01}
        - {input: "7", output: "8", currency: CNY, effective_from: 2026-06-01}
"""


def test_price_of_a_model_carries_its_source_and_the_day_it_was_read():
    price = load_price_table().price_of("moonshot", "kimi-k2.6", TODAY)
    assert (price.input, price.cached_input, price.output) == (Decimal("0.95"), Decimal("0.16"), Decimal("4.00"))
    assert (price.currency, price.source, price.dated) == ("USD", "models.dev, 2026-07-02", "2026-07-02")
    assert msgspec.structs.replace(price, effective_from=date(2026, 6, 1)).dated == "2026-06-01"


@pytest.mark.parametrize(
    ("vendor", "model"),
    [("infini", "kimi-k2-instruct"), ("moonshot", "kimi-k9"), ("acme", "kimi-k2.6"), ("anthropic", "claude")],
)
def test_unknown_vendor_or_model_has_no_price(vendor, model):
    assert load_price_table().price_of(vendor, model, TODAY) is None


def test_price_is_unknown_before_the_day_it_takes_effect():
    table = load_price_table()
    assert table.price_of("anthropic", "claude-sonnet-5-5", date(2026, 10, 6)) is None
    assert table.price_of("anthropic", "claude-sonnet-5-5", date(2026, 10, 7)).input == Decimal(2)


@pytest.mark.parametrize(("on", "amount"), [(date(2026, 5, 31), 1), (date(2026, 6, 1), 3), (TODAY, 3)])
def test_a_changed_price_leaves_the_past_its_own(on, amount):
    assert parse_price_table(TWO_PRICES).price_of("acme", "rock", on).input == amount


def test_a_second_currency_is_used_when_asked_for():
    table = load_price_table()
    assert table.price_of("moonshot", "kimi-k3", TODAY).currency == "USD"
    assert table.price_of("moonshot", "kimi-k3", TODAY, "CNY").output == Decimal(100)
    assert table.price_of("moonshot", "kimi-k2.6", TODAY, "CNY") is None
    assert parse_price_table(TWO_PRICES).price_of("acme", "rock", date(2026, 5, 31), "CNY") is None


@pytest.mark.parametrize(
    "asked",
    [
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929",
        "claude-sonnet-4-5@20250929",
        "claude-sonnet-4-5-latest",
        "claude-sonnet-4-5[1m]",
        "claude-sonnet-4-5-20250929[1m]",
        "anthropic/claude-sonnet-4.5",
    ],
)
def test_baseline_finds_the_asked_for_model_under_its_dated_and_other_names(asked):
    assert load_price_table().baseline_price(asked, TODAY).output == Decimal(15)


@pytest.mark.parametrize("asked", ["", "claude-sonnet-4-5-fast", "my-claude-sonnet-4-5", "gpt-9", "kimi-k2"])
def test_baseline_of_a_model_nobody_lists_is_unknown(asked):
    assert load_price_table().baseline_price(asked, TODAY) is None


def test_a_cache_that_fills_by_itself_is_written_at_the_price_of_input():
    price = load_price_table().price_of("moonshot-international", "kimi-k2.6", TODAY)
    assert cost_nanos(Usage(cache_write_1h_tokens=1000), price) == cost_nanos(Usage(input_tokens=1000), price)


@pytest.mark.parametrize(
    ("vendor", "model", "cost"),
    [
        ("google", "gemini-2.5-pro", 500_000_000 + 2_500),
        ("xai", "grok-4.3", 500_000_000 + 2_500),
        ("anthropic", "claude-haiku-5-5", None),
    ],
)
def test_long_prompts_are_charged_by_the_vendor_own_bands(vendor, model, cost):
    price = load_price_table().price_of(vendor, model, TODAY)
    assert cost_nanos(Usage(input_tokens=200_001), price) == cost


def test_a_price_file_with_an_unknown_key_is_refused():
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        parse_price_table(TWO_PRICES.replace(b"source:", b"surprise: 1\n    source:"))
