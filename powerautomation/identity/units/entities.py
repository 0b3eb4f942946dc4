"""Values of the tree of units."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

UnitKind = Literal["company", "department", "team"]
# ``models``: patterns over the models that its people's keys may ask for, with commas between.
Setting = Literal["time_zone", "locale", "default_role", "models"]
SETTINGS: tuple[Setting, ...] = ("time_zone", "locale", "default_role", "models")


@dataclass(frozen=True, slots=True)
class Unit:
    """One node of an organization's tree. ``parent_id`` is empty right under the organization; ``settings`` has what is
    set here, and no more."""

    id: str
    organization_id: str
    parent_id: str
    kind: UnitKind
    name: str
    settings: dict[str, str]
    created_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Effective:
    """What a setting comes to in a unit, and from where: the id of the unit that sets it, empty for the organization or
    when nobody sets it."""

    value: str
    from_id: str


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody's use counts: the primary unit and those above it, the nearest first, and the patterns over models
    that hold there, none for all."""

    units: tuple[str, ...]
    models: tuple[str, ...] = ()
