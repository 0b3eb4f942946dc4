"""The cache of one process: bounded in number and bytes, least recently used first out."""

import time
from collections import OrderedDict
from collections.abc import Callable


class InProcessCache:
    """Keeps at most ``max_entries`` values and ``max_bytes`` bytes of keys and values."""

    def __init__(
        self,
        *,
        max_entries: int = 100_000,
        max_bytes: int = 64 * 1024 * 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None when there is none or it ran out."""
        return self._find(key)

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Keep a value for at most ``ttl_seconds``."""
        self._keep(key, value, self._clock() + ttl_seconds)

    async def delete(self, key: str) -> None:
        """Forget a value."""
        self._remove(key)

    async def increment(self, key: str, ttl_seconds: float) -> int:
        """Add one to a counter and return it; it ends ``ttl_seconds`` after its first use."""
        held = self._find(key)
        count = int(held or b"0") + 1
        ends = self._entries[key][1] if held is not None else self._clock() + ttl_seconds
        self._keep(key, str(count).encode(), ends)
        return count

    async def close(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._bytes = 0

    def _find(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, ends = entry
        if ends <= self._clock():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return value

    def _keep(self, key: str, value: bytes, ends: float) -> None:
        self._remove(key)
        self._entries[key] = (value, ends)
        self._bytes += len(key) + len(value)
        while self._entries and (len(self._entries) > self._max_entries or self._bytes > self._max_bytes):
            self._remove(next(iter(self._entries)))

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(key) + len(entry[0])
