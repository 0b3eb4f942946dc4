"""Sessions that live by one at a provider: they end when that ends.

A provider says so by itself (OpenID Connect back-channel logout), or it is asked: with the refresh token it gave, while
the session is used, every five minutes. While it is away sessions go on, and it is asked less and less often; after a
day without an answer they end, as nobody can say any more whose they are.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.sessions import end_session_of, list_sessions, token_hash
from powerautomation.identity.single_sign_on import repository
from powerautomation.identity.single_sign_on.entities import Claims, Logout, SignInProvider
from powerautomation.identity.single_sign_on.errors import ProviderInvalid, ProviderUnreachable, SessionOver
from powerautomation.identity.single_sign_on.ports import LastingAdapter
from powerautomation.identity.single_sign_on.providers import provider_of
from powerautomation.identity.single_sign_on.repository import AsyncSession
from powerautomation.identity.single_sign_on.tables import (
    SEALED_REFRESH,
    SEALED_SECRET,
    ProviderSessionRow,
    SignInProviderRow,
    UsedProofRow,
)
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

PASS_SECONDS = 30.0
ASKED_EVERY = timedelta(minutes=5)
LOOKED_AT_EVERY = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)
LONGEST_UNCHECKED = timedelta(hours=24)
# So long nobody else looks at a session that one replica has taken.
_HELD = timedelta(minutes=2)
AT_ONCE = 200
_OVER = "The provider has ended the session, or the account."
_AWAY = "The provider has not answered for a day."
_LOGOUT = "The person signed out at the provider, or was signed out there."
_log = structlog.get_logger("single_sign_on")


def keep(
    session: AsyncSession, box: SecretBox, provider: SignInProvider, claims: Claims, user_id: str, session_id: str
) -> None:
    """Note what a new session lives by, where the provider says anything of it."""
    outside = claims.session
    if not outside.id and not outside.refresh_token:
        return
    owner, moment = provider.organization_id, now()
    sealed = box.encrypt(outside.refresh_token.encode(), SEALED_REFRESH.place(owner, session_id))
    row = ProviderSessionRow(
        id=session_id,
        organization_id=owner,
        provider_id=provider.id,
        user_id=user_id,
        subject=claims.subject,
        outside_id=outside.id,
        refresh_ciphertext=sealed,
        has_refresh=bool(outside.refresh_token),
        checked_at=moment,
        next_check_at=moment + LOOKED_AT_EVERY,
        failing_since=None,
        tries=0,
    )
    repository.add_row(session, row)


async def recheck_sessions_for_ever(database: Database, box: SecretBox, adapter: LastingAdapter) -> None:
    """Look at sessions every 30 s. Replicas may do the same at once."""
    while True:
        await asyncio.sleep(PASS_SECONDS)
        try:
            await recheck_sessions(database, box, adapter)
        except Problem as problem:
            _log.warning("single_sign_on.sessions_not_checked", code=problem.code, reason=problem.message)
        except Exception:
            _log.exception("single_sign_on.sessions_not_checked")


async def recheck_sessions(database: Database, box: SecretBox, adapter: LastingAdapter) -> int:
    """Look at the sessions that are due, at most 200; return how many ended. A provider that is away is asked once."""
    async with database.read() as session:
        due = await repository.due_sessions(session, now(), AT_ONCE)
    ended = 0
    away: set[str] = set()
    for row in due:
        async with database.unit_of_work() as session:
            if not await repository.claim_session(session, row, now() + _HELD):
                continue
        ended += await _look_at(database, box, adapter, row, away)
    return ended


async def _look_at(
    database: Database, box: SecretBox, adapter: LastingAdapter, row: ProviderSessionRow, away: set[str]
) -> int:
    owner, moment = row.organization_id, now()
    async with database.read() as session:
        live = [one for one in await list_sessions(session, owner, row.user_id) if one.id == row.id]
        stored = await repository.read_provider(session, owner, row.provider_id)
    if not live or stored is None:
        async with database.unit_of_work() as session:
            await repository.forget_session(session, owner, row.id)
        return 0
    used = live[0].last_seen_at > row.checked_at
    if not row.has_refresh or not used or (moment - row.checked_at < ASKED_EVERY and row.failing_since is None):
        await _note(database, row, next_check_at=moment + LOOKED_AT_EVERY)
        return 0
    try:
        if row.provider_id in away:
            raise ProviderUnreachable("The provider did not answer a moment ago.")
        token = box.decrypt(row.refresh_ciphertext, SEALED_REFRESH.place(owner, row.id)).decode()
        newer = await adapter.refresh(provider_of(stored), _secret_of(box, stored), row.subject, token)
    except SessionOver:
        return await end_outside(database, row, _OVER)
    except Problem as problem:
        # An answer that proves nothing is none: it keeps no session for ever, and no other from being looked at.
        if isinstance(problem, ProviderUnreachable | ProviderInvalid):
            away.add(row.provider_id)
        return await _put_off(database, row, problem, moment)
    sealed = box.encrypt(newer.encode(), SEALED_REFRESH.place(owner, row.id))
    await _note(
        database,
        row,
        refresh_ciphertext=sealed,
        checked_at=moment,
        next_check_at=moment + ASKED_EVERY,
        failing_since=None,
        tries=0,
    )
    return 0


async def _put_off(database: Database, row: ProviderSessionRow, problem: Problem, moment: datetime) -> int:
    since = row.failing_since or moment
    if moment - since > LONGEST_UNCHECKED:
        return await end_outside(database, row, _AWAY)
    _log.warning("single_sign_on.session_not_checked", provider_id=row.provider_id, reason=problem.message)
    wait = min(ASKED_EVERY * 2 ** min(row.tries, 10), LONGEST_WAIT)
    await _note(database, row, next_check_at=moment + wait, failing_since=since, tries=row.tries + 1)
    return 0


async def take_logout(database: Database, provider: SignInProvider, logout: Logout) -> int:
    """End the sessions a provider says have ended; return how many did. The same token ends nothing again."""
    owner = provider.organization_id
    proof = UsedProofRow(
        proof_hash=token_hash(f"{provider.id}|logout|{logout.proof.id}"),
        organization_id=owner,
        provider_id=provider.id,
        expires_at=logout.proof.kept_until,
    )
    async with database.unit_of_work() as session:
        await repository.prune_proofs(session, now())
        if not await repository.insert_once(session, proof):
            return 0
        found = await repository.sessions_of(session, owner, provider.id, logout.subject, logout.session_id)
    return sum([await end_outside(database, one, _LOGOUT) for one in found])


async def end_outside(database: Database, row: ProviderSessionRow, reason: str) -> int:
    """End a session and write down why: 1 when it was live."""
    async with database.unit_of_work() as session:
        ended = await end_session_of(session, row.organization_id, row.user_id, row.id)
        await repository.forget_session(session, row.organization_id, row.id)
        if ended:
            system = Principal("system", row.provider_id, row.organization_id, "Sign-in provider")
            target = audit.Target("user", row.user_id)
            audit.record(session, system, "users.end_sessions", target, reason=reason)
    return int(ended)


async def _note(database: Database, row: ProviderSessionRow, **values: object) -> None:
    async with database.unit_of_work() as session:
        await repository.write_session(session, row.organization_id, row.id, values)


def _secret_of(box: SecretBox, row: SignInProviderRow) -> str:
    return box.decrypt(row.secret_ciphertext, SEALED_SECRET.place(row.organization_id, row.id)).decode()
