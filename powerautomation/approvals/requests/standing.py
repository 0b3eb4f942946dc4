"""Whether people who agreed are still people who may."""

from collections.abc import Sequence
from typing import Any

from powerautomation.approvals.requests import rules
from powerautomation.approvals.requests.entities import Vote
from powerautomation.approvals.requests.reading import votes_of
from powerautomation.approvals.requests.repository import AsyncSession
from powerautomation.identity.roles import load_role
from powerautomation.identity.users import UserNotFound, get_user

DECIDE, OWN = "approvals:decide", "approvals:request"


async def approvers_stand(session: AsyncSession, row: Any) -> bool:
    """Say whether as many people as needed agreed to what a request says now and still may."""
    votes = (await votes_of(session, row.organization_id, [row.id])).get(row.id, [])
    needed: int = row.quorum
    return len(await standing(session, row, votes, row.digest)) >= needed


async def standing(session: AsyncSession, row: Any, votes: Sequence[Vote], digest: str) -> list[Vote]:
    """Return the votes that count: for exactly ``digest``, by people who are here and may still agree."""
    return [
        vote
        for vote in rules.standing_votes(votes, digest)
        if await may_agree(session, row.organization_id, vote.person_id, row.owner_id, row.approver_role)
    ]


async def may_agree(
    session: AsyncSession, organization_id: str, person_id: str, owner_id: str, approver_role: str
) -> bool:
    """Say whether a person is here and may agree to what agents of ``owner_id`` ask."""
    try:
        person = await get_user(session, organization_id, person_id)
    except UserNotFound:
        return False
    if person.is_disabled:
        return False
    role = await load_role(session, organization_id, person.role)
    if approver_role and approver_role not in {one.id for one in role.chain}:
        return False
    return DECIDE in role.permissions or (OWN in role.permissions and owner_id == person_id)
