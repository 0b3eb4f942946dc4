"""Streams as vendors really send them: interleaved, torn, leaking, with usage in odd places."""

import json
import threading
import time
from typing import Any

import httpx2
import pytest

from tests.fixtures.clients import READ, WRITE, Caller, posted, request_body
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think, say
from tests.integration.gateway.proxy.conftest import Lane

CALLS = (Call("Read", {"path": "ä/b.py"}), Call("Write", {"path": "c", "text": "x" * 40}))
CHAT_QUIRKS = (
    "malformed_line", "utf8_split", "one_byte_writes", "crlf", "comments", "interleave", "whole_calls", "empty_deltas",
    "arguments_at_end", "content_with_calls", "leaked_markup", "stop_reason_lies", "no_space",
)  # fmt: skip


@pytest.mark.parametrize("quirk", CHAT_QUIRKS)
def test_kimis_quirks_do_not_reach_the_client(caller: Caller, lane: Lane, sim: Simulator, quirk: Any) -> None:
    sim.moonshot.then(Answer((Think("想一想"), Text("先看 — "), *CALLS), quirks=(quirk,), chunk=5))
    seen = caller.ask(lane.kimi, stream=True, tools=[READ, WRITE])
    assert seen.error is None
    assert seen.complete
    assert (seen.thinking, seen.text.strip()) == ("想一想", "先看 —")
    assert [(name, json.loads(arguments)) for _, name, arguments in seen.calls] == [
        (item.name, item.arguments) for item in CALLS
    ]
    assert seen.stop in ("tool_use", "tool_calls")
    assert "<|tool" not in seen.raw.decode()


@pytest.mark.parametrize("chunk", [1, 3, 7, 1000])
def test_leaked_tool_markup_becomes_real_calls_however_it_is_split(
    caller: Caller, lane: Lane, sim: Simulator, chunk: int
) -> None:
    sim.infini.then(Answer((Text("I read. "), *CALLS), quirks=("leaked_markup",), chunk=chunk))
    seen = caller.ask(lane.instruct, stream=True, tools=[READ, WRITE])
    assert [(name, json.loads(arguments)) for _, name, arguments in seen.calls] == [
        (item.name, item.arguments) for item in CALLS
    ]
    assert seen.text.strip() == "I read."
    assert seen.stop in ("tool_use", "tool_calls")


def test_leaked_tool_markup_in_a_whole_answer_becomes_real_calls(caller: Caller, lane: Lane, sim: Simulator) -> None:
    sim.infini.then(Answer(CALLS, quirks=("leaked_markup",)))
    seen = caller.ask(lane.instruct, tools=[READ, WRITE])
    assert [name for _, name, _ in seen.calls] == ["Read", "Write"]
    assert "<|tool" not in seen.raw.decode()


@pytest.mark.parametrize("quirk", ["utf8_split", "one_byte_writes", "crlf", "comments", "empty_deltas"])
def test_anthropics_streams_survive_the_network(caller: Caller, lane: Lane, sim: Simulator, quirk: Any) -> None:
    sim.anthropic.then(Answer((Text("Grüße 世界"), *CALLS), quirks=(quirk,), chunk=3))
    body = request_body(caller.dialect, lane.sonnet, stream=True, tools=[READ, WRITE])
    seen = caller.send(body)
    assert (seen.error, seen.text, len(seen.calls)) == (None, "Grüße 世界", 2)


@pytest.mark.parametrize("place", ["usual", "choice", "last_chunk", "top_level", "every_chunk"])
@pytest.mark.parametrize("vendor", ["infini", "moonshot"])
def test_usage_is_found_wherever_it_hides(
    caller: Caller, lane: Lane, sim: Simulator, console: Console, vendor: str, place: Any
) -> None:
    model = lane.instruct if vendor == "infini" else lane.kimi
    long = "The same beginning. " * 40
    sim.vendors[vendor].then(say("one"), Answer((Text("two words"),), usage=place))
    history = [{"role": "user", "content": long}]
    caller.ask(model, history, stream=True)
    history += [{"role": "assistant", "content": "one"}, {"role": "user", "content": "more"}]
    seen = caller.ask(model, history, stream=True)
    said = sim.vendors[vendor].exchanges[-1].usage
    assert said is not None
    assert said.cached > 100
    row = console.request(seen.request_id)
    assert (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]) == (
        said.input,
        said.cached,
        said.output,
    )
    assert row["reasoning_tokens"] == said.reasoning
    assert row["usage_estimated"] is False


