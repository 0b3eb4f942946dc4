"""The one source of wall-clock time, so that tests can freeze it."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.fromtimestamp(now_ms() / 1000, UTC)


def now_ms() -> int:
    """Return milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC moment of a count of milliseconds since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
