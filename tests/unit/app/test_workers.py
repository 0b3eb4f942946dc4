"""How long a dead worker waits before it is started again."""

from powerautomation.app.workers import LONGEST_PAUSE_SECONDS, pause_seconds


def test_first_fall_costs_no_time_and_the_next_ones_double_up_to_a_bound() -> None:
    assert [pause_seconds(falls) for falls in range(1, 6)] == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert pause_seconds(9) == pause_seconds(10_000) == LONGEST_PAUSE_SECONDS
