"""Asking in one go, for doors that hold the line until there is an answer: ask, wait, and take what was agreed to."""

import asyncio
from collections.abc import Mapping
from typing import Any

from powerautomation.approvals.requests import service
from powerautomation.approvals.requests.entities import Approval, NewRequest, Requester
from powerautomation.approvals.requests.reading import get_approval
from powerautomation.approvals.requests.waiting import ApprovalWatch
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser
from powerautomation.infrastructure.database import Database

# Where too many wait in one process, the others look again after so long.
LOOK_AGAIN_SECONDS = 5.0


def requester_of(user: SignedInUser) -> Requester:
    """Return who asks: a program by its key, or a person."""
    name, owner = user.principal.name, user.answers_id
    if user.key is None:
        return Requester("user", user.principal.id, name, owner)
    return Requester("api_key", user.principal.id, name, owner)


async def ask_and_take(
    database: Database, box: SecretBox, watch: ApprovalWatch, user: SignedInUser, new: NewRequest
) -> tuple[Approval, Mapping[str, Any] | None]:
    """Ask, wait for the answer however long it takes, and take what was agreed to; return the request and the arguments
    to act with, None for a no. Raises what ``create_request`` and ``reserve`` raise."""
    principal = user.principal
    async with database.unit_of_work() as session:
        approval, _ = await service.create_request(session, box, principal, requester_of(user), new)
    with watch.listening(approval.id) as waiter:
        while approval.state == "pending":
            async with database.read() as session:
                approval = await get_approval(session, box, principal.organization_id, approval.id)
            if approval.state == "pending":
                await (waiter.wait(60.0) if waiter is not None else asyncio.sleep(LOOK_AGAIN_SECONDS))
    if approval.state != "approved":
        return approval, None
    async with database.unit_of_work() as session:
        lease = await service.reserve(
            session,
            box,
            principal,
            principal.id,
            approval.id,
            approval.arguments,
            tool=new.tool,
            tool_version=new.tool_version,
            cwd=new.cwd,
        )
    return lease.approval, lease.approval.arguments
