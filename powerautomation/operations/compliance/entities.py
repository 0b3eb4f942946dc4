"""What a compliance report says: sections, each a table. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Language = Literal["en", "zh-CN", "zh-TW"]
SectionId = Literal[
    "summary", "access", "roles", "keys", "dormant", "one_factor", "keys_to_look_at", "changes", "audit", "sessions",
    "encryption", "retention",
]  # fmt: skip


class Term(str):
    """A word of the product that reads otherwise in each language, such as a state."""

    __slots__ = ()


Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Section:
    """One table. ``columns`` are ids of words; ``left_out`` rows were too many."""

    id: SectionId
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report: changes from ``since`` to ``until``, which is also the day as of which ages are counted; people
    not seen for ``dormant_days`` are dormant."""

    since: datetime
    until: datetime
    dormant_days: int = 90


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one organization."""

    organization_id: str
    organization: str
    generated_at: datetime
    asked: Asked
    sections: tuple[Section, ...]
