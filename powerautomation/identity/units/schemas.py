"""Bodies of the endpoints about units."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.units.entities import UnitKind

Settings = dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=2000)]]


class UnitBody(BaseModel):
    """A new unit. Without ``parent_id`` it stands right under the organization."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=400)
    kind: UnitKind
    parent_id: str | None = Field(default=None, max_length=64)
    settings: Settings | None = Field(default=None, max_length=10)


class UnitChange(BaseModel):
    """What changes of a unit. An empty ``parent_id`` moves it right under the organization; ``settings`` replace those
    that were set, and an empty value is inherited."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=400)
    kind: UnitKind | None = None
    parent_id: str | None = Field(default=None, max_length=64)
    settings: Settings | None = Field(default=None, max_length=10)


class EffectiveAnswer(BaseModel):
    """What a setting comes to, and the unit that sets it."""

    value: str
    from_id: str


class UnitAnswer(BaseModel):
    """One unit. ``settings`` has what is set here, ``effective`` what is inherited too; ``people`` belong to it
    itself."""

    id: str
    parent_id: str
    kind: UnitKind
    name: str
    settings: dict[str, str]
    effective: dict[str, EffectiveAnswer]
    people: int


class UnitList(BaseModel):
    """The units of the organization, by name."""

    items: list[UnitAnswer]


class MemberBody(BaseModel):
    """How somebody belongs to a unit."""

    model_config = ConfigDict(extra="forbid")

    is_primary: bool | None = None
    manages: bool | None = None


class MemberAnswer(BaseModel):
    """Somebody who belongs to a unit."""

    user_id: str
    name: str
    is_primary: bool
    manages: bool


class MemberList(BaseModel):
    """Who belongs to a unit."""

    items: list[MemberAnswer]
