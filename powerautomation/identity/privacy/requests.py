"""Asking to be erased: a person asks, an administrator answers within 30 days by erasing, or refuses with a reason.

The request goes with the person: once somebody is erased, the receipt of the erasure is what is left.
"""

from datetime import timedelta

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.privacy import repository
from powerautomation.identity.privacy.entities import ErasureRequest
from powerautomation.identity.privacy.errors import RequestAnswered, RequestNotFound
from powerautomation.identity.users import list_user_names
from powerautomation.infrastructure.database import AsyncSession
from powerautomation.kernel.clock import now

ANSWERED_WITHIN = timedelta(days=30)
MOST_LISTED = 200


async def find_request(session: AsyncSession, user: SignedInUser) -> ErasureRequest | None:
    """Return what somebody asked about themselves, answered or not."""
    owner = user.principal.organization_id
    return await repository.find_request(session, owner, user.principal.id)


async def ask_erasure(session: AsyncSession, user: SignedInUser, words: str) -> ErasureRequest:
    """Ask to be erased; one that was refused can ask again. Raises RequestAnswered while one waits already."""
    owner, user_id = user.principal.organization_id, user.principal.id
    known = await repository.find_request(session, owner, user_id)
    if known is not None and known.state == "open":
        raise RequestAnswered("You asked already.", action="Wait for the answer, or take it back.")
    moment = now()
    request = ErasureRequest(user_id, "open", words.strip(), moment, moment + ANSWERED_WITHIN, None, "")
    await repository.put_request(session, owner, request)
    audit.record(session, user.principal, "personal_data.ask_erasure", _target(user_id, user.principal.name))
    return request


async def withdraw_request(session: AsyncSession, user: SignedInUser) -> None:
    """Take one's request back. Raises RequestNotFound, RequestAnswered."""
    owner, user_id = user.principal.organization_id, user.principal.id
    await _open(session, owner, user_id)
    await repository.delete_request(session, owner, user_id)
    audit.record(session, user.principal, "personal_data.withdraw_erasure", _target(user_id, user.principal.name))


async def refuse_request(session: AsyncSession, actor: SignedInUser, user_id: str, reason: str) -> ErasureRequest:
    """Refuse to erase somebody who asked, and say why. Raises RequestNotFound, RequestAnswered."""
    owner = actor.principal.organization_id
    known = await _open(session, owner, user_id)
    refused = ErasureRequest(user_id, "refused", known.words, known.asked_at, known.due_at, now(), reason.strip())
    await repository.put_request(session, owner, refused)
    names = await list_user_names(session, owner, [user_id])
    target = _target(user_id, names.get(user_id, ""))
    audit.record(session, actor.principal, "personal_data.refuse_erasure", target, reason=refused.answer)
    return refused


async def list_requests(session: AsyncSession, organization_id: str) -> list[tuple[ErasureRequest, str]]:
    """Return who asked to be erased, with the names: what waits first, the oldest before the others; at most 200."""
    found = await repository.list_requests(session, organization_id, MOST_LISTED)
    names = await list_user_names(session, organization_id, {one.user_id for one in found}) if found else {}
    return [(one, names.get(one.user_id, "")) for one in found]


async def _open(session: AsyncSession, organization_id: str, user_id: str) -> ErasureRequest:
    known = await repository.find_request(session, organization_id, user_id)
    if known is None:
        raise RequestNotFound("Nobody asked for that.", action="Reload the page.")
    if known.state != "open":
        raise RequestAnswered("This was answered already.", action="Reload the page.")
    return known


def _target(user_id: str, name: str) -> audit.Target:
    return audit.Target("user", user_id, name)
