"""How often and where a request is tried."""

import asyncio
from types import SimpleNamespace

import pytest

from tests.fixtures.simulators import Answer, Failure, Simulator, Text, say
from tests.unit.gateway.proxy.conftest import DataPlane


def tried(plane: DataPlane, number: int = -1) -> list[tuple[str, str]]:
    return [(attempt.provider, attempt.outcome) for attempt in plane.ledger[number].attempts]


async def test_deployment_that_asks_for_rest_gets_it(plane: DataPlane, sim: Simulator) -> None:
    sim.infini.then(Failure("rate_limited", retry_after="30"))
    plane.offer(sim.infini, "a", model="kimi-k2-instruct").offer(sim.moonshot, "b")
    assert (await plane.ask()).status == 200
    assert (await plane.ask()).status == 200
    assert [tried(plane, 0), tried(plane, 1)] == [[("a", "failed"), ("b", "completed")], [("b", "completed")]]
    assert "a/kimi-k2-instruct" in plane.ledger[1].reason


async def test_only_deployment_is_tried_a_second_time_after_a_short_pause(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.then(Failure("server_error"), say("At last."))
    seen = await plane.offer(sim.moonshot, "a").ask()
    assert seen.text == "At last."
    assert tried(plane) == [("a", "failed"), ("a", "completed")]


@pytest.mark.parametrize(
    "failure",
    [Failure("bad_key"), Failure("caller"), Failure("rate_limited", retry_after="30")],
    ids=["key", "caller", "long rest"],
)
async def test_no_second_round_where_it_cannot_help(plane: DataPlane, sim: Simulator, failure: Failure) -> None:
    sim.moonshot.always(failure)
    seen = await plane.offer(sim.moonshot, "a").ask()
    assert seen.status >= 400
    assert len(sim.moonshot.exchanges) == 1


async def test_there_are_two_rounds_and_no_more(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.always(Failure("server_error"))
    assert (await plane.offer(sim.moonshot, "a").ask()).status == 502
    assert len(sim.moonshot.exchanges) == 2


async def test_attempts_are_bounded_over_all_deployments_and_rounds(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.always(Failure("server_error"))
    for name in "abcdef":
        plane.offer(sim.moonshot, name)
    assert (await plane.ask()).status == 502
    assert [name for name, _ in tried(plane)] == ["a", "b", "c", "d"]
    sim.reset()
    sim.moonshot.always(Failure("server_error"))
    plane.gateway.max_attempts = 7
    await plane.ask()
    assert [name for name, _ in tried(plane)] == ["a", "b", "c", "d", "e", "f", "a"]


async def test_requests_beyond_a_providers_rate_spill_over(plane: DataPlane, sim: Simulator) -> None:
    plane.offer(sim.infini, "a", model="kimi-k2-instruct", requests_per_second=0.01).offer(sim.moonshot, "b")
    for _ in range(3):
        assert (await plane.ask()).status == 200
    assert [tried(plane, number) for number in range(3)] == [
        [("a", "completed")],
        [("b", "completed")],
        [("b", "completed")],
    ]
    assert "a/kimi-k2-instruct" in plane.ledger[1].reason


async def test_requests_just_beyond_a_providers_rate_wait_for_their_turn(plane: DataPlane, sim: Simulator) -> None:
    plane.offer(sim.infini, "a", model="kimi-k2-instruct", requests_per_second=5).offer(sim.moonshot, "b")
    answers = [plane.begin() for _ in range(14)]
    for answer in answers:
        await answer.end()
    served = [tried(plane, number) for number in range(14)]
    # A second's worth at once, one more within the second; a machine that is slow today lets in a few more.
    assert 10 <= served.count([("a", "completed")]) <= 13
    assert served.count([("b", "completed")]) == 14 - served.count([("a", "completed")])


async def test_who_leaves_while_waiting_for_a_turn_is_not_sent(plane: DataPlane, sim: Simulator) -> None:
    plane.offer(sim.moonshot, "a", requests_per_second=1.0)
    assert (await plane.ask()).status == 200
    waiting = plane.begin()
    assert waiting.task is not None
    while not plane.gateway.sweeper.in_flight:
        await asyncio.sleep(0)
    waiting.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting.end()
    assert len(sim.moonshot.exchanges) == 1
    assert plane.ledger[-1].outcome == "cancelled"


async def test_rate_that_is_used_up_everywhere_is_said_with_when_to_come_back(plane: DataPlane, sim: Simulator) -> None:
    plane.offer(sim.moonshot, "a", requests_per_second=0.01)
    assert (await plane.ask()).status == 200
    seen = await plane.ask()
    assert (seen.status, seen.headers["retry-after"]) == (429, "1")
    assert (plane.ledger[1].outcome, plane.ledger[1].attempts) == ("failed", [])
    assert len(sim.moonshot.exchanges) == 1
    assert plane.gateway.router.health_of(plane.gateway.default_catalog.deployments[0]).state == "closed"  # type: ignore[union-attr]


async def test_attempts_that_fail_over_and_over_open_the_circuit_and_one_success_after_rest_closes_it(
    plane: DataPlane, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("powerautomation.gateway.routing.service.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    monkeypatch.setattr("powerautomation.gateway.proxy.service.SHORTEST_PAUSE_SECONDS", 0.001)
    plane.offer(sim.moonshot, "a")
    sim.moonshot.always(Failure("server_error"))
    for _ in range(4):
        await plane.ask()
    reached = len(sim.moonshot.exchanges)
    assert reached == 5, "five failures in a row are enough"
    sim.moonshot.always(None)
    assert (await plane.ask()).status == 503
    assert len(sim.moonshot.exchanges) == reached
    seconds[0] += 15.1
    assert (await plane.ask()).status == 200
    health = plane.gateway.router.health_of(plane.gateway.default_catalog.deployments[0])  # type: ignore[union-attr]
    assert (health.state, health.failures_in_row) == ("closed", 0)


async def test_the_error_that_ends_a_stream_of_responses_is_numbered_on(plane: DataPlane, sim: Simulator) -> None:
    """Clients put events in the order of their numbers, and know a response by its id."""
    sim.responses.then(Answer((Text("It breaks off in the middle of this."),), chunk=5, break_after=3))
    plane.offer(sim.responses, "openai", model="gpt-5.5")
    seen = await plane.ask(stream=True, dialect="openai-responses")
    assert seen.events[-1]["type"] == "response.failed"
    numbers = [event["sequence_number"] for event in seen.events]
    assert numbers == list(range(len(numbers)))
    assert {event["response"]["id"] for event in seen.events if "response" in event} == {
        seen.events[0]["response"]["id"]
    }
