"""Turns at providers with so many requests per second."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.routing.turns import MOST_WAITING, InProcessTurns, next_turn

PROVIDER = ("", "infini")


def turns(rate: float, arrivals: list[float]) -> list[float | None]:
    """When each may be sent that asks at these moments; None for who is sent elsewhere."""
    clock = [0.0]
    own = InProcessTurns(lambda: clock[0])

    async def asked_at(moment: float) -> float | None:
        clock[0] = moment
        wait = await own.turn(PROVIDER, rate)
        return None if wait is None else moment + wait

    async def all_asked() -> list[float | None]:
        return [await asked_at(moment) for moment in arrivals]

    return asyncio.run(all_asked())


def test_a_second_of_requests_goes_at_once_another_waits_and_the_rest_goes_elsewhere() -> None:
    sent = turns(5, [100.0] * 12)
    assert [None if at is None else round(at - 100, 6) for at in sent] == [
        *[0.0] * 5,
        *[0.2, 0.4, 0.6, 0.8, 1.0],
        None,
        None,
    ]


def test_a_slow_provider_never_makes_anybody_wait_longer_than_a_second() -> None:
    assert turns(0.01, [100.0, 100.0, 199.5, 199.9]) == [100.0, None, 200.0, None]


def test_the_queue_is_bounded_however_fast_the_provider() -> None:
    sent = turns(100_000, [100.0] * 102_000)
    assert sent.count(None) in range(999, 1_002)
    assert len([at for at in sent if at is not None and at > 100.0]) in range(MOST_WAITING - 1, MOST_WAITING + 2)


@given(
    rate=st.sampled_from([0.5, 1.0, 7.0, 60.0]),
    gaps=st.lists(st.floats(0, 0.5), min_size=1, max_size=200),
)
def test_no_second_holds_more_than_the_rate_and_what_was_saved(rate: float, gaps: list[float]) -> None:
    clock, free_at = 100.0, 0.0
    sent: list[float] = []
    for gap in gaps:
        clock += gap
        free_at, wait = next_turn(free_at, clock, rate)
        if wait is not None:
            assert 0 <= wait <= 1.00001
            sent.append(clock + wait)
    assert sent == sorted(sent), "who came first is sent first"
    for first, start in enumerate(sent):
        within = [at for at in sent[first:] if at < start + 1]
        assert len(within) <= max(1, rate) + rate + 1
