"""Who reaches which key: by the role, as the own one, or as somebody shares it."""

from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import Resource, Shared, SignedInUser, Subject, allows, decide
from powerautomation.identity.api_keys import repository
from powerautomation.identity.api_keys.entities import ApiKey
from powerautomation.identity.api_keys.events import API_KEY_SHARED
from powerautomation.identity.api_keys.repository import AsyncSession
from powerautomation.identity.api_keys.service import list_api_keys, not_found, target_of
from powerautomation.identity.sharing import (
    Grantee,
    Share,
    ShareLevel,
    create_share,
    delete_share,
    list_shares,
    load_shared,
    shared_with,
)
from powerautomation.infrastructure.events import record_event

KIND = "api_keys"


async def find_resource(session: AsyncSession, organization_id: str, key_id: str, subject: Subject) -> Resource | None:
    """Return a key as decisions about somebody see it, None when there is none."""
    resource = await _find(session, organization_id, key_id)
    return None if resource is None else await shared_with(session, organization_id, resource, subject)


async def _find(session: AsyncSession, organization_id: str, key_id: str) -> Resource | None:
    row = await repository.find_row(session, organization_id, key_id)
    if row is None:
        return None
    owner = row.created_by if row.created_by_kind == "user" else None
    return Resource(KIND, row.id, owner=owner, project=row.project or None)


async def check_reach(session: AsyncSession, user: SignedInUser, key_id: str) -> None:
    """Raise ApiKeyNotFound unless somebody may change a key: by the role, as the own one, or as it is shared."""
    resource = await find_resource(session, user.principal.organization_id, key_id, user.subject)
    if resource is None or not decide(user, "api_keys:write", resource).allowed:
        raise not_found()


async def list_reached(session: AsyncSession, user: SignedInUser) -> list[tuple[ApiKey, Shared | None]]:
    """Return the keys somebody may see, and how those of others are shared: the live ones first, newest first."""
    owner = user.principal.organization_id
    if decide(user, "api_keys:read").allowed:
        found: list[tuple[ApiKey, Shared | None]] = [(key, None) for key in await list_api_keys(session, owner)]
    else:
        shared = await load_shared(session, owner, KIND, user.subject)
        keys = await list_api_keys(session, owner, created_by=user.owner_id, shared=shared)
        found = [(key, None if key.created_by == user.owner_id else shared.get(key.id)) for key in keys]
    return [(key, by) for key, by in found if allows(user, "api_keys:read", resource_of(key), or_own="api_keys:own")]


def resource_of(key: ApiKey) -> Resource:
    """Return a key as policies see it."""
    return Resource(KIND, key.id, owner=key.created_by or None, project=key.project or None)


async def share_api_key(
    session: AsyncSession, user: SignedInUser, key_id: str, grantee: Grantee, level: ShareLevel
) -> Share:
    """Share a key: whom it belongs to does, or who may change every key; not with whom it is shared.

    Raises ApiKeyNotFound, ShareInvalid, TooManyShares.
    """
    resource = await _get_to_share(session, user, key_id)
    known = {
        share.grantee: share.level for share in await list_shares(session, user.principal.organization_id, resource)
    }
    share = await create_share(session, user.principal.organization_id, resource, grantee, level, by=user.owner_id)
    if known.get(share.grantee) != level:
        before = {"level": known[share.grantee]} if share.grantee in known else None
        await _note_share(session, user, "api_keys.share", share, before=before, after={"level": level})
    return share


async def unshare_api_key(session: AsyncSession, user: SignedInUser, key_id: str, share_id: str) -> None:
    """Share a key no longer with one grantee. Raises ApiKeyNotFound, ShareNotFound."""
    resource = await _get_to_share(session, user, key_id)
    share = await delete_share(session, user.principal.organization_id, resource, share_id)
    await _note_share(session, user, "api_keys.unshare", share, before={"level": share.level}, after=None)


async def list_key_shares(session: AsyncSession, user: SignedInUser, key_id: str) -> list[Share]:
    """Return with whom a key is shared, for who may share it. Raises ApiKeyNotFound."""
    return await list_shares(session, user.principal.organization_id, await _get_to_share(session, user, key_id))


async def _get_to_share(session: AsyncSession, user: SignedInUser, key_id: str) -> Resource:
    resource = await _find(session, user.principal.organization_id, key_id)
    # Without what is shared: what one got from others one does not pass on.
    if resource is None or not decide(user, "api_keys:write", resource).allowed:
        raise not_found()
    return resource


async def _note_share(
    session: AsyncSession,
    user: SignedInUser,
    action: str,
    share: Share,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    organization_id = user.principal.organization_id
    row = await repository.find_row(session, organization_id, share.resource_id)
    if row is None:
        raise not_found()
    whom = {"with": f"{share.grantee.kind} {share.grantee.id}".strip()}
    record_event(session, organization_id, API_KEY_SHARED, {"api_key_id": row.id})
    audit.record(
        session,
        user.principal,
        action,
        target_of(row),
        before=None if before is None else {**whom, **before},
        after=None if after is None else {**whom, **after},
    )
