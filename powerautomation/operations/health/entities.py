"""What the doctor says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check: ``detail`` says what was found, ``action`` how to mend it (empty when nothing is).

    Both are English. ``code`` and ``values`` say the same as data: a code of ``findings``, or that of the problem which
    kept the check from being done.
    """

    id: str
    title: str
    state: State
    detail: str
    action: str = ""
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """What came back from an outside address: HTTP status, its clock's lead over ours in seconds (None when it told no
    time), or, when nothing came back, why."""

    status: int = 0
    clock_lead_seconds: float | None = None
    failure: str = ""
