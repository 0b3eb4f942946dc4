"""A tenant, as other domains see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

OrganizationState = Literal["active", "suspended", "deleted"]


@dataclass(frozen=True, slots=True)
class Organization:
    """One tenant. ``time_zone`` (IANA) says when its days and months begin."""

    id: str
    name: str
    time_zone: str = "UTC"
    created_at: datetime | None = None
    suspended_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def state(self) -> OrganizationState:
        """Return how things stand with the organization."""
        if self.deleted_at is not None:
            return "deleted"
        return "active" if self.suspended_at is None else "suspended"
