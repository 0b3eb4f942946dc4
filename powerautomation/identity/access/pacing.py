"""How fast one person, or one key, may ask the control API: a bucket each, in this process.

It keeps a loop that went wrong, or somebody's scraping, from taking the server away from everybody else; it is no
limit that a person at a screen meets. Several processes count each by itself.
"""

import time
from collections.abc import Callable

from powerautomation.identity.access.errors import TooManyRequests

MOST_KNOWN = 10_000


class Pace:
    """``a_minute`` requests a minute for each key, all of them at once too; 0: as many as somebody likes."""

    def __init__(self, a_minute: int, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._seconds = seconds
        # Requests left, and when that was counted; who asked last stands last.
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Count one request. Raises TooManyRequests with the seconds to wait."""
        if not self._a_minute:
            return
        moment = self._seconds()
        left, counted_at = self._left.pop(key, (float(self._a_minute), moment))
        left = min(float(self._a_minute), left + (moment - counted_at) * self._a_minute / 60)
        if len(self._left) >= MOST_KNOWN:
            del self._left[next(iter(self._left))]
        self._left[key] = (max(0.0, left - 1) if left >= 1 else left, moment)
        if left < 1:
            wait = (1 - left) * 60 / self._a_minute
            raise TooManyRequests(
                f"You sent more than {self._a_minute} requests in a minute.",
                action="Wait, then go on more slowly. Whoever runs the server can allow more.",
                retry_after_seconds=max(1.0, wait),
            )
