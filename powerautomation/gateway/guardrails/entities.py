"""What a route asks of its guardrails, and what they found."""

from dataclasses import dataclass, field
from typing import Literal

Action = Literal["mask", "refuse", "record"]


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What to do with each kind of finding; kinds that are not named are not looked for.

    injection: what to do when a tool's result scores at least ``injection_threshold`` (0 to 1), None for nothing.
    """

    actions: tuple[tuple[str, Action], ...] = ()
    injection: Literal["refuse", "record"] | None = None
    injection_threshold: float = 0.7


@dataclass(frozen=True, slots=True)
class Finding:
    """One value found in a text: its kind, and where it stands (``text[start:end]``)."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class Screened:
    """A request after screening: the body to send on, what its placeholders stand for, how often each kind was found,
    and the highest injection score of its tool results."""

    body: bytes
    originals: dict[str, str] = field(default_factory=dict, repr=False)
    counts: dict[str, int] = field(default_factory=dict)
    injection_score: float = 0.0
    injection_rules: tuple[str, ...] = ()
