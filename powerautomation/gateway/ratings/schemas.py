"""Bodies of the rating endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.gateway.ratings.entities import LONGEST_COMMENT, Score


class RatingRequest(BaseModel):
    """What somebody thinks of an answer: 1 is good, -1 is bad."""

    model_config = ConfigDict(extra="forbid")

    rating: Score
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT, pattern=r"^[^\x00]*$")] = ""


class RatingAnswer(BaseModel):
    """One rating. ``mine`` says whether it is that of the person who asks."""

    rater_kind: Literal["user", "api_key", "system"]
    rater_name: str
    rating: int
    comment: str
    rated_at: datetime
    mine: bool


class RatingList(BaseModel):
    """The ratings of one request, newest first."""

    items: list[RatingAnswer]
