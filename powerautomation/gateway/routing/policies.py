"""In which order able and healthy deployments are tried: decisions without input or output.

Every policy puts the same deployments in order and leaves none out: those after the first are where a request goes when
the first fails.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import Price, cost_nanos
from powerautomation.gateway.providers import Deployment, Policy

# What an answer is taken to be long, where costs are compared before anything is known of it.
EXPECTED_OUTPUT_TOKENS = 500
# Vendors keep no prompt shorter than this (Anthropic and OpenAI, 1,024 tokens; read 2026-01).
SMALLEST_CACHED_TOKENS = 1024

ScoreKind = Literal["listed", "turn", "weight", "busy", "latency", "cost"]
SCORE_OF: dict[Policy, ScoreKind] = {
    "in_order": "listed",
    "round_robin": "turn",
    "weighted": "weight",
    "least_busy": "busy",
    "lowest_latency": "latency",
    "lowest_cost": "cost",
    "value": "cost",
}


class Standing(NamedTuple):
    """How one deployment stands when a request asks. ``in_flight`` attempts run at it in this process; ``latency_ms``
    to the first token, None when nobody knows; ``cost_nanos`` what the request is likely to cost there, in one currency
    for all, None when unknown; ``cached_tokens`` of its prompt are likely in the prompt cache there."""

    weight: float = 1.0
    in_flight: int = 0
    latency_ms: float | None = None
    cost_nanos: int | None = None
    cached_tokens: int = 0


def rank(policy: Policy, standings: Sequence[Standing], count: int = 0, draw: float = 0.0) -> list[int]:
    """Return the positions of deployments in the order to try them, the listed order deciding between equals.

    ``count`` counts the requests of the route (round_robin); ``draw`` is a random number from 0 up to 1 (weighted).
    Under ``lowest_cost`` and ``value`` an unknown cost comes after every known one; under ``lowest_latency`` an unknown
    latency comes first, so that it gets known. Everywhere but in ``in_order``, ``lowest_cost`` and ``value``, where the
    order says it all, a conversation stays where enough of its prompt is cached.
    """
    places = range(len(standings))
    if policy == "in_order":
        return list(places)
    if policy in ("lowest_cost", "value"):
        return sorted(places, key=lambda place: _cost_first(standings[place]))
    if policy == "round_robin":
        first = count % len(standings) if standings else 0
        order = [*places[first:], *places[:first]]
    elif policy == "weighted":
        order = _drawn(standings, draw)
    elif policy == "least_busy":
        order = sorted(places, key=lambda place: standings[place].in_flight / (standings[place].weight or 1e-9))
    else:
        order = sorted(places, key=lambda place: standings[place].latency_ms or 0.0)
    # Stable: only whoever has the prompt moves to the front.
    order.sort(key=lambda place: standings[place].cached_tokens < SMALLEST_CACHED_TOKENS)
    return order


def _cost_first(standing: Standing) -> tuple[bool, int]:
    return standing.cost_nanos is None, standing.cost_nanos or 0


def _drawn(standings: Sequence[Standing], draw: float) -> list[int]:
    """Return who was drawn, then the others by weight. Nobody of weight 0 is drawn while another has any."""
    total = sum(standing.weight for standing in standings)
    rest = sorted(range(len(standings)), key=lambda place: -standings[place].weight)
    if total <= 0:
        return rest
    mark = draw * total
    for place, standing in enumerate(standings):
        mark -= standing.weight
        if mark < 0:
            rest.remove(place)
            return [place, *rest]
    return rest


def expected_cost(price: Price | None, prompt_tokens: int, cached_tokens: int, output_tokens: int) -> int | None:
    """Return what a request is likely to cost, in nanos of the price's currency, when so many tokens of its prompt come
    from the prompt cache; None where a price that is needed is unknown."""
    if price is None:
        return None
    cached = min(cached_tokens, prompt_tokens)
    if cached and price.cached_input is None:
        cached = 0
    return cost_nanos(Usage(prompt_tokens - cached, cached, output_tokens=output_tokens), price)


def weight_of(deployment: Deployment, weights: Sequence[tuple[str, float]]) -> float:
    """Return a deployment's weight: its own where stated, else that of its model, else 1."""
    stated = dict(weights)
    return stated.get(deployment.id, stated.get(deployment.public_model, 1.0))


def group_by_model(deployments: Sequence[Deployment]) -> list[list[Deployment]]:
    """Return deployments in groups of one public model, in the listed order of models."""
    groups: dict[str, list[Deployment]] = {}
    for deployment in deployments:
        groups.setdefault(deployment.public_model, []).append(deployment)
    return list(groups.values())