def test_usage_that_never_comes_is_estimated_and_says_so(
    caller: Caller, lane: Lane, sim: Simulator, console: Console, stream: bool
) -> None:
    sim.infini.then(Answer((Text("some words that cost something " * 10),), usage="none", chunk=6))
    seen = caller.ask(lane.instruct, stream=stream)
    row = console.request(seen.request_id)
    assert row["usage_estimated"] is True
    assert 30 <= row["output_tokens"] <= 120
    assert row["input_tokens"] > 0


def test_openai_clients_see_stream_usage_only_when_they_ask(openai: Caller, lane: Lane, sim: Simulator) -> None:
    body = request_body("openai-chat", lane.sonnet, stream=True)
    assert openai.send(body).usage
    del body["stream_options"]
    assert openai.send(body).usage == {}
    assert openai.send({**body, "model": lane.instruct}).usage == {}


def test_a_missing_terminator_after_a_finished_answer_ends_well(caller: Caller, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(Answer((Text("All said."),), quirks=("missing_done",)))
    seen = caller.ask(lane.kimi, stream=True)
    assert seen.text == "All said."
    assert seen.complete or seen.error is not None


def test_events_are_passed_on_the_moment_they_arrive(caller: Caller, lane: Lane, sim: Simulator) -> None:
    """The upstream holds after three deltas: the client must have all three while it holds."""
    sim.moonshot.then(say("onetwothr" + "rest", chunk=3, hold_after=3))
    path, body = posted(caller.dialect, request_body(caller.dialect, lane.kimi, stream=True))
    with caller.http.stream("POST", path, json=body) as answer:
        got = b""
        for piece in answer.iter_raw():
            got += piece
            if b"thr" in got:
                break
        assert all(word in got for word in (b"one", b"two", b"thr"))
        assert b"rest" not in got
    sim.release()


def test_a_client_that_leaves_stops_the_upstream_and_is_accounted_for(
    caller: Caller, lane: Lane, sim: Simulator, console: Console
) -> None:
    sim.moonshot.then(say("one two three four", chunk=4, hold_after=2))
    path, body = posted(caller.dialect, request_body(caller.dialect, lane.kimi, stream=True))
    with caller.http.stream("POST", path, json=body) as answer:
        request_id = answer.headers["x-request-id"]
        for piece in answer.iter_raw():
            if b"two" in piece:
                break
    began = time.monotonic()
    sim.ledger.wait_for(1, "client_gone", timeout=5)
    assert time.monotonic() - began < 2, "the upstream went on for long after the client had left"
    row = console.request(request_id)
    assert row["outcome"] == "cancelled"
    assert row["output_tokens"] > 0, "a cancelled stream must not be free"
    assert row["usage_estimated"] is True


def test_hundred_parallel_streams_do_not_mix(server: Server, lane: Lane, sim: Simulator) -> None:
    wrong: list[str] = []
    for number in range(100):
        sim.moonshot.when(f"marker-{number:03d}!", say(f"answer-{number:03d} " * 20, chunk=9))

    def one(number: int) -> None:
        dialect: Any = "anthropic-messages" if number % 2 else "openai-chat"
        with Caller(server.url, server.key, dialect) as caller:
            seen = caller.ask(lane.kimi, f"marker-{number:03d}!", stream=True)
            if seen.text != f"answer-{number:03d} " * 20 or not seen.complete:
                wrong.append(f"{number}: {seen.status} {seen.text[:50]!r}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_vendor_restarts_are_survived(caller: Caller, lane: Lane, sim: Simulator) -> None:
    """Pooled connections that the vendor has closed meanwhile must not fail the next request."""
    assert caller.ask(lane.kimi).status == 200
    sim.drop_connections()
    assert [caller.ask(lane.kimi).status for _ in range(3)] == [200, 200, 200]


def test_head_probes_are_answered(server: Server) -> None:
    with httpx2.Client(verify=False, base_url=server.url, timeout=5) as http:
        assert http.head("/").status_code < 500
        assert http.head("/api/hello").status_code < 500
