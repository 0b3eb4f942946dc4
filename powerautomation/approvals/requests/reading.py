"""Approvals as they are stored, opened and handed on."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from powerautomation.approvals.requests import repository
from powerautomation.approvals.requests.entities import Approval, Memory, Requester, Vote
from powerautomation.approvals.requests.errors import ApprovalNotFound
from powerautomation.approvals.requests.repository import AsyncSession, Sought
from powerautomation.approvals.requests.tables import SEALED_CONTENT
from powerautomation.governance.encryption import SecretBox

MOST_LISTED = 200


class Content(msgspec.Struct):
    """What is sealed of a request. ``original_arguments`` is set where others were agreed to."""

    arguments: dict[str, Any]
    cwd: str
    context: dict[str, Any]
    assessment: dict[str, Any]
    original_arguments: dict[str, Any] | None = None
    roots: list[str] = []
    home: str = ""


_decoder = msgspec.json.Decoder(Content)


def not_found() -> ApprovalNotFound:
    """Return the refusal that is the same for what is not there and what is somebody else's."""
    return ApprovalNotFound("There is no such approval, or it is not yours.", action="See the list of approvals.")


def sealed(box: SecretBox, organization_id: str, approval_id: str, content: Content) -> bytes:
    """Return a request's content as it is stored."""
    return box.encrypt(msgspec.json.encode(content), SEALED_CONTENT.place(organization_id, approval_id))


def opened(box: SecretBox, row: Any) -> Content:
    """Return a stored request's content; raises SecretUnreadable."""
    return _decoder.decode(box.decrypt(row.content, SEALED_CONTENT.place(row.organization_id, row.id)))


def approval_of(row: Any, content: Content, votes: Sequence[Vote] = ()) -> Approval:
    """Return a request as other domains see it."""
    return Approval(
        id=row.id,
        organization_id=row.organization_id,
        state=row.state,
        requester=Requester(row.requester_kind, row.requester_id, row.requester_name, row.owner_id),
        agent=row.agent,
        session_id=row.session_id,
        task_id=row.task_id,
        call_id=row.call_id,
        tool=row.tool,
        tool_version=row.tool_version,
        cwd=content.cwd,
        arguments=content.arguments,
        original_arguments=content.original_arguments,
        context=content.context,
        level=row.level,
        assessment=content.assessment,
        mode=row.mode,
        approver_role=row.approver_role,
        quorum=row.quorum,
        reason_required=row.reason_required,
        second_person=row.second_person,
        digest=row.digest,
        automatic_by=row.automatic_by,
        detail=row.detail,
        created_at=row.created_at,
        expires_at=row.expires_at,
        ends_at=row.ends_at,
        decided_at=row.decided_at,
        reserved_at=row.reserved_at,
        settled_at=row.settled_at,
        votes=tuple(votes),
    )


async def votes_of(session: AsyncSession, organization_id: str, ids: Sequence[str]) -> Mapping[str, list[Vote]]:
    """Return what people said, by request."""
    found: dict[str, list[Vote]] = {}
    for row in await repository.list_votes(session, organization_id, ids):
        vote = Vote(row.person_id, cast(Any, row.decision), row.reason, cast(Any, row.channel), row.digest, row.at)
        found.setdefault(row.approval_id, []).append(vote)
    return found


async def get_approval(session: AsyncSession, box: SecretBox, organization_id: str, approval_id: str) -> Approval:
    """Return one request; raises ApprovalNotFound."""
    row = await repository.find_row(session, organization_id, approval_id)
    if row is None:
        raise not_found()
    return await read_row(session, box, row)


async def read_row(session: AsyncSession, box: SecretBox, row: Any) -> Approval:
    """Return a stored request with its votes."""
    votes = await votes_of(session, row.organization_id, [row.id])
    return approval_of(row, opened(box, row), votes.get(row.id, ()))


async def list_approvals(
    session: AsyncSession, box: SecretBox, organization_id: str, sought: Sought, most: int
) -> list[Approval]:
    """Return the newest requests that are sought, newest first, at most 200."""
    rows = await repository.list_rows(session, organization_id, sought, min(most, MOST_LISTED))
    votes = await votes_of(session, organization_id, [row.id for row in rows])
    return [approval_of(row, opened(box, row), votes.get(row.id, ())) for row in rows]


def memory_of(row: Any) -> Memory:
    """Return a remembered answer as other domains see it."""
    return Memory(
        row.id,
        row.person_id,
        row.requester_id,
        row.requester_name,
        row.tool,
        row.scope,
        row.subject,
        row.level,
        row.approval_id,
        row.created_at,
        row.used,
    )
