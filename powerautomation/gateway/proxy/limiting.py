"""Where a request meets its limits: what it may use at most is reserved, what it used is settled."""

from typing import TYPE_CHECKING

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.limits import Ask, KeyLimits, Used
from powerautomation.gateway.metering import cost_nanos
from powerautomation.gateway.providers import Deployment

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.exchange import Exchange
    from powerautomation.gateway.proxy.service import Gateway

# What an answer may have when neither the client nor its model's family says.
USUAL_OUTPUT_TOKENS = 4_096


async def reserve(gateway: "Gateway", exchange: "Exchange", limits: KeyLimits, first: Deployment) -> None:
    """Reserve what the request may use at the first deployment of its plan. Raises LimitReached and its kin."""
    ask = _ask(gateway, exchange, first) if limits.counts_usage else _NOTHING
    assert gateway.limiter is not None
    exchange.reservation = reservation = await gateway.limiter.reserve(
        limits, exchange.request_id, ask, exchange.client_dialect.name
    )
    exchange.limit_headers = reservation.headers


def settle(gateway: "Gateway", exchange: "Exchange", outcome: str) -> None:
    """Settle what the request used, by its attempts; a failed one counts as no request, and pays what it cost."""
    reservation = exchange.reservation
    if reservation is None or gateway.limiter is None:
        return
    exchange.reservation = None
    tokens = 0
    cost: int | None = 0
    currency = ""
    for attempt in exchange.attempts:
        tokens += attempt.input_tokens + attempt.cached_input_tokens + attempt.output_tokens
        tokens += attempt.cache_write_5m_tokens + attempt.cache_write_1h_tokens
        if cost is None or attempt.cost_nanos is None or (currency and attempt.currency != currency):
            cost = None
        elif attempt.cost_nanos:
            cost += attempt.cost_nanos
            currency = attempt.currency
    gateway.limiter.settle(reservation, Used(int(outcome != "failed"), tokens, cost, currency))


_NOTHING = Ask(0, 0, "")


def _ask(gateway: "Gateway", exchange: "Exchange", first: Deployment) -> Ask:
    settlement = gateway.settlement
    peek = exchange.peek
    prompt_tokens = settlement.estimate_input(first, len(exchange.body))
    output_tokens = peek.max_output_tokens
    if exchange.client_dialect.name == "openai-embeddings":
        output_tokens = 0
    if output_tokens is None:
        output_tokens = first.family.default_output_tokens or USUAL_OUTPUT_TOKENS
    # A client may ask for less than nothing; its upstream will say what it thinks of that.
    output_tokens = max(0, output_tokens)
    tokens = prompt_tokens + output_tokens
    if first.is_demo:
        return Ask(tokens, 0, "")
    price = settlement.price_of(first, peek.model)
    if price is None:
        return Ask(tokens, None, "")
    return Ask(
        tokens, cost_nanos(Usage(input_tokens=prompt_tokens, output_tokens=output_tokens), price), price.currency
    )
