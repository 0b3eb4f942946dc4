"""Which band of a price holds: date, prompt size, service tier and region each select one price, or visibly none."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import Price, cost_nanos, load_price_table, price_at
from powerautomation.gateway.metering.prices import parse_price_table
from powerautomation.gateway.metering.rules import AMOUNTS, band_name, band_of

amounts = st.decimals(min_value=0, max_value=1000, places=4)
factors = st.decimals(min_value=Decimal("0.01"), max_value=10, places=3)
tokens = st.integers(0, 3_000_000)
names = st.sampled_from(["", "default", "batch", "flex", "priority", "us", "eu", "global"])


@st.composite
def prices(draw: st.DrawFn) -> Price:
    def band(**more: Any) -> Price:
        return Price(**{name: draw(st.none() | amounts) for name in AMOUNTS}, **more)

    above = draw(st.none() | st.integers(1, 500_000))
    return band(
        above_tokens=above,
        above=band() if above and draw(st.booleans()) else None,
        tiers=draw(st.just(()) | st.tuples(st.tuples(st.just("batch"), factors))),
        regions=draw(st.just(()) | st.tuples(st.tuples(st.just("us"), factors))),
    )


usages = st.builds(Usage, tokens, tokens, tokens, tokens, tokens)


@given(prices(), names, names, st.integers(0, 1_000_000))
def test_every_tier_region_and_size_selects_one_band_or_none(price: Price, tier: str, region: str, size: int) -> None:
    placed = price_at(price, tier, region)
    tiers, regions = dict(price.tiers), dict(price.regions)
    known = (tier in ("", "default") or tier in tiers) and (region in ("", "global") or region in regions)
    assert (placed is not None) == known
    if placed is None:
        return
    band, plain = band_of(placed, size), band_of(price, size)
    assert (band is None) == (plain is None)
    if band is None or plain is None:
        return
    factor = Fraction(tiers.get(tier, 1)) * Fraction(regions.get(region, 1))
    for name in AMOUNTS:
        was, now = getattr(plain, name), getattr(band, name)
        assert (now is None) == (was is None)
        if was is not None:
            assert Fraction(now) == Fraction(was) * factor


@given(prices(), usages, names, names)
def test_costs_are_exact_to_half_a_nano_and_zero_stays_zero(price: Price, usage: Usage, tier: str, region: str) -> None:
    placed = price_at(price, tier, region)
    if placed is None:
        return
    cost = cost_nanos(usage, placed)
    band = band_of(placed, sum((usage.input_tokens, usage.cached_input_tokens, usage.cache_write_5m_tokens,
                                usage.cache_write_1h_tokens)))  # fmt: skip
    counts = dict(
        zip(
            AMOUNTS,
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
    needed = {name: count for name, count in counts.items() if count}
    if band is None or any(getattr(band, name) is None for name in needed):
        assert cost is None
        return
    exact = sum((Fraction(getattr(band, name)) * 1000 * count for name, count in needed.items()), Fraction(0))
    assert cost is not None
    assert abs(cost - exact) <= Fraction(1, 2)
    if all(getattr(band, name) == 0 for name in needed):
        assert cost == 0


@given(prices(), usages, st.sampled_from(["output_tokens", "input_tokens", "cached_input_tokens"]), tokens, names)
def test_more_tokens_never_cost_less_within_a_band(
    price: Price, usage: Usage, field: str, more: int, tier: str
) -> None:
    import msgspec

    placed = price_at(price, tier, "")
    if placed is None:
        return
    larger = msgspec.structs.replace(usage, **{field: getattr(usage, field) + more})
    before, after = cost_nanos(usage, placed), cost_nanos(larger, placed)
    size, larger_size = (
        one.input_tokens + one.cached_input_tokens + one.cache_write_5m_tokens + one.cache_write_1h_tokens
        for one in (usage, larger)
    )
    if before is not None and after is not None and band_of(placed, size) is band_of(placed, larger_size):
        assert after >= before


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.sampled_from([None, "USD", "CNY", "EUR"]))
def test_every_day_selects_the_newest_price_in_force_or_none(day: date, currency: str | None) -> None:
    table = parse_price_table(
        b"""
vendors:
  - vendor: acme
    source: s
    read_on: d
    models:
      rock:
        - {input: "1", effective_from: 2026-03-01}
        - {input: "2", effective_from: 2026-06-01}
        - {currency: CNY, input: "7"}
"""
    )
    found = table.price_of("acme", "rock", day, currency)
    if currency == "EUR":
        assert found is None
    elif currency == "CNY":
        assert found is not None
        assert found.input == 7
    else:
        wanted = None if day < date(2026, 3, 1) else 1 if day < date(2026, 6, 1) else 2
        assert (None if found is None else found.input) == wanted


def test_stated_facts_halve_batches_and_charge_a_tenth_more_in_the_united_states() -> None:
    price = load_price_table().price_of("anthropic", "claude-opus-4-8", date(2026, 11, 1))
    assert price is not None
    batch, american = price_at(price, "batch", ""), price_at(price, "", "us")
    assert batch is not None
    assert american is not None
    assert (batch.input, batch.output, american.input, american.output) == (
        Decimal("2.5"),
        Decimal("12.5"),
        Decimal("5.5"),
        Decimal("27.5"),
    )
    both = price_at(american, "batch", "")
    assert both is not None
    assert both.input == Decimal("2.75")
    assert price_at(price, "priority", "") is None
    assert price_at(price, "", "eu") is None


@pytest.mark.parametrize(
    ("size", "tier", "region", "name"),
    [
        (10, "", "", ""),
        (10, "auto", "global", ""),
        (300, "batch", "us", "above:200 tier:batch region:us"),
        (200, "flex", "", "tier:flex"),
    ],
)
def test_the_ledger_is_told_which_band_held(size: int, tier: str, region: str, name: str) -> None:
    assert band_name(Price(above_tokens=200), size, tier, region) == name
