"""What was thought of an answer."""

from datetime import datetime
from typing import Literal

import msgspec

# Up or down, and no stars: one click, two people mean the same by it, and shares of it have honest intervals.
Score = Literal[-1, 1]
LONGEST_COMMENT = 1000


class Rating(msgspec.Struct, frozen=True):
    """One rater's rating of one request: 1 for good, -1 for bad. ``rater_name`` is as it was when it was given."""

    request_id: str
    rater_kind: str
    rater_id: str
    rater_name: str
    rating: int
    comment: str
    rated_at: datetime


class RatingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program posts to ``/v1/ratings``. ``rating`` is 1 for good and -1 for bad."""

    request_id: str
    rating: int
    comment: str = ""
