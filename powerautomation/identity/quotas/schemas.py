"""Bodies of the endpoints about quotas."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.quotas.entities import Measure

Name = Annotated[str, Field(max_length=40)]


class QuotaAnswer(BaseModel):
    """How much of a resource an organization may have (``amount``) and has (``used``), in rows or bytes. ``most``: what
    it has where nothing is set; ``is_own``: it was set; ``refuses``: no more is taken in, otherwise the oldest give
    way; ``is_near``: little room is left."""

    resource: str
    measure: Measure
    amount: int
    most: int
    used: int
    percent: int
    is_own: bool
    refuses: bool
    is_near: bool


class QuotaList(BaseModel):
    """Every quota of an organization."""

    items: list[QuotaAnswer]


class QuotaBody(BaseModel):
    """What is set, by resource; null gives back the most. What is not named stays."""

    model_config = ConfigDict(extra="forbid")

    amounts: dict[Name, Annotated[int, Field(ge=0, le=10**15)] | None] = Field(max_length=100)
