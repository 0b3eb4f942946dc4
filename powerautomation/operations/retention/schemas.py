"""Bodies of the endpoints of retention."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class RetentionAnswer(BaseModel):
    """One rule: ``ends`` says whether a job removes the data after ``days``, their next use does, or nothing.

    ``removed`` in the last run and ``total`` are of the whole server, and null for who may not see its settings.
    ``failure`` is the error code of the last run, empty when it went well.
    """

    name: str
    tables: list[str]
    ends: Literal["job", "on_use", "never"]
    days: float | None
    setting: str
    ran_at: datetime | None
    next_at: datetime | None
    removed: int | None
    total: int | None
    failed_at: datetime | None
    failure: str


class RetentionList(BaseModel):
    """Every rule by which data go, or stay."""

    items: list[RetentionAnswer]
