"""Facts this domain announces."""

GIVEN = "ratings.given"
WITHDRAWN = "ratings.withdrawn"
