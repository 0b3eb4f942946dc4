"""What whoever runs the server can do with whole organizations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import SYSTEM_ADMIN
from powerautomation.identity.organizations import (
    UNDO_TIME,
    Organization,
    OrganizationNotFound,
    change_organization,
    create_organization,
    get_organization,
    list_organizations,
)
from powerautomation.identity.sessions import create_invitation
from powerautomation.identity.users import count_people, create_user
from powerautomation.infrastructure.database import AsyncSession
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization and how many people it has."""

    organization: Organization
    people: int


@dataclass(frozen=True, slots=True)
class Made:
    """A new organization, and the invitation of its first administrator."""

    tenant: Tenant
    token: str
    expires_at: datetime


async def list_all(session: AsyncSession) -> list[Tenant]:
    """Return every organization, also those that can be brought back, by name."""
    people = await count_people(session)
    return [Tenant(one, people.get(one.id, 0)) for one in await list_organizations(session)]


async def find_by_name(session: AsyncSession, name: str) -> Organization:
    """Return the organization of a name or an id. Raises OrganizationNotFound."""
    for one in await list_organizations(session):
        if name == one.id or name.strip().casefold() == one.name.casefold():
            return one
    raise OrganizationNotFound(f"There is no organization “{name[:100]}”.", action="List them and look again.")


async def create(
    session: AsyncSession,
    actor: Principal,
    *,
    name: str,
    admin_name: str,
    admin_email: str,
    time_zone: str | None = None,
) -> Made:
    """Make an organization and invite its first administrator, who may do everything in it and nothing elsewhere.

    Raises OrganizationNameInvalid, OrganizationNameTaken, TooManyOrganizations, TimeZoneUnknown, EmailInvalid,
    NameInvalid.
    """
    made = await create_organization(session, name, time_zone or "UTC")
    user = await create_user(session, made.id, name=admin_name, email=admin_email, role=SYSTEM_ADMIN)
    token, expires_at = await create_invitation(session, made.id, user.id)
    _note(session, actor, "organizations.create", made, after={"name": made.name})
    state = {"name": user.name, "email": user.email, "role": user.role, "state": user.state}
    target = audit.Target("user", user.id, user.name)
    audit.record(session, _server(made.id), "users.create", target, after=state)
    return Made(Tenant(made, 1), token, expires_at)


async def rename(session: AsyncSession, actor: Principal, organization_id: str, name: str) -> Tenant:
    """Call an organization differently. Raises OrganizationNotFound, OrganizationNameInvalid, OrganizationNameTaken."""
    return await _change(session, actor, organization_id, "organizations.update", name=name)


async def suspend(session: AsyncSession, actor: Principal, organization_id: str) -> Tenant:
    """Keep everybody of an organization out, with the next request; the gateway refuses its keys within 5 seconds.

    Raises OrganizationNotFound, RunsTheInstallation.
    """
    return await _change(session, actor, organization_id, "organizations.suspend", suspended_at=now())


async def resume(session: AsyncSession, actor: Principal, organization_id: str) -> Tenant:
    """Let everybody of a suspended organization in again. Raises OrganizationNotFound."""
    return await _change(session, actor, organization_id, "organizations.resume", suspended_at=None)


async def delete(session: AsyncSession, actor: Principal, organization_id: str) -> Tenant:
    """Take an organization away; for 30 days it can be brought back, then all of it is removed.

    Raises OrganizationNotFound, RunsTheInstallation.
    """
    return await _change(session, actor, organization_id, "organizations.delete", deleted_at=now())


async def restore(session: AsyncSession, actor: Principal, organization_id: str) -> Tenant:
    """Bring a deleted organization back as it was. Raises OrganizationNotFound."""
    known = await get_organization(session, organization_id)
    if known.deleted_at is not None and known.deleted_at + UNDO_TIME <= now():
        raise OrganizationNotFound("The organization was deleted 30 days ago, so it is being removed.")
    return await _change(session, actor, organization_id, "organizations.restore", deleted_at=None)


async def _change(session: AsyncSession, actor: Principal, organization_id: str, action: str, **values: Any) -> Tenant:
    before = await get_organization(session, organization_id)
    after = await change_organization(session, organization_id, **values)
    _note(session, actor, action, after, before=_state_of(before), after=_state_of(after))
    return Tenant(after, (await count_people(session, organization_id)).get(organization_id, 0))


def _note(session: AsyncSession, actor: Principal, action: str, one: Organization, **changes: Any) -> None:
    """Write down what was done, where the server is run and in the organization it was done to."""
    target = audit.Target("organization", one.id, one.name)
    audit.record(session, actor, action, target, **changes)
    if one.id != actor.organization_id:
        audit.record(session, _server(one.id), action, target, **changes)


def _server(organization_id: str) -> Principal:
    # Who it was stands in the log of who runs the server; the organization learns that it was they.
    return Principal("system", "server", organization_id, "Whoever runs the server")


def _state_of(one: Organization) -> dict[str, Any]:
    return {"name": one.name, "state": one.state}
