"""Values of SCIM."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScimUser:
    """A person as an identity provider sees one. ``external_id`` is the provider's own id, empty when it gave none."""

    id: str
    user_name: str
    external_id: str
    name: str
    email: str
    role: str
    active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says of a person; None: it says nothing of it."""

    user_name: str | None = None
    external_id: str | None = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    active: bool | None = None
