"""Bodies of what people may ask about themselves."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class ErasedRowsAnswer(BaseModel):
    """What an erasure did to the rows that a column says are the person's, and why what stays does."""

    table: str
    column: str
    done: Literal["delete", "blank", "keep", "shred"]
    rows: int
    because: str


class ErasureAnswer(BaseModel):
    """One erasure: the receipt once it is finished, which names nobody but by id. ``cause``: somebody asked, 30 days
    after the deletion were over, or a backup had brought the person back."""

    user_id: str
    cause: Literal["asked", "deleted", "restored"]
    begun_at: datetime
    begun_by: str
    finished_at: datetime | None
    rows: list[ErasedRowsAnswer]


class ErasureList(BaseModel):
    """Erasures, the newest first."""

    items: list[ErasureAnswer]
