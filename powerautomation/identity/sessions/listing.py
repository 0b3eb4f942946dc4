"""The sessions of a person: seen and ended by the person, or by who administers the organization."""

from dataclasses import dataclass
from datetime import datetime

from powerautomation.identity.sessions import repository, rules
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.users import User, list_memberships
from powerautomation.kernel.clock import now


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


async def end_sessions_of_account(session: AsyncSession, user: User, *, keep: str = "") -> int:
    """End somebody's sessions and one-time links in every organization, all but the session with the id ``keep``;
    return how many sessions ended. Ask where nothing is confined to one organization."""
    ended = 0
    for one in await list_memberships(session, user.account_id):
        ended += await end_sessions_of(session, one.organization_id, one.id, keep=keep)
        if one.state != "invited":
            await repository.void_links(session, one.organization_id, one.id, now())
    return ended


async def end_sessions_of(session: AsyncSession, organization_id: str, user_id: str, *, keep: str = "") -> int:
    """End a person's sessions, all but the one with the id ``keep``; return how many ended."""
    return await repository.revoke_others(session, organization_id, user_id, keep, now())


async def end_sessions_by(session: AsyncSession, organization_id: str, user_id: str, method: str) -> int:
    """End a person's sessions that were opened by one method; return how many ended."""
    found = [one.id for one in await list_sessions(session, organization_id, user_id) if one.method == method]
    for session_id in found:
        await repository.revoke_own(session, organization_id, user_id, session_id, now())
    return len(found)


async def end_session_of(session: AsyncSession, organization_id: str, user_id: str, session_id: str) -> bool:
    """End one session of a person; False when it is not live."""
    return await repository.revoke_own(session, organization_id, user_id, session_id, now())


async def shut_out(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """End a person's sessions and make every link of the person useless."""
    await end_sessions_of(session, organization_id, user_id)
    await repository.void_links(session, organization_id, user_id, now())


async def count_live_sessions(session: AsyncSession, organization_id: str) -> dict[str, int]:
    """Return how many live sessions each person of the organization has; who has none is left out."""
    moment = now()
    return await repository.count_live(session, organization_id, moment, moment - rules.SESSION_IDLE_LIFE)


async def last_seen(session: AsyncSession, organization_id: str, user_ids: list[str]) -> dict[str, datetime]:
    """Return when each of these people used the console last, as far as it is still known."""
    return await repository.last_seen(session, organization_id, user_ids)
