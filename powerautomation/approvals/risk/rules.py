"""How risky an action is: deterministic, without input or output, and careful where it does not know."""

from dataclasses import dataclass

from powerautomation.approvals.risk.entities import Action, Assessment, Demand, Level, Reason

_READ_ONLY = frozenset({"Read", "Glob", "Grep", "LS", "TodoWrite", "TodoRead"})


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules actions are judged by."""

    version: str


def assess(action: Action, rules: RuleSet) -> Assessment:
    """Return how risky an action is. Never raises; whatever cannot be understood is denied."""
    known = action.tool in _READ_ONLY
    level = Level.SAFE if known else Level.MEDIUM
    reason = Reason("tool_known" if known else "tool_unknown", (action.tool,), level, "tool")
    demand = Demand(mode="automatic") if known else Demand()
    return Assessment(level, (reason,), demand=demand, version=rules.version)
