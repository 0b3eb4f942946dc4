"""Owns how risky an action of an agent is, by rules that are data, and each organization's own rules over them."""

from powerautomation.approvals.risk.entities import Action, Assessment, Demand, Level, Reason, Touch
from powerautomation.approvals.risk.own import OwnRules
from powerautomation.approvals.risk.routes import router
from powerautomation.approvals.risk.rules import RuleSet, assess, raised_by
from powerautomation.approvals.risk.service import get_rules, own_from, put_rules, state_of
from powerautomation.approvals.risk.shipped import load_rules

__all__ = [
    "Action",
    "Assessment",
    "Demand",
    "Level",
    "OwnRules",
    "Reason",
    "RuleSet",
    "Touch",
    "assess",
    "get_rules",
    "load_rules",
    "own_from",
    "put_rules",
    "raised_by",
    "router",
    "state_of",
]
