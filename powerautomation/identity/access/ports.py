"""What access control needs from whoever keeps sessions."""

from typing import Any, Protocol

from powerautomation.identity.access.entities import Resource, SignedInUser, Subject


class KeyCheck(Protocol):
    """Finds whose key a program sends to the control API."""

    async def __call__(self, database: Any, box: Any, token: str, /) -> SignedInUser | None:
        """Return who asks with this key, with what the key was given, or None; and note that it is in use."""


class SessionCheck(Protocol):
    """Finds who is behind a request."""

    async def __call__(self, database: Any, cookies: str, /) -> SignedInUser | None:
        """Return the person whose live session the Cookie header carries, and note that the session is in use."""


class ResourceFinder(Protocol):
    """Says what policies may ask of one kind of thing."""

    async def __call__(
        self, session: Any, organization_id: str, resource_id: str, subject: Subject, /
    ) -> Resource | None:
        """Return the thing with its owner and project and as it is shared with somebody, None when there is none."""


class UnitFinder(Protocol):
    """Says where somebody belongs."""

    async def __call__(self, session: Any, organization_id: str, person_id: str, /) -> tuple[str, ...]:
        """Return the ids of the units somebody belongs to, and of all above them."""
