"""The rules that come with the product."""

from powerautomation.approvals.risk.rules import RuleSet


def load_rules() -> RuleSet:
    """Return the rules that come with the product."""
    return RuleSet("2026.11.1")
