"""Endpoints of gateway keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import (
    Resource,
    Shared,
    SignedInUser,
    check_permission,
    plug_key_check,
    plug_resource,
    requires,
    unit_of_work,
)
from powerautomation.identity.api_keys import reaching, service
from powerautomation.identity.api_keys.bearers import check_key
from powerautomation.identity.api_keys.entities import ApiKey
from powerautomation.identity.api_keys.schemas import (
    ApiKeyAnswer,
    ApiKeyBody,
    ApiKeyList,
    CreatedApiKeyAnswer,
    PreviousSecretAnswer,
    RotateBody,
    ShareAnswer,
    ShareBody,
    ShareList,
)
from powerautomation.identity.sharing import Grantee, Share

router = APIRouter(prefix="/api/v1/api-keys", tags=["api-keys"])
DAY_SECONDS = 86_400
plug_key_check(check_key)
plug_resource(reaching.KIND, reaching.find_resource)
Reader = Annotated[SignedInUser, Depends(requires("api_keys:read", or_own="api_keys:own"))]
Writer = Annotated[SignedInUser, Depends(requires("api_keys:write", or_own="api_keys:own"))]


@router.get("")
async def list_api_keys(request: Request, user: Reader) -> ApiKeyList:
    """Return the organization's gateway keys, or one's own where one may see no others; the live ones first."""
    async with request.state.database.read() as session:
        keys = await reaching.list_reached(session, user)
    return ApiKeyList(items=[api_key_answer(key, shared) for key, shared in keys])


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_api_key(
    request: Request, body: ApiKeyBody, user: Writer, session: Annotated[Any, unit_of_work]
) -> CreatedApiKeyAnswer:
    """Make a gateway key. The answer is the only place where the key itself ever stands."""
    owner = user.principal.organization_id
    check_new_key(user, body)
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
    await reaching.check_reach(session, user, key_id)
    rotated = await service.rotate_api_key(
        session,
        request.app.state.secret_box,
        user.principal,
        key_id,
        overlap_seconds=DAY_SECONDS if body.overlap_seconds is None else body.overlap_seconds,
        expires_at=body.expires_at,
        permissions=user.permissions,
    )
    return CreatedApiKeyAnswer(api_key=api_key_answer(rotated.key), token=rotated.token)


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_api_key(key_id: str, user: Writer, session: Annotated[Any, unit_of_work]) -> None:
    """Revoke a gateway key; requests with it are refused from now on."""
    await reaching.check_reach(session, user, key_id)
    await service.revoke_api_key(session, user.principal, key_id)


@router.get("/{key_id}/shares")
async def list_api_key_shares(request: Request, key_id: str, user: Writer) -> ShareList:
    """Return with whom a key is shared: for whom it belongs to, and who may change every key."""
    async with request.state.database.read() as session:
        shares = await reaching.list_key_shares(session, user, key_id)
    return ShareList(items=[_share_answer(share) for share in shares])


@router.post("/{key_id}/shares", status_code=status.HTTP_201_CREATED)
async def share_api_key(
    key_id: str, body: ShareBody, user: Writer, session: Annotated[Any, unit_of_work]
) -> ShareAnswer:
    """Share a key with a person, a role or the organization, to be seen or changed; its secret is never shown again."""
    grantee = Grantee(body.grantee_kind, body.grantee_id or "")
    return _share_answer(await reaching.share_api_key(session, user, key_id, grantee, body.level))


@router.delete("/{key_id}/shares/{share_id}", status_code=status.HTTP_204_NO_CONTENT)
async def unshare_api_key(key_id: str, share_id: str, user: Writer, session: Annotated[Any, unit_of_work]) -> None:
    """Share a key no longer with one grantee."""
    await reaching.unshare_api_key(session, user, key_id, share_id)


def check_new_key(user: SignedInUser, body: ApiKeyBody) -> None:
    """Raise PermissionMissing where a policy forbids a key of this owner and project."""
    wanted = Resource(reaching.KIND, owner=body.service_account_id or user.owner_id, project=body.project or None)
    check_permission(user, "api_keys:write", or_own="api_keys:own", resource=wanted)


def _share_answer(share: Share) -> ShareAnswer:
    return ShareAnswer(
        id=share.id,
        grantee_kind=share.grantee.kind,
        grantee_id=share.grantee.id,
        grantee_name=share.grantee_name,
        level=share.level,
        created_by_name=share.created_by_name,
        created_at=share.created_at,
    )


def api_key_answer(key: ApiKey, shared: Shared | None = None) -> ApiKeyAnswer:
    """Return a key as the API shows it; ``shared`` is how somebody else shares it with who asks."""
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
        shared=None if shared is None else shared.level,
        shared_by_name="" if shared is None else shared.by_name,
        previous=None if previous is None else PreviousSecretAnswer.model_validate(previous, from_attributes=True),
    )
