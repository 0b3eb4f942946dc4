"""Puts a choice's deployments in the order of its policy, at the moment a request asks, and says why."""

import os
import random
from collections.abc import Mapping, Sequence

from powerautomation.gateway.metering import Price, reason_part
from powerautomation.gateway.providers import Deployment, Policy
from powerautomation.gateway.routing.affinity import Home
from powerautomation.gateway.routing.policies import (
    EXPECTED_OUTPUT_TOKENS,
    SCORE_OF,
    SMALLEST_CACHED_TOKENS,
    Standing,
    expected_cost,
    group_by_model,
    rank,
)
from powerautomation.gateway.routing.ports import PriceOf
from powerautomation.gateway.routing.rules import Choice, Order

# Prices may change under us (an import, a new day): an order by cost is made again after so long.
ORDER_MS = 60_000
# A latency nobody measured for so long is forgotten, so that the deployment is tried again.
LATENCY_MS = 60_000
SMOOTHING = 0.2
MOST_COUNTS = 10_000
MOST_LOADS = 10_000
MOST_ALTERNATIVES = 10
# Longer prompts are priced one by one: no band of a price begins below, and beside reading them it costs nothing.
LONGEST_SHARED_TOKENS = 32_000
_random = random.Random()
os.register_at_fork(after_in_child=_random.seed)


class Load:
    """What runs at one deployment in this process, and how long it took lately to its first token."""

    __slots__ = ("in_flight", "latency_ms", "measured_ms")

    def __init__(self) -> None:
        self.in_flight = 0
        self.latency_ms = 0.0
        self.measured_ms = 0

    def measured(self, latency_ms: float, now_ms: int) -> None:
        """Note how long an answer took to its first token."""
        if self.measured_ms and now_ms - self.measured_ms < LATENCY_MS:
            latency_ms = self.latency_ms + SMOOTHING * (latency_ms - self.latency_ms)
        self.latency_ms = latency_ms
        self.measured_ms = now_ms


