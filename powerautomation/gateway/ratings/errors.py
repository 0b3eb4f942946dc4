"""What can go wrong with ratings."""

from powerautomation.kernel.errors import InvalidInput, NotFound


class RatingNotFound(NotFound):
    """This rater did not rate that request."""

    code = "ratings.not_found"


class RatingInvalid(InvalidInput):
    """The rating is not one that can be stored."""

    code = "ratings.invalid"
