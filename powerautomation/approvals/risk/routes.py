"""Endpoints of approval rules."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from powerautomation.approvals.risk import service
from powerautomation.approvals.risk.entities import Action, Assessment
from powerautomation.approvals.risk.own import OwnRules, check_own
from powerautomation.approvals.risk.rules import RuleSet, with_own
from powerautomation.approvals.risk.schemas import (
    ApprovalCaseAnswer,
    ApprovalCaseResultAnswer,
    ApprovalRuleAnswer,
    ApprovalRulesAnswer,
    ApprovalRulesBody,
    ApprovalRulesPut,
    ApprovalTryAnswer,
    ApprovalTryBody,
    RiskAnswer,
    RiskCommandAnswer,
    RiskDemandAnswer,
    RiskReasonAnswer,
    RiskTouchAnswer,
)
from powerautomation.approvals.risk.shipped import load_rules
from powerautomation.identity.access import SignedInUser, confirmed, requires, unit_of_work

router = APIRouter(prefix="/api/v1/approval-rules", tags=["approval rules"])
Reader = Annotated[SignedInUser, Depends(requires("approval_rules:read"))]
Writer = Annotated[SignedInUser, Depends(requires("approval_rules:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("")
async def get_approval_rules(request: Request, user: Reader) -> ApprovalRulesAnswer:
    """Return the organization's own rules and test cases, and how these are judged now."""
    async with request.state.database.read() as session:
        return _answer(await service.get_rules(session, user.principal.organization_id))


@router.put("", dependencies=[Depends(confirmed)])
async def put_approval_rules(body: ApprovalRulesPut, user: Writer, session: Unit) -> ApprovalRulesAnswer:
    """Put own rules in place of those there are; they hold for the next request. A saved test case that would be judged
    otherwise than it must be refuses the change. People only, never programs with a key."""
    return _answer(await service.put_rules(session, user, _own(body), body.revision))


@router.post("/try")
async def try_approval_rules(request: Request, body: ApprovalTryBody, user: Reader) -> ApprovalTryAnswer:
    """Say what a command, or the use of a tool, would be, and how the test cases are judged: by the rules there are or
    by a draft. Changes nothing, runs nothing."""
    async with request.state.database.read() as session:
        base = await service.get_rules(session, user.principal.organization_id)
    draft = None if body.draft is None else _own(body.draft)
    assessment = None
    if body.command or body.arguments is not None:
        action = Action(
            body.tool or "Bash",
            body.arguments if body.arguments is not None else {"command": body.command},
            cwd=body.cwd or "",
            home=body.home or "/home/user",
            agent=body.agent or "",
        )
        assessment = assessment_answer(service.try_action(action, base, draft))
    elif draft is not None:
        check_own(draft, base.catalog.levels)
    judged = base if draft is None else with_own(load_rules(), draft, base.revision)
    return ApprovalTryAnswer(assessment=assessment, cases=_cases(judged))


def assessment_answer(found: Assessment) -> RiskAnswer:
    """Return an assessment for clients."""
    return RiskAnswer(
        level=found.level.name,
        denied=found.denied,
        reversible=found.reversible,
        reasons=[
            RiskReasonAnswer(code=one.code, values=list(one.values), level=one.level.name, rule=one.rule)
            for one in found.reasons
        ],
        touches=[RiskTouchAnswer(kind=one.kind, name=one.name, how=one.how, zone=one.zone) for one in found.touches],
        commands=[RiskCommandAnswer(depth=depth, words=list(words)) for depth, words in found.commands],
        demand=RiskDemandAnswer.model_validate(found.demand, from_attributes=True),
        version=found.version,
    )


def _own(body: ApprovalRulesBody) -> OwnRules:
    stated = body.model_dump(exclude_none=True)
    return service.own_from({name: stated[name] for name in ("rules", "cases", "levels") if name in stated})


def _cases(rules: RuleSet) -> list[ApprovalCaseResultAnswer]:
    return [ApprovalCaseResultAnswer.model_validate(one, from_attributes=True) for one in service.judge_cases(rules)]


def _answer(rules: RuleSet) -> ApprovalRulesAnswer:
    levels = rules.catalog.levels
    return ApprovalRulesAnswer.model_validate(
        {
            "version": rules.version,
            "shipped": rules.catalog.version,
            "revision": rules.revision,
            "rules": [ApprovalRuleAnswer.model_validate(one, from_attributes=True) for one in rules.own.rules],
            "cases": [ApprovalCaseAnswer.model_validate(one, from_attributes=True) for one in rules.own.cases],
            "results": _cases(rules),
            "levels": {
                level.name: RiskDemandAnswer.model_validate(demand, from_attributes=True)
                for level, demand in rules.demands.items()
            },
            "own_levels": {
                name: RiskDemandAnswer.model_validate(needs, from_attributes=True)
                for name, needs in rules.own.levels.items()
            },
            "floors": levels.floors,
            "fixed": list(levels.fixed),
        }
    )
