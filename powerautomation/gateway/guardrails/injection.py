"""Scores text that tools returned: does it give orders to the model? Rules with weights, no model.

A score is a hint, not a proof: it can be worded around, and ordinary text can trip it.
"""

import re
from functools import cache
from importlib.resources import files

import msgspec

LONGEST_TEXT = 400_000


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    weight: float
    pattern: str


class _Rules(msgspec.Struct):
    rules: tuple[_Rule, ...]


@cache
def _compiled() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    text = files("powerautomation.gateway.guardrails").joinpath("injection.yaml").read_bytes()
    rules = msgspec.yaml.decode(text, type=_Rules).rules
    return tuple((rule.name, rule.weight, re.compile(rule.pattern, re.IGNORECASE)) for rule in rules)


def injection_score(text: str) -> tuple[float, tuple[str, ...]]:
    """Return how much a text looks like orders to the model, 0 to 1, and the rules that say so. Independent hints add
    up: two weak ones weigh more than one. Of very long texts the beginning and the end are read."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]}\n{text[-half:]}"
    doubt = 1.0
    names = []
    for name, weight, pattern in _compiled():
        if pattern.search(text) is not None:
            doubt *= 1 - weight
            names.append(name)
    return round(1 - doubt, 4), tuple(names)
