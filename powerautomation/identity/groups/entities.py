"""Values of groups."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Group:
    """People who belong together at an identity provider. ``external_id`` is the provider's own id of it, ``unit_id``
    the unit its people are put into here; each may be empty. ``people`` counts them."""

    id: str
    name: str
    external_id: str
    unit_id: str
    people: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A group somebody is in."""

    id: str
    name: str
    external_id: str
