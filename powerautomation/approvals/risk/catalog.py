"""What programs do, as data: read once, and looked up by name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.paths import Places


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a program is used like this, this level and reason hold."""

    level: str
    flags: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    with_words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()
    options: dict[str, str] = {}
    no_operands: bool = False
    all_words: bool = False
    secret: bool = False
    reason: str = ""
    role: str = ""
    undo: bool | None = None


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program, or one of its subcommands, does. The fields are told in ``data/programs.yaml``."""

    names: tuple[str, ...] = ()
    level: str = "MEDIUM"
    reason: str = ""
    paths: str = ""
    skip: int = 0
    no_skip: tuple[str, ...] = ()
    opts: dict[str, str] = {}
    triples: tuple[str, ...] = ()
    net: str = ""
    net_level: str = ""
    hosts: bool = False
    cases: tuple[Case, ...] = ()
    raises: tuple[Case, ...] = ()
    sub: dict[str, "Program"] = {}
    wraps: str = ""
    special: str = ""
    language: str = ""
    alias: tuple[str, ...] = ()
    long: bool = False
    long_d: bool = False
    local_tools: bool = False
    decodes: bool = False
    secret: bool = False
    money: bool = False
    assigns: bool = False
    undo: bool | None = None
    reversible: bool | None = None
    flags_only: bool = False
    flag_e: bool = False


class Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The levels of what no single program owns, and how far each may be lowered."""

    version: str
    floors: dict[str, str]
    fixed: tuple[str, ...]
    paths: dict[str, dict[str, str]]
    hosts: dict[str, dict[str, str]]
    marks: dict[str, str]


class _Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    patterns: dict[str, tuple[str, ...]]
    samples: dict[str, str]
    generated: tuple[str, ...]


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tool of an agent does: kind says how its arguments are read, fields where they are."""

    names: tuple[str, ...]
    kind: str
    level: str = "SAFE"
    fields: tuple[str, ...] = ()
    folder: str = ""


class Verb(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a word in the name of a tool, or in a command of a cloud, says about what it does."""

    words: tuple[str, ...]
    level: str
    reason: str
    undo: bool | None = None


class Tools(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tools by name, and the words of tools and clouds that are not known by name."""

    tools: tuple[Tool, ...]
    verbs: tuple[Verb, ...]
    cloud: tuple[Verb, ...]
    path_fields: tuple[str, ...]
    host_fields: tuple[str, ...]
    command_fields: tuple[str, ...]
    query_fields: tuple[str, ...]


@dataclass(frozen=True)
class Catalog:
    """All shipped rules."""

    levels: Levels
    programs: Mapping[str, Program]
    places: Places
    tools: Tools

    @cached_property
    def tools_by_name(self) -> dict[str, Tool]:
        """Return tools by their names in lower case."""
        return {name.lower(): tool for tool in self.tools.tools for name in tool.names}

    @property
    def version(self) -> str:
        """Return the version of the shipped rules."""
        return self.levels.version


def make_catalog(programs: Iterable[bytes], places: bytes, levels: bytes, tools: bytes) -> Catalog:
    """Return the catalog that YAML documents tell. Raises ``msgspec.ValidationError`` naming the field."""
    known: dict[str, Program] = {}
    for text in programs:
        for program in msgspec.yaml.decode(text, type=tuple[Program, ...]):
            known.update(dict.fromkeys(program.names, program))
    found = msgspec.yaml.decode(places, type=_Places)
    return Catalog(
        levels=msgspec.yaml.decode(levels, type=Levels),
        programs=known,
        places=Places(tuple(found.patterns.items()), tuple(found.samples.items()), frozenset(found.generated)),
        tools=msgspec.yaml.decode(tools, type=Tools),
    )


@lru_cache(4096)
def matcher(pattern: str) -> re.Pattern[str]:
    """Return a pattern of the catalog, compiled: it is for the whole word."""
    return re.compile(pattern, re.DOTALL)


def level_of(name: str) -> Level:
    """Return the level with a name."""
    return Level[name]


def known_words(values: Iterable[Any]) -> tuple[str, ...]:
    """Return values as text."""
    return tuple(str(value) for value in values)
