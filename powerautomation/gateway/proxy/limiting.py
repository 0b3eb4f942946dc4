"""Where a request meets its limits: what it may use at most is reserved, what it used is settled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from powerautomation.gateway.dialects import Dialect, Peek, Usage
from powerautomation.gateway.limits import Ask, KeyLimits, Used
from powerautomation.gateway.metering import cost_nanos
from powerautomation.gateway.providers import Deployment
from powerautomation.gateway.routing import Plan
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


async def reserve(gateway: "Gateway", exchange: "Exchange", limits: KeyLimits, plan: Plan) -> None:
    """Reserve what the request may use at most, wherever it is answered: deployments that the limits have no room for
    are left out of the plan. Raises LimitReached and its kin."""
    asks = asks_of(gateway, exchange, plan.candidates) if limits.counts_usage else _NOTHING
    assert gateway.limiter is not None
    exchange.reservation = reservation = await gateway.limiter.reserve(
        limits, exchange.request_id, asks, exchange.client_dialect.name
    )
    exchange.limit_headers = reservation.headers
    if reservation.left_out:
        plan.leave_out(reservation.fitting, reservation.left_out)


def settle(gateway: "Gateway", exchange: "Exchange", outcome: str) -> None:
    """Settle what the request used, by its attempts; a failed or refused one counts as no request, and pays what it
    cost."""
    reservation = exchange.reservation
    if reservation is None or gateway.limiter is None:
        return
    exchange.reservation = None
    tokens = 0
    costs: dict[str, int] | None = {}
    for attempt in exchange.attempts:
        tokens += attempt.input_tokens + attempt.cached_input_tokens + attempt.output_tokens
        tokens += attempt.cache_write_5m_tokens + attempt.cache_write_1h_tokens
        if costs is None or attempt.cost_nanos is None:
            costs = None
        elif attempt.cost_nanos:
            costs[attempt.currency] = costs.get(attempt.currency, 0) + attempt.cost_nanos
    gateway.limiter.settle(reservation, Used(int(outcome in ("completed", "cancelled")), tokens, costs))


_NOTHING = (Ask(0, 0, ""),)


def asks_of(gateway: "Gateway", exchange: "Exchange | Unsent", candidates: Sequence[Deployment]) -> list[Ask]:
    """Return the most a request may use at each deployment of a plan: after failures any of them may be asked."""
    return [_ask(gateway, exchange, deployment) for deployment in candidates]


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
        return Ask(tokens, 0, "", deployment.id)
    price, _, _ = settlement.price_held(exchange, deployment)
    if price is None:
        return Ask(tokens, None, "", deployment.id)
    cost = cost_nanos(Usage(input_tokens=prompt_tokens, output_tokens=output_tokens), price)
    return Ask(tokens, cost, price.currency, deployment.id)
