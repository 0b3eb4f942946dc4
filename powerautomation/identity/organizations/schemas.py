"""Bodies of the organization's endpoints."""

from pydantic import BaseModel, ConfigDict, Field


class OrganizationBody(BaseModel):
    """What may change of an organization: the IANA time zone in which its days and months begin."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str = Field(min_length=1, max_length=64)


class OrganizationAnswer(BaseModel):
    """The organization of who asks."""

    id: str
    name: str
    time_zone: str
