"""Time limits, keep-alives and clients that leave, with limits so short that nobody waits."""

import asyncio
import json

import pytest

from powerautomation.gateway.providers import Timeouts
from powerautomation.gateway.proxy import draining
from tests.fixtures.clients import DialectName
from tests.fixtures.simulators import Answer, Failure, Simulator, Text, say
from tests.unit.gateway.proxy.conftest import DataPlane

LONG = 30.0


def limits(*, first_token: float = LONG, idle: float = LONG, total: float = LONG, least: float = 0) -> Timeouts:
    return Timeouts(first_token=first_token, idle=idle, total=total, least_tokens_per_second=least, slow=0.2)


@pytest.mark.parametrize("failure", ["silent", "deaf"])
async def test_no_token_in_time_fails_over(plane: DataPlane, sim: Simulator, failure: str) -> None:
    sim.infini.then(Failure("silent" if failure == "silent" else "deaf"))
    sim.moonshot.then(say("From the second."))
    plane.offer(sim.infini, "a", model="kimi-k2-instruct", timeouts=limits(first_token=0.1)).offer(sim.moonshot, "b")
    seen = await plane.ask(stream=True)
    assert (seen.text, seen.complete) == ("From the second.", True)
    (record,) = plane.ledger
    assert [(a.provider, a.outcome, a.failure_kind) for a in record.attempts] == [
        ("a", "failed", "timeout"),
        ("b", "completed", ""),
    ]


