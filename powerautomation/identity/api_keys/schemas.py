"""Bodies of the gateway key endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class ApiKeyBody(BaseModel):
    """A gateway key to make; without ``expires_at`` it works until it is revoked; ``allowed_models``
    are patterns (``*`` and ``?``) over the models it may ask for, none for all. Reports group by ``project`` and
    ``tags``; limits of a project apply to its keys. ``scopes``
    are what it opens: ``gateway`` (when left out), one door of it such as ``gateway:chat``, permissions of the control
    API such as ``usage:read``. ``service_account_id`` is whom it belongs to, when not who makes it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    expires_at: AwareDatetime | None = None
    allowed_models: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None, max_length=100
    )
    project: str | None = Field(default=None, max_length=100)
    tags: list[Annotated[str, Field(max_length=100)]] | None = Field(default=None, max_length=20)
    scopes: list[Annotated[str, Field(min_length=1, max_length=100)]] | None = Field(default=None, max_length=200)
    service_account_id: str | None = Field(default=None, max_length=64)


class RotateBody(BaseModel):
    """How a key gets another secret: the old one works for ``overlap_seconds`` more (a day when left out, 0 ends it at
    once); ``expires_at`` moves the key's own end, left out it stays."""

    model_config = ConfigDict(extra="forbid")

    overlap_seconds: int | None = Field(default=None, ge=0, le=2_592_000)
    expires_at: AwareDatetime | None = None


class PreviousSecretAnswer(BaseModel):
    """The secret from before a rotation, while it works."""

    hint: str
    expires_at: datetime
    last_used_at: datetime | None


class ApiKeyAnswer(BaseModel):
    """One gateway key, without the key. ``state`` is ``expiring`` in its last two weeks; ``previous`` is the secret
    from before a rotation while it works."""

    id: str
    name: str
    hint: str
    created_at: datetime
    created_by_name: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    allowed_models: list[str]
    created_by: str
    project: str
    tags: list[str]
    scopes: list[str]
    state: Literal["live", "expiring", "expired", "revoked"]
    shared: Literal["see", "change"] | None
    shared_by_name: str
    previous: PreviousSecretAnswer | None


class ApiKeyList(BaseModel):
    """The organization's gateway keys."""

    items: list[ApiKeyAnswer]


class CreatedApiKeyAnswer(BaseModel):
    """A new gateway key; ``token`` is shown this once."""

    api_key: ApiKeyAnswer
    token: str


class ShareBody(BaseModel):
    """With whom a thing is shared, and how far: a person by id or e-mail address, a role by id, or the
    organization without one."""

    model_config = ConfigDict(extra="forbid")

    grantee_kind: Literal["person", "role", "unit", "organization"]
    grantee_id: str | None = Field(default=None, max_length=254)
    level: Literal["see", "change"]


class ShareAnswer(BaseModel):
    """A thing shared with one grantee."""

    id: str
    grantee_kind: Literal["person", "role", "unit", "organization"]
    grantee_id: str
    grantee_name: str
    level: Literal["see", "change"]
    created_by_name: str
    created_at: datetime


class ShareList(BaseModel):
    """With whom a thing is shared, in the order in which it was: at most 100."""

    items: list[ShareAnswer]
