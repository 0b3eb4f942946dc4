"""One account in several organizations: which there are, going from one to another, joining one more.

A session is always one person's in one organization. Going to another one ends it and opens a new one, with another
cookie; nothing that was read or begun in the first is seen in the second.
"""

from dataclasses import dataclass

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.organizations import Organization, OrganizationNotFound, get_organization, list_closed
from powerautomation.identity.sessions import repository, rules
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.errors import AlreadyMember, ProviderSession, SessionNotFound
from powerautomation.identity.sessions.invitations import find_invited, invitation_invalid
from powerautomation.identity.sessions.listing import LiveSession, end_sessions_of, list_sessions
from powerautomation.identity.sessions.opening import NewSession, open_session, session_ended
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.users import User, get_user, hold_account, hold_user, join_account, list_memberships
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class Membership:
    """One person of an account, and the person's organization."""

    user: User
    organization: Organization


async def memberships_of(session: AsyncSession, signed_in: SignedInUser) -> list[Membership]:
    """Return the organizations somebody can go to, the present one too, the oldest first.

    A session that an organization's provider opened is for that organization alone.
    """
    me = await get_user(session, signed_in.principal.organization_id, signed_in.principal.id)
    users = [me]
    if signed_in.proved_here and me.is_shared:
        closed = await list_closed(session)
        users = [
            one
            for one in await list_memberships(session, me.account_id)
            if one.state == "active" and one.organization_id not in closed
        ]
    return [Membership(one, await get_organization(session, one.organization_id)) for one in users]


async def switch(database: Database, signed_in: SignedInUser, client: Client, organization_id: str) -> NewSession:
    """End this session and open one in another organization of the same account, proved when the first was.

    Raises OrganizationNotFound for one the account is not in, whether it exists or not, and ProviderSession.
    """
    owner = signed_in.principal
    async with database.unit_of_work() as session:
        _ensure_proved_here(signed_in)
        me = await get_user(session, owner.organization_id, owner.id)
        await hold_account(session, me.account_id)
        there = [one for one in await memberships_of(session, signed_in) if one.organization.id == organization_id]
        if not there:
            raise OrganizationNotFound("You are in no such organization.", action="Reload the page.")
        return await _open_instead(session, signed_in, client, there[0].user)


async def join(database: Database, signed_in: SignedInUser, client: Client, token: str) -> NewSession:
    """Accept an invitation as who is signed in, and go to that organization; it works once.

    What proves the invitation is its link: an e-mail address that somebody gave as the own proves nothing.
    Raises InvitationInvalid, AlreadyMember, ProviderSession.
    """
    token_hash, owner = rules.hash_of(token), signed_in.principal
    async with database.unit_of_work() as session:
        invited = await find_invited(session, token_hash)
        _ensure_proved_here(signed_in)
        me = await get_user(session, owner.organization_id, owner.id)
        await hold_user(session, invited.organization_id, invited.id)
        await hold_account(session, me.account_id)
        if not await repository.use_link(session, token_hash, now(), rules.INVITATION):
            raise invitation_invalid()
        invited = await get_user(session, invited.organization_id, invited.id)
        if invited.is_disabled or invited.has_password:
            raise invitation_invalid()
        joined = await join_account(session, invited, me.account_id)
        if joined is None:
            raise AlreadyMember("You are in this organization already.", action="Go to it at the top of the page.")
        await repository.void_links(session, joined.organization_id, joined.id, now())
        new = await _open_instead(session, signed_in, client, joined)
        target = audit.Target("user", joined.id, joined.name)
        audit.record(session, new.opened.signed_in.principal, "users.join", target)
        return new


async def sessions_of_account(session: AsyncSession, signed_in: SignedInUser) -> list[tuple[LiveSession, Organization]]:
    """Return the live sessions of somebody in every organization, by organization, those used last first."""
    return [
        (one, membership.organization)
        for membership in await memberships_of(session, signed_in)
        for one in await list_sessions(session, membership.user.organization_id, membership.user.id)
    ]


async def end_session(session: AsyncSession, signed_in: SignedInUser, session_id: str) -> None:
    """End one of somebody's sessions, on every replica with its next request. Raises SessionNotFound."""
    moment = now()
    for one in await memberships_of(session, signed_in):
        if await repository.revoke_own(session, one.user.organization_id, one.user.id, session_id, moment):
            audit.record(session, principal_of(one.user), "sessions.end", audit.Target("session", session_id))
            return
    raise SessionNotFound("There is no such session, or it has ended.", action="Look at the list again.")


async def end_other_sessions(session: AsyncSession, signed_in: SignedInUser) -> int:
    """End somebody's sessions, in every organization, but the one that asks; return how many ended."""
    ended, keep = 0, signed_in.session_id
    for one in await memberships_of(session, signed_in):
        audit.record(session, principal_of(one.user), "sessions.end_others", audit.Target("session", keep))
        ended += await end_sessions_of(session, one.user.organization_id, one.user.id, keep=keep)
    return ended


def principal_of(user: User) -> Principal:
    """Return somebody as the actor in one of the person's organizations."""
    return Principal("user", user.id, user.organization_id, user.name)


async def _open_instead(session: AsyncSession, signed_in: SignedInUser, client: Client, user: User) -> NewSession:
    owner = signed_in.principal
    row = await repository.find_own_session(session, owner.organization_id, signed_in.session_id)
    if row is None or row.revoked_at is not None:
        raise session_ended()
    await repository.revoke_session(session, owner.organization_id, row.id, now())
    audit.record(session, owner, "sessions.sign_out", audit.Target("session", row.id))
    return await open_session(session, user, row.method, client, "", row.factor, instead_of=row)


def _ensure_proved_here(signed_in: SignedInUser) -> None:
    if not signed_in.proved_here:
        raise ProviderSession(
            "Your organization's sign-in provider opened this session, so it is for that organization alone.",
            action="Sign in with your password or a passkey.",
        )
