"""Decisions about approvals without input or output: which state follows which, what a yes needs, who may say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from powerautomation.approvals.requests.canonical import canonical, sha256_of
from powerautomation.approvals.requests.entities import (
    Approval,
    LevelName,
    Memory,
    ModeName,
    NewRequest,
    Scope,
    State,
    Vote,
)
from powerautomation.approvals.requests.errors import (
    ApprovalInvalid,
    ApproverRoleNeeded,
    NotRememberable,
    ReasonNeeded,
    SelfApproval,
)

# Every step there is. What is not here cannot happen, and nothing leads back to ``approved``: a yes is used once.
NEXT: Mapping[State, frozenset[State]] = {
    "pending": frozenset({"approved", "denied", "expired", "cancelled"}),
    "approved": frozenset({"reserved", "expired", "cancelled", "void"}),
    "reserved": frozenset({"succeeded", "failed", "outcome_unknown"}),
    # Who did it may still say how it ended; it is not done again.
    "outcome_unknown": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "denied": frozenset(),
    "expired": frozenset(),
    "cancelled": frozenset(),
    "void": frozenset(),
}
OPEN: frozenset[State] = frozenset({"pending", "approved", "reserved"})
# What becomes of a state whose time is over.
AFTER_TIME: Mapping[State, State] = {"pending": "expired", "approved": "expired", "reserved": "outcome_unknown"}

LEVELS: tuple[LevelName, ...] = get_args(LevelName)
MODES: tuple[ModeName, ...] = get_args(ModeName)
MOST_ARGUMENT_BYTES = 256 * 1024
MOST_CONTEXT_BYTES = 64 * 1024
LONGEST_TEXT = 2_000
MOST_OPEN_OF_ONE = 1_000
MOST_OPEN = 100_000
MOST_QUORUM = 10
# How long a yes may be used after it was given.
USABLE = timedelta(minutes=10)
LEASE = timedelta(hours=1)
LONGEST_LEASE = timedelta(hours=24)
SHORTEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS = 5, 30 * 86_400
SEEN_FOR = timedelta(days=365)
MOST_MEMORIES = 1_000


def may_follow(state: State, following: State) -> bool:
    """Say whether an approval may go from one state to another."""
    return following in NEXT[state]


def is_final(state: State) -> bool:
    """Say whether a waiting agent waits no longer: nothing it hopes for can come any more, or it has come."""
    return state != "pending"


def checked_arguments(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments that can be written down unambiguously; raises ApprovalInvalid."""
    if len(canonical(arguments)) > MOST_ARGUMENT_BYTES:
        raise ApprovalInvalid(
            f"The arguments are longer than {MOST_ARGUMENT_BYTES // 1024} KiB: nobody could judge them.",
            action="Do it in smaller steps.",
            fields={"arguments": "Too long."},
        )
    return arguments


def check_context(context: Mapping[str, Any]) -> None:
    """Raise ApprovalInvalid for a context that is too long."""
    if len(canonical(context)) > MOST_CONTEXT_BYTES:
        raise ApprovalInvalid(
            f"The context is longer than {MOST_CONTEXT_BYTES // 1024} KiB.",
            action="Shorten it.",
            fields={"context": "Too long."},
        )


def digest_of(
    organization_id: str, tool: str, tool_version: str, cwd: str, arguments: Mapping[str, Any], level: str
) -> str:
    """Return what a yes is bound to: SHA-256, 64 hexadecimal digits. Any other value of any of these is another one."""
    return sha256_of(
        {
            "form": "approval.1",
            "organization": organization_id,
            "tool": tool,
            "tool_version": tool_version,
            "cwd": cwd,
            "arguments": arguments,
            "level": level,
        }
    )


@dataclass(frozen=True, slots=True)
class Needs:
    """What a yes to something of one level needs, whatever a rule says less."""

    mode: ModeName
    timeout: timedelta
    reason_required: bool


