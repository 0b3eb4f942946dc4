"""How LiteLLM spreads requests over the deployments of one model, in our words.

Source: https://docs.litellm.ai/docs/router/learn/strategies (2026-11-05): ``simple-shuffle`` draws by ``weight``, else
by ``rpm``, else by ``tpm``, else evenly; ``order`` goes before every strategy. Of wildcards and exact names
https://docs.litellm.ai/docs/wildcard_routing (2026-11): the exact name wins, then the most specific wildcard.
"""

from fnmatch import fnmatchcase
from math import isfinite
from typing import Any, NamedTuple

from powerautomation.gateway.imports.entities import Imported, ImportedRoute

Json = dict[str, Any]

_POLICIES = {
    "simple-shuffle": "weighted",
    "least-busy": "least_busy",
    "latency-based-routing": "lowest_latency",
    "cost-based-routing": "lowest_cost",
}
_MEASURES = ("weight", "rpm", "tpm")
_PLACE = "router_settings.routing_strategy"


class Share(NamedTuple):
    """What an entry of LiteLLM's list says of its share. ``deployment`` is our name of it."""

    deployment: str
    order: float
    parameters: Json


class Balance(NamedTuple):
    """The policy of a route for one model, and the weights of its deployments."""

    policy: str
    weights: dict[str, float]


def balances_of(imported: Imported, shares: dict[str, list[Share]], strategy: object) -> dict[str, Balance]:
    """Return how requests for each model with several deployments are spread, where LiteLLM says so; note what cannot
    be said here."""
    stated = strategy if isinstance(strategy, str) else ""
    if stated and stated not in _POLICIES:
        imported.note(
            "left_out", _PLACE, f"“{stated[:60]}” has no counterpart: deployments are tried in order of preference."
        )
    balances: dict[str, Balance] = {}
    for model, several in shares.items():
        if len({share.deployment for share in several}) < 2 or any("*" in share.deployment for share in several):
            continue
        weighed = any(share.parameters.get("weight") is not None for share in several)
        policy = _POLICIES.get(stated or ("simple-shuffle" if weighed else ""), "")
        ordered = len({share.order for share in several}) > 1
        if policy == "weighted":
            balances[model] = Balance(policy, _weights(several))
        elif policy and ordered:
            imported.note("left_out", _PLACE, f"“{model}” has an order of preference, which is kept instead.")
        elif policy:
            balances[model] = Balance(policy, {})
        if weighed and policy != "weighted":
            imported.note(
                "left_out", f"weights of {model}", f"only count with simple-shuffle, not with “{stated[:60]}”."
            )
    return balances


def with_wildcards(
    models: list[str], routes: list[ImportedRoute], wildcards: list[ImportedRoute]
) -> list[ImportedRoute]:
    """Return all routes in the order that keeps LiteLLM's meaning: exact names, then the most specific wildcards.

    Routes are asked before names here, so a model that a wildcard would take needs a route of its own before it.
    """
    named = {route.pattern for route in routes}.union(route.use[0] for route in wildcards)
    exact = [
        ImportedRoute(f"exact-{model}"[:100], model, (model,))
        for model in models
        if model not in named and any(fnmatchcase(model, route.glob) for route in wildcards)
    ]
    return [*routes, *exact, *sorted(wildcards, key=lambda route: -len(route.pattern.partition("*")[0]))]


def _weights(shares: list[Share]) -> dict[str, float]:
    """Return a weight for each deployment; those of a later order only follow when all before them cannot."""
    first = min(share.order for share in shares)
    measure = next((name for name in _MEASURES if any(_number(share, name) for share in shares)), "")
    weights: dict[str, float] = {}
    for share in shares:
        weight = (_number(share, measure) if measure else 1.0) if share.order == first else 0.0
        weights[share.deployment] = weights.get(share.deployment, 0.0) + weight
    most = max(weights.values())
    # Only proportions count, and a rate may be more than a weight can be.
    return {name: round(weight / most * 100, 2) for name, weight in weights.items()} if most > 1000 else weights


def _number(share: Share, name: str) -> float:
    try:
        number = float(str(share.parameters.get(name)))
    except ValueError:
        return 0.0
    return number if isfinite(number) and number > 0 else 0.0
