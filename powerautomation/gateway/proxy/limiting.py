"""Where a request meets its limits: what it may use at most is reserved, what it used is settled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from powerautomation.gateway.dialects import Dialect, Peek, Usage
from powerautomation.gateway.limits import Ask, KeyLimits, Used
from powerautomation.gateway.metering import cost_nanos
from powerautomation.gateway.providers import Deployment
from powerautomation.identity.api_keys import ApiKeyRecord

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.exchange import Exchange
    from powerautomation.gateway.proxy.service import Gateway


# What an answer may have when neither the client nor its model's family says.
USUAL_OUTPUT_TOKENS = 4_096


class Unsent(NamedTuple):
    """A request nobody is going to send, as far as what it may use depends on it."""

    key: ApiKeyRecord
    peek: Peek
    body: bytes
    client_dialect: Dialect


async def reserve(
    gateway: "Gateway", exchange: "Exchange", limits: KeyLimits, candidates: Sequence[Deployment]
) -> None:
    """Reserve what the request may use at most, wherever it is answered. Raises LimitReached and its kin."""
    ask = most_used(gateway, exchange, candidates) if limits.counts_usage else _NOTHING
    assert gateway.limiter is not None
    exchange.reservation = reservation = await gateway.limiter.reserve(
        limits, exchange.request_id, ask, exchange.client_dialect.name
    )
    exchange.limit_headers = reservation.headers


def settle(gateway: "Gateway", exchange: "Exchange", outcome: str) -> None:
    """Settle what the request used, by its attempts; a failed or refused one counts as no request, and pays what it
    cost."""
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
    gateway.limiter.settle(reservation, Used(int(outcome in ("completed", "cancelled")), tokens, cost, currency))


_NOTHING = Ask(0, 0, "")


def most_used(gateway: "Gateway", exchange: "Exchange | Unsent", candidates: Sequence[Deployment]) -> Ask:
    """Return the most any deployment may use that may be asked. The first one says whether the price is known, and in
    which currency: the others' prices count where they are of that one."""
    asks = [_ask(gateway, exchange, deployment) for deployment in candidates[: gateway.max_attempts]]
    first = asks[0]
    cost = first.cost_nanos
    if cost is not None:
        currency = first.currency
        cost = max(ask.cost_nanos for ask in asks if ask.cost_nanos is not None and ask.currency == currency)
    return Ask(max(ask.tokens for ask in asks), cost, first.currency)


def _ask(gateway: "Gateway", exchange: "Exchange | Unsent", deployment: Deployment) -> Ask:
    settlement = gateway.settlement
    peek = exchange.peek
    prompt_tokens = settlement.estimate_input(deployment, len(exchange.body))
    output_tokens = peek.max_output_tokens
    if exchange.client_dialect.name.endswith("-embeddings"):
        output_tokens = 0
    if output_tokens is None:
        output_tokens = deployment.family.default_output_tokens or USUAL_OUTPUT_TOKENS
    # A client may ask for less than nothing; its upstream will say what it thinks of that.
    output_tokens = max(0, output_tokens)
    tokens = prompt_tokens + output_tokens
    if deployment.is_demo:
        return Ask(tokens, 0, "")
    price = settlement.price_of(deployment, peek.model, exchange.key.organization_id)
    if price is None:
        return Ask(tokens, None, "")
    return Ask(
        tokens, cost_nanos(Usage(input_tokens=prompt_tokens, output_tokens=output_tokens), price), price.currency
    )
