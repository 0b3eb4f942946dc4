"""How many refused attempts are written down: each of them, until somebody hammers."""

import time
from dataclasses import dataclass

_MINUTE_SECONDS = 60.0
_MOST_KEYS = 1000


@dataclass(slots=True)
class _Count:
    began: float
    taken: int = 0
    left_out: int = 0


class Allowance:
    """At most so many a minute for each key (who is refused, or everybody unknown together), by process."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._counts: dict[str, _Count] = {}

    def take(self, key: str) -> int | None:
        """Return how many were left out since the last one that was let through, or None to leave this one out."""
        moment = time.monotonic()
        count = self._counts.get(key)
        if count is None:
            if len(self._counts) >= _MOST_KEYS:
                del self._counts[next(iter(self._counts))]
            count = self._counts[key] = _Count(moment)
        if moment - count.began >= _MINUTE_SECONDS:
            count.began, count.taken = moment, 0
        if count.taken >= self._a_minute:
            count.left_out += 1
            return None
        count.taken += 1
        left_out, count.left_out = count.left_out, 0
        return left_out
