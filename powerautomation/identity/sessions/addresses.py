"""Whose an e-mail address is: who may sign in with one, and whom a command means by it.

Nobody proves here that an address is theirs: an administrator types it into an invitation. What is proven is at most
its domain. So an address of a proven domain signs in people of the organization that has proven it, and nobody else;
and a command means by an address one account, or asks which.
"""

from powerautomation.identity.email_domains import owner_of
from powerautomation.identity.sessions.errors import EmailAmbiguous
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.users import (
    EmailTaken,
    User,
    find_user_by_email,
    list_memberships,
    list_people_by_email,
)


async def check_address(session: AsyncSession, user: User, email: str) -> None:
    """Raise unless a person's account may sign in with an address: its domain is proven by nobody, or by an
    organization the account is in. Ask where nothing is confined to one organization. Raises EmailTaken."""
    owner = await owner_of(session, email.rpartition("@")[2])
    if not owner or owner == user.organization_id:
        return
    if any(one.organization_id == owner for one in await list_memberships(session, user.account_id)):
        return
    raise EmailTaken(
        "Another organization here has proven that the domain of this e-mail address is its own.",
        action="Use another e-mail address, or ask that organization to invite you; then join this one.",
        fields={"email": "Its domain is another organization's."},
    )


async def find_meant(session: AsyncSession, email: str, organization_id: str = "") -> User | None:
    """Return whom a command means by an e-mail address, in one organization or in any.

    Of several accounts the one in the organization that has proven the domain is meant; without such a proof the
    command has to say the organization. Raises EmailAmbiguous.
    """
    if organization_id:
        return await find_user_by_email(session, email, organization_id)
    people = await list_people_by_email(session, email)
    if len({one.account_id for one in people}) > 1:
        owner = await owner_of(session, email.strip().rpartition("@")[2].lower())
        people = [one for one in people if one.organization_id == owner] or people
    if len({one.account_id for one in people}) > 1:
        names = ", ".join(sorted({one.organization_id for one in people}))
        raise EmailAmbiguous(
            f"Several people have this e-mail address, in the organizations {names}.",
            action="Say which is meant: --organization ID",
        )
    if len(people) == 1:
        return people[0]
    return await find_user_by_email(session, email)
