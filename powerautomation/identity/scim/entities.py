"""Values of SCIM."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScimUser:
    """A person as an identity provider sees one. ``external_id`` is the provider's own id, empty when it gave none;
    ``groups`` are id and name of those the person is in."""

    id: str
    user_name: str
    external_id: str
    name: str
    email: str
    role: str
    active: bool
    created_at: datetime
    updated_at: datetime
    groups: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says of a person; None: it says nothing of it."""

    user_name: str | None = None
    external_id: str | None = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class ScimGroup:
    """A group as an identity provider sees one. ``people`` are id and name of who is in it; None: not asked for."""

    id: str
    name: str
    external_id: str
    people: tuple[tuple[str, str], ...] | None
    created_at: datetime
    updated_at: datetime
