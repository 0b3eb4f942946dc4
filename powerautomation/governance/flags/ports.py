"""What flags need from above: who asks, and who people are."""

from dataclasses import dataclass
from typing import Any, Protocol

from powerautomation.kernel.principal import Principal


class Reader(Protocol):
    """Somebody who was let through."""

    @property
    def principal(self) -> Principal:
        """Who it is."""

    @property
    def permissions(self) -> frozenset[str]:
        """What they may do."""


@dataclass(frozen=True, slots=True)
class Person:
    """What rules of flags may ask about a person."""

    id: str
    name: str
    email: str
    role: str


class People(Protocol):
    """Who people are, and which edition an organization has."""

    async def find(self, session: Any, organization_id: str, user_id: str) -> Person | None:
        """Return a person of the organization."""

    async def names(self, session: Any, organization_id: str, user_ids: set[str]) -> dict[str, str]:
        """Return what to call people, by id."""

    def runs_installation(self, organization_id: str) -> bool:
        """Say whether the organization is the one that runs the installation."""
