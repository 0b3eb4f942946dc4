"""What a cache promises."""

from typing import Protocol

from powerautomation.kernel.errors import Problem


class CacheUnavailable(Problem):
    """The shared cache cannot be reached, and going on without it would not be safe. A retry helps."""

    code = "cache.unavailable"
    status = 503


class Cache(Protocol):
    """Bytes by key, each with a time to live in seconds. Keys are text such as ``sign_in:address:203.0.113.7``."""

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None when there is none, it ran out, fell out or cannot be reached."""

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Keep a value for at most ``ttl_seconds``; it may be gone earlier."""

    async def delete(self, key: str) -> None:
        """Forget a value; raises CacheUnavailable when other replicas might still return it."""

    async def increment(self, key: str, ttl_seconds: float) -> int:
        """Add one to a counter and return it, atomically; it starts at 0 and ends ``ttl_seconds`` after its first use.

        While the shared cache is away each replica counts for itself.
        """

    async def close(self) -> None:
        """Close every connection."""
