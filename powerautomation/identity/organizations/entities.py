"""A tenant, as other domains see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organization:
    """One tenant."""

    id: str
    name: str
