"""All SQL about sessions, one-time links and failed sign-ins.

A token is its own proof of belonging, so finding by token hash needs no organization; everything else is filtered.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, bindparam, column, delete, func, or_, select, table, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.sessions.entities import Attempts, FoundSession
from powerautomation.identity.sessions.tables import SessionRow, SignInAttemptRow, SignInLinkRow, SignInStepRow
from powerautomation.infrastructure.database import UtcDateTime

# Every request asks who is signed in. One statement that was built once answers what four of four domains would, at a
# third of the time; so these columns of other domains' tables are named here.
_users = table("users", *(column(name, String()) for name in ("id", "organization_id", "name", "role")),
               *(column(name, UtcDateTime()) for name in ("disabled_at", "deleted_at")))  # fmt: skip
_organizations = table("organizations", column("id", String()), column("time_zone", String()),
                       *(column(name, UtcDateTime()) for name in ("suspended_at", "deleted_at")))  # fmt: skip
_revisions = table("policy_revisions", column("organization_id", String()), column("revision", String()))
_session = SessionRow.__table__.c
_NEWEST_SESSION = (
    select(
        *(_session[name] for name in ("id", "token_hash", "user_id", "organization_id", "method", "factor")),
        *(_session[name] for name in ("confirmed_at", "last_seen_at", "expires_at")),
        _users.c.name,
        _users.c.role,
        and_(
            _users.c.disabled_at.is_(None),
            _users.c.deleted_at.is_(None),
            _organizations.c.suspended_at.is_(None),
            _organizations.c.deleted_at.is_(None),
        ).label("is_admitted"),
        _organizations.c.time_zone,
        _revisions.c.revision,
    )
    .select_from(SessionRow.__table__)
    .join(_users, and_(_users.c.id == _session.user_id, _users.c.organization_id == _session.organization_id))
    .join(_organizations, _organizations.c.id == _session.organization_id)
    .outerjoin(_revisions, _revisions.c.organization_id == _session.organization_id)
    .where(_session.token_hash.in_(bindparam("token_hashes", expanding=True)), _session.revoked_at.is_(None))
    .order_by(_session.created_at.desc())
    .limit(1)
)


async def find_session(session: AsyncSession, token_hashes: Sequence[bytes]) -> FoundSession | None:
    """Return the newest session, live or not, that one of these tokens opened and that nobody revoked."""
    row = (await session.execute(_NEWEST_SESSION, {"token_hashes": list(token_hashes)})).first()
    return None if row is None else FoundSession(**row._mapping)


async def find_own_session(session: AsyncSession, organization_id: str, session_id: str) -> SessionRow | None:
    """Return one session of the organization."""
    return await session.scalar(
        select(SessionRow).where(SessionRow.organization_id == organization_id, SessionRow.id == session_id)
    )


def add_session(session: AsyncSession, row: SessionRow) -> None:
    """Store a new session."""
    session.add(row)


async def touch_session(session: AsyncSession, organization_id: str, session_id: str, moment: datetime) -> None:
    """Note that a session is in use; never moves the time back and never wakes a revoked session."""
    await session.execute(
        update(SessionRow)
        .where(
            SessionRow.organization_id == organization_id,
            SessionRow.id == session_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.last_seen_at < moment,
        )
        .values(last_seen_at=moment)
    )


async def revoke_session(session: AsyncSession, organization_id: str, session_id: str, moment: datetime) -> None:
    """End one session."""
    await session.execute(
        update(SessionRow)
        .where(
            SessionRow.organization_id == organization_id, SessionRow.id == session_id, SessionRow.revoked_at.is_(None)
        )
        .values(revoked_at=moment)
    )


async def revoke_by_token(session: AsyncSession, token_hashes: Sequence[bytes], moment: datetime) -> None:
    """End the sessions that these tokens opened."""
    await session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash.in_(token_hashes), SessionRow.revoked_at.is_(None))
        .values(revoked_at=moment)
    )


async def list_sessions(
    session: AsyncSession, organization_id: str, user_id: str, *, moment: datetime, idle_since: datetime, most: int
) -> list[SessionRow]:
    """Return a person's live sessions, the one used last first."""
    rows = await session.scalars(
        select(SessionRow)
        .where(
            SessionRow.organization_id == organization_id,
            SessionRow.user_id == user_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > moment,
            SessionRow.last_seen_at > idle_since,
        )
        .order_by(SessionRow.last_seen_at.desc(), SessionRow.id.desc())
        .limit(most)
    )
    return list(rows)


