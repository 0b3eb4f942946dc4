"""What usage costs: integers only, rounded once per attempt, unknown never zero."""

from collections.abc import Iterable
from decimal import Decimal

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering.entities import AttemptRecord, Price

# Nanos per token are amount * 1000; counted in thousands of a millionth of a nano so that every price with up to nine
# decimals per million tokens is exact.
_SCALE = 1_000_000
_HALF = _SCALE // 2
_MOST_REMEMBERED = 10_000
_rates: dict[int, tuple[Price, tuple[int | None, ...]]] = {}


def _rate(amount: Decimal | None) -> int | None:
    """Return an amount per million tokens as millionths of a nano per token, exact to nine decimals."""
    return None if amount is None else int(amount * 1000 * _SCALE)


def _rates_of(price: Price) -> tuple[int | None, ...]:
    known = _rates.get(id(price))
    if known is not None and known[0] is price:
        return known[1]
    rates = tuple(
        _rate(amount)
        for amount in (price.input, price.cached_input, price.cache_write_5m, price.cache_write_1h, price.output)
    )
    if len(_rates) >= _MOST_REMEMBERED:
        _rates.clear()
    _rates[id(price)] = (price, rates)
    return rates


def band_of(price: Price, prompt_tokens: int) -> Price | None:
    """Return the price that holds for a prompt of this length; None when the source states none for it."""
    if price.above_tokens is None or prompt_tokens <= price.above_tokens:
        return price
    return price.above


def prompt_tokens_of(usage: Usage) -> int:
    """Return all tokens of the prompt, cached and cache-written ones too."""
    return usage.input_tokens + usage.cached_input_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens


def cost_nanos(usage: Usage, price: Price) -> int | None:
    """Return the cost in nanos of ``price.currency``, rounded half to even once; None when a needed price is unknown.

    A token kind that does not occur needs no price. Cached tokens without a price of their own are charged as input,
    as vendors without a cache do; cache writes without a price likewise.
    """
    band = band_of(price, prompt_tokens_of(usage))
    if band is None:
        return None
    input_rate, cached_rate, write_5m_rate, write_1h_rate, output_rate = _rates_of(band)
    total = 0
    for tokens, rate in (
        (usage.input_tokens, input_rate),
        (usage.cached_input_tokens, input_rate if cached_rate is None else cached_rate),
        (usage.cache_write_5m_tokens, input_rate if write_5m_rate is None else write_5m_rate),
        (usage.cache_write_1h_tokens, input_rate if write_1h_rate is None else write_1h_rate),
        (usage.output_tokens, output_rate),
    ):
        if tokens:
            if rate is None:
                return None
            total += tokens * rate
    whole, rest = divmod(total, _SCALE)
    if rest > _HALF or (rest == _HALF and whole & 1):
        whole += 1
    return whole


def savings_nanos(
    cost: int | None, currency: str, baseline: int | None, baseline_currency: str, *, demo: bool = False
) -> int | None:
    """Return what was saved against the asked-for model; negative when it cost more; None when it cannot be said."""
    if demo or cost is None or baseline is None or currency != baseline_currency:
        return None
    return baseline - cost


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
