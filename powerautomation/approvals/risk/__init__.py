"""Owns how risky an action of an agent is, by rules that are data, and each organization's own rules over them."""

from powerautomation.approvals.risk.entities import Action, Assessment, Demand, Level, Reason, Touch
from powerautomation.approvals.risk.rules import RuleSet, assess
from powerautomation.approvals.risk.shipped import load_rules

__all__ = ["Action", "Assessment", "Demand", "Level", "Reason", "RuleSet", "Touch", "assess", "load_rules"]
