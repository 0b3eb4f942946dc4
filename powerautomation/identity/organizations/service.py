"""What can be done with organizations."""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from powerautomation.governance import audit
from powerautomation.identity.organizations import repository
from powerautomation.identity.organizations.entities import Organization
from powerautomation.identity.organizations.errors import (
    OrganizationNameInvalid,
    OrganizationNameTaken,
    OrganizationNotFound,
    RunsTheInstallation,
    TimeZoneUnknown,
    TooManyOrganizations,
)
from powerautomation.identity.organizations.repository import AsyncSession
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

# Fixed, so that replicas that start together on an empty database make one organization and not one each.
FIRST_ORGANIZATION_ID = "org_default"
FIRST_ORGANIZATION_NAME = "Default"
UNDO_TIME = timedelta(days=30)
MOST_ORGANIZATIONS = 1000
LONGEST_NAME = 200
_CLOSING = ("suspended_at", "deleted_at", "removed_at")


async def ensure_first_organization(session: AsyncSession) -> tuple[Organization, bool]:
    """Return the oldest organization, creating "Default" in an empty installation; the flag says whether it was made
    in this unit of work."""
    row = await repository.find_oldest(session)
    if row is not None:
        return organization_of(row), False
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
    return organization_of(row)


async def load_time_zones(session: AsyncSession) -> dict[str, str]:
    """Return the IANA time zone of every organization, by id: for the data plane's snapshot."""
    return await repository.list_time_zones(session)


async def change_time_zone(session: AsyncSession, principal: Principal, time_zone: str) -> Organization:
    """Say in which zone the organization's days and months begin. Raises TimeZoneUnknown."""
    time_zone = checked_time_zone(time_zone)
    known = await get_organization(session, principal.organization_id)
    await repository.update_row(session, principal.organization_id, time_zone=time_zone)
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


async def is_open(session: AsyncSession, organization_id: str) -> bool:
    """Say whether people and keys of an organization get in: it is neither suspended nor deleted."""
    return await repository.is_open(session, organization_id)


async def list_closed(session: AsyncSession) -> set[str]:
    """Return the ids of the organizations of which nobody gets in."""
    return await repository.list_closed(session)


async def list_organizations(session: AsyncSession) -> list[Organization]:
    """Return every organization, also those that can be brought back, by name: at most 1,000."""
    return [organization_of(row) for row in await repository.list_rows(session, MOST_ORGANIZATIONS)]


async def create_organization(session: AsyncSession, name: str, time_zone: str = "UTC") -> Organization:
    """Make an organization without people. Raises OrganizationNameInvalid, OrganizationNameTaken,
    TooManyOrganizations, TimeZoneUnknown."""
    name, time_zone = cleaned_name(name), checked_time_zone(time_zone)
    known = await repository.hold_rows(session)
    if len(known) >= MOST_ORGANIZATIONS:
        raise TooManyOrganizations(f"There are {MOST_ORGANIZATIONS} organizations.", action="Delete unused ones.")
    _check_free(known, name)
    row = OrganizationRow(id=new_id("org"), name=name, created_at=now(), time_zone=time_zone)
    repository.add_row(session, row)
    await session.flush()
    record_event(session, row.id, "organizations.created", {})
    return organization_of(row)


async def change_organization(session: AsyncSession, organization_id: str, **values: Any) -> Organization:
    """Change an organization's ``name``, ``suspended_at``, ``deleted_at`` or ``removed_at``.

    Raises OrganizationNotFound, OrganizationNameInvalid, OrganizationNameTaken and, for the first one where it would no
    longer be open, RunsTheInstallation.
    """
    held = {row.id: row for row in await repository.hold_rows(session)}
    if organization_id not in held:
        raise _not_found()
    if "name" in values:
        values["name"] = cleaned_name(values["name"])
        _check_free([row for row in held.values() if row.id != organization_id], values["name"])
    if organization_id == FIRST_ORGANIZATION_ID and any(values.get(field) for field in _CLOSING):
        raise RunsTheInstallation(
            "This organization runs the installation, so it stays.", action="Delete people and keys instead."
        )
    await repository.update_row(session, organization_id, **values)
    record_event(session, organization_id, "organizations.updated", {"fields": sorted(values)})
    row = held[organization_id]
    known = organization_of(row)
    return replace(known, **{field: value for field, value in values.items() if field != "removed_at"})


async def list_removable(session: AsyncSession) -> list[str]:
    """Return the organizations that can no longer be brought back and are still there."""
    return await repository.list_removable(session, now() - UNDO_TIME)


async def mark_removed(session: AsyncSession, organization_id: str) -> None:
    """Note that nothing is left of an organization but its row, without a name, and the end of its audit log."""
    await repository.update_row(session, organization_id, name="")


def organization_of(row: OrganizationRow) -> Organization:
    """Return the organization of a row."""
    return Organization(row.id, row.name, row.time_zone, row.created_at, row.suspended_at, row.deleted_at)


def cleaned_name(text: str) -> str:
    """Return an organization's name on one line, without spaces around it. Raises OrganizationNameInvalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise OrganizationNameInvalid(
            f"A name has 1 to {LONGEST_NAME} visible characters on one line.",
            action="Choose another name.",
            fields={"name": f"1 to {LONGEST_NAME} visible characters."},
        )
    return name


def _check_free(known: Iterable[OrganizationRow], name: str) -> None:
    if name.casefold() in {row.name.casefold() for row in known}:
        raise OrganizationNameTaken(
            "There is an organization of that name, perhaps a deleted one.",
            action="Choose another name, or bring the deleted one back.",
            fields={"name": "There is one of that name."},
        )


def _not_found() -> OrganizationNotFound:
    return OrganizationNotFound("There is no such organization.", action="Look at the list again.")


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
