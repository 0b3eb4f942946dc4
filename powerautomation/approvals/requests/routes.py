"""Endpoints of approvals."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response, status

from powerautomation.approvals.requests import deciding, reading, service
from powerautomation.approvals.requests.asking import requester_of
from powerautomation.approvals.requests.deciding import Decider
from powerautomation.approvals.requests.entities import Answer, Approval, LevelName, NewRequest, State
from powerautomation.approvals.requests.repository import Sought
from powerautomation.approvals.requests.schemas import (
    ApprovalAnswer,
    ApprovalBody,
    ApprovalList,
    AutomaticAnswer,
    AutomaticBody,
    DecisionBody,
    MemoryAnswer,
    MemoryList,
    RequesterAnswer,
    ReservationAnswer,
    ReservationBody,
    SettlementBody,
    VoteAnswer,
)
from powerautomation.approvals.requests.waiting import ApprovalWatch
from powerautomation.identity.access import (
    PersonNeeded,
    SignedInUser,
    check_permission,
    decide,
    ensure_confirmed,
    requires,
    unit_of_work,
)
from powerautomation.identity.users import list_user_names

router = APIRouter(prefix="/api/v1/approvals", tags=["approvals"])
LONGEST_WAIT_SECONDS = 25.0
READ, DECIDE, REQUEST, WRITE = "approvals:read", "approvals:decide", "approvals:request", "approvals:write"
ApprovalId = Annotated[str, Path(max_length=40, pattern=r"^[^\x00]*$")]
Asker = Annotated[SignedInUser, Depends(requires(REQUEST))]
Reader = Annotated[SignedInUser, Depends(requires(READ, or_own=REQUEST))]
Answerer = Annotated[SignedInUser, Depends(requires(DECIDE, or_own=REQUEST))]
Switcher = Annotated[SignedInUser, Depends(requires(WRITE, or_own=DECIDE))]
Word = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.post("", status_code=status.HTTP_201_CREATED)
async def request_approval(
    request: Request,
    response: Response,
    body: ApprovalBody,
    user: Asker,
    session: Annotated[Any, unit_of_work],
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> ApprovalAnswer:
    """Ask for approval. The same ``Idempotency-Key`` with the same arguments answers with the same request again."""
    new = NewRequest(
        body.tool,
        body.arguments,
        body.tool_version or "",
        body.cwd or "",
        tuple(body.roots or ()),
        body.home or "",
        body.agent or "",
        body.session_id or "",
        body.task_id or "",
        body.context or {},
        body.quorum or 1,
        idempotency_key or "",
    )
    approval, is_new = await service.create_request(
        session, request.app.state.secret_box, user.principal, requester_of(user), new
    )
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return _answer(approval, user, await _names(session, user, approval))


@router.get("")
async def list_approvals(
    request: Request,
    user: Reader,
    state: Annotated[list[State] | None, Query(max_length=10)] = None,
    level: Annotated[list[LevelName] | None, Query(max_length=5)] = None,
    tool: Word = None,
    call_id: Word = None,
    cursor: Word = None,
    limit: Annotated[int, Query(ge=1, le=reading.MOST_LISTED)] = 50,
) -> ApprovalList:
    """Return requests, newest first: the organization's, those of one's own agents where one may see no others, or an
    agent's own."""
    sought = Sought(
        **_reach(user),
        states=state or (),
        levels=level or (),
        tool=tool or "",
        call_id=call_id or "",
        before=cursor or "",
    )
    box = request.app.state.secret_box
    async with request.state.database.read() as session:
        found = await reading.list_approvals(session, box, user.principal.organization_id, sought, limit)
        names = await _names(session, user, *found)
    return ApprovalList(
        items=[_answer(one, user, names) for one in found],
        next_cursor=found[-1].id if len(found) == limit else None,
    )


@router.get("/automatic")
async def get_automatic(request: Request, user: Reader) -> AutomaticAnswer:
    """Say whether rules and remembered answers may say yes."""
    async with request.state.database.read() as session:
        return await _switch(session, user)


@router.put("/automatic")
async def switch_automatic(
    body: AutomaticBody, user: Switcher, session: Annotated[Any, unit_of_work]
) -> AutomaticAnswer:
    """Let rules and remembered answers say yes, or people alone. Whoever may answer requests may stop it; starting it
    again takes approvals:write."""
    _check_person(user)
    if body.automatic:
        check_permission(user, WRITE)
    await deciding.switch_automatic(session, user.principal, automatic=body.automatic)
    return await _switch(session, user)


