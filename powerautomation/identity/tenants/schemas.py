"""Bodies of the endpoints about all organizations of the server."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.organizations import OrganizationState


class TenantBody(BaseModel):
    """A new organization and its first administrator, who is invited."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    admin_name: str = Field(max_length=200)
    admin_email: str = Field(max_length=320)
    time_zone: str | None = Field(default=None, min_length=1, max_length=64)


class TenantName(BaseModel):
    """The name an organization is to have."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)


class TenantAnswer(BaseModel):
    """One organization. ``runs_installation``: it is neither suspended nor deleted; ``restorable_until`` is told of a
    deleted one."""

    id: str
    name: str
    state: OrganizationState
    people: int
    runs_installation: bool
    created_at: datetime
    suspended_at: datetime | None
    deleted_at: datetime | None
    restorable_until: datetime | None


class TenantList(BaseModel):
    """The organizations of the server, by name."""

    items: list[TenantAnswer]


class MadeTenant(BaseModel):
    """A new organization. ``token`` stands only here; the link to hand over to its first administrator is the
    console's ``/invitation#token=…``."""

    organization: TenantAnswer
    token: str
    expires_at: datetime
