"""What people do with approvals: agree, refuse, change before they agree, remember, take back, stop everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from powerautomation.approvals.requests import repository, rules
from powerautomation.approvals.requests.entities import Answer, Approval, Memory, NewRequest, Vote
from powerautomation.approvals.requests.errors import (
    AlreadyDecided,
    DigestMismatch,
    EditRiskier,
    MemoryNotFound,
    NotRememberable,
)
from powerautomation.approvals.requests.events import CHANGED
from powerautomation.approvals.requests.reading import (
    Content,
    memory_of,
    not_found,
    opened,
    read_row,
    sealed,
    votes_of,
)
from powerautomation.approvals.requests.repository import AsyncSession
from powerautomation.approvals.requests.service import announce_decision, assess_action, shown, target_of
from powerautomation.approvals.requests.standing import standing
from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class Decider:
    """The person who answers. ``role_ids``: of the role and those it inherits from; ``all_agents``: whether requests of
    other people's agents are theirs to answer."""

    principal: Principal
    role_ids: tuple[str, ...]
    all_agents: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether anything is agreed to without a person; who last turned it and when, empty and None for nobody."""

    automatic: bool
    person_id: str
    changed_at: datetime | None


async def get_for(session: AsyncSession, box: SecretBox, decider: Decider, approval_id: str) -> Approval:
    """Return a request that a person may answer; raises ApprovalNotFound."""
    row = await repository.find_row(session, decider.principal.organization_id, approval_id)
    if row is None or not (decider.all_agents or row.owner_id == decider.principal.id):
        raise not_found()
    return await read_row(session, box, row)


async def decide_request(
    session: AsyncSession, box: SecretBox, decider: Decider, approval_id: str, answer: Answer
) -> Approval:
    """Answer a request. The same answer by the same person again changes nothing; the first valid answer wins.

    A refusal by one person ends it; a yes does when as many people as needed agreed to the very same. Raises
    ApprovalNotFound, AlreadyDecided, DigestMismatch, EditRiskier, and what ``check_may_approve`` and
    ``check_rememberable`` raise.
    """
    principal, moment = decider.principal, now()
    owner = principal.organization_id
    row = await repository.find_row(session, owner, approval_id, hold=True)
    if row is None or not (decider.all_agents or row.owner_id == principal.id):
        raise not_found()
    content = opened(box, row)
    votes = (await votes_of(session, owner, [row.id])).get(row.id, [])
    mine = next((vote for vote in votes if vote.person_id == principal.id), None)
    edited = (
        answer.arguments is not None
        and answer.decision == "approve"
        and (rules.digest_of(owner, row.tool, row.tool_version, content.cwd, answer.arguments, row.level) != row.digest)
    )
    if row.state != "pending" or rules.is_over(row.ends_at, moment):
        if mine is not None and mine.decision == answer.decision and not edited and row.state != "expired":
            return await read_row(session, box, row)
        raise AlreadyDecided(
            f"It is {'expired' if row.state == 'pending' else row.state} already.", action="See what became of it."
        )
    if answer.digest and answer.digest != row.digest:
        raise DigestMismatch("Somebody changed this while you looked at it.", action="Look at it again, then decide.")
    if mine is not None and mine.decision == answer.decision and mine.digest == row.digest and not edited:
        return await read_row(session, box, row)
    before = shown(row)
    values: dict[str, Any] = {}
    if answer.decision == "approve":
        approval = await read_row(session, box, row)
        rules.check_may_approve(approval, principal.id, decider.role_ids, answer.reason)
        if edited:
            values = await _edited(session, box, row, content, answer.arguments or {})
    digest = values.get("digest", row.digest)
    reason = answer.reason.strip()[: rules.LONGEST_TEXT]
    vote = Vote(principal.id, answer.decision, reason, answer.channel, digest, moment)
    await repository.put_vote(
        session,
        {
            "approval_id": row.id,
            "person_id": principal.id,
            "organization_id": owner,
            "decision": vote.decision,
            "reason": vote.reason,
            "channel": vote.channel,
            "digest": vote.digest,
            "at": moment,
        },
    )
    others = [one for one in votes if one.person_id != principal.id]
    old_digest = row.digest
    if answer.decision == "deny":
        values |= {"state": "denied", "ends_at": None, "decided_at": moment}
    elif len(await standing(session, row, [*others, vote], digest)) >= row.quorum:
        values |= {"state": "approved", "ends_at": moment + rules.USABLE, "decided_at": moment}
    if values:
        done = await repository.change_state(
            session, owner, row.id, "pending", values, not_over_at=moment, digest=old_digest
        )
        if not done:
            raise AlreadyDecided("Somebody else was faster, or its time is over.", action="See what became of it.")
        row = await repository.find_row(session, owner, approval_id)
        if row is None:
            raise not_found()
    announce_decision(session, row)
    action = "approvals.deny" if answer.decision == "deny" else "approvals.approve"
    audit.record(
        session,
        principal,
        "approvals.approve_changed" if edited else action,
        target_of(row),
        before=before,
        after={**shown(row), "channel": answer.channel},
        reason=reason,
        approved_by=principal.name if answer.decision == "approve" else None,
    )
    approval = await read_row(session, box, row)
    if answer.remember is not None and answer.decision == "approve":
        await _remember(session, decider, approval, answer)
    return approval


async def _edited(
    session: AsyncSession, box: SecretBox, row: Any, content: Content, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what changes of a request whose arguments a person changed; what was asked for is kept beside them."""
    checked = dict(rules.checked_arguments(arguments))
    new = NewRequest(row.tool, checked, row.tool_version, content.cwd, tuple(content.roots), content.home, row.agent)
    assessment = await assess_action(session, row.organization_id, new)
    if assessment.denied or assessment.level.name not in rules.LEVELS[: rules.LEVELS.index(row.level) + 1]:
        raise EditRiskier(
            f"With these arguments it is {'not understood' if assessment.denied else assessment.level.name}, "
            f"and it was asked for as {row.level}.",
            action="Deny it and say what to do instead.",
        )
    demand = assessment.demand
    if (
        demand.approver_role not in ("", row.approver_role)
        or (demand.second_person and not row.second_person)
        or (demand.reason_required and not row.reason_required)
        or rules.MODES.index(demand.mode) > rules.MODES.index(row.mode)
    ):
        raise EditRiskier(
            "With these arguments a yes needs more than what was asked for does.",
            action="Deny it and say what to do instead.",
        )
    original = content.original_arguments if content.original_arguments is not None else content.arguments
    changed = Content(checked, content.cwd, content.context, content.assessment, original, content.roots, content.home)
    return {
        "digest": rules.digest_of(row.organization_id, row.tool, row.tool_version, content.cwd, checked, row.level),
        "content": sealed(box, row.organization_id, row.id, changed),
    }