@router.get("/memories")
async def list_approval_memories(request: Request, user: Reader) -> MemoryList:
    """Return the remembered answers: one's own where one may see no others."""
    mine = "" if decide(user, READ).allowed else user.owner_id
    async with request.state.database.read() as session:
        found = await deciding.list_memories(session, user.principal.organization_id, mine)
        names = await list_user_names(session, user.principal.organization_id, {one.person_id for one in found})
    return MemoryList(
        items=[
            MemoryAnswer(
                id=one.id,
                person_id=one.person_id,
                person_name=names.get(one.person_id, ""),
                requester_id=one.requester_id,
                requester_name=one.requester_name,
                tool=one.tool,
                scope=one.scope,
                subject=one.subject,
                level=one.level,
                approval_id=one.approval_id,
                created_at=one.created_at,
                used=one.used,
            )
            for one in found
        ]
    )


@router.delete("/memories/{memory_id}", status_code=status.HTTP_204_NO_CONTENT)
async def forget_approval_memory(memory_id: ApprovalId, user: Answerer, session: Annotated[Any, unit_of_work]) -> None:
    """Take a remembered answer back: what it would have said yes to is asked again from now on."""
    await deciding.forget(session, _decider(user), memory_id)


@router.get("/{approval_id}")
async def get_approval(
    request: Request,
    approval_id: ApprovalId,
    user: Reader,
    wait_seconds: Annotated[float, Query(ge=0, le=60)] = 0,
) -> ApprovalAnswer:
    """Return one request. With ``wait_seconds`` the answer comes when it is no longer pending, or after so long (at
    most 25 seconds): ask again then."""
    watch: ApprovalWatch = request.app.state.approval_watch
    loop = asyncio.get_running_loop()
    until = loop.time() + min(wait_seconds, LONGEST_WAIT_SECONDS)
    with watch.listening(approval_id) as waiter:
        while True:
            # Looked at only now, and after each news: an answer between the two would be missed.
            answer = await _look(request, user, approval_id)
            left = until - loop.time()
            if answer.state != "pending" or left <= 0 or waiter is None or not await waiter.wait(left):
                return answer


@router.post("/{approval_id}/decisions")
async def decide_approval(
    request: Request,
    approval_id: ApprovalId,
    body: DecisionBody,
    user: Answerer,
    session: Annotated[Any, unit_of_work],
) -> ApprovalAnswer:
    """Answer a request, as a person: an agent's key never does. The first valid answer wins; the same by the same
    person again changes nothing. A yes to something CRITICAL needs that who agrees has just confirmed who they are."""
    decider = _decider(user)
    box = request.app.state.secret_box
    approval = await deciding.get_for(session, box, decider, approval_id)
    if body.decision == "approve" and approval.second_factor and approval.state == "pending":
        ensure_confirmed(user)
    answer = Answer(
        body.decision, body.reason or "", body.digest or "", body.arguments, body.remember, channel="console"
    )
    decided = await deciding.decide_request(session, box, decider, approval_id, answer)
    return _answer(decided, user, await _names(session, user, decided))


@router.delete("/{approval_id}")
async def cancel_approval(
    request: Request, approval_id: ApprovalId, user: Asker, session: Annotated[Any, unit_of_work]
) -> ApprovalAnswer:
    """Take a request back, as the agent who asked."""
    box = request.app.state.secret_box
    cancelled = await service.cancel_request(session, box, user.principal, user.principal.id, approval_id)
    return _answer(cancelled, user, await _names(session, user, cancelled))


@router.post("/{approval_id}/reservation")
async def reserve_approval(
    request: Request,
    approval_id: ApprovalId,
    body: ReservationBody,
    user: Asker,
    session: Annotated[Any, unit_of_work],
) -> ReservationAnswer:
    """Take what was agreed to, to do it now: this succeeds once. Anything else than what was agreed to is refused, and
    the approval is void."""
    lease = await service.reserve(
        session,
        request.app.state.secret_box,
        user.principal,
        user.principal.id,
        approval_id,
        body.arguments,
        tool=body.tool,
        tool_version=body.tool_version or "",
        cwd=body.cwd or "",
        lease_seconds=body.lease_seconds,
    )
    return ReservationAnswer(lease=lease.token, ends_at=lease.ends_at, arguments=dict(lease.approval.arguments))


