"""Bodies of what people may ask about themselves."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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


class ErasureRequestBody(BaseModel):
    """Why one wants to be erased, in one's own words."""

    model_config = ConfigDict(extra="forbid")

    words: str | None = Field(default=None, max_length=2_000)


class ErasureRefusalBody(BaseModel):
    """Why a request is refused; who asked reads it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2_000)


class ErasureRequestAnswer(BaseModel):
    """Somebody asked to be erased. ``due_at``: until when it is to be answered; ``overdue`` when that is over."""

    user_id: str
    name: str
    state: Literal["open", "refused"]
    words: str
    asked_at: datetime
    due_at: datetime
    overdue: bool
    answered_at: datetime | None
    answer: str


class ErasureRequestList(BaseModel):
    """Who asked to be erased: what waits first, the oldest before the others."""

    items: list[ErasureRequestAnswer]


class OwnErasureRequest(BaseModel):
    """What one asked about being erased; null when nothing."""

    request: ErasureRequestAnswer | None