class Arranger:
    """Knows what policies go by: prices, load, requests so far. One per router."""

    def __init__(self, price_of: PriceOf | None = None, exchange_rates: Mapping[str, float] | None = None) -> None:
        self._price_of = price_of
        # Units of one currency for one of each other, to compare prices in different ones.
        self._exchange_rates = exchange_rates or {}
        self._loads: dict[tuple[str, str], Load] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def load_of(self, key: tuple[str, str]) -> Load:
        """Return the load of a deployment, by its organization and id."""
        load = self._loads.get(key)
        if load is None:
            if len(self._loads) >= MOST_LOADS:
                # Deployments come and go for months: what does nothing now is forgotten.
                self._loads = {known: one for known, one in self._loads.items() if one.in_flight}
            load = self._loads[key] = Load()
        return load

    def order(
        self, choice: Choice, organization_id: str, asked_model: str, tokens: int, home: Home | None, now_ms: int
    ) -> Order:
        """Return a moving choice's deployments in order. ``tokens`` is the likely length of the prompt, ``home`` where
        the conversation's prompt is cached."""
        if choice.policy not in (None, "value", "lowest_cost"):
            return self._by_moment(choice, organization_id, asked_model, tokens, home, now_ms)
        if choice.policy == "lowest_cost":
            home = None
        if home is not None or tokens > LONGEST_SHARED_TOKENS:
            return self._by_cost(choice, organization_id, asked_model, tokens, home, now_ms)
        # Six significant bits, to the middle: prompts that differ by less than a thirtieth share an order.
        shift = max(0, tokens.bit_length() - 6)
        rounded = (tokens >> shift << shift) + (1 << shift >> 1)
        known = choice.orders.get(rounded)
        if known is None or now_ms - known.made_ms > ORDER_MS:
            known = self._by_cost(choice, organization_id, asked_model, rounded, None, now_ms)
            choice.orders[rounded] = known
        return known

    def _by_cost(
        self, choice: Choice, organization_id: str, asked_model: str, tokens: int, home: Home | None, now_ms: int
    ) -> Order:
        policy: Policy = choice.policy or "value"
        groups = group_by_model(choice.candidates) if choice.policy is None else [list(choice.candidates)]
        ordered: list[Deployment] = []
        parts: list[str] = []
        for group in groups:
            standings, currency = self._costs(group, organization_id, asked_model, tokens, home)
            # Nobody asked for an order by cost here: the listed one stands unless every cost is known.
            unknown = choice.policy is None and any(standing.cost_nanos is None for standing in standings)
            order = list(range(len(group))) if unknown else rank(policy, standings)
            ordered += [group[place] for place in order]
            if len(group) > 1 and not unknown and not parts:
                parts = _why(policy, group, standings, order, currency, home)
        return Order(tuple(ordered), ",".join(parts), now_ms)

    def _by_moment(
        self, choice: Choice, organization_id: str, asked_model: str, tokens: int, home: Home | None, now_ms: int
    ) -> Order:
        policy = choice.policy or "value"
        deployments = choice.candidates
        standings = []
        for deployment, weight in zip(deployments, choice.weights, strict=True):
            load = self._loads.get((deployment.provider.organization_id or "", deployment.id))
            fresh = load is not None and load.measured_ms and now_ms - load.measured_ms < LATENCY_MS
            standings.append(
                Standing(
                    weight=weight,
                    in_flight=load.in_flight if load is not None else 0,
                    latency_ms=load.latency_ms if load is not None and fresh else None,
                    cached_tokens=home.cached_tokens if home is not None and home.deployment == deployment.id else 0,
                )
            )
        count = 0
        if policy == "round_robin":
            key = (organization_id, choice.route)
            count = self._counts.get(key, 0)
            if len(self._counts) >= MOST_COUNTS:
                self._counts.clear()
            self._counts[key] = count + 1
        order = rank(policy, standings, count, _random.random())
        parts = _why(policy, deployments, standings, order, "", home)
        return Order(tuple(deployments[place] for place in order), ",".join(parts), now_ms)

    def costs(
        self, deployments: Sequence[Deployment], organization_id: str, asked_model: str, tokens: int, home: Home | None
    ) -> list[tuple[int | None, str]]:
        """Return what a request is likely to cost at each deployment: nanos and their currency, or None."""
        found: list[tuple[int | None, str]] = []
        for deployment in deployments:
            price = self._price(deployment, asked_model, organization_id)
            cached = home.cached_tokens if home is not None and home.deployment == deployment.id else 0
            cost = expected_cost(price, tokens, cached, EXPECTED_OUTPUT_TOKENS)
            found.append((cost, price.currency if price is not None else ""))
        return found

    def _costs(
        self, deployments: Sequence[Deployment], organization_id: str, asked_model: str, tokens: int, home: Home | None
    ) -> tuple[list[Standing], str]:
        """Return where deployments stand by cost, all in one currency."""
        found = self.costs(deployments, organization_id, asked_model, tokens, home)
        currencies = {currency for cost, currency in found if cost is not None}
        common = currencies.pop() if len(currencies) == 1 else "USD"
        standings = []
        for deployment, (cost, currency) in zip(deployments, found, strict=True):
            if cost is not None and currency != common:
                rate = self._exchange_rates.get(currency)
                cost = None if rate is None else round(cost * rate)
            cached = home.cached_tokens if home is not None and home.deployment == deployment.id else 0
            standings.append(Standing(cost_nanos=cost, cached_tokens=cached))
        return standings, common

    def _price(self, deployment: Deployment, asked_model: str, organization_id: str) -> Price | None:
        if deployment.is_demo:
            return None
        if self._price_of is None:
            return deployment.price
        return self._price_of(deployment, asked_model, organization_id)


def _why(
    policy: Policy,
    deployments: Sequence[Deployment],
    standings: Sequence[Standing],
    order: Sequence[int],
    currency: str,
    home: Home | None,
) -> list[str]:
    """Return the parts of the reason that say which policy chose whom by which score, and what the others had."""
    kind = SCORE_OF[policy]
    first = order[0]
    parts = [
        reason_part("policy", policy, deployments[first].id, kind, _score(kind, standings[first], first, currency))
    ]
    if home is not None and standings[first].cached_tokens >= SMALLEST_CACHED_TOKENS:
        parts.append(reason_part("stays", deployments[first].id, str(home.cached_tokens)))
    elif home is not None and policy == "value" and any(standing.cached_tokens for standing in standings):
        parts.append(reason_part("leaves", home.deployment, str(home.cached_tokens)))
    for place in order[1 : MOST_ALTERNATIVES + 1]:
        score = _score(kind, standings[place], place, currency)
        parts.append(reason_part("instead_of", deployments[place].id, kind, score))
    return parts


def _score(kind: str, standing: Standing, place: int, currency: str) -> str:
    if kind == "cost":
        return "" if standing.cost_nanos is None else f"{standing.cost_nanos / 1e9:.6f} {currency}"
    if kind == "busy":
        return str(standing.in_flight)
    if kind == "latency":
        return "" if standing.latency_ms is None else f"{standing.latency_ms:.0f}"
    return f"{standing.weight:g}" if kind == "weight" else str(place + 1)
