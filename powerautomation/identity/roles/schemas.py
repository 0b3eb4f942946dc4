"""Bodies of the endpoints of roles and access."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.access import Supposed

Permission = Annotated[str, Field(min_length=1, max_length=100)]


class RoleBody(BaseModel):
    """A role to make: it has what ``base`` (the id of a role; none for nothing) has, with ``added`` and without
    ``removed``."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    summary: str | None = Field(default=None, max_length=300)
    base: str | None = Field(default=None, min_length=1, max_length=64)
    added: list[Permission] | None = Field(default=None, max_length=500)
    removed: list[Permission] | None = Field(default=None, max_length=500)


class RoleChange(BaseModel):
    """What may change of a role; fields left out stay. An empty ``base`` lets it inherit nothing."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    summary: str | None = Field(default=None, max_length=300)
    base: str | None = Field(default=None, max_length=64)
    added: list[Permission] | None = Field(default=None, max_length=500)
    removed: list[Permission] | None = Field(default=None, max_length=500)


class PermissionAnswer(BaseModel):
    """A permission, what it lets a person do, and what it is about."""

    name: str
    summary: str
    area: Literal["gateway", "money", "access", "oversight", "other"]


class RoleAnswer(BaseModel):
    """A role. ``permissions`` is what it comes to; ``base``, ``added`` and ``removed`` are how it was written.

    ``assignable`` says whether who asks may give it to others; ``locked`` why who asks may not change it
    (``predefined``, ``yours``, ``above_you``), empty when it is allowed; ``people`` how many have it, null for who may
    not see people.
    """

    id: str
    name: str
    summary: str
    custom: bool
    base: str | None
    added: list[str]
    removed: list[str]
    permissions: list[str]
    assignable: bool
    locked: Literal["", "predefined", "yours", "above_you"]
    people: int | None


class RoleList(BaseModel):
    """Every role, the predefined ones first, the most powerful first, and every permission."""

    items: list[RoleAnswer]
    permissions: list[PermissionAnswer]


class ExplainQuery(Supposed):
    """Which permission of which person (oneself without an id), under which circumstances."""

    permission: str = Field(min_length=1, max_length=100)
    user_id: str = Field(default="", max_length=64)
