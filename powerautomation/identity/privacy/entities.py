"""What the register says, and what an erasure did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Cause = Literal["asked", "deleted", "restored"]


class RegisterLine(NamedTuple):
    """One column that holds something of a person; ``whose`` says how the person is found from its row, ``erased`` what
    becomes of the column when the person is erased."""

    table: str
    column: str
    kind: str
    purpose: str
    kept: str
    whose: str
    erased: str


@dataclass(frozen=True, slots=True)
class ErasedRows:
    """What an erasure did to the rows that a column says are the person's. ``done``: ``delete``, ``blank``, ``keep`` or
    ``shred``; ``because`` is why what stays does."""

    table: str
    column: str
    done: str
    rows: int
    because: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure; the receipt once it is finished. It names nobody but by id."""

    organization_id: str
    user_id: str
    cause: Cause
    begun_at: datetime
    begun_by: str
    finished_at: datetime | None
    rows: tuple[ErasedRows, ...]


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """Somebody asked to be erased, in their own ``words``. ``due_at``: until when it is to be answered; ``answer``: why
    it was refused."""

    user_id: str
    state: Literal["open", "refused"]
    words: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    answer: str
