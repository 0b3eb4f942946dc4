"""The rules that come with the product, read from their files once."""

from functools import cache
from importlib.resources import files

from powerautomation.approvals.risk.catalog import make_catalog
from powerautomation.approvals.risk.rules import RuleSet

_PROGRAMS = ("programs", "development", "operations")


@cache
def load_rules() -> RuleSet:
    """Return the rules that come with the product."""
    folder = files("powerautomation.approvals.risk").joinpath("data")

    def text(name: str) -> bytes:
        return folder.joinpath(f"{name}.yaml").read_bytes()

    return RuleSet(make_catalog([text(name) for name in _PROGRAMS], text("places"), text("levels"), text("tools")))