def needs_of(level: LevelName, mode: str, timeout_seconds: int, *, reason_required: bool, automatic: bool) -> Needs:
    """Return what a yes needs: a rule may ask for more than its level does, and never for less.

    automatic: whether anything is agreed to without a person in this organization now.
    """
    least = {"HIGH": "detailed", "CRITICAL": "expert"}.get(level, "automatic" if automatic else "simple")
    wanted = MODES.index(mode) if mode in MODES else MODES.index("expert")
    chosen = MODES[max(wanted, MODES.index(least))]
    seconds = min(max(timeout_seconds, SHORTEST_TIMEOUT_SECONDS), LONGEST_TIMEOUT_SECONDS)
    return Needs(chosen, timedelta(seconds=seconds), reason_required or chosen == "expert")


def check_may_approve(approval: Approval, person_id: str, role_ids: Sequence[str], reason: str) -> None:
    """Raise when this person may not agree: SelfApproval, ApproverRoleNeeded, ReasonNeeded.

    role_ids: of the person's role and those it inherits from.
    """
    is_own = approval.requester.owner_id == person_id
    asks_themselves = approval.requester.kind == "user" and approval.requester.id == person_id
    if asks_themselves and approval.level in ("HIGH", "CRITICAL"):
        raise SelfApproval(
            f"You asked for this yourself, and it is {approval.level}.", action="Ask somebody else to agree."
        )
    if is_own and approval.second_person:
        raise SelfApproval(
            "The rule wants somebody else to agree than the person whose agent asks.",
            action="Ask somebody else to agree.",
        )
    if approval.approver_role and approval.approver_role not in role_ids:
        raise ApproverRoleNeeded(
            f"Only people with the role {approval.approver_role[:100]} agree to this.", action="Ask one of them."
        )
    if approval.reason_required and not reason.strip():
        raise ReasonNeeded(
            f"A yes to something {approval.level} needs a reason.",
            action="Say why.",
            fields={"reason": "Say why."},
        )


def check_rememberable(approval: Approval, scope: Scope) -> str:
    """Return what a remembered yes is about; raises NotRememberable.

    Nothing CRITICAL is remembered, and of what is HIGH the very same action only.
    """
    if approval.level == "CRITICAL":
        raise NotRememberable("A yes to something CRITICAL is never remembered.", action="Agree this once.")
    if approval.level == "HIGH" and scope != "exact":
        raise NotRememberable(
            "Of something HIGH only the very same action is remembered.", action="Remember this exact action."
        )
    subject = {
        "exact": approval.digest,
        "task": approval.task_id,
        "session": approval.session_id,
        "always": "",
    }[scope]
    if scope in ("task", "session") and not subject:
        raise NotRememberable(f"The request names no {scope}.", action="Remember this exact action.")
    return subject


def find_memory(
    memories: Sequence[Memory], requester_id: str, new: NewRequest, level: LevelName, digest: str
) -> Memory | None:
    """Return the remembered yes that covers a request, None when none does."""
    if level == "CRITICAL":
        return None
    subjects = {"exact": digest, "task": new.task_id, "session": new.session_id, "always": ""}
    for memory in memories:
        if memory.requester_id != requester_id or memory.tool != new.tool:
            continue
        if memory.subject != subjects[memory.scope] or (memory.scope in ("task", "session") and not memory.subject):
            continue
        if memory.scope == "exact" or (level != "HIGH" and LEVELS.index(level) <= LEVELS.index(memory.level)):
            return memory
    return None


def standing_votes(votes: Sequence[Vote], digest: str) -> list[Vote]:
    """Return the votes for exactly this: a yes to something else does not count."""
    return [vote for vote in votes if vote.decision == "approve" and vote.digest == digest]


def checked_lease(seconds: int | None) -> timedelta:
    """Return how long something may take; raises ApprovalInvalid."""
    lease = LEASE if seconds is None else timedelta(seconds=seconds)
    if not timedelta(seconds=1) <= lease <= LONGEST_LEASE:
        raise ApprovalInvalid("A lease is 1 second to 24 hours.", fields={"lease_seconds": "1 to 86400."})
    return lease


def is_over(ends_at: datetime | None, moment: datetime) -> bool:
    """Say whether a state's time is over."""
    return ends_at is not None and ends_at <= moment
