"""Bodies of the policies endpoints."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.access import AccessExplanation, Supposed


class PolicyBody(BaseModel):
    """A new policy: ``text`` is one Cedar statement. It decides at once, unless ``enabled`` is false."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    summary: str | None = Field(default=None, max_length=300)
    text: str = Field(min_length=1, max_length=10_000)
    enabled: bool | None = None


class PolicyChange(BaseModel):
    """What may change of a policy; fields left out stay."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    summary: str | None = Field(default=None, max_length=300)
    text: str | None = Field(default=None, min_length=1, max_length=10_000)
    enabled: bool | None = None


class PolicyAnswer(BaseModel):
    """A policy. ``version`` counts its changes from 1; ``changed_by`` is empty for the command line."""

    id: str
    name: str
    summary: str
    effect: Literal["permit", "forbid"]
    text: str
    enabled: bool
    version: int
    changed_by: str
    changed_by_name: str
    created_at: datetime
    updated_at: datetime


class PolicyList(BaseModel):
    """Every policy, in the order of their making."""

    items: list[PolicyAnswer]


class PolicyVersionAnswer(BaseModel):
    """A policy as it was from ``changed_at`` on."""

    version: int
    name: str
    summary: str
    text: str
    enabled: bool
    changed_by: str
    changed_by_name: str
    changed_at: datetime


class PolicyVersionList(BaseModel):
    """A policy as it is and was, newest first: at most 50."""

    items: list[PolicyVersionAnswer]


class PolicySchemaAnswer(BaseModel):
    """What a policy may name, as a Cedar schema."""

    text: str


class TryBody(BaseModel):
    """Who, what, when and from where; ``text`` is a policy to try, in place of ``policy_id`` or beside the others."""

    model_config = ConfigDict(extra="forbid")

    permission: str | None = Field(default=None, max_length=100)
    user_id: str | None = Field(default=None, max_length=64)
    supposed: Supposed | None = None
    text: str | None = Field(default=None, max_length=10_000)
    policy_id: str | None = Field(default=None, max_length=64)


class TextProblemAnswer(BaseModel):
    """What is wrong with a policy's text, as Cedar says it in English; line and column count from 1."""

    line: int
    column: int
    message: str


class TryAnswer(BaseModel):
    """What is wrong with the text, and the decision: ``before`` without the text, ``after`` with it. Null where no
    permission was asked for or the text is wrong."""

    problems: list[TextProblemAnswer]
    before: AccessExplanation | None
    after: AccessExplanation | None
