"""People who were removed or switched off in a directory lose their sessions here, within a minute.

Only those are asked about who used a session lately. While a directory is away sessions go on: its outage would
otherwise throw everybody out, and who can cause one gains nothing but what is there already. After a day without an
answer the sessions that came by it end: nobody can say any more whose they are.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.sessions import end_sessions_by, end_sessions_of, last_seen, shut_out
from powerautomation.identity.sign_in_policies import read_policy
from powerautomation.identity.single_sign_on import repository
from powerautomation.identity.single_sign_on.entities import Kind, SignInProvider
from powerautomation.identity.single_sign_on.errors import ProviderInvalid, ProviderUnreachable
from powerautomation.identity.single_sign_on.ports import PasswordAdapter
from powerautomation.identity.single_sign_on.providers import provider_of
from powerautomation.identity.single_sign_on.service import secret_of
from powerautomation.identity.single_sign_on.tables import OutsideIdentityRow, SignInProviderRow
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

RECHECK_SECONDS = 30.0
AT_ONCE = 500
MOST_PROVIDERS = 200
LONGEST_UNCHECKED = timedelta(hours=24)
_NOTED_EVERY = timedelta(minutes=5)
_log = structlog.get_logger("single_sign_on")


async def recheck_for_ever(database: Database, box: SecretBox, adapters: Mapping[Kind, PasswordAdapter]) -> None:
    """Ask every directory every 30 s about the people who came by it. Replicas may do the same at once."""
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        try:
            await recheck(database, box, adapters)
        except Problem as problem:
            _log.warning("single_sign_on.recheck_failed", code=problem.code, reason=problem.message)
        except Exception:
            _log.exception("single_sign_on.recheck_failed")


async def recheck(database: Database, box: SecretBox, adapters: Mapping[Kind, PasswordAdapter]) -> int:
    """Ask every directory that is switched on once; return how many people's sessions ended. One directory that is
    away keeps no other from being asked."""
    async with database.read() as session:
        rows = await repository.list_enabled_of(session, list(adapters), MOST_PROVIDERS)
    ended = 0
    for row in rows:
        provider = provider_of(row)
        try:
            ended += await _recheck_one(database, box, adapters[provider.kind], provider, row)
        except Problem as problem:
            _log.warning("single_sign_on.recheck_failed", provider_id=row.id, code=problem.code, reason=problem.message)
    return ended


async def _recheck_one(
    database: Database, box: SecretBox, adapter: PasswordAdapter, provider: SignInProvider, row: SignInProviderRow
) -> int:
    owner = provider.organization_id
    ended, after = 0, ""
    unchecked = now() - (row.checked_at or row.updated_at)
    while True:
        async with database.read() as session:
            page = await repository.list_identities(session, owner, provider.id, after, AT_ONCE)
            kept = set((await read_policy(session, owner)).break_glass)
            seen = await last_seen(session, owner, [one.user_id for one in page])
        asked = [one for one in page if one.user_id in seen and one.user_id not in kept]
        if asked:
            try:
                present = await adapter.present(provider, secret_of(box, row), [one.subject for one in asked])
            except (ProviderUnreachable, ProviderInvalid):
                if unchecked <= LONGEST_UNCHECKED:
                    raise
                for one in asked:
                    ended += await _end(database, provider, one, gone=False)
            else:
                for one in asked:
                    if one.subject not in present:
                        ended += await _end(database, provider, one, gone=True)
                await _note_checked(database, provider, row)
        if len(page) < AT_ONCE:
            return ended
        after = page[-1].id


async def _end(database: Database, provider: SignInProvider, identity: OutsideIdentityRow, *, gone: bool) -> int:
    """End a person's sessions and write it down, once: 1 when there were any."""
    owner, user_id = provider.organization_id, identity.user_id
    async with database.unit_of_work() as session:
        if gone:
            ended = await end_sessions_of(session, owner, user_id)
            await shut_out(session, owner, user_id)
        else:
            ended = await end_sessions_by(session, owner, user_id, provider.kind)
        if ended:
            reason = (
                "The directory knows the person no more, or has switched the account off."
                if gone
                else "The directory has not answered for a day."
            )
            system = Principal("system", provider.id, owner, provider.name)
            audit.record(session, system, "users.end_sessions", audit.Target("user", user_id), reason=reason)
    return 1 if ended else 0


async def _note_checked(database: Database, provider: SignInProvider, row: SignInProviderRow) -> None:
    moment = now()
    if row.checked_at is None or moment - row.checked_at >= _NOTED_EVERY:
        async with database.unit_of_work() as session:
            await repository.note_checked(session, provider.organization_id, provider.id, moment)
