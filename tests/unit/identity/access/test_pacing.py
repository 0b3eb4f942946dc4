"""How fast one person or one key may ask the control API."""

import pytest

from powerautomation.identity.access import Pace, pacing
from powerautomation.identity.access.errors import TooManyRequests


class Steady:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_so_many_at_once_then_one_by_one():
    clock = Steady()
    pace = Pace(60, seconds=clock)
    for _ in range(60):
        pace.take("ada")
    with pytest.raises(TooManyRequests) as caught:
        pace.take("ada")
    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 1.0)
    # Somebody else is not slowed down by it, and asking in vain makes nobody wait longer.
    pace.take("grace")
    clock.seconds = 1.0
    pace.take("ada")
    with pytest.raises(TooManyRequests):
        pace.take("ada")


def test_nothing_is_counted_without_a_limit():
    pace = Pace(0)
    for _ in range(10_000):
        pace.take("ada")


def test_those_who_asked_longest_ago_are_forgotten_first(monkeypatch):
    monkeypatch.setattr(pacing, "MOST_KNOWN", 2)
    clock = Steady()
    pace = Pace(1, seconds=clock)
    for name in ("ada", "bob", "eve"):
        pace.take(name)
    pace.take("ada")
    for name in ("ada", "eve"):
        with pytest.raises(TooManyRequests):
            pace.take(name)
