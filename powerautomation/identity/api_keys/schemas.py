"""Bodies of the gateway key endpoints."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class ApiKeyBody(BaseModel):
    """A gateway key to make; without ``expires_at`` it works until it is revoked."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    expires_at: AwareDatetime | None = None


class ApiKeyAnswer(BaseModel):
    """One gateway key, without the key."""

    id: str
    name: str
    hint: str
    created_at: datetime
    created_by_name: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class ApiKeyList(BaseModel):
    """The organization's gateway keys."""

    items: list[ApiKeyAnswer]


class CreatedApiKeyAnswer(BaseModel):
    """A new gateway key; ``token`` is shown this once."""

    api_key: ApiKeyAnswer
    token: str
