"""Where a request may be answered under its limits: what each deployment may use, which fit, and what is said of those
that do not. Without input or output."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from powerautomation.gateway.limits import rules
from powerautomation.gateway.limits.entities import Ask, Claim, LeftOut, Limit
from powerautomation.gateway.limits.errors import LimitReached, PriceUnknown, RequestTooLarge
from powerautomation.gateway.limits.rules import Plan
from powerautomation.gateway.metering import ExchangeRates, why_not


class Offer(NamedTuple):
    """What is put to the counters: ``claims``, whose asks are those of ``places`` among what was asked for, and what is
    left out before anything is counted."""

    claims: tuple[Claim, ...]
    places: tuple[int, ...]
    left_out: tuple[LeftOut, ...]


def offer_of(plans: Sequence[Plan], asks: Sequence[Ask], rates: ExchangeRates, now_ms: int) -> Offer:
    """Return what a request claims of its limits, with an ask for each deployment that may answer. Raises PriceUnknown
    where no deployment's cost can be said, and RequestTooLarge where none ever fits."""
    places: list[int] = []
    amounts: list[tuple[int, ...]] = []
    left_out: list[LeftOut] = []
    for place, ask in enumerate(asks):
        found = _amounts(plans, ask, rates, now_ms)
        if found is None:
            why, *values = _why_unpriced(plans, ask, rates, now_ms)
            left_out.append((place, why, *values))
        else:
            places.append(place)
            amounts.append(found)
    if not places:
        raise _price_unknown(asks, left_out)
    columns = tuple(zip(*amounts, strict=True))
    claims = tuple([plan.claim(column, now_ms) for plan, column in zip(plans, columns, strict=True)])
    if all(_excess(plans, row) > 1 for row in amounts):
        best = min(range(len(places)), key=lambda number: _excess(plans, amounts[number]))
        raise _too_large(plans, amounts[best], asks[places[best]])
    return Offer(claims, tuple(places), tuple(left_out))


def _amounts(plans: Sequence[Plan], ask: Ask, rates: ExchangeRates, now_ms: int) -> tuple[int, ...] | None:
    """Return what an ask is in each limit's measure; None where that cannot be said."""
    amounts = []
    for plan in plans:
        limit = plan.limit
        wanted: int | None = 1
        if limit.measure == "tokens":
            wanted = ask.tokens
        elif limit.measure == "money":
            cost = ask.cost_nanos
            wanted = None if cost is None else rates.convert(cost, ask.currency, limit.currency, now_ms)
        if wanted is None:
            return None
        amounts.append(min(wanted, rules.NEVER_FITS))
    return tuple(amounts)


def _why_unpriced(plans: Sequence[Plan], ask: Ask, rates: ExchangeRates, now_ms: int) -> tuple[str, ...]:
    cost, currency = ask.cost_nanos, ask.currency
    if cost is None:
        return ("price_unknown",)
    wanted = (plan.limit.currency for plan in plans if plan.limit.measure == "money")
    return "no_rate", currency, next(one for one in wanted if rates.convert(cost, currency, one, now_ms) is None)


def _excess(plans: Sequence[Plan], amounts: Sequence[int]) -> float:
    """Return how many times the whole of a limit is asked for, of the limit that is asked for most of: what is above 1
    never fits."""
    shares = []
    for plan, wanted in zip(plans, amounts, strict=True):
        whole = plan.limit.capacity
        shares.append(wanted / whole if whole else math.inf if wanted else 0.0)
    return max(shares)


def _too_large(plans: Sequence[Plan], amounts: Sequence[int], ask: Ask) -> RequestTooLarge:
    limit, wanted = next(
        (plan.limit, wanted) for plan, wanted in zip(plans, amounts, strict=True) if wanted > plan.limit.capacity
    )
    return rules.too_large(limit, wanted, ask.deployment)


def _price_unknown(asks: Sequence[Ask], left_out: Sequence[LeftOut]) -> PriceUnknown:
    said = "; ".join(f"{asks[place].deployment}: {why_not(why, values)}" for place, why, *values in left_out)
    return PriceUnknown(
        f"A budget of money applies to this request, and what it may cost cannot be said ({said}).",
        action="Ask an administrator to state the price of the model in the console under Providers, or a rate in "
        "exchange_rates of the configuration.",
    )


def left_out_by(
    plans: Sequence[Plan], offer: Offer, fitting: Sequence[int], levels: Sequence[float]
) -> tuple[LeftOut, ...]:
    """Return which asks are left out of a request that was admitted, and why; ``levels`` are those after it."""
    if len(fitting) == len(offer.places):
        return offer.left_out
    held = [claim.of(fitting).ask for claim in offer.claims]
    found = list(offer.left_out)
    for number, place in enumerate(offer.places):
        if number in fitting:
            continue
        rooms = [
            max(0, int(claim.capacity - level + more))
            for claim, level, more in zip(offer.claims, levels, held, strict=True)
        ]
        limit, left, wanted = max(
            (
                (plan.limit, room, claim.asks[number])
                for plan, claim, room in zip(plans, offer.claims, rooms, strict=True)
            ),
            key=lambda one: one[2] - one[1],
        )
        found.append((place, *_not_enough(limit, left, wanted)))
    return tuple(sorted(found))


def _not_enough(limit: Limit, left: int, wanted: int) -> tuple[str, str, str]:
    if limit.measure == "money":
        return "budget", rules.amount_words(limit, left), rules.amount_words(limit, wanted)
    return "tokens", str(left), str(wanted)


def refusal_of(
    plans: Sequence[Plan], offer: Offer, asks: Sequence[Ask], levels: Sequence[float], now_ms: int
) -> LimitReached:
    """Return what a client is told when nothing fits."""
    best = best_of(plans, offer, levels, now_ms)
    claims = [claim.of((best,)) for claim in offer.claims]
    return rules.refusal(plans, claims, levels, now_ms, asks[offer.places[best]].deployment)


def best_of(plans: Sequence[Plan], offer: Offer, levels: Sequence[float], now_ms: int) -> int:
    """Return which of an offer's places fits soonest, and of these the one that asks for least."""

    def soonest(number: int) -> tuple[float, float]:
        claims = [claim.of((number,)) for claim in offer.claims]
        longest = max(
            rules.wait_ms(plan.limit, claim, level, plan.ends_ms, now_ms)
            for plan, claim, level in zip(plans, claims, levels, strict=True)
        )
        return longest, _excess(plans, [claim.ask for claim in claims])

    return min(range(len(offer.places)), key=soonest)
