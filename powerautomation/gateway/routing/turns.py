"""Providers' requests per second: who comes too early waits for a turn, who would wait too long goes elsewhere."""

import time
from collections.abc import Callable
from typing import Protocol

MOST_WAIT_SECONDS = 1.0
# So many wait for one provider at most, however fast it is.
MOST_WAITING = 1_000
_SLACK_SECONDS = 1e-6


class Turns(Protocol):
    """Gives turns at providers, so that each gets no more than its requests per second."""

    async def turn(self, provider: tuple[str, str], per_second: float) -> float | None:
        """Take a turn at a provider (organization, id) and return in how many seconds it is; None, and none is taken,
        when that is too long. A turn that was taken is spent, used or not."""


def longest_wait(per_second: float) -> float:
    """Return how many seconds somebody waits at most for a provider of so many requests per second."""
    return min(MOST_WAIT_SECONDS, MOST_WAITING / per_second)


def next_turn(free_at: float, now: float, per_second: float) -> tuple[float, float | None]:
    """Return when a provider is free next, and in how many seconds the turn is that was taken (None: none was).

    At most one second's worth goes at once. All times in seconds of one clock. The same steps as the script of
    ``adapters/redis_turns.py``.
    """
    free_at = max(free_at, now)
    wait = free_at - now - (max(1.0, per_second) - 1) / per_second
    # What is nothing, or just short enough, may come out as a little more.
    if wait < _SLACK_SECONDS:
        wait = 0.0
    if wait > longest_wait(per_second) + _SLACK_SECONDS:
        return free_at, None
    return free_at + 1 / per_second, wait


class InProcessTurns:
    """The turns of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at: dict[tuple[str, str], float] = {}

    async def turn(self, provider: tuple[str, str], per_second: float) -> float | None:
        """Take a turn, as :class:`Turns` says."""
        self._free_at[provider], wait = next_turn(self._free_at.get(provider, 0.0), self._clock(), per_second)
        return wait
