"""An organization's own rules over the shipped ones: they raise freely, and lower down to a floor that is shipped."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import msgspec

from powerautomation.approvals.risk.catalog import Levels
from powerautomation.approvals.risk.entities import MODES, Action, Demand, Level, Reason, Touch
from powerautomation.approvals.risk.errors import RulesInvalid
from powerautomation.approvals.risk.paths import fits

MOST_RULES = 100
MOST_CASES = 200
_LONGEST_PATTERN = 300
_MOST_PATTERNS = 20
# What each level needs at least, whatever an organization says.
LEAST_MODES = {"SAFE": "automatic", "LOW": "automatic", "MEDIUM": "simple", "HIGH": "detailed", "CRITICAL": "expert"}
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 5, 7 * 24 * 3600


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a yes needs more than the level says. Empty, zero and false add nothing."""

    mode: str = ""
    timeout_seconds: int = 0
    approver_role: str = ""
    reason_required: bool = False
    second_person: bool = False


class OwnRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule of an organization.

    tools, agents, hosts: names with ``*``; command: words with ``*``, a last ``**`` for any rest; paths: globs. What is
    empty does not count. raises: everything that fits, any of its commands, paths or hosts, is at least ``level``.
    Otherwise the reasons in ``lowers`` (names of shipped rules with ``*``) are at most ``level``, but only when all of
    its commands, paths and hosts fit.
    """

    name: str
    summary: str = ""
    enabled: bool = True
    tools: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    command: str = ""
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    raises: bool = True
    level: str = ""
    lowers: tuple[str, ...] = ()
    needs: Needs = Needs()


class OwnCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A saved test: this command, or use of a tool, must be judged so. level DENY: must be denied."""

    name: str
    level: str
    command: str = ""
    tool: str = "Bash"
    arguments: dict[str, Any] = {}
    at_least: bool = False


class OwnRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All rules of an organization. levels: what each level needs, by its name."""

    rules: tuple[OwnRule, ...] = ()
    cases: tuple[OwnCase, ...] = ()
    levels: dict[str, Needs] = {}


def check_own(own: OwnRules, levels: Levels) -> None:
    """Raise ``RulesInvalid`` with one message for each field that cannot be as it is."""
    wrong: dict[str, str] = {}
    if len(own.rules) > MOST_RULES or len(own.cases) > MOST_CASES:
        wrong["rules"] = f"At most {MOST_RULES} rules and {MOST_CASES} test cases."
    names: set[str] = set()
    for index, rule in enumerate(own.rules[:MOST_RULES]):
        at = f"rules.{index}"
        if not rule.name.strip() or len(rule.name) > 100 or rule.name.casefold() in names:
            wrong[f"{at}.name"] = "A name of 1 to 100 characters that no other rule has."
        names.add(rule.name.casefold())
        wrong |= _wrong_patterns(at, rule)
        if rule.level and rule.level not in Level.__members__:
            wrong[f"{at}.level"] = f"One of {', '.join(Level.__members__)}."
        if not rule.level and rule.needs == Needs():
            wrong[f"{at}.level"] = "A rule says a level, or what a yes needs."
        if not rule.raises and (not rule.lowers or not rule.level):
            wrong[f"{at}.lowers"] = "Name the shipped rules that this one lowers, and to which level."
        for name in rule.lowers:
            if name in levels.fixed:
                wrong[f"{at}.lowers"] = f"{name} is never lowered."
        wrong |= _wrong_needs(f"{at}.needs", rule.needs, "")
    for index, case in enumerate(own.cases[:MOST_CASES]):
        if case.level not in (*Level.__members__, "DENY"):
            wrong[f"cases.{index}.level"] = f"One of {', '.join(Level.__members__)}, DENY."
        if not case.name.strip() or len(case.name) > 200:
            wrong[f"cases.{index}.name"] = "A name of 1 to 200 characters."
        if len(case.command) > 16_000 or not (case.command or case.arguments):
            wrong[f"cases.{index}.command"] = "A command of 1 to 16,000 characters, or the arguments of a tool."
    for name, needs in own.levels.items():
        if name not in Level.__members__:
            wrong[f"levels.{name}"] = f"One of {', '.join(Level.__members__)}."
        else:
            wrong |= _wrong_needs(f"levels.{name}", needs, LEAST_MODES[name])
    if wrong:
        raise RulesInvalid("The rules cannot be as they are.", fields=wrong)


def _wrong_patterns(at: str, rule: OwnRule) -> dict[str, str]:
    wrong = {}
    for field in ("tools", "agents", "paths", "hosts", "lowers"):
        patterns: tuple[str, ...] = getattr(rule, field)
        if len(patterns) > _MOST_PATTERNS or any(not one or len(one) > _LONGEST_PATTERN for one in patterns):
            wrong[f"{at}.{field}"] = f"At most {_MOST_PATTERNS} patterns of 1 to {_LONGEST_PATTERN} characters."
    if len(rule.command) > _LONGEST_PATTERN or (rule.command and _pattern_words(rule.command) is None):
        wrong[f"{at}.command"] = "Words as in a shell; every quote is closed."
    if len(rule.summary) > 500:
        wrong[f"{at}.summary"] = "At most 500 characters."
    if not (rule.tools or rule.agents or rule.command or rule.paths or rule.hosts):
        wrong[f"{at}.command"] = "A rule says what it is about: tools, agents, a command, paths or hosts."
    return wrong


def _wrong_needs(at: str, needs: Needs, least: str) -> dict[str, str]:
    wrong = {}
    if needs.mode and (needs.mode not in MODES or (least and MODES.index(needs.mode) < MODES.index(least))):
        wrong[f"{at}.mode"] = f"One of {', '.join(MODES[MODES.index(least or 'automatic') :])}."
    if needs.timeout_seconds and not SHORTEST_TIMEOUT <= needs.timeout_seconds <= LONGEST_TIMEOUT:
        wrong[f"{at}.timeout_seconds"] = f"{SHORTEST_TIMEOUT} to {LONGEST_TIMEOUT:,} seconds."
    if len(needs.approver_role) > 64:
        wrong[f"{at}.approver_role"] = "At most 64 characters."
    return wrong


def demands_of(own: OwnRules, shipped: dict[Level, Demand]) -> dict[Level, Demand]:
    """Return what each level needs, as an organization wants it."""
    found = dict(shipped)
    for name, needs in own.levels.items():
        level = Level[name]
        if needs.mode:
            found[level] = replace(found[level], mode=needs.mode)
        found[level] = stricter(found[level], needs)
    return found


def stricter(demand: Demand, needs: Needs) -> Demand:
    """Return a demand that asks for these needs, too."""
    mode = max(demand.mode, needs.mode or "automatic", key=MODES.index)
    return Demand(
        mode=mode,
        timeout_seconds=needs.timeout_seconds or demand.timeout_seconds,
        approver_role=needs.approver_role or demand.approver_role,
        reason_required=demand.reason_required or needs.reason_required,
        second_person=demand.second_person or needs.second_person,
    )


def apply_own(
    own: OwnRules,
    levels: Levels,
    action: Action,
    reasons: Iterable[Reason],
    commands: Iterable[tuple[int, tuple[str, ...]]],
    touches: Iterable[Touch],
    home: str,
) -> tuple[list[Reason], list[Needs]]:
    """Return the reasons as an organization's rules leave them, and what its rules ask of a yes."""
    found, needs = list(reasons), []
    argvs = [words for _, words in commands]
    places = [touch.name for touch in touches if touch.kind == "path"]
    hosts = [touch.name for touch in touches if touch.kind == "host"]
    for rule in own.rules:
        if not rule.enabled or not _about(rule, action):
            continue
        if rule.raises and _any(rule, argvs, places, hosts, home):
            needs.append(rule.needs)
            level = Level[rule.level] if rule.level else Level.SAFE
            found.append(Reason("own_rule", (rule.name,), level, f"own.{rule.name}"))
        elif not rule.raises and _all(rule, argvs, places, hosts, home):
            needs.append(rule.needs)
            found = [_lowered(reason, rule, levels) for reason in found]
    return found, needs


