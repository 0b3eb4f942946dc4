"""What usage costs: integers only, rounded once per attempt, unknown never zero."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import msgspec

from powerautomation.gateway.metering.entities import AttemptRecord, Price, RequestRecord

if TYPE_CHECKING:
    from powerautomation.gateway.dialects import Usage

NANOS = 1_000_000_000
AMOUNTS = ("input", "cached_input", "cache_write_5m", "cache_write_1h", "output")
PLAIN_TIERS = frozenset({"", "auto", "default", "standard", "standard_only", "on_demand"})
# What vendors charge otherwise, also where the price list does not say how.
PRICED_TIERS = frozenset({"batch", "flex", "priority", "scale"})
PLAIN_REGIONS = frozenset({"", "global"})
_MOST_REMEMBERED = 10_000
# By identity, which a look-up on the request path can afford; each entry keeps its price, so no identity is used twice.
_rates: dict[int, tuple[Price, int, tuple[int | None, ...]]] = {}


_placed: dict[tuple[int, str, str], tuple[Price, Price]] = {}


def _rates_of(price: Price) -> tuple[Price, int, tuple[int | None, ...]]:
    """Return whole numbers that say exactly what a token costs: nanos per token times a divisor, and the divisor."""
    known = _rates.get(id(price))
    if known is not None:
        return known
    amounts = (price.input, price.cached_input, price.cache_write_5m, price.cache_write_1h, price.output)
    # 1 per million tokens is 1000 nanos a token, so three decimals are whole already.
    places = max((-_exponent(amount) - 3 for amount in amounts if amount is not None), default=0)
    places = max(places, 0)
    rates = tuple(None if amount is None else _scaled(amount, places + 3) for amount in amounts)
    if len(_rates) >= _MOST_REMEMBERED:
        _rates.clear()
    remembered = _rates[id(price)] = (price, 10**places, rates)
    return remembered


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"a price must be a number: {amount}")
    return exponent


def _scaled(amount: Decimal, places: int) -> int:
    """Return ``amount * 10**places``, which is whole, without the rounding of a decimal context."""
    sign, digits, _ = amount.as_tuple()
    whole: int = int("".join(map(str, digits))) * 10 ** (places + _exponent(amount))
    return -whole if sign else whole


def band_of(price: Price, prompt_tokens: int) -> Price | None:
    """Return the price that holds for a prompt of this length; None when the source states none for it."""
    if price.above_tokens is None or prompt_tokens <= price.above_tokens:
        return price
    return price.above


def price_at(price: Price, tier: str, region: str) -> Price | None:
    """Return the price that holds for a service tier and a region; None when the source states none for them.

    What vendors call the usual tier, and work that may be done anywhere, costs the price as it stands."""
    plain_tier, plain_region = tier in PLAIN_TIERS, region in PLAIN_REGIONS
    if plain_tier and plain_region:
        return price
    key = (id(price), tier, region)
    known = _placed.get(key)
    if known is not None:
        return known[1]
    factor = Decimal(1)
    for name, is_plain, factors in ((tier, plain_tier, price.tiers), (region, plain_region, price.regions)):
        if is_plain:
            continue
        stated = dict(factors).get(name)
        if stated is None:
            return None
        factor *= stated
    if len(_placed) >= _MOST_REMEMBERED:
        _placed.clear()
    # What is still open stays so: a price of a region has its tiers.
    placed = msgspec.structs.replace(
        _times(price, factor),
        tiers=price.tiers if plain_tier else (),
        regions=price.regions if plain_region else (),
    )
    _placed[key] = (price, placed)
    return placed


def tier_held(price: Price | None, wished: str, granted: str) -> str:
    """Return the service tier an attempt is charged at: the one the upstream says it granted, else the one wished for.

    A host may call its usual service something of its own, which nobody wished for and no price names: it is plain."""
    if not granted or granted == wished:
        return wished
    named = price is not None and any(granted == name for name, _ in price.tiers)
    return granted if named or granted in PRICED_TIERS else ""


def _times(price: Price, factor: Decimal) -> Price:
    with localcontext(prec=100):
        amounts = {name: None if (amount := getattr(price, name)) is None else amount * factor for name in AMOUNTS}
    above = None if price.above is None else _times(price.above, factor)
    return msgspec.structs.replace(price, above=above, **amounts)


def band_name(price: Price | None, prompt_tokens: int, tier: str, region: str) -> str:
    """Return which band of a price holds, as the ledger keeps it; empty for the plain price."""
    parts = []
    if price is not None and price.above_tokens is not None and prompt_tokens > price.above_tokens:
        parts.append(f"above:{price.above_tokens}")
    if tier not in PLAIN_TIERS:
        parts.append(f"tier:{tier}")
    if region not in PLAIN_REGIONS:
        parts.append(f"region:{region}")
    return " ".join(parts)


def prompt_tokens_of(usage: "Usage | AttemptRecord") -> int:
    """Return all tokens of the prompt, cached and cache-written ones too."""
    return usage.input_tokens + usage.cached_input_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens


def cost_nanos(usage: "Usage", price: Price) -> int | None:
    """Return the cost in nanos of ``price.currency``; None when a price that is needed is unknown.

    Exact until the end, then rounded once, half to even: a sum of rounded costs is off by at most half a nano for each
    cost in it. A kind of token that does not occur needs no price; a price of zero is a price.
    """
    band = band_of(price, prompt_tokens_of(usage))
    if band is None:
        return None
    _, divisor, (input_rate, cached_rate, write_5m_rate, write_1h_rate, output_rate) = _rates_of(band)
    total = 0
    for tokens, rate in (
        (usage.input_tokens, input_rate),
        (usage.cached_input_tokens, cached_rate),
        (usage.cache_write_5m_tokens, write_5m_rate),
        (usage.cache_write_1h_tokens, write_1h_rate),
        (usage.output_tokens, output_rate),
    ):
        if tokens:
            if rate is None:
                return None
            total += tokens * rate
    if divisor == 1:
        return total
    whole, rest = divmod(total, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and whole & 1):
        whole += 1
    return whole


def cache_discount_nanos(price: Price | None, attempts: Sequence[AttemptRecord]) -> int | None:
    """Return what a million tokens of the last attempt's prompt cost less when they come from the prompt cache; None
    when either price is unknown."""
    if price is None or not attempts:
        return None
    band = band_of(price, prompt_tokens_of(attempts[-1]))
    if band is None or band.input is None or band.cached_input is None:
        return None
    return max(0, int((band.input - band.cached_input) * NANOS))


def savings_nanos(
    cost: int | None, currency: str, baseline: int | None, baseline_currency: str, *, demo: bool = False
) -> int | None:
    """Return what was saved against the asked-for model; negative when it cost more; None when it cannot be said."""
    if demo or cost is None or baseline is None or currency != baseline_currency:
        return None
    return baseline - cost


def is_compared(record: RequestRecord) -> bool:
    """Say whether cost and baseline are both known, in one currency: only such requests count in a saving."""
    return (
        savings_nanos(
            record.cost_nanos,
            record.currency,
            record.baseline_nanos,
            record.baseline_currency,
            demo=record.demo,
        )
        is not None
    )


def is_unpriced(record: RequestRecord) -> bool:
    """Say whether a saving would be shown if a price were known: the cost is unknown, or an answer has no baseline.

    Requests that failed or were cancelled have nothing to be compared with; they are unpriced only when they cost an
    unknown amount. The demo model's answers cost nothing.
    """
    if record.demo:
        return False
    return record.cost_nanos is None or (record.outcome == "completed" and not is_compared(record))


def sum_costs(attempts: Iterable[AttemptRecord]) -> tuple[int | None, str]:
    """Return the attempts' cost and its currency; unknown when any is unknown or two currencies meet."""
    total = 0
    currency = ""
    last = "USD"
    for attempt in attempts:
        last = attempt.currency
        if attempt.cost_nanos is None:
            return None, attempt.currency
        if attempt.cost_nanos:
            if currency and currency != attempt.currency:
                return None, currency
            currency = attempt.currency
        total += attempt.cost_nanos
    return total, currency or last
