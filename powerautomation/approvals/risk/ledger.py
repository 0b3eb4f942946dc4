"""What is found out about one action while it is read."""

import re
from dataclasses import dataclass, field
from typing import Any

from powerautomation.approvals.risk.catalog import Catalog, level_of
from powerautomation.approvals.risk.entities import Action, Level, Reason, Touch
from powerautomation.approvals.risk.hosts import zone_of
from powerautomation.approvals.risk.paths import Spot, resolve
from powerautomation.approvals.risk.words import UNKNOWN, Part, Word

MOST_COMMANDS = 400
MOST_TOUCHES = 200
DEEPEST = 12
_SHOWN = 200
# A variable's name in which a command stands: it runs when the shell counts with the name or looks it up.
_NAME, _RUNS_LATER = re.compile(r"\w\["), re.compile(r"\$\((?!\()|`")


class TooMuch(Exception):
    """The action is too long or too deep to be understood; the code says which."""


@dataclass(slots=True)
class Flow:
    """What a command writes to its output: where it comes from, and its text when that is known."""

    taint: frozenset[str] = frozenset()
    text: str | None = None


@dataclass(slots=True)
class Scope:
    """What a command is run with: its folder, variables, functions and aliases."""

    cwd: str
    variables: dict[str, list[Part]]
    functions: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    fields_changed: bool = False
    running: tuple[str, ...] = ()

    def copy(self) -> "Scope":
        """Return what a subshell starts with."""
        return Scope(
            self.cwd, dict(self.variables), dict(self.functions), dict(self.aliases), self.fields_changed, self.running
        )


@dataclass(slots=True)
class Ledger:
    """Reasons, touches and commands of one action, and what it has read and sent so far."""

    catalog: Catalog
    action: Action
    home: str
    roots: tuple[str, ...]
    reasons: list[Reason] = field(default_factory=list)
    touches: dict[Touch, None] = field(default_factory=dict)
    commands: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    fetched: set[str] = field(default_factory=set)
    later: str = ""
    lost: bool = False
    changed: bool = False

    def add(self, code: str, values: tuple[str, ...], level: Level, rule: str, undo: bool | None = None) -> None:
        """Write down a reason."""
        self.reasons.append(Reason(code, tuple(shown(value) for value in values), level, rule))
        self.lost = self.lost or undo is False
        self.changed = self.changed or level > Level.SAFE

    def mark(self, code: str, *values: str, undo: bool | None = None) -> None:
        """Write down a reason that has its level in ``data/levels.yaml``."""
        self.add(code, values, level_of(self.catalog.levels.marks[code]), code, undo)

    def text(self, text: str) -> None:
        """Look at a text of the script for a name in which a command stands."""
        for piece in text.split("]") if "[" in text else ():
            name = _NAME.search(piece)
            if name and _RUNS_LATER.search(piece, name.end()):
                self.later = text

    def spot(self, word: Word, scope: Scope) -> Spot:
        """Return where a word lies when it is a path."""
        return resolve(word, scope.cwd, self.roots, self.home, self.catalog.places)

    def path(self, word: Word, how: str, scope: Scope, *, recursive: bool = False) -> Spot:
        """Write down that a path is touched: how is read, write, append, delete, own or run."""
        spot = self.spot(word, scope)
        if spot.zone == "none":
            return spot
        self._touch("path", spot.path, how, spot.zone)
        if spot.zone == "secret" and how in ("read", "run"):
            self.seen.add("secret")
        if how == "delete":
            self._delete(spot, recursive)
            return spot
        level = level_of(self.catalog.levels.paths[how].get(spot.zone, "MEDIUM"))
        if spot.whole and recursive:
            self._whole(spot, how)
        self.add("path", (how, spot.path, spot.zone), level, f"path.{how}.{spot.zone}")
        if word.unknown and "secret" in word.taint:
            self.seen.add("secret")
        return spot

    def _whole(self, spot: Spot, how: str) -> None:
        if how == "own" and spot.path not in self.roots:
            self.add("whole_deleted", (spot.path,), Level.CRITICAL, "whole_deleted", undo=False)
        elif how == "read" and spot.zone in ("home", "system", "outside"):
            self.seen.add("secret")
            self.add("path", (how, spot.path, "secret"), Level.HIGH, "path.read.secret")

    def _delete(self, spot: Spot, recursive: bool) -> None:
        if spot.whole and (recursive or spot.path.count("/") == 1):
            self.mark("whole_deleted", spot.path, undo=False)
            return
        if spot.generated:
            self.add("path", ("delete", spot.path, "generated"), Level.LOW, "path.delete.generated")
            return
        how = "clear" if recursive else "delete"
        zone = spot.zone
        level = level_of(self.catalog.levels.paths[how].get(zone, "HIGH"))
        self.add("path", (how, spot.path, zone), level, f"path.{how}.{zone}", undo=zone == "temporary" or False)

    def host(self, host: str, how: str, at_most: str = "") -> str:
        """Write down that a host is reached: how is fetch, look, send, push or connect. Returns its zone."""
        zone = zone_of(host)
        self._touch("host", host.replace(UNKNOWN, "?") or "?", "send" if how in ("send", "push") else "fetch", zone)
        level = level_of(self.catalog.levels.hosts[how][zone])
        if at_most and zone != "metadata":
            level = min(level, level_of(at_most))
        self.add("host", (how, host or "?", zone), level, f"host.{how}.{zone}")
        if zone not in ("local",):
            self.seen.add("send" if how in ("send", "connect", "push") else "fetch")
        return zone

    def money(self, what: str) -> None:
        """Write down that money may be spent."""
        self._touch("money", what, "spend", "")

    def command(self, depth: int, words: list[Word]) -> None:
        """Write down a command that would run. Raises ``TooMuch``."""
        if depth > DEEPEST:
            raise TooMuch("too_deep")
        if len(self.commands) >= MOST_COMMANDS:
            raise TooMuch("too_long")
        self.commands.append((depth, tuple(shown(word.text) for word in words[:50])))

    def _touch(self, kind: str, name: str, how: str, zone: str) -> None:
        if len(self.touches) < MOST_TOUCHES:
            self.touches[Touch(kind, shown(name), "write" if how in ("append", "own") else how, zone)] = None


def shown(text: str) -> str:
    """Return text for people: what is unknown as ``…``, and not too long."""
    text = text.replace(UNKNOWN, "…")
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
