"""What can be done with gateway keys: make, rotate, list, revoke; and what the data plane needs of them."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.api_keys import repository, rules
from powerautomation.identity.api_keys.entities import GATEWAY, ApiKey, ApiKeyRecord, CreatedApiKey, PreviousSecret
from powerautomation.identity.api_keys.errors import ApiKeyInvalid, ApiKeyNotFound, KeyAboveYours, TooManyApiKeys
from powerautomation.identity.api_keys.events import API_KEY_CREATED, API_KEY_REVOKED, API_KEY_ROTATED
from powerautomation.identity.api_keys.repository import AsyncSession
from powerautomation.identity.api_keys.tables import ApiKeyRow
from powerautomation.identity.organizations import list_closed
from powerautomation.identity.roles import load_role
from powerautomation.identity.users import UserNotFound, get_user, hold_user, list_user_names
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal


def gateway_hmac_secret(box: SecretBox) -> bytes:
    """Return the secret under which gateway keys are stored and looked up: 32 bytes."""
    return box.derive("gateway api keys")


async def create_api_key(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    name: str,
    expires_at: datetime | None = None,
    allowed_models: tuple[str, ...] = (),
    *,
    project: str = "",
    tags: Sequence[str] = (),
    scopes: Sequence[str] = (),
    permissions: frozenset[str] = frozenset(),
    owner_id: str = "",
) -> CreatedApiKey:
    """Make a gateway key for the principal's organization. The key itself is in the answer and nowhere else.

    expires_at: aware, in the future; None for a key that ends only when it is revoked; allowed_models: patterns over
    the models it may ask for, none for all. ``project`` and ``tags`` are labels by which reports group and limits
    apply. scopes: what it opens, the gateway when empty; permissions: what its maker may do, so what it may be given;
    owner_id: the person or service account it belongs to, the principal when empty. Raises ApiKeyInvalid,
    KeyAboveYours, TooManyApiKeys.
    """
    moment = now()
    name = rules.cleaned_name(name)
    expires_at = rules.checked_end(expires_at, moment)
    if await repository.count_live(session, principal.organization_id, moment) >= rules.MOST_LIVE_KEYS:
        raise TooManyApiKeys(
            f"There are {rules.MOST_LIVE_KEYS} live gateway keys already.",
            action="Revoke keys that are not used any more.",
        )
    token = _new_token()
    row = ApiKeyRow(
        id=new_id("key"),
        organization_id=principal.organization_id,
        name=name,
        token_hmac=rules.hmac_of(gateway_hmac_secret(box), token),
        hint=rules.hint_of(token),
        allowed_models=rules.checked_patterns(allowed_models),
        created_by_kind="user" if owner_id else principal.kind,
        created_by=owner_id or principal.id,
        created_at=moment,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
        project=rules.cleaned_project(project),
        tags=rules.cleaned_tags(tags),
        scopes=rules.checked_scopes(scopes, permissions),
        rotated_at=None,
        previous_hmac=None,
        previous_hint=None,
        previous_expires_at=None,
        previous_last_used_at=None,
    )
    repository.add_row(session, row)
    record_event(session, principal.organization_id, API_KEY_CREATED, {"api_key_id": row.id})
    audit.record(session, principal, "api_keys.create", target_of(row), after=_state_of(row))
    return CreatedApiKey((await _keys_of(session, principal.organization_id, [row]))[0], token)


async def check_service_account(
    session: AsyncSession, organization_id: str, user_id: str, permissions: frozenset[str]
) -> None:
    """Raise unless somebody with these permissions may make keys for this service account: one that is active and may
    do no more than they. It stays so until the unit of work ends. Raises ApiKeyInvalid, KeyAboveYours."""
    await hold_user(session, organization_id, user_id)
    try:
        account = await get_user(session, organization_id, user_id)
    except UserNotFound:
        account = None
    if account is None or account.kind != "service" or account.is_disabled:
        raise ApiKeyInvalid(
            "There is no active service account of that id.",
            action="Look at the list of people again.",
            fields={"service_account_id": "There is no active service account of that id."},
        )
    if not (await load_role(session, organization_id, account.role)).permissions <= permissions:
        raise KeyAboveYours(
            "This service account may do more than you, so you make no keys for it.",
            action="Ask somebody who has its role.",
        )


async def rotate_api_key(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    key_id: str,
    *,
    overlap_seconds: int,
    expires_at: datetime | None = None,
    permissions: frozenset[str] = frozenset(),
    created_by: str | None = None,
) -> CreatedApiKey:
    """Give a key another secret, which works at once; the present one works for ``overlap_seconds`` more.

    overlap_seconds: 0 to 30 days. Id, limits and scopes stay; a secret from before an earlier rotation ends.
    expires_at: the key's new end, None when it stays; permissions: of who asks: a key that may do more is not theirs to
    hold; created_by: only if it belongs to this person. Raises ApiKeyNotFound, ApiKeyInvalid, KeyAboveYours.
    """
    overlap = rules.checked_overlap(overlap_seconds)
    moment = now()
    row = await _found(session, principal.organization_id, key_id, created_by)
    rules.check_not_above(row.scopes, permissions)
    if rules.state_of(moment, row.expires_at, row.revoked_at) in ("expired", "revoked"):
        raise ApiKeyInvalid("The key has ended, so there is nothing to rotate.", action="Make a new key.")
    before, target = _state_of(row), target_of(row)
    known_hmac, token = row.token_hmac, _new_token()
    values = {
        "token_hmac": rules.hmac_of(gateway_hmac_secret(box), token),
        "hint": rules.hint_of(token),
        "rotated_at": moment,
        "expires_at": rules.checked_end(expires_at, moment) or row.expires_at,
        "last_used_at": None,
        "previous_hmac": known_hmac if overlap else None,
        "previous_hint": row.hint if overlap else None,
        "previous_expires_at": moment + overlap if overlap else None,
        "previous_last_used_at": row.last_used_at if overlap else None,
    }
    if not await repository.rotate_row(session, principal.organization_id, key_id, known_hmac, values):
        raise ApiKeyInvalid("The key was rotated or revoked in another place just now.", action="Look at it again.")
    record_event(session, principal.organization_id, API_KEY_ROTATED, {"api_key_id": key_id})
    after = {**before, "hint": values["hint"], "expires_at": values["expires_at"], "rotated_at": moment}
    after["previous_expires_at"] = values["previous_expires_at"]
    audit.record(session, principal, "api_keys.rotate", target, before=before, after=after)
    changed = await _found(session, principal.organization_id, key_id, created_by)
    return CreatedApiKey((await _keys_of(session, principal.organization_id, [changed]))[0], token)


def _new_token() -> str:
    return rules.PREFIX + secrets.token_urlsafe(30)


async def _found(session: AsyncSession, organization_id: str, key_id: str, created_by: str | None) -> ApiKeyRow:
    row = await repository.find_row(session, organization_id, key_id)
    if row is None or (created_by is not None and (row.created_by_kind, row.created_by) != ("user", created_by)):
        raise not_found()
    return row


async def list_key_ids(
    session: AsyncSession,
    organization_id: str,
    *,
    project: str | None = None,
    created_by: str | Collection[str] | None = None,
) -> list[str]:
    """Return the ids of the organization's keys, live or not: of one project, or of whom made them."""
    return await repository.list_ids(session, organization_id, project=project, created_by=created_by)


