"""What signing in has written down besides sign-ins themselves: links, failures, refusals."""

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.organizations import ensure_first_organization
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.users import find_user_by_email, get_user
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

# Guesses are slowed down for each network; those of many networks at once are counted, not all written down.
MOST_FAILED_A_MINUTE = 60
_failed_sign_ins = audit.Allowance(MOST_FAILED_A_MINUTE)
_throttled = audit.Allowance(1)
_all_throttled = audit.Allowance(MOST_FAILED_A_MINUTE)


async def record_link(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Write down that somebody at the command line, or the server itself, made a one-time link for a person."""
    user = await get_user(session, organization_id, user_id)
    system = Principal("system", "system", organization_id, "System")
    audit.record(session, system, "sessions.create_link", audit.Target("user", user.id, user.name))


async def record_failed(database: Database, account: str, why: str) -> None:
    """Write down that somebody could not sign in. Where nobody has the address it stands with the first organization,
    which runs the installation; the address itself does not: people type passwords into the wrong field."""
    left_out = _failed_sign_ins.take("")
    if left_out is None:
        return
    reason = f"{why} {left_out} more were not written down." if left_out else why
    async with database.unit_of_work() as session:
        user = await find_user_by_email(session, account) if account else None
        if user is not None:
            target, organization_id = audit.Target("user", user.id, user.name), user.organization_id
        else:
            target, organization_id = audit.Target("user", ""), (await ensure_first_organization(session))[0].id
        audit.record_stranger(session, organization_id, "sessions.sign_in", target, outcome="failed", reason=reason)


async def record_throttled(database: Database, key: str) -> None:
    """Write down, once a minute for each key of a throttle, that sign-ins have to wait: with the first organization,
    as nobody is known."""
    left_out = _throttled.take(key)
    if left_out is None or _all_throttled.take("") is None:
        return
    reason = "Too many sign-ins failed from here, so the next one has to wait."
    reason = f"{reason} {left_out} more were not written down." if left_out else reason
    async with database.unit_of_work() as session:
        owner = (await ensure_first_organization(session))[0].id
        target = audit.Target("user", "")
        audit.record_stranger(session, owner, "sessions.throttle", target, outcome="refused", reason=reason)


async def record_refused(database: Database, signed_in: SignedInUser, why: Problem) -> None:
    """Write down that a person could not set a password."""
    principal = signed_in.principal
    async with database.unit_of_work() as session:
        target = audit.Target("user", principal.id, principal.name)
        audit.record(session, principal, "users.set_password", target, outcome="refused", reason=why.message)
