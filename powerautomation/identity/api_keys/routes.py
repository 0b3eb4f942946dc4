"""Endpoints of gateway keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import (
    Resource,
    SignedInUser,
    allows,
    check_permission,
    decide,
    plug_key_check,
    plug_resource,
    requires,
    unit_of_work,
)
from powerautomation.identity.api_keys import service
from powerautomation.identity.api_keys.bearers import check_key
from powerautomation.identity.api_keys.entities import ApiKey
from powerautomation.identity.api_keys.schemas import (
    ApiKeyAnswer,
    ApiKeyBody,
    ApiKeyList,
    CreatedApiKeyAnswer,
    PreviousSecretAnswer,
    RotateBody,
)

router = APIRouter(prefix="/api/v1/api-keys", tags=["api-keys"])
DAY_SECONDS = 86_400
plug_key_check(check_key)
plug_resource("api_keys", service.find_resource)
Reader = Annotated[SignedInUser, Depends(requires("api_keys:read", or_own="api_keys:own"))]
Writer = Annotated[SignedInUser, Depends(requires("api_keys:write", or_own="api_keys:own"))]


@router.get("")
async def list_api_keys(request: Request, user: Reader) -> ApiKeyList:
    """Return the organization's gateway keys, or one's own where one may see no others; the live ones first."""
    async with request.state.database.read() as session:
        keys = await service.list_api_keys(
            session, user.principal.organization_id, created_by=_only_own(user, "api_keys:read")
        )
    seen = [key for key in keys if allows(user, "api_keys:read", _resource_of(key), or_own="api_keys:own")]
    return ApiKeyList(items=[api_key_answer(key) for key in seen])


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_api_key(
    request: Request, body: ApiKeyBody, user: Writer, session: Annotated[Any, unit_of_work]
) -> CreatedApiKeyAnswer:
    """Make a gateway key. The answer is the only place where the key itself ever stands."""
    owner = user.principal.organization_id
    wanted = Resource("api_keys", owner=body.service_account_id or user.owner_id, project=body.project or None)
    check_permission(user, "api_keys:write", or_own="api_keys:own", resource=wanted)
    if body.service_account_id is not None:
        check_permission(user, "api_keys:write")
        await service.check_service_account(session, owner, body.service_account_id, user.permissions)
    created = await service.create_api_key(
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
    return CreatedApiKeyAnswer(api_key=api_key_answer(created.key), token=created.token)


@router.post("/{key_id}/rotate")
async def rotate_api_key(
    request: Request, key_id: str, body: RotateBody, user: Writer, session: Annotated[Any, unit_of_work]
) -> CreatedApiKeyAnswer:
    """Give a key another secret, which works at once; the old one goes on working for the chosen time."""
    rotated = await service.rotate_api_key(
        session,
        request.app.state.secret_box,
        user.principal,
        key_id,
        overlap_seconds=DAY_SECONDS if body.overlap_seconds is None else body.overlap_seconds,
        expires_at=body.expires_at,
        permissions=user.permissions,
        created_by=_only_own(user, "api_keys:write"),
    )
    return CreatedApiKeyAnswer(api_key=api_key_answer(rotated.key), token=rotated.token)


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_api_key(key_id: str, user: Writer, session: Annotated[Any, unit_of_work]) -> None:
    """Revoke a gateway key; requests with it are refused from now on."""
    await service.revoke_api_key(session, user.principal, key_id, created_by=_only_own(user, "api_keys:write"))


def _only_own(user: SignedInUser, permission: str) -> str | None:
    """Return whose keys a person may reach who has only the right to the person's own."""
    return None if decide(user, permission).allowed else user.owner_id


def _resource_of(key: ApiKey) -> Resource:
    """Return a key as policies see it."""
    return Resource("api_keys", key.id, owner=key.created_by, project=key.project or None)


def api_key_answer(key: ApiKey) -> ApiKeyAnswer:
    """Return a key as the API shows it."""
    previous = key.previous
    return ApiKeyAnswer(
        id=key.id,
        name=key.name,
        hint=key.hint,
        created_at=key.created_at,
        created_by_name=key.created_by_name,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        allowed_models=list(key.allowed_models),
        created_by=key.created_by,
        project=key.project,
        tags=list(key.tags),
        scopes=list(key.scopes),
        state=key.state,
        previous=None if previous is None else PreviousSecretAnswer.model_validate(previous, from_attributes=True),
    )