async def list_api_keys(
    session: AsyncSession, organization_id: str, *, created_by: str | None = None, shared: Collection[str] = ()
) -> list[ApiKey]:
    """Return the organization's keys, the live ones first, newest first: at most 1,000 live and 200 ended ones.

    ``created_by``: only the keys that this person made, and those ``shared`` (their ids).
    """
    rows = await repository.list_rows(
        session,
        organization_id,
        now(),
        most_live=rules.MOST_LIVE_KEYS,
        most_ended=rules.MOST_LISTED_ENDED_KEYS,
        created_by=created_by,
        shared=shared,
    )
    return await _keys_of(session, organization_id, rows)


async def revoke_api_key(
    session: AsyncSession, principal: Principal, key_id: str, *, created_by: str | None = None
) -> None:
    """End a gateway key of the principal's organization; a key that was revoked before stays so.

    ``created_by``: only if this person made it. Every replica refuses the key within five seconds, mostly at once.
    Raises ApiKeyNotFound.
    """
    organization_id = principal.organization_id
    row = await _found(session, organization_id, key_id, created_by)
    before, target = _state_of(row), target_of(row)
    moment = now()
    if await repository.revoke_row(session, organization_id, key_id, moment):
        record_event(session, organization_id, API_KEY_REVOKED, {"api_key_id": key_id})
        after = {**before, "revoked_at": moment}
        audit.record(session, principal, "api_keys.revoke", target, before=before, after=after)


