"""What is assessed, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """How risky an action is, in order. Stored and sent as its name."""

    SAFE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


MODES = ("automatic", "simple", "detailed", "expert")


@dataclass(frozen=True, slots=True)
class Action:
    """What an agent is about to do.

    tool: the name as the agent says it ("Bash", "shell", "mcp__github__create_issue"); arguments: a JSON object;
    cwd: the folder it works in, absolute, or empty when unknown; roots: folders it may work in (cwd when none is told);
    home: the home folder of the account it runs as; agent: "claude-code", "codex", "gemini-cli" or empty.
    """

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    cwd: str = ""
    roots: tuple[str, ...] = ()
    home: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that counts: a code of ``reasons.py`` and its values, the level it asks for, and the rule that says so."""

    code: str
    values: tuple[str, ...]
    level: Level
    rule: str


@dataclass(frozen=True, slots=True)
class Touch:
    """Something the action reaches: kind is path, host or money; how is read, write, delete, run, fetch, send or spend;
    zone says where a path lies (workspace, temporary, outside, home, system, device, secret, policy or unknown)."""

    kind: str
    name: str
    how: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a yes needs: mode is one of ``MODES``; timeout in seconds; approver_role empty means anybody who may approve."""

    mode: str = "simple"
    timeout_seconds: int = 300
    approver_role: str = ""
    reason_required: bool = False
    second_person: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """How risky an action is, and why. ``denied``: it could not be understood and must not run, whoever agrees.

    reasons: the weightiest first; reversible: None when nobody can say; commands: the parsed commands that would run,
    as (depth, words); version: of the rules it was judged by ("2026.11.1" or "2026.11.1+7" with an organization's own).
    """

    level: Level
    reasons: tuple[Reason, ...]
    touches: tuple[Touch, ...] = ()
    reversible: bool | None = None
    denied: bool = False
    commands: tuple[tuple[int, tuple[str, ...]], ...] = ()
    demand: Demand = Demand()
    version: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules that decided, each once, the weightiest first."""
        return tuple(dict.fromkeys(reason.rule for reason in self.reasons))
