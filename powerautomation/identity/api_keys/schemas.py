"""Bodies of the gateway key endpoints."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class ApiKeyBody(BaseModel):
    """A gateway key to make; without ``expires_at`` it works until it is revoked; ``allowed_models``
    are patterns (``*`` and ``?``) over the models it may ask for, none for all. Reports group by ``project`` and
    ``tags``; limits of a project apply to its keys."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    expires_at: AwareDatetime | None = None
    allowed_models: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None, max_length=100
    )
    project: str | None = Field(default=None, max_length=100)
    tags: list[Annotated[str, Field(max_length=100)]] | None = Field(default=None, max_length=20)


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
    allowed_models: list[str]
    created_by: str
    project: str
    tags: list[str]


class ApiKeyList(BaseModel):
    """The organization's gateway keys."""

    items: list[ApiKeyAnswer]


class CreatedApiKeyAnswer(BaseModel):
    """A new gateway key; ``token`` is shown this once."""

    api_key: ApiKeyAnswer
    token: str
