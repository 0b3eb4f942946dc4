"""What a request that is not sent would meet: the limits that apply to its key, and whether it would fit."""

from dataclasses import dataclass
from typing import Literal

from powerautomation.gateway.limits.entities import Ask, LimitUsage
from powerautomation.gateway.limits.errors import PriceUnknown, RequestTooLarge
from powerautomation.gateway.limits.limiter import KeyLimits
from powerautomation.gateway.limits.ports import Counters
from powerautomation.gateway.limits.repository import AsyncSession
from powerautomation.gateway.limits.service import list_limits
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


async def try_limits(
    session: AsyncSession, counters: Counters, organization_id: str, key_limits: KeyLimits, ask: Ask
) -> list[LimitTrial]:
    """Return the limits of a key and what each would say to a request that may use so much. Nothing is reserved."""
    usages = {one.limit.id: one for one in await list_limits(session, counters, organization_id)}
    found = []
    for plan in key_limits.plans:
        usage = usages.get(plan.limit.id)
        if usage is None:
            # It was removed a moment ago.
            continue
        asks: int | None = None
        why: WhyRefused = ""
        try:
            claim = plan.claim(ask, now_ms())
        except PriceUnknown:
            why = "price_unknown"
        except RequestTooLarge:
            why = "too_large"
        else:
            asks = claim.ask
            if usage.used is None:
                why = "unavailable"
            elif usage.used + claim.ask > claim.capacity:
                why = "reached"
        found.append(LimitTrial(usage, asks, why))
    return found
