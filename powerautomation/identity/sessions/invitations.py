"""Invitations: a link that lets a new person choose a password, once, within seven days."""

from dataclasses import dataclass
from datetime import datetime

from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.organizations import get_organization
from powerautomation.identity.sessions import repository, rules, throttling
from powerautomation.identity.sessions.addresses import check_address
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.errors import InvitationInvalid
from powerautomation.identity.sessions.opening import NewSession, open_session
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.sessions.service import create_link
from powerautomation.identity.users import (
    EmailTaken,
    User,
    UserNotFound,
    get_user,
    hash_new_password,
    hold_user,
    store_password,
)
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who is invited, and where to."""

    user: User
    organization_name: str


async def create_invitation(session: AsyncSession, organization_id: str, user_id: str) -> tuple[str, datetime]:
    """Return the token of a new invitation and until when it can be accepted; an earlier one stops working."""
    return await create_link(session, organization_id, user_id, rules.INVITATION, rules.INVITATION_LIFE)


async def find_invitation(database: Database, token: str) -> Invitation:
    """Return whom an invitation is for. Only who has the link learns it. Raises InvitationInvalid."""
    async with database.read() as session:
        user = await find_invited(session, rules.hash_of(token))
        return Invitation(user, (await get_organization(session, user.organization_id)).name)


async def accept_invitation(
    database: Database, box: SecretBox, client: Client, token: str, new_password: str, name: str | None = None
) -> NewSession:
    """Give the invited person the password chosen and open a session; of simultaneous tries one succeeds.

    A password that is refused leaves the invitation as it was. Raises InvitationInvalid, PasswordTooWeak, NameInvalid,
    PasswordsBusy.
    """
    token_hash = rules.hash_of(token)
    async with database.read() as session:
        user = await find_invited(session, token_hash)
    password_hash = await hash_new_password(user, new_password, name=name)
    async with database.unit_of_work() as session:
        await hold_user(session, user.organization_id, user.id)
        if not await repository.use_link(session, token_hash, now(), rules.INVITATION):
            raise invitation_invalid()
        # Read again under the lock: the person may have been deactivated or renamed meanwhile.
        user = await get_user(session, user.organization_id, user.id)
        if user.is_disabled:
            raise invitation_invalid()
        await check_address(session, user, user.email)
        try:
            user = await store_password(session, user, password_hash, name=name)
        except EmailTaken:
            raise EmailTaken(
                "This e-mail address signs in here already.",
                action="Sign in with it, then open the link of the invitation again and join with that account.",
            ) from None
        await repository.void_links(session, user.organization_id, user.id, now())
        return await open_session(
            session, user, "password", client, throttling.new_device_token(box, user.sign_in_email)
        )


async def open_invitations(session: AsyncSession, organization_id: str, user_ids: list[str]) -> dict[str, datetime]:
    """Return until when the invitation of each of these people can be accepted; those without one are left out."""
    return await repository.open_invitations(session, organization_id, user_ids, now())


async def find_invited(session: AsyncSession, token_hash: bytes) -> User:
    """Return whom an invitation is for. Raises InvitationInvalid."""
    owner = await repository.find_link_owner(session, token_hash, now(), rules.INVITATION)
    if owner is None:
        raise invitation_invalid()
    try:
        user = await get_user(session, *owner)
    except UserNotFound:
        raise invitation_invalid() from None
    if user.is_disabled:
        raise invitation_invalid()
    return user


def invitation_invalid() -> InvitationInvalid:
    """Return the error of an invitation that cannot be accepted (any more)."""
    return InvitationInvalid(
        "This invitation was already accepted, was replaced by a newer one, was withdrawn, or is older than 7 days.",
        action="Ask who invited you for a new one. If you have chosen a password already, sign in with it.",
    )
