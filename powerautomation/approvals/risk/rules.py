"""How risky an action is: deterministic, without input or output, and careful where it does not know."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from powerautomation.approvals.risk.calls import run
from powerautomation.approvals.risk.catalog import Catalog
from powerautomation.approvals.risk.entities import Action, Assessment, Demand, Level, Reason
from powerautomation.approvals.risk.ledger import Ledger, Scope, TooMuch
from powerautomation.approvals.risk.own import Needs, OwnCase, OwnRules, apply_own, demands_of, stricter
from powerautomation.approvals.risk.redirects import redirect
from powerautomation.approvals.risk.special import SPECIAL
from powerautomation.approvals.risk.tool_use import judge_tool
from powerautomation.approvals.risk.walk import Walk

_MOST_REASONS = 30
_DEMANDS = {
    Level.SAFE: Demand(mode="automatic"),
    Level.LOW: Demand(mode="automatic"),
    Level.MEDIUM: Demand(mode="simple"),
    Level.HIGH: Demand(mode="detailed"),
    Level.CRITICAL: Demand(mode="expert", reason_required=True),
}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules actions are judged by: what is shipped, and what each level demands."""

    catalog: Catalog
    demands: Mapping[Level, Demand] = field(default_factory=lambda: dict(_DEMANDS))
    revision: int = 0
    own: OwnRules = field(default_factory=OwnRules)

    @property
    def version(self) -> str:
        """Return the version of the shipped rules, with the revision of an organization's own after a plus."""
        return f"{self.catalog.version}+{self.revision}" if self.revision else self.catalog.version


def assess(action: Action, rules: RuleSet) -> Assessment:
    """Return how risky an action is. Never raises; whatever cannot be understood is denied."""
    cwd = action.cwd if action.cwd.startswith("/") else "/workspace"
    roots = tuple(root.rstrip("/") or "/" for root in action.roots if root.startswith("/")) or (cwd.rstrip("/") or "/",)
    ledger = Ledger(rules.catalog, action, _home(action, cwd), tuple(root for root in roots if root != "/"))
    denied = False
    try:
        judge_tool(Walk(ledger, run, redirect, SPECIAL), Scope(cwd.rstrip("/") or "/", {}))
    except TooMuch as error:
        denied = True
        ledger.mark(str(error), action.tool)
    except (RecursionError, MemoryError):
        denied = True
        ledger.mark("too_deep", action.tool)
    except Exception:  # whatever goes wrong here must end in a no
        denied = True
        ledger.mark("unparsed", action.tool)
    _together(ledger)
    found, needs = apply_own(
        rules.own, rules.catalog.levels, action, ledger.reasons, ledger.commands, ledger.touches, ledger.home
    )
    reasons = _weightiest(found)
    level = reasons[0].level if reasons else Level.MEDIUM
    return Assessment(
        level=level,
        reasons=reasons,
        touches=tuple(ledger.touches),
        reversible=False if ledger.lost else True if level <= Level.LOW and not denied else None,
        denied=denied,
        commands=tuple(ledger.commands),
        demand=_demand(rules.demands[level], needs),
        version=rules.version,
    )


def with_own(rules: RuleSet, own: OwnRules, revision: int) -> RuleSet:
    """Return rules with an organization's own over them."""
    return replace(rules, own=own, revision=revision, demands=demands_of(own, dict(rules.demands)))


def judge_case(case: OwnCase, rules: RuleSet) -> tuple[bool, Assessment]:
    """Say whether a saved test case is judged as it must be, and how it is judged."""
    arguments = dict(case.arguments) or {"command": case.command}
    found = assess(Action(case.tool, arguments, cwd="/workspace", home="/home/user"), rules)
    if case.level == "DENY":
        return found.denied, found
    wanted = Level[case.level]
    return (found.level >= wanted) if case.at_least else (found.level == wanted and not found.denied), found


def _demand(demand: Demand, needs: list[Needs]) -> Demand:
    for one in needs:
        demand = stricter(demand, one)
    return demand


def _home(action: Action, cwd: str) -> str:
    """Return the home folder, or what it most likely is: an agent need not tell it."""
    if action.home.startswith("/"):
        return action.home.rstrip("/")
    found = re.match(r"/(?:home|Users)/[^/]+|/root", cwd)
    return found[0] if found else "/home/user"


def raised_by(assessment: Assessment, opinion: Level, why: str, rules: RuleSet) -> Assessment:
    """Return an assessment that a model has had its say on: its opinion may raise the level, and never lowers it."""
    if opinion <= assessment.level:
        return assessment
    reason = Reason("model", (why[:200],), opinion, "model")
    return replace(assessment, level=opinion, reasons=(reason, *assessment.reasons), demand=rules.demands[opinion])


def _together(ledger: Ledger) -> None:
    """Write down what counts only because it comes together: a secret is read, and something is sent."""
    if "secret" in ledger.seen and ("send" in ledger.seen or {"fetch", "sends_unknown"} <= ledger.seen):
        ledger.mark("secret_sent")
    if ledger.later and "counts" in ledger.seen:
        ledger.mark("wraps_unknown", ledger.later)


def _weightiest(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Return each reason once, the weightiest first; those that say nothing only when there are no others."""
    unique = dict.fromkeys(reasons)
    return tuple(sorted(unique, key=lambda reason: -reason.level))[:_MOST_REASONS]