async def revoke_keys_of(session: AsyncSession, principal: Principal, user_id: str) -> None:
    """End every live gateway key that a person of the principal's organization made."""
    for key_id in await repository.list_ids(session, principal.organization_id, created_by=user_id):
        await revoke_api_key(session, principal, key_id)


async def count_live_keys_of(session: AsyncSession, organization_id: str, user_ids: Sequence[str]) -> dict[str, int]:
    """Return how many keys that work now each of these people made; those without one are left out."""
    return await repository.count_live_of(session, organization_id, user_ids, now())


async def has_api_keys(session: AsyncSession) -> bool:
    """Say whether anybody ever made a gateway key in this installation."""
    return await repository.has_rows(session)


async def load_key_records(session: AsyncSession) -> list[ApiKeyRecord]:
    """Return every live key of every organization, for the data plane's snapshot. Keys that end later carry when."""
    moment = now()
    records: list[ApiKeyRecord] = []
    closed = await list_closed(session)
    for row in await repository.list_live_rows_everywhere(session, moment):
        if row.organization_id in closed:
            continue
        record = ApiKeyRecord(
            id=row.id,
            organization_id=row.organization_id,
            name=row.name,
            token_hmac=row.token_hmac,
            expires_at_ms=_ms(row.expires_at),
            created_by=row.created_by,
            project=row.project,
            tags=tuple(row.tags),
            allowed_models=tuple(row.allowed_models or ()),
            doors=rules.doors_in(row.scopes),
        )
        records.append(record)
        until = row.previous_expires_at
        if row.previous_hmac is not None and until is not None and until > moment:
            ends = min(until, row.expires_at or until)
            changes = {"token_hmac": row.previous_hmac, "expires_at_ms": _ms(ends), "is_previous": True}
            records.append(msgspec.structs.replace(record, **changes))
    return records


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


async def touch_keys(
    session: AsyncSession, used_at: Mapping[str, datetime], previous_used_at: Mapping[str, datetime] | None = None
) -> None:
    """Note when keys (by id) were used last, in aware moments; an older moment than the known one changes nothing.

    ``previous_used_at``: likewise the secrets from before a rotation.
    """
    await repository.write_last_used(session, used_at)
    await repository.write_previous_used(session, previous_used_at or {})


async def _keys_of(session: AsyncSession, organization_id: str, rows: list[ApiKeyRow]) -> list[ApiKey]:
    people = {row.created_by for row in rows if row.created_by_kind == "user"}
    names = await list_user_names(session, organization_id, people) if people else {}
    moment = now()
    return [
        ApiKey(
            id=row.id,
            organization_id=row.organization_id,
            name=row.name,
            hint=row.hint,
            created_at=row.created_at,
            created_by_name=rules.display_name_of(row.created_by_kind, row.created_by, names),
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
            created_by=row.created_by if row.created_by_kind == "user" else "",
            project=row.project,
            tags=tuple(row.tags),
            allowed_models=tuple(row.allowed_models or ()),
            scopes=tuple(row.scopes or (GATEWAY,)),
            state=rules.state_of(moment, row.expires_at, row.revoked_at),
            previous=_previous_of(row, moment),
        )
        for row in rows
    ]


def _previous_of(row: ApiKeyRow, moment: datetime) -> PreviousSecret | None:
    if row.previous_expires_at is None or row.previous_expires_at <= moment or row.revoked_at is not None:
        return None
    return PreviousSecret(row.previous_hint or "", row.previous_expires_at, row.previous_last_used_at)


def target_of(row: ApiKeyRow) -> audit.Target:
    """Return a key as the audit log names it: by whom it belongs to."""
    return audit.Target("api_key", row.id, row.name, row.created_by if row.created_by_kind == "user" else "")


def _state_of(row: ApiKeyRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "hint": row.hint,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "allowed_models": row.allowed_models,
        "project": row.project,
        "tags": row.tags,
        "scopes": row.scopes,
    }


def not_found() -> ApiKeyNotFound:
    """Return the error of a key that is not there, or not theirs."""
    return ApiKeyNotFound("There is no such gateway key.", action="Look at the list of keys again.")