async def test_silence_in_mid_answer_is_a_typed_error(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.then(say("one two three", chunk=4, hold_after=1))
    plane.offer(sim.moonshot, "a", timeouts=limits(idle=0.1)).offer(sim.moonshot, "b")
    seen = await plane.ask(stream=True)
    assert (seen.text, seen.complete) == ("one ", False)
    assert seen.error is not None
    assert "it stopped sending" in seen.error[1]
    assert len(sim.moonshot.exchanges) == 1, "a second answer would repeat the text"
    assert plane.ledger[0].attempts[0].failure_kind == "timeout"


async def test_slow_but_steady_stream_is_no_silence(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.then(say("0123456789" * 2, chunk=2, delta_delay=0.05))
    plane.offer(sim.moonshot, "a", timeouts=limits(first_token=0.4, idle=0.4))
    seen = await plane.ask(stream=True)
    assert (seen.text, seen.complete) == ("0123456789" * 2, True)


@pytest.mark.parametrize("relayed", [True, False])
async def test_crawling_stream_is_ended_when_another_deployment_does_better(
    plane: DataPlane, sim: Simulator, relayed: bool
) -> None:
    dialect: DialectName = "openai-chat" if relayed else "anthropic-messages"
    sim.moonshot.when("quick", say("0123456789" * 20, chunk=4, delta_delay=0.01))
    plane.offer(sim.moonshot, "b", timeouts=limits(least=20))
    assert (await plane.ask(stream=True, messages=[{"role": "user", "content": "quick"}])).complete
    plane.offer_first(sim.infini, "a", model="kimi-k2-instruct", timeouts=limits(least=20))
    sim.infini.then(say("0123456789" * 20, chunk=1, delta_delay=0.15))
    seen = await plane.ask(stream=True, dialect=dialect)
    assert seen.text
    assert seen.complete is False
    assert seen.error is not None
    assert "too slowly" in seen.error[1]
    assert plane.ledger[1].attempts[0].failure_kind == "timeout"


async def test_slow_stream_goes_on_while_nobody_is_known_to_do_better(plane: DataPlane, sim: Simulator) -> None:
    sim.infini.then(say("0123456789", chunk=1, delta_delay=0.08))
    plane.offer(sim.infini, "a", model="kimi-k2-instruct", timeouts=limits(least=20)).offer(sim.moonshot, "b")
    seen = await plane.ask(stream=True)
    assert (seen.text, seen.complete) == ("0123456789", True)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_answer_that_takes_too_long_in_all_ends(plane: DataPlane, sim: Simulator, stream: bool) -> None:
    sim.moonshot.always(say("0123456789" * 20, chunk=2, delta_delay=0.05) if stream else Failure("deaf"))
    plane.offer(sim.moonshot, "a", timeouts=limits(total=0.2))
    seen = await plane.ask(stream=stream)
    assert seen.error is not None
    assert "took too long" in seen.error[1]
    assert (seen.status, seen.complete) == (200 if stream else 504, False)
    assert plane.ledger[0].outcome == "failed"


async def test_upstream_that_never_answers_keeps_no_connection(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.always(Answer((Text("Late."),), first_token_delay=60))
    plane.offer(sim.moonshot, "a", timeouts=limits(total=0.2))
    assert (await plane.ask()).status == 504
    await asyncio.to_thread(sim.ledger.wait_for, 1, "client_gone")


@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages"])
@pytest.mark.parametrize("keepalive_seconds", [0.02])
async def test_failover_after_keepalives_is_invisible(plane: DataPlane, sim: Simulator, dialect: DialectName) -> None:
    sim.infini.then(Failure("silent"))
    sim.moonshot.then(Answer((Text("From the second."),), first_token_delay=0.1))
    plane.offer(sim.infini, "a", model="kimi-k2-instruct", timeouts=limits(first_token=0.2)).offer(sim.moonshot, "b")
    seen = await plane.ask(stream=True, dialect=dialect)
    pings = seen.comments + sum(1 for event in seen.events if event.get("type") == "ping")
    assert pings >= 3
    assert (seen.status, seen.text, seen.error, seen.complete) == (200, "From the second.", None, True)
    assert [attempt.provider for attempt in plane.ledger[0].attempts] == ["a", "b"]


@pytest.mark.parametrize("keepalive_seconds", [0.02])
async def test_whole_answers_get_no_keepalives(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.then(Answer((Text("Late."),), first_token_delay=0.15))
    plane.offer(sim.moonshot, "a")
    seen = await plane.ask()
    assert json.loads(seen.raw)["choices"][0]["message"]["content"] == "Late."


async def test_client_that_leaves_in_mid_stream_ends_the_upstream_and_pays_an_estimate(
    plane: DataPlane, sim: Simulator
) -> None:
    sim.moonshot.then(say("one two three four", chunk=4, hold_after=2))
    plane.offer(sim.moonshot, "a").offer(sim.moonshot, "b")
    client = plane.begin(stream=True)
    await client.until(lambda: b"two" in client.seen.raw)
    client.leave()
    await client.end()
    sim.ledger.wait_for(1, "client_gone")
    (record,) = plane.ledger
    (attempt,) = record.attempts
    assert (record.outcome, record.status, attempt.outcome) == ("cancelled", 499, "cancelled")
    assert attempt.estimated
    assert attempt.output_tokens >= 2
    assert attempt.input_tokens > 0
    assert plane.gateway.sweeper.in_flight == set()
    assert plane.gateway.router.health_of(plane.gateway.default_catalog.deployments[0]).state == "closed"  # type: ignore[union-attr]


@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages"])
async def test_stream_is_read_on_for_its_usage_where_the_provider_is_worth_it(
    plane: DataPlane, sim: Simulator, dialect: DialectName
) -> None:
    sim.moonshot.then(say("one two three four five six", chunk=4, hold_after=2))
    plane.offer(sim.moonshot, "a", timeouts=Timeouts(LONG, LONG, LONG, drain=5))
    client = plane.begin(stream=True, dialect=dialect)
    await client.until(lambda: b"two" in client.seen.raw)
    client.leave()
    await client.gone()
    sim.release()
    await client.end()
    (record,) = plane.ledger
    (attempt,) = record.attempts
    (exchange,) = sim.moonshot.exchanges
    assert exchange.usage is not None
    assert (record.outcome, attempt.outcome, attempt.estimated) == ("cancelled", "cancelled", False)
    assert (attempt.input_tokens, attempt.output_tokens) == (exchange.usage.input, exchange.usage.output)
    assert b"three" not in client.seen.raw


@pytest.mark.parametrize("bound", ["time", "number"])
async def test_reading_on_for_nobody_is_bounded(
    plane: DataPlane, sim: Simulator, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bound == "number":
        monkeypatch.setattr(draining, "MOST_AT_ONCE", 0)
    sim.moonshot.then(say("one two three four", chunk=4, hold_after=2))
    plane.offer(sim.moonshot, "a", timeouts=Timeouts(LONG, LONG, LONG, drain=0.1 if bound == "time" else LONG))
    client = plane.begin(stream=True)
    await client.until(lambda: b"two" in client.seen.raw)
    client.leave()
    await client.end()
    await asyncio.to_thread(sim.ledger.wait_for, 1, "client_gone")
    assert plane.ledger[0].attempts[0].estimated


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_client_that_leaves_before_the_answer_ends_the_upstream(
    plane: DataPlane, sim: Simulator, stream: bool
) -> None:
    """At once, before any limit of its own would end it."""
    sim.moonshot.then(Answer((Text("Late."),), first_token_delay=60))
    plane.offer(sim.moonshot, "a").offer(sim.moonshot, "b")
    client = plane.begin(stream=stream)
    await _arrived(sim, 1)
    client.leave()
    await client.end()
    await asyncio.to_thread(sim.ledger.wait_for, 1, "client_gone")
    (record,) = plane.ledger
    (attempt,) = record.attempts
    assert (record.outcome, attempt.outcome, client.heads) == ("cancelled", "cancelled", 0)
    # The upstream worked on it and will charge for the prompt: an estimate that says so, never a plain zero.
    assert attempt.estimated
    assert attempt.input_tokens > 0


async def test_client_that_leaves_while_the_gateway_pauses_ends_the_request(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.always(Failure("rate_limited", retry_after="4"))
    plane.offer(sim.moonshot, "a")
    client = plane.begin()
    async with asyncio.timeout(10):
        while not plane.failures_in_a_row():
            await asyncio.sleep(0)
    client.leave()
    await client.end()
    (record,) = plane.ledger
    assert (record.outcome, [a.outcome for a in record.attempts]) == ("cancelled", ["failed"])
    assert len(sim.moonshot.exchanges) == 1


async def _arrived(sim: Simulator, count: int) -> None:
    await asyncio.to_thread(sim.ledger.wait_for, count)


async def test_client_that_does_not_take_the_last_part_is_let_go(plane: DataPlane, sim: Simulator) -> None:
    """The answer is settled, so nothing but its own patience limits this request any more."""
    sim.moonshot.then(say("All of it."))
    plane.offer(sim.moonshot, "a", timeouts=limits(idle=0.2))
    client = plane.begin(stuck=True)
    await client.end()
    (record,) = plane.ledger
    assert record.outcome == "completed"
    assert plane.gateway.sweeper.in_flight == set()
