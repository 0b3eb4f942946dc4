"""The sessions of a person: seen and ended by the person, or by who administers the organization."""

from dataclasses import dataclass
from datetime import datetime

from powerautomation.governance import audit
from powerautomation.identity.sessions import repository, rules
from powerautomation.identity.sessions.errors import SessionNotFound
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One browser that is signed in.

    ``idle_ends_at`` is when it ends if nothing more is done with it, ``expires_at`` when it ends in any case;
    ``method`` is ``password`` or ``link``, ``factor`` what followed, empty for nothing.
    """

    id: str
    method: str
    factor: str
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    idle_ends_at: datetime
    expires_at: datetime


async def list_sessions(session: AsyncSession, organization_id: str, user_id: str) -> list[LiveSession]:
    """Return a person's live sessions, the one used last first: at most 50."""
    moment = now()
    rows = await repository.list_sessions(
        session,
        organization_id,
        user_id,
        moment=moment,
        idle_since=moment - rules.SESSION_IDLE_LIFE,
        most=rules.MOST_SESSIONS_OF_ONE_USER,
    )
    return [
        LiveSession(
            id=row.id,
            method=row.method,
            factor=row.factor,
            ip=row.ip,
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            idle_ends_at=rules.ends_at(last_seen_at=row.last_seen_at, expires_at=row.expires_at),
            expires_at=row.expires_at,
        )
        for row in rows
    ]


async def end_session(session: AsyncSession, principal: Principal, session_id: str) -> None:
    """End one of a person's sessions, on every replica with its next request. Raises SessionNotFound."""
    if not await repository.revoke_own(session, principal.organization_id, principal.id, session_id, now()):
        raise SessionNotFound("There is no such session, or it has ended.", action="Look at the list again.")
    audit.record(session, principal, "sessions.end", audit.Target("session", session_id))


async def end_other_sessions(session: AsyncSession, principal: Principal, keep: str) -> int:
    """End a person's sessions but the one with the id ``keep``; return how many ended."""
    audit.record(session, principal, "sessions.end_others", audit.Target("session", keep))
    return await end_sessions_of(session, principal.organization_id, principal.id, keep=keep)


async def end_sessions_of(session: AsyncSession, organization_id: str, user_id: str, *, keep: str = "") -> int:
    """End a person's sessions, all but the one with the id ``keep``; return how many ended."""
    return await repository.revoke_others(session, organization_id, user_id, keep, now())


async def shut_out(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """End a person's sessions and make every link of the person useless."""
    await end_sessions_of(session, organization_id, user_id)
    await repository.void_links(session, organization_id, user_id, now())


async def last_seen(session: AsyncSession, organization_id: str, user_ids: list[str]) -> dict[str, datetime]:
    """Return when each of these people used the console last, as far as it is still known."""
    return await repository.last_seen(session, organization_id, user_ids)


async def forget_user(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Remove every session and link of a person who is forgotten for good."""
    await repository.forget_user(session, organization_id, user_id)
