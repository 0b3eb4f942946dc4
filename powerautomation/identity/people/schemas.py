"""Bodies of the endpoints of people, roles and access."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class InviteBody(_Body):
    """Who is invited, and to what: ``role`` is the id of a role."""

    name: str = Field(min_length=1, max_length=200)
    email: str = Field(min_length=1, max_length=254)
    role: str = Field(min_length=1, max_length=64)


class PersonBody(_Body):
    """What may change of a person; fields left out stay."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    role: str | None = Field(default=None, min_length=1, max_length=64)


class DeactivateBody(_Body):
    """Whether the gateway keys the person made are revoked too; without it they go on working."""

    revoke_keys: bool | None = None


class ImportBody(_Body):
    """A CSV file with the columns email, name and role; ``dry_run`` reports and changes nothing."""

    csv: str = Field(min_length=1, max_length=500_000)
    dry_run: bool | None = None


class PersonAnswer(BaseModel):
    """One person. ``locked`` says why who asks may not change the person (``yourself``, ``above_you``), empty when it
    is allowed; ``invited_until`` is when a waiting invitation ends; ``live_keys`` counts gateway keys the person made
    that work."""

    id: str
    email: str
    name: str
    role: str
    state: Literal["invited", "active", "inactive"]
    created_at: datetime
    last_seen_at: datetime | None
    invited_until: datetime | None
    live_keys: int
    locked: Literal["", "yourself", "above_you"]


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


class PermissionAnswer(BaseModel):
    """A permission and what it lets a person do."""

    name: str
    summary: str


class RoleAnswer(BaseModel):
    """A role. ``assignable`` says whether who asks may give it to others."""

    id: str
    summary: str
    permissions: list[str]
    assignable: bool


class RoleList(BaseModel):
    """Every role, the most powerful first, and every permission."""

    items: list[RoleAnswer]
    permissions: list[PermissionAnswer]


class AccessExplanation(BaseModel):
    """Why a person may do something or may not: ``role_includes``, ``role_excludes``, ``role_unknown``,
    ``permission_unknown`` or ``person_inactive``. ``roles_with`` are the roles that have the permission."""

    user_id: str
    permission: str
    role: str
    allowed: bool
    reason: Literal["role_includes", "role_excludes", "role_unknown", "permission_unknown", "person_inactive"]
    roles_with: list[str]
