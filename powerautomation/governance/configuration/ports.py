"""What the history of settings needs from above: who asks."""

from typing import Protocol

from powerautomation.kernel.principal import Principal


class Reader(Protocol):
    """Somebody who was let through."""

    @property
    def principal(self) -> Principal:
        """Who it is."""

    @property
    def permissions(self) -> frozenset[str]:
        """What they may do."""

    @property
    def owner_id(self) -> str:
        """The id of the person it is in the end."""
