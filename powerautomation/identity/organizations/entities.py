"""A tenant, as other domains see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organization:
    """One tenant. ``time_zone`` (IANA) says when its days and months begin."""

    id: str
    name: str
    time_zone: str = "UTC"