async def count_live(
    session: AsyncSession, organization_id: str, moment: datetime, idle_since: datetime
) -> dict[str, int]:
    """Return how many live sessions each person of the organization has."""
    rows = await session.execute(
        select(SessionRow.user_id, func.count())
        .where(
            SessionRow.organization_id == organization_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > moment,
            SessionRow.last_seen_at > idle_since,
        )
        .group_by(SessionRow.user_id)
    )
    return {row[0]: row[1] for row in rows}


async def last_seen(session: AsyncSession, organization_id: str, user_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when each of these people used a session last, as far as it is still known."""
    rows = await session.execute(
        select(SessionRow.user_id, func.max(SessionRow.last_seen_at))
        .where(SessionRow.organization_id == organization_id, SessionRow.user_id.in_(user_ids))
        .group_by(SessionRow.user_id)
    )
    return {row[0]: row[1] for row in rows}


async def revoke_own(
    session: AsyncSession, organization_id: str, user_id: str, session_id: str, moment: datetime
) -> bool:
    """End one live session of a person; False when the person has none of that id."""
    ended = await session.scalar(
        update(SessionRow)
        .where(
            SessionRow.organization_id == organization_id,
            SessionRow.user_id == user_id,
            SessionRow.id == session_id,
            SessionRow.revoked_at.is_(None),
        )
        .values(revoked_at=moment)
        .returning(SessionRow.id)
        .execution_options(synchronize_session=False)
    )
    return ended is not None


async def open_invitations(
    session: AsyncSession, organization_id: str, user_ids: Sequence[str], moment: datetime
) -> dict[str, datetime]:
    """Return until when the invitation of each of these people can be accepted; those without one are left out."""
    rows = await session.execute(
        select(SignInLinkRow.user_id, func.max(SignInLinkRow.expires_at))
        .where(
            SignInLinkRow.organization_id == organization_id,
            SignInLinkRow.user_id.in_(user_ids),
            SignInLinkRow.purpose == "invitation",
            SignInLinkRow.used_at.is_(None),
            SignInLinkRow.voided_at.is_(None),
            SignInLinkRow.expires_at > moment,
        )
        .group_by(SignInLinkRow.user_id)
    )
    return {row[0]: row[1] for row in rows}


async def revoke_others(
    session: AsyncSession, organization_id: str, user_id: str, kept_session_id: str, moment: datetime
) -> int:
    """End every session of a person but one (none is kept for an empty id); return how many."""
    ended = await session.scalars(
        update(SessionRow)
        .where(
            SessionRow.organization_id == organization_id,
            SessionRow.user_id == user_id,
            SessionRow.id != kept_session_id,
            SessionRow.revoked_at.is_(None),
        )
        .values(revoked_at=moment)
        .returning(SessionRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(ended))


async def revoke_oldest(session: AsyncSession, organization_id: str, user_id: str, keep: int, moment: datetime) -> None:
    """End a person's sessions but the ``keep`` used last."""
    surplus = (
        select(SessionRow.id)
        .where(
            SessionRow.organization_id == organization_id,
            SessionRow.user_id == user_id,
            SessionRow.revoked_at.is_(None),
        )
        .order_by(SessionRow.last_seen_at.desc(), SessionRow.id.desc())
        .offset(keep)
    )
    ids = list(await session.scalars(surplus))
    if ids:
        await session.execute(
            update(SessionRow)
            .where(SessionRow.organization_id == organization_id, SessionRow.id.in_(ids))
            .values(revoked_at=moment)
        )


async def mark_method(
    session: AsyncSession, organization_id: str, session_id: str, method: str, moment: datetime
) -> bool:
    """Write down how a live session is proved from this moment on; False when it was revoked meanwhile."""
    marked = await session.scalar(
        update(SessionRow)
        .where(
            SessionRow.organization_id == organization_id, SessionRow.id == session_id, SessionRow.revoked_at.is_(None)
        )
        .values(method=method, confirmed_at=moment)
        .returning(SessionRow.id)
        .execution_options(synchronize_session=False)
    )
    return marked is not None


async def renew_session(
    session: AsyncSession, organization_id: str, session_id: str, token_hash: bytes, moment: datetime
) -> bool:
    """Give a live session another token and note when its person proved who it is; False when it was revoked."""
    renewed = await session.scalar(
        update(SessionRow)
        .where(
            SessionRow.organization_id == organization_id, SessionRow.id == session_id, SessionRow.revoked_at.is_(None)
        )
        .values(token_hash=token_hash, confirmed_at=moment)
        .returning(SessionRow.id)
    )
    return renewed is not None


async def delete_ended_sessions(
    session: AsyncSession,
    organization_id: str,
    user_id: str,
    *,
    expired_before: datetime,
    idle_since: datetime,
    revoked_before: datetime,
) -> None:
    """Forget a person's sessions that ended some time ago."""
    await session.execute(
        delete(SessionRow).where(
            SessionRow.organization_id == organization_id,
            SessionRow.user_id == user_id,
            or_(
                SessionRow.expires_at < expired_before,
                SessionRow.last_seen_at < idle_since,
                SessionRow.revoked_at < revoked_before,
            ),
        )
    )


async def find_link_owner(
    session: AsyncSession, token_hash: bytes, moment: datetime, purpose: str
) -> tuple[str, str] | None:
    """Return the organization and user of a one-time link that would work now."""
    row = (
        await session.execute(
            select(SignInLinkRow.organization_id, SignInLinkRow.user_id).where(*_usable(token_hash, moment, purpose))
        )
    ).one_or_none()
    return None if row is None else (row.organization_id, row.user_id)


async def use_link(session: AsyncSession, token_hash: bytes, moment: datetime, purpose: str) -> bool:
    """Use up a one-time link; False when it does not work (any more).

    One conditional statement: of any number of simultaneous callers exactly one is told True.
    """
    used = await session.scalar(
        update(SignInLinkRow)
        .where(*_usable(token_hash, moment, purpose))
        .values(used_at=moment)
        .returning(SignInLinkRow.id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


def _usable(token_hash: bytes, moment: datetime, purpose: str) -> tuple[ColumnElement[bool], ...]:
    return (
        SignInLinkRow.purpose == purpose,
        SignInLinkRow.token_hash == token_hash,
        SignInLinkRow.used_at.is_(None),
        SignInLinkRow.voided_at.is_(None),
        SignInLinkRow.expires_at > moment,
    )


def add_link(session: AsyncSession, row: SignInLinkRow) -> None:
    """Store a new one-time link."""
    session.add(row)


async def void_links(session: AsyncSession, organization_id: str, user_id: str, moment: datetime) -> None:
    """Make a person's unused links useless."""
    await session.execute(
        update(SignInLinkRow)
        .where(
            SignInLinkRow.organization_id == organization_id,
            SignInLinkRow.user_id == user_id,
            SignInLinkRow.used_at.is_(None),
            SignInLinkRow.voided_at.is_(None),
        )
        .values(voided_at=moment)
    )


async def delete_old_links(session: AsyncSession, organization_id: str, user_id: str, expired_before: datetime) -> None:
    """Forget a person's links that expired some time ago."""
    await session.execute(
        delete(SignInLinkRow).where(
            SignInLinkRow.organization_id == organization_id,
            SignInLinkRow.user_id == user_id,
            SignInLinkRow.expires_at < expired_before,
        )
    )


def add_step(session: AsyncSession, row: SignInStepRow) -> None:
    """Store a sign-in that waits for its second step."""
    session.add(row)


async def find_step_owner(session: AsyncSession, token_hash: bytes, moment: datetime) -> tuple[str, str] | None:
    """Return the organization and user of a sign-in that waits for its second step."""
    row = await session.scalar(
        select(SignInStepRow).where(SignInStepRow.token_hash == token_hash, SignInStepRow.expires_at > moment)
    )
    return None if row is None else (row.organization_id, row.user_id)


async def try_step(session: AsyncSession, token_hash: bytes, moment: datetime, most: int) -> SignInStepRow | None:
    """Count a code sent for a waiting sign-in and return it; None when it is over or had ``most`` codes."""
    counted = await session.scalar(
        update(SignInStepRow)
        .where(SignInStepRow.token_hash == token_hash, SignInStepRow.expires_at > moment, SignInStepRow.tries < most)
        .values(tries=SignInStepRow.tries + 1)
        .returning(SignInStepRow.id)
    )
    return None if counted is None else await session.get(SignInStepRow, counted)


async def delete_step(session: AsyncSession, token_hash: bytes) -> None:
    """Forget a sign-in whose second step is done."""
    await session.execute(delete(SignInStepRow).where(SignInStepRow.token_hash == token_hash))


async def delete_old_steps(
    session: AsyncSession, organization_id: str, user_id: str, moment: datetime, keep: int
) -> None:
    """Forget a person's waiting sign-ins that are too old, and the oldest beyond ``keep``."""
    own = (SignInStepRow.organization_id == organization_id, SignInStepRow.user_id == user_id)
    await session.execute(delete(SignInStepRow).where(*own, SignInStepRow.expires_at <= moment))
    surplus = select(SignInStepRow.id).where(*own).order_by(SignInStepRow.created_at.desc(), SignInStepRow.id.desc())
    ids = list(await session.scalars(surplus.offset(keep)))
    if ids:
        await session.execute(delete(SignInStepRow).where(*own, SignInStepRow.id.in_(ids)))


async def find_attempts(session: AsyncSession, keys: Sequence[str]) -> dict[str, Attempts]:
    """Return what is remembered under each of these keys."""
    rows = await session.scalars(select(SignInAttemptRow).where(SignInAttemptRow.key.in_(keys)))
    return {row.key: Attempts(row.failures, row.blocked_until, row.last_attempt_at) for row in rows}


async def hold_attempts(
    session: AsyncSession, keys: Sequence[str], moment: datetime, account: str = ""
) -> dict[str, Attempts]:
    """Return what is remembered under each key, locked until the unit of work ends; new keys begin at zero."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # One order for everybody, so that two attempts never wait for each other.
    for key in sorted(keys):
        await session.execute(
            insert(SignInAttemptRow)
            .values(key=key, failures=0, blocked_until=moment, last_attempt_at=moment, account=account)
            .on_conflict_do_nothing(index_elements=["key"])
        )
        await session.execute(select(SignInAttemptRow.key).where(SignInAttemptRow.key == key).with_for_update())
    return await find_attempts(session, keys)


async def write_attempts(session: AsyncSession, key: str, attempts: Attempts) -> None:
    """Remember under a key that exists."""
    await session.execute(
        update(SignInAttemptRow)
        .where(SignInAttemptRow.key == key)
        .values(
            failures=attempts.failures,
            blocked_until=attempts.blocked_until,
            last_attempt_at=attempts.last_attempt_at,
        )
    )


async def delete_attempts(session: AsyncSession, key: str) -> None:
    """Forget one key."""
    await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.key == key))


async def delete_attempts_of(session: AsyncSession, account: str) -> None:
    """Forget every failure of one account, from wherever."""
    await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.account == account))


async def prune_attempts(session: AsyncSession, *, before: datetime, keep: int) -> None:
    """Forget what is old, and the oldest beyond ``keep`` rows; rows somebody else holds are left for the next time."""
    old = select(SignInAttemptRow.key).where(SignInAttemptRow.last_attempt_at < before)
    surplus = select(SignInAttemptRow.key).order_by(SignInAttemptRow.last_attempt_at.desc()).offset(keep)
    for doomed in (old, surplus):
        keys = list(await session.scalars(doomed.limit(1000).with_for_update(skip_locked=True)))
        if keys:
            await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.key.in_(keys)))
