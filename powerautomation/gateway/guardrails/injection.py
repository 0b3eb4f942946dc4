"""Scores text that tools returned: does it give orders to the model? Rules with weights, no model.

A score is a hint, not a proof: it can be worded around, and ordinary text can trip it.
"""

import re
from functools import cache
from importlib.resources import files

import msgspec

from powerautomation.gateway.guardrails.folding import joined_letters, read_through

LONGEST_TEXT = 400_000


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    weight: float
    pattern: str
    hints: tuple[str, ...] = ()
    unless: str = ""


class _Rules(msgspec.Struct, forbid_unknown_fields=True):
    rules: tuple[_Rule, ...]
    # For letters that stand alone, joined.
    spaced: tuple[_Rule, ...]
    # For the text as it is.
    unseen: tuple[_Rule, ...]


_Compiled = tuple[tuple[_Rule, re.Pattern[str]], ...]


@cache
def _compiled() -> tuple[_Compiled, _Compiled, _Compiled]:
    text = files("powerautomation.gateway.guardrails").joinpath("injection.yaml").read_bytes()
    rules = msgspec.yaml.decode(text, type=_Rules)
    return _patterns(rules.rules), _patterns(rules.spaced), _patterns(rules.unseen)


def _patterns(rules: tuple[_Rule, ...]) -> _Compiled:
    return tuple((rule, re.compile(rule.pattern, re.IGNORECASE)) for rule in rules)


def injection_score(text: str) -> tuple[float, tuple[str, ...]]:
    """Return how much a text looks like orders to the model, 0 to 1, and the rules that say so. Independent hints add
    up: two weak ones weigh more than one. Of very long texts the beginning and the end are read. All is also read with
    disguises taken off, such as letters of other scripts that pass for Latin ones, and letters that stand apart."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]}\n{text[-half:]}"
    plain = read_through(text, LONGEST_TEXT)
    doubt = 1.0
    names: list[str] = []
    for rules, read in zip(_compiled(), (plain, joined_letters(plain), text), strict=True):
        lowered = read.lower()
        for rule, pattern in rules if read else ():
            if rule.unless in names or (rule.hints and not any(hint in lowered for hint in rule.hints)):
                continue
            if pattern.search(read) is not None:
                doubt *= 1 - rule.weight
                names.append(rule.name)
    return round(1 - doubt, 4), tuple(names)
