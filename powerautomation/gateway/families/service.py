"""Finds the facts of a model by its id or by the name of its family."""

import re
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from powerautomation.gateway.families.entities import Family, ImageRule, OutputLimit, ToolNameRule
from powerautomation.gateway.families.errors import UnknownFamily

_MOST_REMEMBERED = 4096


class _Families(msgspec.Struct):
    families: tuple[Family, ...]
    tool_names: tuple[ToolNameRule, ...]
    output_limits: tuple[OutputLimit, ...]
    images: tuple[ImageRule, ...]


@cache
def _read() -> _Families:
    text = files("powerautomation.gateway.families").joinpath("families.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=_Families)


def list_families() -> tuple[Family, ...]:
    """Return every family, special ones before general ones, as ``families.yaml`` beside this file says."""
    return _read().families


def list_image_rules() -> tuple[ImageRule, ...]:
    """Return every rule for what an image costs, special ones before general ones; the last one is for any model."""
    return _read().images


@lru_cache(maxsize=_MOST_REMEMBERED)
def image_rule_of(model_id: str, family_name: str = "") -> ImageRule:
    """Return what an image costs a model, by its id, else by the name of its family, else by what is assumed of any."""
    *known, assumed = list_image_rules()
    for name in (model_id.rsplit("/", 1)[-1].lower(), family_name):
        for rule in known:
            if any(fnmatchcase(name, glob) for glob in rule.matches):
                return rule
    return assumed


@lru_cache(maxsize=_MOST_REMEMBERED)
def output_limit_of(model_id: str) -> int | None:
    """Return the longest answer, in tokens, that may be asked of a model; None where nothing is known."""
    last = model_id.rsplit("/", 1)[-1].lower()
    return next(
        (limit.tokens for limit in _read().output_limits if any(fnmatchcase(last, glob) for glob in limit.matches)),
        None,
    )


@cache
def tool_name_rule(name: str) -> ToolNameRule:
    """Return the rule for names of tools that a family, or else a dialect, goes by. Raises KeyError for none."""
    return {rule.name: rule for rule in _read().tool_names}[name]


@lru_cache(maxsize=_MOST_REMEMBERED)
def fits_tool_name(name: str, rule: ToolNameRule) -> bool:
    """Say whether a name keeps a rule."""
    return re.fullmatch(rule.pattern, name) is not None


@lru_cache(maxsize=_MOST_REMEMBERED)
def family_of(model_id: str, name: str | None = None, dialect: str = "") -> Family:
    """Return the family called ``name``, else the first whose globs match the last part of ``model_id`` and whose facts
    hold where ``dialect`` is spoken; a model nobody knows is ``generic``. Raises UnknownFamily for a
    name that does not exist."""
    families = list_families()
    if name is not None:
        for family in families:
            if family.name == name:
                return family
        known = ", ".join(family.name for family in families)
        raise UnknownFamily(f"There is no model family “{name}”. Families: {known}.", action="Use one of these names.")
    last = model_id.rsplit("/", 1)[-1].lower()
    return next(
        family
        for family in families
        if family.dialect in ("", dialect) and any(fnmatchcase(last, glob) for glob in family.matches)
    )
