"""Bodies of the endpoints about consents."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ConsentTextBody(BaseModel):
    """What people are to agree to. ``roles``: ids of the roles whose people are asked; none means everybody. Without
    ``asked`` they are."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=200)
    text: str = Field(max_length=20_000)
    roles: list[Annotated[str, Field(max_length=64)]] | None = Field(default=None, max_length=100)
    asked: bool | None = None


class ConsentTextAnswer(BaseModel):
    """One version of the text."""

    version: int
    title: str
    text: str
    roles: list[str]
    asked: bool
    created_at: datetime


class ConsentTextList(BaseModel):
    """The versions of the text, the newest first; that one is asked."""

    items: list[ConsentTextAnswer]


class ConsentAnswer(BaseModel):
    """Somebody agreed to a version; ``withdrawn_at`` is null while that holds."""

    id: str
    user_id: str
    name: str
    version: int
    given_at: datetime
    withdrawn_at: datetime | None


class ConsentList(BaseModel):
    """Who agreed to what, the newest first, at most 1,000; ``live`` of them hold for the newest version."""

    items: list[ConsentAnswer]
    live: int


class OwnConsentAnswer(BaseModel):
    """What one is to agree to: ``needed`` while an answer is due."""

    text: ConsentTextAnswer | None
    needed: bool
    given: list[ConsentAnswer]


class ConsentBody(BaseModel):
    """The version one agrees to."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=1_000_000)
