"""Endpoints of one's own organization."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from powerautomation.identity.access import SignedInUser, requires, unit_of_work
from powerautomation.identity.organizations import service
from powerautomation.identity.organizations.entities import Organization
from powerautomation.identity.organizations.schemas import OrganizationAnswer, OrganizationBody

router = APIRouter(prefix="/api/v1/organization", tags=["organizations"])
Reader = Annotated[SignedInUser, Depends(requires("organizations:read"))]
Writer = Annotated[SignedInUser, Depends(requires("organizations:write"))]


@router.get("")
async def get_organization(request: Request, user: Reader) -> OrganizationAnswer:
    """Return one's own organization."""
    async with request.state.database.read() as session:
        return _answer(await service.get_organization(session, user.principal.organization_id))


@router.patch("")
async def update_organization(
    body: OrganizationBody, user: Writer, session: Annotated[Any, unit_of_work]
) -> OrganizationAnswer:
    """Change the time zone in which days, weeks and months begin: of calendar budgets, for example."""
    return _answer(await service.change_time_zone(session, user.principal, body.time_zone))


def _answer(organization: Organization) -> OrganizationAnswer:
    return OrganizationAnswer(id=organization.id, name=organization.name, time_zone=organization.time_zone)
