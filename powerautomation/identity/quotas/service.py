"""What can be done with quotas: enforce them, look at them, set them."""

from collections.abc import Mapping

from powerautomation.governance import audit
from powerautomation.identity.organizations import get_organization
from powerautomation.identity.quotas import repository
from powerautomation.identity.quotas.entities import Quota, Resource
from powerautomation.identity.quotas.errors import NoRoom, QuotaInvalid, QuotaReached
from powerautomation.identity.quotas.register import MEGABYTE, resources
from powerautomation.identity.quotas.repository import AsyncSession
from powerautomation.infrastructure.database import COUNTED, GROWTH_CHECKS, Database, Growth
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.principal import Principal


def enforce(database: Database, settings: Settings) -> None:
    """Let every unit of work from now on keep to the quotas: one in which an organization gets more than it may have of
    something is not committed, and raises QuotaReached or NoRoom.

    On PostgreSQL units of work in which something of one organization grew are counted and committed one after the
    other, on SQLite all are: together they do not pass a quota.
    """
    refusing = [one for one in resources(settings).values() if one.refuses]

    async def check(session: AsyncSession, grew: frozenset[Growth]) -> None:
        # In one order, so that nobody waits in a circle.
        for organization_id in sorted({organization_id for organization_id, _ in grew}):
            await repository.hold(session, organization_id)
            amounts = await repository.list_amounts(session, organization_id)
            for resource in refusing:
                if (organization_id, resource.table) in grew:
                    await _check(session, organization_id, resource, amounts.get(resource.name, resource.most))

    database.tell_sessions(COUNTED, frozenset(one.table for one in refusing))
    database.tell_sessions(GROWTH_CHECKS, (check,))


async def list_quotas(session: AsyncSession, settings: Settings, organization_id: str) -> list[Quota]:
    """Return every quota of an organization and what is used of it, in the order of the register. Raises
    OrganizationNotFound."""
    await get_organization(session, organization_id)
    amounts = await repository.list_amounts(session, organization_id)
    return [
        Quota(
            resource,
            min(amounts.get(resource.name, resource.most), resource.most),
            await repository.measure(session, organization_id, resource),
            resource.name in amounts,
        )
        for resource in resources(settings).values()
    ]


async def list_amounts_of(session: AsyncSession, resource: str, most: int) -> dict[str, int]:
    """Return what was set for one resource, by organization, at most ``most``; the session must not be confined to
    one."""
    amounts = await repository.list_amounts_of(session, resource)
    return {organization_id: min(amount, most) for organization_id, amount in amounts.items()}


async def set_quotas(
    session: AsyncSession,
    actor: Principal,
    settings: Settings,
    organization_id: str,
    amounts: Mapping[str, int | None],
) -> list[Quota]:
    """Say how much an organization may have; None gives back the most. What it has already stays, also above.

    Raises OrganizationNotFound, QuotaInvalid.
    """
    one = await get_organization(session, organization_id)
    known = resources(settings)
    for name, amount in amounts.items():
        _check_amount(known, name, amount)
    await repository.hold(session, organization_id)
    before = await repository.list_amounts(session, organization_id)
    gone = [name for name, amount in amounts.items() if amount is None]
    await repository.remove_amounts(session, organization_id, gone)
    for name, amount in amounts.items():
        if amount is not None:
            await repository.put_amount(session, organization_id, name, amount)
    await session.flush()
    after = await repository.list_amounts(session, organization_id)
    changed = sorted(name for name in amounts if before.get(name) != after.get(name))
    if changed:
        states = [{name: found[name] for name in changed if name in found} for found in (before, after)]
        target = audit.Target("organization", one.id, one.name)
        audit.record(session, actor, "organizations.set_quotas", target, before=states[0], after=states[1])
        if actor.organization_id != organization_id:
            server = Principal("system", "server", organization_id, "Whoever runs the server")
            audit.record(session, server, "organizations.set_quotas", target, before=states[0], after=states[1])
    return await list_quotas(session, settings, organization_id)


async def _check(session: AsyncSession, organization_id: str, resource: Resource, amount: int) -> None:
    most = min(amount, resource.most)
    if await repository.measure(session, organization_id, resource) <= most:
        return
    if resource.measure == "bytes":
        raise NoRoom(
            f"The organization's quota of {resource.name} is {most / MEGABYTE:,.0f} MB, and this would be more.",
            action="Delete some, or ask whoever runs the server for a higher quota.",
        )
    raise QuotaReached(
        f"The organization's quota of {resource.name.replace('_', ' ')} is {most:,}, and this would be more.",
        action="Remove some that are no longer used, or ask whoever runs the server for a higher quota.",
    )


def _check_amount(known: Mapping[str, Resource], name: str, amount: int | None) -> None:
    if name not in known:
        raise QuotaInvalid(
            f"There is no quota on “{name[:40]}”.",
            action=f"Choose among {', '.join(known)}.",
            fields={name[:40]: "There is no such quota."},
        )
    most = known[name].most
    if amount is not None and not 0 <= amount <= most:
        raise QuotaInvalid(
            f"{name} is from 0 to {most:,}.", action="Choose a number in between.", fields={name: f"0 to {most:,}."}
        )
