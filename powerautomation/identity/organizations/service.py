"""What can be done with organizations."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from powerautomation.governance import audit
from powerautomation.identity.organizations import repository
from powerautomation.identity.organizations.entities import Organization
from powerautomation.identity.organizations.errors import OrganizationNotFound, TimeZoneUnknown
from powerautomation.identity.organizations.repository import AsyncSession
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.principal import Principal

# Fixed, so that replicas that start together on an empty database make one organization and not one each.
FIRST_ORGANIZATION_ID = "org_default"
FIRST_ORGANIZATION_NAME = "Default"


async def ensure_first_organization(session: AsyncSession) -> tuple[Organization, bool]:
    """Return the oldest organization, creating "Default" in an empty installation; the flag says whether it was made
    in this unit of work."""
    row = await repository.find_oldest(session)
    if row is not None:
        return Organization(row.id, row.name, row.time_zone), False
    created = await repository.insert_if_absent(session, FIRST_ORGANIZATION_ID, FIRST_ORGANIZATION_NAME)
    return Organization(FIRST_ORGANIZATION_ID, FIRST_ORGANIZATION_NAME), created


async def has_several_organizations(session: AsyncSession) -> bool:
    """Say whether the installation has more than one organization; the session must not be confined to one."""
    return await repository.has_several(session)


async def get_organization(session: AsyncSession, organization_id: str) -> Organization:
    """Return one organization; raises OrganizationNotFound."""
    row = await repository.find_row(session, organization_id)
    if row is None:
        raise OrganizationNotFound("There is no such organization.")
    return Organization(row.id, row.name, row.time_zone)


async def load_time_zones(session: AsyncSession) -> dict[str, str]:
    """Return the IANA time zone of every organization, by id: for the data plane's snapshot."""
    return await repository.list_time_zones(session)


async def change_time_zone(session: AsyncSession, principal: Principal, time_zone: str) -> Organization:
    """Say in which zone the organization's days and months begin. Raises TimeZoneUnknown."""
    time_zone = checked_time_zone(time_zone)
    known = await get_organization(session, principal.organization_id)
    await repository.write_time_zone(session, principal.organization_id, time_zone)
    record_event(session, principal.organization_id, "organizations.updated", {"time_zone": time_zone})
    audit.record(
        session,
        principal,
        "organizations.update",
        audit.Target("organization", known.id, known.name),
        before={"time_zone": known.time_zone},
        after={"time_zone": time_zone},
    )
    return Organization(known.id, known.name, time_zone)


def checked_time_zone(name: str) -> str:
    """Return the name of a time zone that exists; raises TimeZoneUnknown."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneUnknown(
            f"There is no time zone “{name[:60]}”.",
            action="Name one of the IANA time zones, for example Europe/Berlin or Asia/Shanghai.",
            fields={"time_zone": "Not an IANA time zone."},
        ) from None
    return name
