"""What a person can do with limits, and what the data plane needs of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from powerautomation.gateway.limits import repository, rules
from powerautomation.gateway.limits.entities import Limit, LimitUsage, NewLimit
from powerautomation.gateway.limits.errors import LimitInvalid, LimitNotFound, LimitsUnavailable, TooManyLimits
from powerautomation.gateway.limits.events import (
    LIMIT_CREATED,
    LIMIT_DELETED,
    LIMIT_RESTORED,
    LIMIT_UPDATED,
    LIMIT_WARNED,
)
from powerautomation.gateway.limits.ports import Counters
from powerautomation.gateway.limits.repository import AsyncSession
from powerautomation.gateway.limits.tables import LimitRow
from powerautomation.gateway.metering import ExchangeRates, unsummed_by_key, usage_by_key
from powerautomation.governance import audit
from powerautomation.identity.api_keys import list_api_keys, list_key_ids
from powerautomation.identity.organizations import get_organization, load_time_zones
from powerautomation.identity.units import list_paths, list_people_of
from powerautomation.identity.units import load_time_zones as load_unit_zones
from powerautomation.identity.users import list_user_names
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import from_ms, now, now_ms
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

_FUTURE_MS = 3_600_000


async def load_limits(session: AsyncSession) -> list[Limit]:
    """Return every limit of every organization, for the data plane's snapshot."""
    zones = await load_time_zones(session)
    rows = await repository.list_rows_everywhere(session)
    of_units = await load_unit_zones(session) if any(row.subject_kind == "unit" for row in rows) else {}
    return [_limit(row, _zone_of(row, of_units, zones.get(row.organization_id, "UTC"))) for row in rows]