@router.post("/{approval_id}/settlement")
async def settle_approval(
    request: Request,
    approval_id: ApprovalId,
    body: SettlementBody,
    user: Asker,
    session: Annotated[Any, unit_of_work],
) -> ApprovalAnswer:
    """Say how it ended. Without this its outcome is unknown when the lease ends; it is never done again."""
    settled = await service.settle(
        session,
        request.app.state.secret_box,
        user.principal,
        user.principal.id,
        approval_id,
        body.lease,
        body.outcome,
        body.detail or "",
    )
    return _answer(settled, user, await _names(session, user, settled))


async def _look(request: Request, user: SignedInUser, approval_id: str) -> ApprovalAnswer:
    reach = _reach(user)
    async with request.state.database.read() as session:
        found = await reading.get_approval(
            session, request.app.state.secret_box, user.principal.organization_id, approval_id
        )
        names = await _names(session, user, found)
    is_theirs = reach.get("owner_id") in (None, found.requester.owner_id)
    if not is_theirs or reach.get("requester_id") not in (None, found.requester.id):
        raise reading.not_found()
    return _answer(found, user, names)


def _reach(user: SignedInUser) -> dict[str, str]:
    """Return which requests somebody sees: all, those of one's own agents, or a key its own."""
    if decide(user, READ).allowed:
        return {}
    return {"owner_id": user.owner_id} if user.key is None else {"requester_id": user.principal.id}


def _check_person(user: SignedInUser) -> None:
    if user.key is not None:
        raise PersonNeeded(
            "An agent's key never agrees to anything: a person does.", action="Do it in the console, signed in."
        )


def _decider(user: SignedInUser) -> Decider:
    _check_person(user)
    roles = tuple(one.id for one in user.role.chain)
    return Decider(user.principal, roles, all_agents=decide(user, DECIDE).allowed)


async def _names(session: Any, user: SignedInUser, *approvals: Approval) -> Mapping[str, str]:
    ids = {one.requester.owner_id for one in approvals} | {vote.person_id for one in approvals for vote in one.votes}
    return await list_user_names(session, user.principal.organization_id, ids)


async def _switch(session: Any, user: SignedInUser) -> AutomaticAnswer:
    switch = await deciding.get_switch(session, user.principal.organization_id)
    names = await list_user_names(session, user.principal.organization_id, {switch.person_id})
    return AutomaticAnswer(
        automatic=switch.automatic, changed_by=names.get(switch.person_id, ""), changed_at=switch.changed_at
    )


def _may_decide(approval: Approval, user: SignedInUser) -> bool:
    if user.key is not None or approval.state != "pending":
        return False
    if decide(user, DECIDE).allowed:
        return True
    return approval.requester.owner_id == user.owner_id and decide(user, REQUEST).allowed


def _answer(approval: Approval, user: SignedInUser, names: Mapping[str, str]) -> ApprovalAnswer:
    requester = approval.requester
    return ApprovalAnswer(
        id=approval.id,
        state=approval.state,
        requester=RequesterAnswer(
            kind=requester.kind,
            id=requester.id,
            name=requester.name,
            owner_id=requester.owner_id,
            owner_name=names.get(requester.owner_id, ""),
        ),
        agent=approval.agent,
        session_id=approval.session_id,
        task_id=approval.task_id,
        call_id=approval.call_id,
        tool=approval.tool,
        tool_version=approval.tool_version,
        cwd=approval.cwd,
        arguments=dict(approval.arguments),
        original_arguments=None if approval.original_arguments is None else dict(approval.original_arguments),
        context=dict(approval.context),
        level=approval.level,
        assessment=dict(approval.assessment),
        mode=approval.mode,
        approver_role=approval.approver_role,
        quorum=approval.quorum,
        reason_required=approval.reason_required,
        second_factor=approval.second_factor,
        second_person=approval.second_person,
        digest=approval.digest,
        automatic_by=approval.automatic_by,
        detail=approval.detail,
        may_decide=_may_decide(approval, user),
        votes=[
            VoteAnswer(
                person_id=vote.person_id,
                person_name=names.get(vote.person_id, ""),
                decision=vote.decision,
                reason=vote.reason,
                channel=vote.channel,
                counts=vote.decision == "deny" or vote.digest == approval.digest,
                at=vote.at,
            )
            for vote in approval.votes
        ],
        created_at=approval.created_at,
        expires_at=approval.expires_at,
        ends_at=approval.ends_at,
        decided_at=approval.decided_at,
        reserved_at=approval.reserved_at,
        settled_at=approval.settled_at,
    )