def _about(rule: OwnRule, action: Action) -> bool:
    named = not rule.tools or any(_fits(action.tool, one) for one in rule.tools)
    return named and (not rule.agents or any(_fits(action.agent, one) for one in rule.agents))


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


def _any(rule: OwnRule, argvs: list[tuple[str, ...]], places: list[str], hosts: list[str], home: str) -> bool:
    if rule.command and not any(loosely(rule.command, words) for words in argvs):
        return False
    if rule.paths and not any(fits(path, glob, home) for path in places for glob in rule.paths):
        return False
    return not rule.hosts or any(_fits(host, one) for host in hosts for one in rule.hosts)


def _all(rule: OwnRule, argvs: list[tuple[str, ...]], places: list[str], hosts: list[str], home: str) -> bool:
    if rule.command and not (argvs and all(strictly(rule.command, words) for words in argvs)):
        return False
    if rule.paths and not (places and all(any(fits(path, glob, home) for glob in rule.paths) for path in places)):
        return False
    return not rule.hosts or bool(hosts and all(any(_fits(host, one) for one in rule.hosts) for host in hosts))


def _lowered(reason: Reason, rule: OwnRule, levels: Levels) -> Reason:
    if reason.rule in levels.fixed or not any(_fits(reason.rule, one) for one in rule.lowers):
        return reason
    floor = Level[levels.floors[reason.level.name]]
    wanted = max(Level[rule.level], floor)
    if wanted >= reason.level:
        return reason
    return Reason(reason.code, reason.values, wanted, f"own.{rule.name}")


@lru_cache(1024)
def _pattern_words(pattern: str) -> tuple[str, ...] | None:
    try:
        return tuple(shlex.split(pattern))
    except ValueError:
        return None


def strictly(pattern: str, words: tuple[str, ...]) -> bool:
    """Say whether a command is exactly what a pattern says: for lowering. What is unknown fits nothing."""
    wanted = _pattern_words(pattern) or ()
    if "…" in "".join(words):
        return False
    rest = wanted[-1:] == ("**",)
    fixed = wanted[:-1] if rest else wanted
    if len(words) < len(fixed) or (len(words) > len(fixed) and not rest):
        return False
    return bool(wanted) and all(fnmatchcase(word, one) for word, one in zip(words, fixed, strict=False))


def loosely(pattern: str, words: tuple[str, ...]) -> bool:
    """Say whether the words of a pattern are in a command in their order, with anything between: for raising."""
    wanted = [one for one in _pattern_words(pattern) or () if one != "**"]
    if not wanted or not words or not fnmatchcase(re.sub(r".*/", "", words[0]).lower(), wanted[0].lower()):
        return False
    left = iter(words[1:])
    return all(any(fnmatchcase(word.lower(), one.lower()) for word in left) for one in wanted[1:])
