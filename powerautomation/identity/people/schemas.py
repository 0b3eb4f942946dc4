"""Bodies of the endpoints of people."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class InviteBody(_Body):
    """Who is invited, and to what: ``role`` is the id of a role; without one it is the role that the unit ``unit_id``
    gives new people."""

    name: str = Field(min_length=1, max_length=200)
    email: str = Field(min_length=1, max_length=254)
    role: str | None = Field(default=None, min_length=1, max_length=64)
    unit_id: str | None = Field(default=None, max_length=64)


class ServiceBody(_Body):
    """A service account to make: ``role`` is the id of a role."""

    name: str = Field(min_length=1, max_length=200)
    role: str = Field(min_length=1, max_length=64)


class PersonBody(_Body):
    """What may change of a person; fields left out stay."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    role: str | None = Field(default=None, min_length=1, max_length=64)


class DeactivateBody(_Body):
    """Whether the gateway keys the person made are revoked too; without it they go on working."""

    revoke_keys: bool | None = None


class ImportBody(_Body):
    """A CSV file with the columns email, name and role, and perhaps unit; ``dry_run`` reports and changes nothing."""

    csv: str = Field(min_length=1, max_length=500_000)
    dry_run: bool | None = None


class PersonAnswer(BaseModel):
    """One person. ``locked`` says why who asks may not change the person (``yourself``, ``above_you``), empty when it
    is allowed; ``invited_until`` is when a waiting invitation ends; ``live_keys`` counts gateway keys the person made
    that work. A service account (``kind``) never signs in; ``owner_name`` is who answers for it."""

    id: str
    email: str
    name: str
    role: str
    role_name: str
    state: Literal["invited", "active", "inactive"]
    created_at: datetime
    last_seen_at: datetime | None
    invited_until: datetime | None
    live_keys: int
    locked: Literal["", "yourself", "above_you"]
    kind: Literal["person", "service"]
    owner_id: str
    owner_name: str


class PersonList(BaseModel):
    """A page of people, newest first; ``next_after`` is given as ``after`` for the next page, null on the last."""

    items: list[PersonAnswer]
    next_after: str | None


class InvitationLink(BaseModel):
    """Somebody invited. ``token`` stands only here; the link to hand over is the console's ``/invitation#token=…``."""

    user_id: str
    token: str
    expires_at: datetime


class DeletedPerson(BaseModel):
    """A deleted person who can be brought back until ``restorable_until``."""

    id: str
    email: str
    name: str
    role: str
    deleted_at: datetime
    restorable_until: datetime


class DeletedPersonList(BaseModel):
    """Deleted people, the latest first."""

    items: list[DeletedPerson]


class ImportLine(BaseModel):
    """What came of one line. ``token`` is the invitation's, for who was invited; ``code`` and ``message`` say why a
    line was refused."""

    number: int
    email: str
    name: str
    role: str
    result: Literal["invited", "changed", "unchanged", "refused"]
    token: str
    code: str
    message: str


class ImportReport(BaseModel):
    """The report of an import, line by line; nothing changed when ``dry_run``."""

    dry_run: bool
    items: list[ImportLine]
