"""Endpoints of limits and budgets."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.gateway.limits import service
from powerautomation.gateway.limits.entities import LimitUsage
from powerautomation.gateway.limits.schemas import LimitAnswer, LimitBody, LimitChanges, LimitedKeyBody, LimitList
from powerautomation.identity.access import SignedInUser, requires, unit_of_work
from powerautomation.identity.api_keys import (
    CreatedApiKeyAnswer,
    api_key_answer,
    check_new_key,
    check_service_account,
    create_api_key,
)
from powerautomation.identity.organizations import get_organization

router = APIRouter(prefix="/api/v1/limits", tags=["limits"])
Reader = Annotated[SignedInUser, Depends(requires("limits:read"))]
Writer = Annotated[SignedInUser, Depends(requires("limits:write"))]
KeyWriter = Annotated[SignedInUser, Depends(requires("api_keys:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("")
async def list_limits(request: Request, user: Reader) -> LimitList:
    """Return the organization's limits and how much of each is used now."""
    owner = user.principal.organization_id
    async with request.state.database.read() as session:
        limiter = request.app.state.gateway.limiter
        found = await service.list_limits(session, limiter.counters, limiter.rates, owner)
        zone = (await get_organization(session, owner)).time_zone
    return LimitList(items=[_answer(one) for one in found], time_zone=zone)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_limit(request: Request, body: LimitBody, user: Writer, session: Unit) -> LimitAnswer:
    """Make a limit; it holds for the next request. A budget counts what was used of its period before."""
    new = body.as_new(body.subject_kind, body.subject_id)
    return await _stored(request, user, session, await service.create_limit(session, user.principal, new))


@router.patch("/{limit_id}")
async def update_limit(request: Request, limit_id: str, body: LimitChanges, user: Writer, session: Unit) -> LimitAnswer:
    """Change how much a limit lets through; what was used stays used."""
    changes = body.model_dump(exclude_unset=True)
    for field in ("amount", "warn_percents"):
        if changes.get(field, 0) is None:
            del changes[field]
    if "warn_percents" in changes:
        changes["warn_percents"] = tuple(changes["warn_percents"])
    await service.update_limit(session, user.principal, limit_id, changes)
    return await _stored(request, user, session, limit_id)


@router.delete("/{limit_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_limit(limit_id: str, user: Writer, session: Unit) -> None:
    """Take a limit away at once; it can be restored."""
    await service.delete_limit(session, user.principal, limit_id)


@router.post("/{limit_id}/restore")
async def restore_limit(request: Request, limit_id: str, user: Writer, session: Unit) -> LimitAnswer:
    """Bring a deleted limit back; a budget counts what was used meanwhile."""
    await service.restore_limit(session, user.principal, limit_id)
    return await _stored(request, user, session, limit_id)


@router.post("/api-keys", status_code=status.HTTP_201_CREATED)
async def create_limited_api_key(
    request: Request, body: LimitedKeyBody, user: KeyWriter, limiting: Writer, session: Unit
) -> CreatedApiKeyAnswer:
    """Make a gateway key and its limits in one step: the key never works without them."""
    check_new_key(user, body)
    if body.service_account_id is not None:
        await check_service_account(session, user.principal.organization_id, body.service_account_id, user.permissions)
    created = await create_api_key(
        session,
        request.app.state.secret_box,
        user.principal,
        body.name,
        body.expires_at,
        tuple(body.allowed_models or ()),
        project=body.project or "",
        tags=body.tags or (),
        scopes=body.scopes or (),
        permissions=user.permissions,
        owner_id=body.service_account_id or user.owner_id,
    )
    await session.flush()
    for limit in body.limits:
        await service.create_limit(session, limiting.principal, limit.as_new("key", created.key.id))
    return CreatedApiKeyAnswer(api_key=api_key_answer(created.key), token=created.token)


async def _stored(request: Request, user: SignedInUser, session: Any, limit_id: str) -> LimitAnswer:
    await session.flush()
    limiter = request.app.state.gateway.limiter
    owner = user.principal.organization_id
    return _answer(await service.get_limit(session, limiter.counters, limiter.rates, owner, limit_id))


def _answer(one: LimitUsage) -> LimitAnswer:
    limit = one.limit
    warned = one.used is not None and any(one.used * 100 >= p * limit.amount for p in limit.warn_percents)
    return LimitAnswer(
        id=limit.id,
        subject_kind=limit.subject_kind,
        subject_id=limit.subject_id,
        subject_name=one.subject_name,
        measure=limit.measure,
        window=limit.window,
        amount=limit.amount,
        burst=limit.burst,
        currency=limit.currency,
        warn_percents=list(limit.warn_percents),
        used=one.used,
        warned=warned,
        resets_at=one.resets_at,
        created_at=one.created_at,
    )
