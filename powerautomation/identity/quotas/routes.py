"""Endpoints about what organizations may have: whoever runs the server sets it, their administrators see it."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from powerautomation.identity.access import SignedInUser, requires, server_unit_of_work
from powerautomation.identity.quotas import service
from powerautomation.identity.quotas.entities import Quota
from powerautomation.identity.quotas.schemas import QuotaAnswer, QuotaBody, QuotaList

router = APIRouter(prefix="/api/v1", tags=["organizations"])
Manager = Annotated[SignedInUser, Depends(requires("organizations:manage"))]
Administrator = Annotated[SignedInUser, Depends(requires("organizations:write"))]
Unit = Annotated[Any, server_unit_of_work]


@router.get("/organization/quotas")
async def list_own_quotas(request: Request, user: Administrator) -> QuotaList:
    """Return how much one's own organization may have, and has."""
    async with request.state.database.read() as session:
        found = await service.list_quotas(session, request.app.state.settings, user.principal.organization_id)
    return _answer(found)


@router.get("/organizations/{organization_id}/quotas")
async def list_quotas(request: Request, organization_id: str, _manager: Manager) -> QuotaList:
    """Return how much an organization may have, and has."""
    async with request.app.state.database.read() as session:
        return _answer(await service.list_quotas(session, request.app.state.settings, organization_id))


@router.put("/organizations/{organization_id}/quotas")
async def set_quotas(
    request: Request, organization_id: str, body: QuotaBody, manager: Manager, session: Unit
) -> QuotaList:
    """Say how much an organization may have. What it has already stays, also above."""
    settings = request.app.state.settings
    return _answer(await service.set_quotas(session, manager.principal, settings, organization_id, body.amounts))


def _answer(quotas: Iterable[Quota]) -> QuotaList:
    return QuotaList(
        items=[
            QuotaAnswer(
                resource=one.resource.name,
                measure=one.resource.measure,
                amount=one.amount,
                most=one.resource.most,
                used=one.used,
                percent=one.percent,
                is_own=one.is_own,
                refuses=one.resource.refuses,
                is_near=one.is_near,
            )
            for one in quotas
        ]
    )