async def list_limits(
    session: AsyncSession, counters: Counters, rates: ExchangeRates, organization_id: str
) -> list[LimitUsage]:
    """Return the organization's limits and how much of each is used now, oldest first, at most 1,000.

    A calendar budget that counted nothing yet in this process is read from the ledger.
    """
    zone = (await get_organization(session, organization_id)).time_zone
    rows = await repository.list_rows(session, organization_id)
    of_units = (
        await load_unit_zones(session, organization_id) if any(row.subject_kind == "unit" for row in rows) else {}
    )
    limits = [_limit(row, _zone_of(row, of_units, zone)) for row in rows]
    names = await _subject_names(session, organization_id, limits)
    moment_ms = now_ms()
    plans = [rules.Plan(limit) for limit in limits]
    try:
        levels: Sequence[float | None] = await counters.levels(
            organization_id, [plan.counter(moment_ms) for plan in plans]
        )
    except LimitsUnavailable:
        levels = [None] * len(plans)
        known = False
    else:
        known = True
    found = []
    for row, plan, level in zip(rows, plans, levels, strict=True):
        limit = plan.limit
        used: int | None = None if level is None else -int(-level // 1)
        if used is None and known:
            used = await spent_since(session, limit, plan.starts_ms, rates) if limit.is_budget else 0
        found.append(
            LimitUsage(
                limit=limit,
                subject_name=names.get((limit.subject_kind, limit.subject_id), limit.subject_id),
                used=used,
                resets_at=from_ms(plan.ends_ms) if limit.is_budget else None,
                created_at=row.created_at,
            )
        )
    return found


async def get_limit(
    session: AsyncSession, counters: Counters, rates: ExchangeRates, organization_id: str, limit_id: str
) -> LimitUsage:
    """Return one limit. Raises LimitNotFound."""
    for one in await list_limits(session, counters, rates, organization_id):
        if one.limit.id == limit_id:
            return one
    raise LimitNotFound("There is no such limit.")


async def create_limit(session: AsyncSession, principal: Principal, new: NewLimit) -> str:
    """Make a limit and return its id; it holds for the next request. A budget counts what the ledger knows of its
    period already. Raises LimitInvalid, TooManyLimits."""
    new = rules.checked(new)
    organization_id = principal.organization_id
    if await repository.count_rows(session, organization_id) >= rules.MOST_LIMITS:
        raise TooManyLimits(f"There are {rules.MOST_LIMITS:,} limits already.", action="Remove some first.")
    await _check_subject(session, organization_id, new)
    moment = now()
    row = LimitRow(
        id=new_id("lim"),
        organization_id=organization_id,
        subject_kind=new.subject_kind,
        subject_id=new.subject_id,
        measure=new.measure,
        window=new.window,
        amount=new.amount,
        burst=new.burst,
        currency=new.currency,
        warn_percents=list(new.warn_percents),
        revision=0,
        created_by=principal.id,
        created_at=moment,
        updated_at=moment,
        deleted_at=None,
    )
    session.add(row)
    record_event(session, organization_id, LIMIT_CREATED, _told(row))
    audit.record(session, principal, "limits.create", _target_of(row), after=_state_of(row))
    return row.id


async def update_limit(session: AsyncSession, principal: Principal, limit_id: str, changes: dict[str, Any]) -> None:
    """Change ``amount``, ``burst`` or ``warn_percents``; what was used stays. Raises LimitNotFound, LimitInvalid."""
    row = await _row(session, principal, limit_id)
    known = NewLimit(
        row.subject_kind,  # type: ignore[arg-type]  # stored as checked
        row.subject_id,
        row.measure,  # type: ignore[arg-type]  # stored as checked
        row.window,  # type: ignore[arg-type]  # stored as checked
        row.amount,
        row.burst,
        row.currency,
        tuple(row.warn_percents),
    )
    new = rules.checked(replace(known, **changes))
    before = _state_of(row)
    row.amount, row.burst, row.warn_percents = new.amount, new.burst, list(new.warn_percents)
    row.updated_at = now()
    record_event(session, row.organization_id, LIMIT_UPDATED, _told(row))
    audit.record(session, principal, "limits.update", _target_of(row), before=before, after=_state_of(row))


async def delete_limit(session: AsyncSession, principal: Principal, limit_id: str) -> None:
    """Take a limit away; it can be brought back. Raises LimitNotFound."""
    row = await _row(session, principal, limit_id)
    row.deleted_at = now()
    record_event(session, row.organization_id, LIMIT_DELETED, _told(row))
    audit.record(session, principal, "limits.delete", _target_of(row), before=_state_of(row))


async def restore_limit(session: AsyncSession, principal: Principal, limit_id: str) -> None:
    """Bring a deleted limit back. A budget counts what was used meanwhile too. Raises LimitNotFound, TooManyLimits."""
    if await repository.count_rows(session, principal.organization_id) >= rules.MOST_LIMITS:
        raise TooManyLimits(f"There are {rules.MOST_LIMITS:,} limits already.", action="Remove some first.")
    row = await repository.find_row(session, principal.organization_id, limit_id, deleted=True)
    if row is None:
        raise LimitNotFound("There is no deleted limit of that id.")
    row.deleted_at = None
    # Nobody counted meanwhile: the old counters would know too little.
    row.revision += 1
    row.updated_at = now()
    record_event(session, row.organization_id, LIMIT_RESTORED, _told(row))
    audit.record(session, principal, "limits.restore", _target_of(row), after=_state_of(row))


async def spent_since(session: AsyncSession, limit: Limit, from_ms: int, rates: ExchangeRates) -> int:
    """Return what the ledger knows a limit's subject used since a moment, in the limit's measure. What was paid in
    another currency counts by the rate of its day; where none was in force it was not let through under this limit."""
    keys: set[str] | None = None
    if limit.subject_kind == "key":
        keys = {limit.subject_id}
    elif limit.subject_kind == "project":
        keys = set(await list_key_ids(session, limit.organization_id, project=limit.subject_id))
    elif limit.subject_kind == "person":
        keys = set(await list_key_ids(session, limit.organization_id, created_by=limit.subject_id))
    elif limit.subject_kind == "unit":
        people = await list_people_of(session, limit.organization_id, limit.subject_id)
        keys = set(await list_key_ids(session, limit.organization_id, created_by=people))
    until_ms = now_ms() + _FUTURE_MS
    # Rates begin at midnight UTC: each of these spans has one for every currency.
    begins = [from_ms, *(rates.changes(limit.currency, from_ms, until_ms) if limit.measure == "money" else ())]
    total = 0
    for starts_ms, ends_ms in pairwise([*begins, until_ms]):
        spent: dict[str, int] = {}
        usages = await usage_by_key(session, limit.organization_id, starts_ms, ends_ms)
        if limit.measure == "money":
            usages += await unsummed_by_key(session, limit.organization_id, starts_ms, ends_ms)
        for usage in usages:
            if keys is not None and usage.api_key_id not in keys:
                continue
            if limit.measure == "money":
                spent[usage.currency] = spent.get(usage.currency, 0) + usage.spent_nanos
            else:
                total += usage.tokens if limit.measure == "tokens" else usage.requests
        for currency, nanos in spent.items():
            total += rates.convert(nanos, currency, limit.currency, starts_ms) or 0
    return min(total, rules.MOST_AMOUNT)


async def record_warning(session: AsyncSession, limit: Limit, period_start_ms: int, percent: int, used: int) -> bool:
    """Announce that a budget reached a threshold: once for each period, whoever sees it first. Says whether it was."""
    new = await repository.insert_warning(session, limit.organization_id, limit.id, period_start_ms, percent)
    if new:
        payload = {
            "limit_id": limit.id,
            "percent": percent,
            "used": used,
            "amount": limit.amount,
            "measure": limit.measure,
            "window": limit.window,
            "currency": limit.currency,
            "subject_kind": limit.subject_kind,
            "subject_id": limit.subject_id,
            "period_start": from_ms(period_start_ms).isoformat(),
        }
        record_event(session, limit.organization_id, LIMIT_WARNED, payload)
    return new


async def _row(session: AsyncSession, principal: Principal, limit_id: str) -> LimitRow:
    row = await repository.find_row(session, principal.organization_id, limit_id)
    if row is None:
        raise LimitNotFound("There is no such limit.")
    return row


async def _check_subject(session: AsyncSession, organization_id: str, new: NewLimit) -> None:
    unknown = False
    if new.subject_kind == "key":
        unknown = new.subject_id not in await list_key_ids(session, organization_id)
    elif new.subject_kind == "person":
        unknown = not await list_user_names(session, organization_id, [new.subject_id])
    elif new.subject_kind == "unit":
        unknown = new.subject_id not in await list_paths(session, organization_id)
    if unknown:
        raise LimitInvalid(
            f"There is no such {new.subject_kind} in the organization.",
            action="Choose one that exists.",
            fields={"subject_id": "unknown"},
        )


async def _subject_names(
    session: AsyncSession, organization_id: str, limits: Sequence[Limit]
) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    kinds = {limit.subject_kind for limit in limits}
    if "key" in kinds:
        for key in await list_api_keys(session, organization_id):
            names["key", key.id] = key.name
    if "unit" in kinds:
        for unit_id, path in (await list_paths(session, organization_id)).items():
            names["unit", unit_id] = path
    people = [limit.subject_id for limit in limits if limit.subject_kind == "person"]
    if people:
        for user_id, name in (await list_user_names(session, organization_id, people)).items():
            names["person", user_id] = name
    return names


def _zone_of(row: LimitRow, of_units: Mapping[str, str], zone: str) -> str:
    """Return by whose calendar a limit counts: its unit's where that has one, else the organization's."""
    return of_units.get(row.subject_id, zone) if row.subject_kind == "unit" else zone


def _limit(row: LimitRow, time_zone: str) -> Limit:
    return Limit(
        id=row.id,
        organization_id=row.organization_id,
        subject_kind=row.subject_kind,  # type: ignore[arg-type]  # stored as checked
        subject_id=row.subject_id,
        measure=row.measure,  # type: ignore[arg-type]  # stored as checked
        window=row.window,  # type: ignore[arg-type]  # stored as checked
        amount=row.amount,
        burst=row.burst,
        currency=row.currency,
        warn_percents=tuple(row.warn_percents),
        revision=row.revision,
        time_zone=time_zone,
    )


def _target_of(row: LimitRow) -> audit.Target:
    name = " ".join(part for part in (row.subject_kind, row.subject_id, row.measure, row.window) if part)
    return audit.Target("limit", row.id, name)


def _state_of(row: LimitRow) -> dict[str, Any]:
    more = {"burst": row.burst, "currency": row.currency, "warn_percents": list(row.warn_percents)}
    return {name: value for name, value in _told(row).items() if name != "limit_id"} | more


def _told(row: LimitRow) -> dict[str, Any]:
    return {
        "limit_id": row.id,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "measure": row.measure,
        "window": row.window,
        "amount": row.amount,
    }
