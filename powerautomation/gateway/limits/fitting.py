"""Where a request may be answered under its limits: what each deployment may use, which fit, and what is said of those
that do not. Without input or output."""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, cast

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
    columns: list[Sequence[int | None]] = []
    priced, fits = True, True
    for plan in plans:
        measure = plan.measure
        if measure == "tokens":
            column: Sequence[int | None] = [ask.tokens for ask in asks]
        elif measure == "money":
            currency = plan.limit.currency
            column = [_nanos_in(currency, ask, rates, now_ms) for ask in asks]
            priced = priced and None not in column
        else:
            column = [1] * len(asks)
        columns.append(column)
    places = tuple(range(len(asks)))
    left_out: tuple[LeftOut, ...] = ()
    if not priced:
        places = tuple([place for place in places if None not in [column[place] for column in columns]])
        left_out = tuple(
            _unpriced(plans, asks, place, rates, now_ms) for place in range(len(asks)) if place not in places
        )
        if not places:
            raise _price_unknown(asks, left_out)
    claims = []
    for plan, column in zip(plans, columns, strict=True):
        amounts = cast("tuple[int, ...]", tuple(column) if priced else tuple([column[place] for place in places]))
        if max(amounts) > plan.capacity:
            fits = False
            amounts = tuple([min(amount, rules.NEVER_FITS) for amount in amounts])
        claims.append(plan.claim(amounts, now_ms))
    offer = Offer(tuple(claims), places, left_out)
    if not fits:
        best = min(range(len(places)), key=partial(_excess, plans, offer))
        if _excess(plans, offer, best) > 1:
            raise _too_large(plans, offer, best, asks[places[best]])
    return offer


def _nanos_in(currency: str, ask: Ask, rates: ExchangeRates, now_ms: int) -> int | None:
    cost = ask.cost_nanos
    if cost is None or ask.currency == currency:
        return cost
    return rates.convert(cost, ask.currency, currency, now_ms)


def _unpriced(plans: Sequence[Plan], asks: Sequence[Ask], place: int, rates: ExchangeRates, now_ms: int) -> LeftOut:
    ask = asks[place]
    if ask.cost_nanos is None:
        return place, "price_unknown"
    wanted = (plan.limit.currency for plan in plans if plan.measure == "money")
    without = next(one for one in wanted if _nanos_in(one, ask, rates, now_ms) is None)
    return place, "no_rate", ask.currency, without


def _excess(plans: Sequence[Plan], offer: Offer, number: int) -> float:
    """Return how many times the whole of a limit is asked for at a place, of the limit that is asked for most of: what
    is above 1 never fits."""
    shares = []
    for plan, claim in zip(plans, offer.claims, strict=True):
        wanted, whole = claim.asks[number], plan.capacity
        shares.append(wanted / whole if whole else math.inf if wanted else 0.0)
    return max(shares)


def _too_large(plans: Sequence[Plan], offer: Offer, number: int, ask: Ask) -> RequestTooLarge:
    limit, wanted = next(
        (plan.limit, claim.asks[number])
        for plan, claim in zip(plans, offer.claims, strict=True)
        if claim.asks[number] > plan.capacity
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
        return longest, _excess(plans, offer, number)

    return min(range(len(offer.places)), key=soonest)
