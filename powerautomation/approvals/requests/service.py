"""What an agent does with approvals: asks, takes back, reserves what was agreed to, and says how it ended."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Literal, cast

from powerautomation.approvals.requests import repository, rules
from powerautomation.approvals.requests.entities import Approval, Lease, LevelName, Memory, NewRequest, Requester, State
from powerautomation.approvals.requests.errors import (
    DigestMismatch,
    KeyReused,
    NotApproved,
    NotReserved,
    TooManyOpen,
)
from powerautomation.approvals.requests.events import CANCELLED, DECIDED, EXPIRED, REQUESTED, RESERVED, SETTLED
from powerautomation.approvals.requests.reading import Content, memory_of, not_found, opened, read_row, sealed
from powerautomation.approvals.requests.repository import AsyncSession
from powerautomation.approvals.requests.standing import approvers_stand, may_agree
from powerautomation.approvals.risk import Action, Assessment, Demand, assess, get_rules
from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.infrastructure.database import after_rollback
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

BY_RULE = "rule"


async def create_request(
    session: AsyncSession, box: SecretBox, principal: Principal, requester: Requester, new: NewRequest
) -> tuple[Approval, bool]:
    """Ask for approval; return the request, and whether it is new: the same call asked for again is the same request.

    What cannot be understood is denied here, and what needs nobody is agreed to here. Raises ApprovalInvalid,
    KeyReused, TooManyOpen.
    """
    owner, moment = principal.organization_id, now()
    arguments = dict(rules.checked_arguments(new.arguments))
    rules.check_context(new.context)
    assessment = await assess_action(session, owner, new)
    level = cast(LevelName, assessment.level.name)
    digest = rules.digest_of(owner, new.tool, new.tool_version, new.cwd, arguments, level)
    if new.call_id:
        known = await repository.find_call(session, owner, requester.id, new.call_id)
        if known is not None:
            return await _same(session, box, known, new, arguments), False
    await _check_room(session, owner, requester)
    automatic = await repository.is_automatic(session, owner)
    demand = assessment.demand
    needs = rules.needs_of(
        level,
        demand.mode,
        demand.timeout_seconds,
        reason_required=demand.reason_required,
        automatic=automatic,
    )
    memory = None
    if automatic and not assessment.denied and needs.mode != "automatic":
        memories = await repository.list_memories(session, owner, requester_id=requester.id, tool=new.tool)
        known_answers = [memory_of(one) for one in memories]
        memory = rules.find_memory(known_answers, requester.id, new, level, digest)
        if memory is not None and not await _still_counts(session, owner, memory, requester, demand):
            memory = None
    by = BY_RULE if needs.mode == "automatic" else memory.id if memory is not None else ""
    # A quorum of people is asked for by who wants no automatic yes.
    by = "" if assessment.denied or new.quorum > 1 else by
    mode = "simple" if needs.mode == "automatic" and not by else needs.mode
    state: State = "denied" if assessment.denied else "approved" if by else "pending"
    approval_id = new_id("apr")
    expires_at = moment + needs.timeout
    content = Content(
        arguments,
        new.cwd,
        dict(new.context),
        parts_of(assessment),
        roots=list(new.roots),
        home=new.home,
    )
    values: dict[str, Any] = {
        "id": approval_id,
        "organization_id": owner,
        "state": state,
        "requester_kind": requester.kind,
        "requester_id": requester.id,
        "requester_name": requester.name,
        "owner_id": requester.owner_id,
        "agent": new.agent,
        "session_id": new.session_id,
        "task_id": new.task_id,
        "call_id": new.call_id or approval_id,
        "tool": new.tool,
        "tool_version": new.tool_version,
        "content": sealed(box, owner, approval_id, content),
        "level": level,
        "mode": mode,
        "approver_role": demand.approver_role,
        "quorum": new.quorum,
        "reason_required": needs.reason_required,
        "second_person": demand.second_person,
        "digest": digest,
        "asked_digest": digest,
        "automatic_by": BY_RULE if assessment.denied else by,
        "detail": "",
        "lease_hash": "",
        "created_at": moment,
        "expires_at": expires_at,
        "ends_at": {"pending": expires_at, "approved": moment + rules.USABLE}.get(state),
        "decided_at": None if state == "pending" else moment,
        "reserved_at": None,
        "settled_at": None,
    }
    if not await repository.insert_row(session, values):
        known = await repository.find_call(session, owner, requester.id, new.call_id)
        if known is None:
            raise not_found()
        return await _same(session, box, known, new, arguments), False
    row = await repository.find_row(session, owner, approval_id)
    if row is None:
        raise not_found()
    record_event(session, owner, REQUESTED, told(row))
    audit.record(session, principal, "approvals.request", target_of(row), after=shown(row))
    if state == "approved":
        if memory is not None:
            await repository.note_use(session, owner, memory.id)
        audit.record(
            session,
            principal,
            "approvals.approve_automatically",
            target_of(row),
            after={"automatic_by": by, **shown(row)},
        )
    elif state == "denied":
        audit.record(session, principal, "approvals.deny_automatically", target_of(row), after=shown(row))
    return await read_row(session, box, row), True


async def assess_action(session: AsyncSession, organization_id: str, new: NewRequest) -> Assessment:
    """Return how risky something is by the organization's rules."""
    action = Action(new.tool, new.arguments, new.cwd, new.roots, new.home, new.agent)
    return assess(action, await get_rules(session, organization_id))


