"""Sessions just opened: the row, the cookie's token, and who is behind it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from powerautomation.governance import audit
from powerautomation.identity.access import PolicyBook, Proofs, Role, SignedInUser, units_of
from powerautomation.identity.organizations import Organization, OrganizationClosed, get_organization, is_open
from powerautomation.identity.policies import load_policies
from powerautomation.identity.roles import load_role
from powerautomation.identity.sessions import repository, rules
from powerautomation.identity.sessions.entities import Client, FoundSession
from powerautomation.identity.sessions.errors import PasswordsOff
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.sessions.tables import SessionRow
from powerautomation.identity.sign_in_policies import read_policy
from powerautomation.identity.users import User, UserNotFound, get_user, note_opened
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Unauthenticated
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A live session with whose it is."""

    signed_in: SignedInUser
    user: User
    organization: Organization


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened.

    ``token`` is the cookie's value and known nowhere else; ``device_token`` marks a browser in which the password was
    right, empty when the session came from a link.
    """

    opened: OpenSession
    token: str
    device_token: str


async def get_open_session(session: AsyncSession, signed_in: SignedInUser) -> OpenSession:
    """Return everything about a live session; raises Unauthenticated when the person vanished meanwhile."""
    organization_id = signed_in.principal.organization_id
    try:
        user = await get_user(session, organization_id, signed_in.principal.id)
    except UserNotFound:
        raise session_ended() from None
    return OpenSession(signed_in, user, await get_organization(session, organization_id))


async def open_session(
    session: AsyncSession,
    user: User,
    method: str,
    client: Client,
    device_token: str,
    factor: str = "",
    *,
    by: str = "",
    ends_at: datetime | None = None,
    instead_of: SessionRow | None = None,
) -> NewSession:
    """Open a session for somebody who has just proved who it is, ``by`` a provider; the browser's earlier one ends.
    ``ends_at``: when it ends at the latest, if that is before every session does.

    ``instead_of``: the session of the same account in another organization, whose proof and end it keeps. Raises
    Unauthenticated for a service account, which never signs in, and PasswordsOff where the organization has switched
    passwords off: those of named administrators with a second factor go on, and one-time links do.
    """
    if user.kind != "person":
        raise session_ended()
    if not await is_open(session, user.organization_id):
        raise OrganizationClosed(
            "Your organization is suspended, or was deleted.", action="Ask whoever runs this server."
        )
    policy = await read_policy(session, user.organization_id)
    breaks_glass = not policy.passwords and method in ("password", "link")
    if breaks_glass and method == "password" and not (factor and user.id in policy.break_glass):
        raise PasswordsOff(
            "Your organization has switched signing in with a password off.",
            action="Choose your organization's provider on the sign-in page.",
        )
    moment = now()
    proved_at, expires_at = moment, moment + rules.SESSION_LIFE
    if ends_at is not None:
        expires_at = min(expires_at, ends_at)
    if instead_of is not None:
        proved_at, expires_at = instead_of.confirmed_at, instead_of.expires_at
    replaced = _hashes(client.cookies)
    if replaced:
        await repository.revoke_by_token(session, replaced, moment)
    await repository.delete_ended_sessions(
        session,
        user.organization_id,
        user.id,
        expired_before=moment,
        idle_since=moment - rules.SESSION_IDLE_LIFE,
        revoked_before=moment - rules.KEEP_ENDED,
    )
    await repository.revoke_oldest(session, user.organization_id, user.id, rules.MOST_SESSIONS_OF_ONE_USER - 1, moment)
    token = secrets.token_urlsafe(32)
    row = SessionRow(
        id=new_id("ses"),
        token_hash=rules.hash_of(token),
        user_id=user.id,
        organization_id=user.organization_id,
        method=method,
        factor=factor,
        confirmed_at=proved_at,
        created_at=moment,
        last_seen_at=moment,
        expires_at=expires_at,
        revoked_at=None,
        user_agent=client.user_agent[:300],
        ip=client.ip[:64],
    )
    repository.add_session(session, row)
    await note_opened(session, user)
    principal = Principal("user", user.id, user.organization_id, user.name)
    after = {"method": method, **({"factor": factor} if factor else {}), **({"provider": by} if by else {})}
    audit.record(session, principal, "sessions.sign_in", audit.Target("session", row.id), after=after)
    if breaks_glass:
        # Beside the sign-in itself, so that it stands out and an alarm can be set on it.
        audit.record(session, principal, "sessions.break_glass", audit.Target("session", row.id), after=after)
    organization = await get_organization(session, user.organization_id)
    role = await load_role(session, user.organization_id, user.role)
    policies = await load_policies(session, user.organization_id)
    units = await units_of(session, user.organization_id, user.id, policies[0])
    return NewSession(
        OpenSession(signed_in_of(row, user.name, role, token, policies, units), user, organization), token, device_token
    )


def signed_in_of(
    row: SessionRow | FoundSession,
    name: str,
    role: Role,
    token: str,
    policies: tuple[PolicyBook | None, str],
    units: tuple[str, ...],
) -> SignedInUser:
    """Return who is behind a live session's row, a person of this name; ``token`` is the cookie's value; ``policies``
    are the organization's, with its time zone, ``units`` what they ask for."""
    return SignedInUser(
        principal=Principal("user", row.user_id, row.organization_id, name),
        session_id=row.id,
        csrf=rules.csrf_of(token, row.id),
        role=role,
        expires_at=rules.ends_at(last_seen_at=row.last_seen_at, expires_at=row.expires_at),
        confirmed_at=row.confirmed_at,
        method=row.method,
        proofs=Proofs(second_factor=row.factor != "", passkey=row.factor == "passkey"),
        policies=policies[0],
        time_zone=policies[1],
        units=units,
    )


def session_ended() -> Unauthenticated:
    """Return the error of who is no longer signed in."""
    return Unauthenticated("The session has ended.", action="Sign in, then try again.")


def _hashes(cookies: str) -> Sequence[bytes]:
    return [rules.hash_of(token) for token in rules.session_tokens(cookies)]
