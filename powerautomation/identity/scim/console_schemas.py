"""Bodies of the endpoints by which SCIM is set up."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.api_keys import ApiKeyAnswer


class ScimProblemAnswer(BaseModel):
    """A request of the provider that was refused."""

    at: datetime
    what: str
    status: int
    code: str
    message: str


class ScimStateAnswer(BaseModel):
    """How the organization's identity provider fares. ``key`` is null until one was made here."""

    address: str
    key: ApiKeyAnswer | None
    last_request_at: datetime | None
    problems: list[ScimProblemAnswer]


class ScimKeyBody(BaseModel):
    """``gives``: the role up to which the provider may give roles; with it a new key takes the place of the old one.
    ``overlap_seconds``: how long the old secret goes on working otherwise, a day when it is left out."""

    model_config = ConfigDict(extra="forbid")

    gives: Annotated[str, Field(max_length=64)] | None = None
    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] | None = None


class GroupRoleAnswer(BaseModel):
    """A role a group leads to, and the provider whose rule says so."""

    role: str
    provider: str


class ScimGroupAnswer(BaseModel):
    """A group the provider told. ``roles`` and ``unit_id`` are what it leads to; it may be nothing."""

    id: str
    name: str
    external_id: str
    people: int
    roles: list[GroupRoleAnswer]
    unit_id: str
    unit_name: str
    updated_at: datetime


class ScimGroupList(BaseModel):
    """The groups, by name."""

    items: list[ScimGroupAnswer]


class ScimGroupChange(BaseModel):
    """The unit the people of a group are put into; empty: none."""

    model_config = ConfigDict(extra="forbid")

    unit_id: Annotated[str, Field(max_length=64)]
