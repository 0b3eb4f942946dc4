"""What can be done with service levels: look, note a promise, and (in the background) measure and judge."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from powerautomation.gateway.metering import count_attempts
from powerautomation.gateway.service_levels import repository, rules
from powerautomation.gateway.service_levels.entities import Breach, Credit, Measured, Period, Promise
from powerautomation.gateway.service_levels.errors import PromiseNotFound, PromiseReadOnly
from powerautomation.gateway.service_levels.events import BREACHED, CREDITED
from powerautomation.gateway.service_levels.repository import AsyncSession
from powerautomation.governance import audit
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

MOST_LISTED = 1000
# A record reaches the ledger about a second after its request; after a crash, when its process's journal is adopted.
GRACE = timedelta(minutes=10)
_SHOWN: dict[Period, timedelta] = {
    "hour": timedelta(hours=48),
    "day": timedelta(days=30),
    "month": timedelta(days=365),
}
DEMO = "demo"


class ProviderLevel(msgspec.Struct, frozen=True):
    """One provider: its promise, whether the file declares it, this month so far, and the periods asked for."""

    provider: str
    promise: Promise | None
    declared: bool
    this_month: Measured
    periods: tuple[Measured, ...]


async def list_levels(
    session: AsyncSession, organization_id: str, declared: Mapping[str, Promise], period: Period
) -> list[ProviderLevel]:
    """Return how every provider fared, by name: the last 48 hours, 30 days or 12 months, oldest first."""
    moment = now()
    month = rules.period_start("month", moment)
    since = rules.period_start(period, moment - _SHOWN[period])
    hours = await repository.list_hours(
        session, organization_id, rules.hour_of(min(since, month)), rules.hour_of(moment) + 1
    )
    promises = {**await repository.list_promises(session, organization_id), **declared}
    grouped = rules.group_hours(hours, period)
    months = rules.group_hours(hours, "month")
    return [
        ProviderLevel(
            provider=name,
            promise=promises.get(name),
            declared=name in declared,
            this_month=rules.measure(month, months.get(name, {}).get(month, ())),
            periods=tuple(
                rules.measure(start, inside)
                for start, inside in sorted(grouped.get(name, {}).items())
                if start >= since
            ),
        )
        for name in sorted({*grouped, *promises})
    ]


async def put_promise(
    session: AsyncSession, principal: Principal, declared: Mapping[str, Promise], provider: str, promise: Promise
) -> None:
    """Note what a provider promises. Raises PromiseReadOnly for one the configuration declares."""
    _refuse_declared(declared, provider)
    known = (await repository.list_promises(session, principal.organization_id)).get(provider)
    await repository.put_promise(session, principal.organization_id, provider, promise, principal.id, now())
    audit.record(
        session,
        principal,
        "service_levels.put_promise",
        audit.Target("promise", provider, provider),
        before=None if known is None else msgspec.to_builtins(known),
        after=msgspec.to_builtins(promise),
    )


async def delete_promise(
    session: AsyncSession, principal: Principal, declared: Mapping[str, Promise], provider: str
) -> None:
    """Forget a promise. Raises PromiseReadOnly, or PromiseNotFound when there is none."""
    _refuse_declared(declared, provider)
    known = (await repository.list_promises(session, principal.organization_id)).get(provider)
    if known is None or not await repository.delete_promise(session, principal.organization_id, provider):
        raise PromiseNotFound("Nobody noted a promise of this provider.")
    target = audit.Target("promise", provider, provider)
    audit.record(session, principal, "service_levels.delete_promise", target, before=msgspec.to_builtins(known))


def _refuse_declared(declared: Mapping[str, Promise], provider: str) -> None:
    if provider in declared:
        raise PromiseReadOnly(
            "The configuration declares what this provider promises.",
            action="Change it there and start the server again.",
        )


async def list_breaches(session: AsyncSession, organization_id: str) -> list[Breach]:
    """Return the latest breaches, newest first, at most 1,000."""
    return await repository.list_breaches(session, organization_id, MOST_LISTED)


async def list_credits(session: AsyncSession, organization_id: str) -> list[Credit]:
    """Return the latest credits, newest month first, at most 1,000."""
    return await repository.list_credits(session, organization_id, MOST_LISTED)


async def measure_hours(session: AsyncSession, organization_id: str, from_hour: int, to_hour: int) -> None:
    """Count the ledger's attempts of these hours anew. Doing it twice changes nothing."""
    rows = await count_attempts(session, organization_id, from_hour, to_hour, rules.LATENCY_EDGES_MS)
    hours = [hour for hour in rules.sum_hours(rows) if hour.provider != DEMO]
    await repository.put_hours(session, organization_id, hours)


async def judge(session: AsyncSession, organization_id: str, declared: Mapping[str, Promise], moment: datetime) -> None:
    """Compare the hour, the day and the month that ended last with the promises: breaches and credits are stored and
    announced, each once."""
    promises = {**await repository.list_promises(session, organization_id), **declared}
    if not promises:
        return
    over = moment - GRACE
    this_month = rules.period_start("month", over)
    month_before = rules.period_before("month", this_month)
    hours = await repository.list_hours(
        session, organization_id, rules.hour_of(month_before), rules.hour_of(rules.period_start("hour", over))
    )
    periods: tuple[Period, ...] = ("hour", "day", "month")
    for period in periods:
        start = rules.period_before(period, rules.period_start(period, over))
        grouped = rules.group_hours(hours, period)
        for provider, promise in sorted(promises.items()):
            inside = grouped.get(provider, {}).get(start)
            if not inside:
                continue
            measured = rules.measure(start, inside)
            for breach in rules.find_breaches(provider, period, measured, promise):
                if await repository.add_breach(session, organization_id, breach, moment):
                    record_event(session, organization_id, BREACHED, msgspec.to_builtins(breach))
            if period == "month":
                for credit in rules.find_credits(provider, measured, rules.sum_spent(inside), promise):
                    if await repository.add_credit(session, organization_id, credit, moment):
                        record_event(session, organization_id, CREDITED, msgspec.to_builtins(credit))