async def _remember(session: AsyncSession, decider: Decider, approval: Approval, answer: Answer) -> None:
    scope = answer.remember or "exact"
    subject = rules.check_rememberable(approval, scope)
    owner = approval.organization_id
    known = await repository.list_memories(session, owner, requester_id=approval.requester.id, tool=approval.tool)
    if any((one.scope, one.subject, one.level) == (scope, subject, approval.level) for one in known):
        return
    if await repository.count_memories(session, owner) >= rules.MOST_MEMORIES:
        raise NotRememberable(
            f"{rules.MOST_MEMORIES} answers are remembered already.", action="Take some back, or agree this once."
        )
    memory_id = new_id("apm")
    await repository.add_memory(
        session,
        {
            "id": memory_id,
            "organization_id": owner,
            "person_id": decider.principal.id,
            "requester_id": approval.requester.id,
            "requester_name": approval.requester.name,
            "tool": approval.tool,
            "scope": scope,
            "subject": subject,
            "level": approval.level,
            "approval_id": approval.id,
            "used": 0,
            "created_at": now(),
        },
    )
    record_event(session, owner, CHANGED, {"memory_id": memory_id})
    target = audit.Target("approval_memory", memory_id, approval.tool)
    after = {"scope": scope, "level": approval.level, "requester": approval.requester.name}
    audit.record(session, decider.principal, "approvals.remember", target, after=after)


async def list_memories(session: AsyncSession, organization_id: str, person_id: str = "") -> list[Memory]:
    """Return the remembered answers, of one person where told, newest first."""
    rows = await repository.list_memories(session, organization_id, person_id=person_id)
    return [memory_of(row) for row in rows]


async def forget(session: AsyncSession, decider: Decider, memory_id: str) -> None:
    """Take a remembered answer back; raises MemoryNotFound."""
    owner = decider.principal.organization_id
    row = await repository.find_memory(session, owner, memory_id)
    if row is None or not (decider.all_agents or row.person_id == decider.principal.id):
        raise MemoryNotFound("There is no such remembered answer.", action="See the list of remembered answers.")
    await repository.delete_memory(session, owner, memory_id)
    record_event(session, owner, CHANGED, {"memory_id": memory_id})
    target = audit.Target("approval_memory", memory_id, row.tool)
    audit.record(session, decider.principal, "approvals.forget", target, before={"scope": row.scope})


async def is_automatic(session: AsyncSession, organization_id: str) -> bool:
    """Say whether anything is agreed to without a person."""
    return await repository.is_automatic(session, organization_id)


async def get_switch(session: AsyncSession, organization_id: str) -> Switch:
    """Return how the switch of everything automatic stands."""
    found = await repository.find_switch(session, organization_id)
    return Switch(True, "", None) if found is None else Switch(*found)


async def switch_automatic(session: AsyncSession, principal: Principal, *, automatic: bool) -> None:
    """Let rules and remembered answers say yes, or nobody but people: what they said yes to and nobody began is then
    not begun either."""
    owner = principal.organization_id
    known = await repository.is_automatic(session, owner)
    if known == automatic:
        return
    await repository.put_automatic(session, owner, automatic, principal.owner_id or principal.id, now())
    record_event(session, owner, CHANGED, {"automatic": automatic})
    audit.record(
        session,
        principal,
        "approvals.switch_automatic",
        audit.Target("approval_settings", owner),
        before={"automatic": known},
        after={"automatic": automatic},
    )