async def cancel_request(
    session: AsyncSession, box: SecretBox, principal: Principal, requester_id: str, approval_id: str
) -> Approval:
    """Take a request back, as who asked. Taking it back twice changes nothing. Raises ApprovalNotFound, NotApproved."""
    owner = principal.organization_id
    row = await _row_of(session, owner, approval_id, requester_id)
    if row.state == "cancelled":
        return await read_row(session, box, row)
    if not rules.may_follow(row.state, "cancelled"):
        raise NotApproved(f"It is {row.state} already and cannot be taken back.", action="See what became of it.")
    before = shown(row)
    await _change(session, row, "cancelled", {"ends_at": None})
    record_event(session, owner, CANCELLED, told(row))
    audit.record(session, principal, "approvals.cancel", target_of(row), before=before, after=shown(row))
    return await read_row(session, box, row)


async def reserve(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    requester_id: str,
    approval_id: str,
    doing: Mapping[str, Any],
    *,
    tool: str,
    tool_version: str,
    cwd: str,
    lease_seconds: int | None = None,
) -> Lease:
    """Take what was agreed to, to do it now, once. ``doing`` are the arguments with which it will be done.

    Raises NotApproved, and DigestMismatch when it is not what was agreed to: the approval is void then.
    """
    owner, moment = principal.organization_id, now()
    lease = rules.checked_lease(lease_seconds)
    row = await _row_of(session, owner, approval_id, requester_id)
    if row.state != "approved" or rules.is_over(row.ends_at, moment):
        raise NotApproved(
            f"It is {'expired' if row.state == 'approved' else row.state}: what nobody agreed to, or what was used, is "
            "not done.",
            action="Ask again.",
        )
    content = opened(box, row)
    wanted = rules.digest_of(owner, tool, tool_version, cwd, rules.checked_arguments(doing), row.level)
    if not hmac.compare_digest(wanted, row.digest):
        _void_afterwards(session, principal, row.id, "the arguments are not what was agreed to")
        raise DigestMismatch(
            "This is not what was agreed to, so it must not be done, and the approval is void.",
            action="Ask again for exactly what is to be done.",
        )
    stored = rules.digest_of(owner, row.tool, row.tool_version, content.cwd, content.arguments, row.level)
    if not hmac.compare_digest(stored, row.digest):
        _void_afterwards(session, principal, row.id, "what is stored is not what was agreed to")
        raise DigestMismatch(
            "What is stored was changed after the decision; the approval is void.", action="Ask again."
        )
    if row.automatic_by and not await repository.is_automatic(session, owner):
        _void_afterwards(session, principal, row.id, "nothing is agreed to automatically any more")
        raise NotApproved("Nothing is agreed to automatically any more.", action="Ask again: a person decides then.")
    if not row.automatic_by and not await approvers_stand(session, row):
        _void_afterwards(session, principal, row.id, "who agreed may not agree any more")
        raise NotApproved("Who agreed to this may not agree to it any more.", action="Ask again.")
    token = secrets.token_urlsafe(32)
    ends_at = moment + lease
    changed = {"lease_hash": _hash_of(token), "reserved_at": moment, "ends_at": ends_at}
    await _change(session, row, "reserved", changed, not_over_at=moment)
    record_event(session, owner, RESERVED, told(row))
    audit.record(session, principal, "approvals.reserve", target_of(row), after=shown(row))
    return Lease(await read_row(session, box, row), token, ends_at)


async def settle(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    requester_id: str,
    approval_id: str,
    token: str,
    outcome: Literal["succeeded", "failed"],
    detail: str = "",
) -> Approval:
    """Say how it ended. Saying the same again changes nothing. Raises NotReserved."""
    owner = principal.organization_id
    row = await _row_of(session, owner, approval_id, requester_id)
    if not row.lease_hash or not hmac.compare_digest(_hash_of(token), row.lease_hash):
        raise NotReserved("There is no such lease.", action="Reserve first; the answer holds the lease.")
    if row.state == outcome:
        return await read_row(session, box, row)
    if not rules.may_follow(row.state, outcome):
        raise NotReserved(f"It is {row.state} already.", action="See what became of it.")
    before = shown(row)
    changed = {"ends_at": None, "settled_at": now(), "detail": detail[: rules.LONGEST_TEXT]}
    await _change(session, row, outcome, changed)
    record_event(session, owner, SETTLED, told(row))
    audit.record(session, principal, "approvals.settle", target_of(row), before=before, after=shown(row))
    return await read_row(session, box, row)


