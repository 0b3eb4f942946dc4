"""How an organization's identity provider fares over SCIM: its key, when it last asked, what was refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import Request

from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.api_keys import (
    ApiKey,
    CreatedApiKey,
    create_api_key,
    list_api_keys,
    revoke_api_key,
    rotate_api_key,
)
from powerautomation.identity.people import create_service
from powerautomation.identity.roles import load_role
from powerautomation.identity.scim import repository
from powerautomation.identity.scim.repository import AsyncSession
from powerautomation.identity.users import UserNotFound, get_user
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

MOST_PROBLEMS = 20
# How exact the moment of the last request is.
NOTED_EVERY = timedelta(seconds=60)
OVERLAP_SECONDS = 86_400
ACCOUNT_NAME = "SCIM"
ACCOUNT_ROLE = "organization_admin"
DEFAULT_GIVES = "developer"
# Whoever has one of these is given another one too, whatever the strongest role may be.
ALWAYS_GIVES = ("guest", DEFAULT_GIVES)
_NEEDED = frozenset({"users:read", "users:write"})
_log = structlog.get_logger("scim")


@dataclass(frozen=True, slots=True)
class ScimState:
    """``key`` is None until one was made here, and after it was revoked or has ended. ``problems`` are the newest
    first: ``at`` (RFC 3339), ``what`` (method and kind), ``status``, ``code``, ``message``."""

    key: ApiKey | None
    last_request_at: datetime | None
    problems: tuple[dict[str, Any], ...]


async def get_state(session: AsyncSession, actor: SignedInUser) -> ScimState:
    """Return how the organization's provider fares."""
    owner = actor.principal.organization_id
    row = await repository.read_state(session, owner)
    if row is None:
        return ScimState(None, None, ())
    return ScimState(await _live_key(session, owner, row.key_id), row.last_request_at, tuple(row.problems))


async def make_key(
    session: AsyncSession, box: SecretBox, actor: SignedInUser, gives: str | None, overlap_seconds: int
) -> CreatedApiKey:
    """Make the key an identity provider asks with, or give it another secret; the old one works for
    ``overlap_seconds`` more. ``gives``: the role up to which it may give roles; with one that was made already this
    makes a new key, and the old one ends. Raises what making keys and service accounts raises."""
    owner = actor.principal.organization_id
    row = await repository.hold_state(session, owner)
    known = await _live_key(session, owner, row.key_id)
    if known is not None and gives is None:
        return await rotate_api_key(
            session,
            box,
            actor.principal,
            known.id,
            overlap_seconds=overlap_seconds,
            permissions=actor.permissions,
        )
    given = [await load_role(session, owner, one) for one in (*ALWAYS_GIVES, gives or DEFAULT_GIVES)]
    account_id = await _account(session, actor, row.account_id)
    made = await create_api_key(
        session,
        box,
        actor.principal,
        ACCOUNT_NAME,
        scopes=sorted(_NEEDED.union(*(one.permissions for one in given))),
        permissions=actor.permissions,
        owner_id=account_id,
    )
    if known is not None:
        await revoke_api_key(session, actor.principal, known.id)
    row.account_id, row.key_id = account_id, made.key.id
    return made


async def note_request(request: Request) -> None:
    """Note that a provider asked, at most once a minute."""
    await _note(request, None)


async def note_problem(request: Request, what: str, status: int, code: str, message: str) -> None:
    """Note that a request of a provider was refused, and why."""
    told = {"at": now().isoformat(), "what": what, "status": status, "code": code, "message": message[:300]}
    await _note(request, told)


async def _note(request: Request, problem: dict[str, Any] | None) -> None:
    actor: SignedInUser | None = getattr(request.state, "scim_actor", None)
    if actor is None or actor.key is None:
        return
    owner, moment = actor.principal.organization_id, now()
    try:
        async with request.state.database.read() as session:
            known = await repository.read_state(session, owner)
        last = known.last_request_at if known is not None else None
        if problem is None and last is not None and moment - last < NOTED_EVERY:
            return
        async with request.state.database.unit_of_work() as session:
            row = await repository.hold_state(session, owner)
            row.last_request_at = moment
            if problem is not None:
                row.problems = [problem, *row.problems][:MOST_PROBLEMS]
    except Problem as refused:
        # A full disk must not keep a provider from taking access away.
        _log.warning("scim.not_noted", code=refused.code)


async def _account(session: AsyncSession, actor: SignedInUser, account_id: str) -> str:
    owner = actor.principal.organization_id
    if account_id:
        try:
            if not (await get_user(session, owner, account_id)).is_disabled:
                return account_id
        except UserNotFound:
            pass
    return (await create_service(session, actor, name=ACCOUNT_NAME, role=ACCOUNT_ROLE)).user.id


async def _live_key(session: AsyncSession, owner: str, key_id: str) -> ApiKey | None:
    if not key_id:
        return None
    keys = await list_api_keys(session, owner)
    return next((one for one in keys if one.id == key_id and one.state not in ("expired", "revoked")), None)
