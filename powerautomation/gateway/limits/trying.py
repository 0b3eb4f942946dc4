"""What a request that is not sent would meet: the limits that apply to its key, and where it would fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from powerautomation.gateway.limits.entities import Ask, LeftOut, LimitUsage
from powerautomation.gateway.limits.errors import LimitReached, PriceUnknown, RequestTooLarge
from powerautomation.gateway.limits.fitting import Offer, best_of, left_out_by, offer_of
from powerautomation.gateway.limits.limiter import KeyLimits, Limiter
from powerautomation.gateway.limits.repository import AsyncSession
from powerautomation.gateway.limits.rules import Plan
from powerautomation.gateway.limits.service import list_limits
from powerautomation.gateway.metering import ExchangeRates
from powerautomation.kernel.clock import now_ms

# Why a limit would refuse: not enough is left, one request may never use so much, nobody knows what it costs in the
# limit's currency, or nobody can say now what is used.
WhyRefused = Literal["", "reached", "too_large", "price_unknown", "unavailable"]


@dataclass(frozen=True, slots=True)
class LimitTrial:
    """A limit, how much of it the request may use at most (None: unknown), and why it would refuse; empty when not."""

    usage: LimitUsage
    asks: int | None
    why: WhyRefused


@dataclass(frozen=True, slots=True)
class Trial:
    """What a key's limits would say. ``fitting`` are the places of the asks that fit, none when the request would be
    refused; ``left_out`` are the others, where some fit."""

    limits: list[LimitTrial]
    fitting: tuple[int, ...]
    left_out: tuple[LeftOut, ...]


async def try_limits(
    session: AsyncSession, limiter: Limiter, organization_id: str, key_limits: KeyLimits, asks: Sequence[Ask]
) -> Trial:
    """Return the limits of a key and what each would say to a request that may use so much at each deployment. Nothing
    is reserved."""
    found = await list_limits(session, limiter.counters, limiter.rates, organization_id)
    usages = {one.limit.id: one for one in found}
    # One that is missing was removed a moment ago.
    plans = [plan for plan in key_limits.plans if plan.limit.id in usages]
    known = [usages[plan.limit.id] for plan in plans]
    moment_ms = now_ms()
    if not plans:
        return Trial([], tuple(range(len(asks))), ())
    try:
        offer = offer_of(plans, asks, limiter.rates, moment_ms)
    except (PriceUnknown, LimitReached):
        tried = [_alone(plan, usage, asks, limiter.rates, moment_ms) for plan, usage in zip(plans, known, strict=True)]
        return Trial(tried, (), ())
    levels = [float(usage.used or 0) for usage in known]
    fitting = [
        number
        for number in range(len(offer.places))
        if all(
            level + claim.of((number,)).ask <= claim.capacity for level, claim in zip(levels, offer.claims, strict=True)
        )
    ]
    shown = fitting or [best_of(plans, offer, levels, moment_ms)]
    claims = [claim.of(shown) for claim in offer.claims]
    limits = [_trial(usage, claim.ask, claim.capacity) for usage, claim in zip(known, claims, strict=True)]
    if not fitting:
        return Trial(limits, (), ())
    after = [level + claim.ask for level, claim in zip(levels, claims, strict=True)]
    places = tuple([offer.places[number] for number in fitting])
    return Trial(limits, places, left_out_by(plans, offer, fitting, after))


def _trial(usage: LimitUsage, asks: int, capacity: int) -> LimitTrial:
    if usage.used is None:
        return LimitTrial(usage, asks, "unavailable")
    return LimitTrial(usage, asks, "reached" if usage.used + asks > capacity else "")


def _alone(plan: Plan, usage: LimitUsage, asks: Sequence[Ask], rates: ExchangeRates, moment_ms: int) -> LimitTrial:
    """Return what a limit would say if it were the only one: of those that refuse at once, each says why itself."""
    try:
        offer: Offer = offer_of([plan], asks, rates, moment_ms)
    except PriceUnknown:
        return LimitTrial(usage, None, "price_unknown")
    except RequestTooLarge:
        return LimitTrial(usage, None, "too_large")
    claim = offer.claims[0]
    return _trial(usage, min(claim.asks), claim.capacity)
