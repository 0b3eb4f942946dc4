"""Bodies of the e-mail domain endpoints."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class EmailDomainBody(BaseModel):
    """A domain to prove."""

    model_config = ConfigDict(extra="forbid")

    domain: str = Field(min_length=1, max_length=254)


class EmailDomainAnswer(BaseModel):
    """A domain, where its proof is looked for (``address``) and what must stand there (``line``)."""

    id: str
    domain: str
    address: str
    line: str
    proven_at: datetime | None
    checked_at: datetime | None
    missing_since: datetime | None
    lapses_at: datetime | None
    created_at: datetime


class EmailDomainList(BaseModel):
    """The organization's domains, by name."""

    items: list[EmailDomainAnswer]