async def end_over(session: AsyncSession, organization_id: str, approval_id: str, state: State) -> bool:
    """End a state whose time is over: nobody answered, nobody used the yes, or nobody said how it ended."""
    following = rules.AFTER_TIME[state]
    moment = now()
    changed: dict[str, Any] = {"state": following, "ends_at": None}
    changed |= {"decided_at": moment} if state == "pending" else {}
    if not await repository.change_state(session, organization_id, approval_id, state, changed, over_at=moment):
        return False
    row = await repository.find_row(session, organization_id, approval_id)
    if row is None:
        return False
    principal = Principal("system", "approvals", organization_id, "Approvals")
    if following == "expired":
        record_event(session, organization_id, EXPIRED, told(row))
        audit.record(session, principal, "approvals.expire", target_of(row), after=shown(row))
    else:
        record_event(session, organization_id, SETTLED, told(row))
        audit.record(session, principal, "approvals.lose_outcome", target_of(row), after=shown(row))
    return True


def target_of(row: Any) -> audit.Target:
    """Return a request as the audit log names it: never its arguments, which may hold secrets."""
    return audit.Target("approval", row.id, row.tool, row.owner_id)


def shown(row: Any) -> dict[str, Any]:
    """Return what the audit log says of a request."""
    return {"state": row.state, "level": row.level, "mode": row.mode, "digest": row.digest}


def told(row: Any) -> dict[str, Any]:
    """Return what is announced of a request: nothing of what it is about."""
    return {"approval_id": row.id, "state": row.state, "level": row.level, "owner_id": row.owner_id}


def announce_decision(session: AsyncSession, row: Any) -> None:
    """Announce that a request was answered, or that somebody of several agreed."""
    record_event(session, row.organization_id, DECIDED, told(row))


async def _row_of(session: AsyncSession, organization_id: str, approval_id: str, requester_id: str) -> Any:
    row = await repository.find_row(session, organization_id, approval_id, hold=True)
    if row is None or row.requester_id != requester_id:
        raise not_found()
    return row


async def _change(
    session: AsyncSession, row: Any, following: State, values: Mapping[str, Any], *, not_over_at: Any = None
) -> None:
    """Change a held row's state by one conditional write; raises NotApproved when somebody was faster."""
    done = await repository.change_state(
        session,
        row.organization_id,
        row.id,
        row.state,
        {**values, "state": following},
        not_over_at=not_over_at,
        digest=row.digest,
    )
    if not done:
        raise NotApproved("Somebody else was faster, or its time is over.", action="See what became of it.")
    await repository.find_row(session, row.organization_id, row.id)


def _void_afterwards(session: AsyncSession, principal: Principal, approval_id: str, reason: str) -> None:
    owner = principal.organization_id

    async def void(afterwards: AsyncSession) -> None:
        changed = {"state": "void", "ends_at": None, "detail": reason}
        if not await repository.change_state(afterwards, owner, approval_id, "approved", changed):
            return
        row = await repository.find_row(afterwards, owner, approval_id)
        if row is not None:
            announce_decision(afterwards, row)
            audit.record(
                afterwards,
                principal,
                "approvals.void",
                target_of(row),
                after=shown(row),
                outcome="refused",
                reason=reason,
            )

    after_rollback(session, void)


async def _still_counts(
    session: AsyncSession, organization_id: str, memory: Memory, requester: Requester, demand: Demand
) -> bool:
    """Say whether who gave a remembered answer may still give it, to this."""
    if demand.second_person and memory.person_id == requester.owner_id:
        return False
    return await may_agree(session, organization_id, memory.person_id, requester.owner_id, demand.approver_role)


async def _same(
    session: AsyncSession, box: SecretBox, row: Any, new: NewRequest, arguments: Mapping[str, Any]
) -> Approval:
    # The level is the stored one's: the rules may have changed between two tries.
    asked = rules.digest_of(row.organization_id, new.tool, new.tool_version, new.cwd, arguments, row.level)
    if asked != row.asked_digest:
        raise KeyReused(
            "This call was asked for with other arguments before.", action="Use another Idempotency-Key for each call."
        )
    return await read_row(session, box, row)


async def _check_room(session: AsyncSession, organization_id: str, requester: Requester) -> None:
    mine = await repository.count_in_states(session, organization_id, ("pending",), requester.id)
    if mine >= rules.MOST_OPEN_OF_ONE:
        raise TooManyOpen(
            f"{rules.MOST_OPEN_OF_ONE} requests of this agent wait for an answer.",
            action="Wait until some are answered.",
        )
    if await repository.count_in_states(session, organization_id, ("pending",)) >= rules.MOST_OPEN:
        raise TooManyOpen(
            f"{rules.MOST_OPEN} requests of this organization wait for an answer.", action="Answer some of them."
        )


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def parts_of(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as JSON: codes and values, which the console puts into words."""
    return {
        "level": assessment.level.name,
        "denied": assessment.denied,
        "reversible": assessment.reversible,
        "version": assessment.version,
        "reasons": [
            {"code": one.code, "values": list(one.values), "level": one.level.name, "rule": one.rule}
            for one in assessment.reasons
        ],
        "touches": [
            {"kind": one.kind, "name": one.name, "how": one.how, "zone": one.zone} for one in assessment.touches
        ],
        "commands": [{"depth": depth, "words": list(words)} for depth, words in assessment.commands],
    }
