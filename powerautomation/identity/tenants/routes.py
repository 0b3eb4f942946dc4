"""Endpoints about all organizations of the server, for whoever runs it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status
from fastapi.responses import StreamingResponse

from powerautomation.identity.access import SignedInUser, confirmed, requires, server_unit_of_work
from powerautomation.identity.organizations import FIRST_ORGANIZATION_ID, UNDO_TIME
from powerautomation.identity.tenants import export, service
from powerautomation.identity.tenants.export import begin_export
from powerautomation.identity.tenants.schemas import MadeTenant, TenantAnswer, TenantBody, TenantList, TenantName

router = APIRouter(prefix="/api/v1/organizations", tags=["organizations"])
own_router = APIRouter(prefix="/api/v1/organization", tags=["organizations"])
Manager = Annotated[SignedInUser, Depends(requires("organizations:manage"))]


Exporter = Annotated[SignedInUser, Depends(requires("organizations:export"))]
Unit = Annotated[Any, server_unit_of_work]


@router.get("")
async def list_organizations(request: Request, _manager: Manager) -> TenantList:
    """Return every organization of the server, also those that can be brought back."""
    async with request.app.state.database.read() as session:
        return TenantList(items=[_answer(one) for one in await service.list_all(session)])


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[Depends(confirmed)])
async def create_organization(body: TenantBody, manager: Manager, session: Unit) -> MadeTenant:
    """Make an organization and invite its first administrator."""
    made = await service.create(session, manager.principal, **body.model_dump())
    return MadeTenant(organization=_answer(made.tenant), token=made.token, expires_at=made.expires_at)


@router.patch("/{organization_id}")
async def rename_organization(organization_id: str, body: TenantName, manager: Manager, session: Unit) -> TenantAnswer:
    """Call an organization differently."""
    return _answer(await service.rename(session, manager.principal, organization_id, body.name))


@router.post("/{organization_id}/suspend", dependencies=[Depends(confirmed)])
async def suspend_organization(organization_id: str, manager: Manager, session: Unit) -> TenantAnswer:
    """Keep everybody of an organization out: nobody signs in, and its keys are refused within 5 seconds."""
    return _answer(await service.suspend(session, manager.principal, organization_id))


@router.post("/{organization_id}/resume")
async def resume_organization(organization_id: str, manager: Manager, session: Unit) -> TenantAnswer:
    """Let everybody of a suspended organization in again."""
    return _answer(await service.resume(session, manager.principal, organization_id))


@router.delete("/{organization_id}", dependencies=[Depends(confirmed)])
async def delete_organization(organization_id: str, manager: Manager, session: Unit) -> TenantAnswer:
    """Take an organization away; for 30 days it can be brought back, then all of it is removed."""
    return _answer(await service.delete(session, manager.principal, organization_id))


@router.post("/{organization_id}/restore")
async def restore_organization(organization_id: str, manager: Manager, session: Unit) -> TenantAnswer:
    """Bring an organization back that was deleted in the last 30 days."""
    return _answer(await service.restore(session, manager.principal, organization_id))


@router.get("/{organization_id}/export", dependencies=[Depends(confirmed)], response_class=StreamingResponse)
async def export_organization(request: Request, organization_id: str, manager: Manager) -> StreamingResponse:
    """Return all of an organization, without secrets, as a ZIP archive. That it was taken out is written down first."""
    return await _exported(request, manager, organization_id)


@own_router.get("/export", dependencies=[Depends(confirmed)], response_class=StreamingResponse)
async def export_own_organization(request: Request, user: Exporter) -> StreamingResponse:
    """Return all of one's own organization, without secrets, as a ZIP archive. That is written down first."""
    return await _exported(request, user, user.principal.organization_id)


async def _exported(request: Request, user: SignedInUser, organization_id: str) -> StreamingResponse:
    state = request.app.state
    await begin_export(state.database, user.principal, organization_id)
    # Behind the wall of the organization that is meant.
    database = state.database.confined_to(organization_id)
    return StreamingResponse(
        export.export_organization(database, state.secret_box, organization_id),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{organization_id}.zip"'},
    )


def _answer(tenant: service.Tenant) -> TenantAnswer:
    one = tenant.organization
    assert one.created_at is not None
    return TenantAnswer(
        id=one.id,
        name=one.name,
        state=one.state,
        people=tenant.people,
        runs_installation=one.id == FIRST_ORGANIZATION_ID,
        created_at=one.created_at,
        suspended_at=one.suspended_at,
        deleted_at=one.deleted_at,
        restorable_until=one.deleted_at + UNDO_TIME if one.deleted_at is not None else None,
    )
