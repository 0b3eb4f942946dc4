"""What can be done with an organization's own rules."""

from dataclasses import dataclass
from typing import Any

import msgspec

from powerautomation.approvals.risk import repository, rules
from powerautomation.approvals.risk.entities import Action, Assessment
from powerautomation.approvals.risk.errors import CasesFail, NotByPrograms, RulesChanged
from powerautomation.approvals.risk.own import OwnRules, check_own
from powerautomation.approvals.risk.repository import AsyncSession
from powerautomation.approvals.risk.rules import RuleSet
from powerautomation.approvals.risk.shipped import load_rules
from powerautomation.governance import audit
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now

KIND = "approval_rules"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a saved test case is judged; ``denied`` and ``level`` are what came out."""

    name: str
    right: bool
    level: str
    denied: bool


async def get_rules(session: AsyncSession, organization_id: str) -> RuleSet:
    """Return the rules an organization's agents are judged by."""
    row = await repository.find_row(session, organization_id)
    if row is None:
        return load_rules()
    return rules.with_own(load_rules(), _own(row.document), row.revision)


async def put_rules(session: AsyncSession, user: Any, own: OwnRules, known: int | None) -> RuleSet:
    """Put own rules in place of those with the known revision; None: of whatever is there.

    Raises NotByPrograms, RulesInvalid, CasesFail, and RulesChanged when they were changed meanwhile.
    """
    if user.key is not None:
        raise NotByPrograms("Rules are changed by people.", action="Sign in, and change them in the console.")
    owner = user.principal.organization_id
    check_own(own, load_rules().catalog.levels)
    before = await get_rules(session, owner)
    if known is not None and known != before.revision:
        raise _changed()
    after = rules.with_own(load_rules(), own, before.revision + 1)
    wrong = [one.name for one in judge_cases(after) if not one.right]
    if wrong:
        raise CasesFail(
            f"{len(wrong)} test cases are judged otherwise than they must be: {', '.join(wrong[:5])}.",
            action="Change the rules, or the test cases if they are no longer right.",
        )
    if not await repository.put_row(session, owner, before.revision, state_of(own), user.principal.id, now()):
        raise _changed()
    audit.record(
        session,
        user.principal,
        "approval_rules.update",
        audit.Target("approval_rules", ""),
        before=state_of(before.own),
        after=state_of(own),
    )
    record_event(session, owner, "approval_rules.changed", {"revision": after.revision})
    return after


def try_action(action: Action, base: RuleSet, draft: OwnRules | None) -> Assessment:
    """Say what an action would be, by the rules there are or by a draft of them. Raises RulesInvalid."""
    if draft is None:
        return rules.assess(action, base)
    check_own(draft, base.catalog.levels)
    return rules.assess(action, rules.with_own(load_rules(), draft, base.revision))


def judge_cases(of: RuleSet) -> list[CaseResult]:
    """Judge every saved test case of rules."""
    results = []
    for case in of.own.cases:
        right, found = rules.judge_case(case, of)
        results.append(CaseResult(case.name, right, found.level.name, found.denied))
    return results


def state_of(own: OwnRules) -> dict[str, Any]:
    """Return own rules as JSON values."""
    found: dict[str, Any] = msgspec.to_builtins(own)
    return found


def own_from(state: Any) -> OwnRules:
    """Return own rules from JSON values. Raises ``msgspec.ValidationError``."""
    return msgspec.convert(state, OwnRules)


def _own(document: dict[str, Any]) -> OwnRules:
    # A document of a later version may say more; what this one does not understand must not weaken it silently.
    return own_from(document)


def _changed() -> RulesChanged:
    return RulesChanged("The rules were changed meanwhile.", action="Look at them again, and change them anew.")
