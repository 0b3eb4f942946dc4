"""What the doctor says."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check: ``detail`` says what was found, ``action`` how to mend it (empty when nothing is)."""

    id: str
    title: str
    state: State
    detail: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """What came back from an outside address: HTTP status, its clock's lead over ours in seconds (None when it told no
    time), or, when nothing came back, why."""

    status: int = 0
    clock_lead_seconds: float | None = None
    failure: str = ""
