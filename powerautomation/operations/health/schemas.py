"""Answers of the doctor."""

from typing import Literal

from pydantic import BaseModel


class CheckAnswer(BaseModel):
    """One check: what was found, and what to do when it is not ok, in English. ``code`` and ``values`` say it too."""

    id: str
    title: str
    state: Literal["ok", "warning", "failed"]
    detail: str
    action: str
    code: str
    values: dict[str, str]


class DoctorAnswer(BaseModel):
    """Every check, in a fixed order."""

    checks: list[CheckAnswer]
