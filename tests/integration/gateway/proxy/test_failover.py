"""What clients see when upstreams fail: nothing before the first token, a typed error after it."""

import json
import time
from typing import Any

import pytest

from tests.fixtures.clients import READ, Caller, Seen
from tests.fixtures.console import Console
from tests.fixtures.simulators import FAILURES_BEFORE_FIRST_TOKEN, Answer, Failure, Simulator, Text, call, say
from tests.integration.gateway.proxy.conftest import FIRST_TOKEN_SECONDS, Lane

UPSTREAMS = ("chat", "messages")


def _model(lane: Lane, upstream: str) -> str:
    return lane.chat if upstream == "chat" else lane.messages


def _script(sim: Simulator, upstream: str, first: Failure | Answer, then: Answer) -> None:
    if upstream == "chat":
        sim.infini.then(first)
        sim.moonshot.then(then)
    else:
        sim.anthropic.then(first, then)


def _reach(sim: Simulator) -> int:
    return len(sim.ledger.exchanges())


# A whole answer has no first token: silence there ends with the total timeout, for which nobody waits here.
CASES = [
    pytest.param(failure, stream, id=f"{failure.kind}-{'stream' if stream else 'whole'}")
    for failure in FAILURES_BEFORE_FIRST_TOKEN
    for stream in (False, True)
    if stream or failure.kind not in ("silent", "deaf")
]


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize(("failure", "stream"), CASES)
def test_failover_before_the_first_token_is_invisible(
    caller: Caller, lane: Lane, sim: Simulator, upstream: str, failure: Failure, stream: bool
) -> None:
    _script(sim, upstream, failure, say("From the second."))
    seen = caller.ask(_model(lane, upstream), stream=stream)
    assert (seen.status, seen.text, seen.error, seen.complete) == (200, "From the second.", None, True)
    if failure.kind not in ("silent", "deaf"):
        # Those two outlast the first keep-alive, which sends the head before anybody knows who will answer.
        assert seen.deployment.startswith("moonshot-" if upstream == "chat" else "spare-")
    assert _reach(sim) == 2


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_broken_whole_answer_fails_over(caller: Caller, lane: Lane, sim: Simulator, upstream: str) -> None:
    _script(sim, upstream, say("half", break_after=0), say("Whole."))
    seen = caller.ask(_model(lane, upstream))
    assert (seen.status, seen.text) == (200, "Whole.")


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("how", ["cut", "error_event", "stall"])
def test_a_break_after_the_first_token_is_a_typed_error(
    caller: Caller, lane: Lane, sim: Simulator, console: Console, upstream: str, how: Any
) -> None:
    """The upstream goes on when the client has its first token: the second may then come together with the break."""
    broken = say("0123456789" * 6, chunk=10, hold_after=1, break_after=2, break_with=how)
    _script(sim, upstream, broken, say("Never shown."))
    seen = caller.ask(_model(lane, upstream), stream=True, on_first_piece=sim.release)
    assert seen.status == 200
    assert seen.text == "0123456789" * 2, "what came before the break must arrive"
    assert seen.error is not None
    assert not seen.complete
    assert not seen.cut
    assert _reach(sim) == 1
    row = console.request(seen.request_id)
    assert row["outcome"] == "failed"
    assert row["error_code"].startswith("gateway.")
    (attempt,) = row["attempts"]
    assert attempt["outcome"] == "failed"
    assert attempt["output_tokens"] > 0
    assert attempt["estimated"] is True


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_calls_broken_in_the_middle_are_not_passed_off_as_whole(
    caller: Caller, lane: Lane, sim: Simulator, upstream: str
) -> None:
    broken = call("Read", {"path": "a/long/path/to/a/file.py"}, chunk=5, break_after=3)
    _script(sim, upstream, broken, say("Never shown."))
    seen = caller.ask(_model(lane, upstream), stream=True, tools=[READ])
    if seen.error is None:
        assert seen.text == "Never shown.", "the call was held back, so failing over was right"
    else:
        assert not seen.complete
        assert seen.stop == ""


def test_an_unreachable_upstream_fails_over_quickly(caller: Caller, lane: Lane, sim: Simulator, stream: bool) -> None:
    began = time.monotonic()
    seen = caller.ask(lane.dead, stream=stream)
    assert (seen.status, seen.complete) == (200, True)
    assert seen.deployment == f"moonshot-{lane.number}/kimi-k2.6"
    assert time.monotonic() - began < 2


def test_failover_crosses_dialects_without_a_trace(caller: Caller, lane: Lane, sim: Simulator, stream: bool) -> None:
    sim.moonshot.then(Failure("overloaded"))
    sim.anthropic.then(call("Read", {"path": "x"}))
    seen = caller.ask(lane.mixed, stream=stream, tools=[READ])
    assert (seen.status, seen.deployment) == (200, f"spare-{lane.number}/claude-sonnet-4-6")
    assert [(name, json.loads(arguments)) for _, name, arguments in seen.calls] == [("Read", {"path": "x"})]


def test_thinking_of_kimi_is_never_sent_to_anthropic_as_if_signed(
    anthropic: Caller, lane: Lane, sim: Simulator, stream: bool
) -> None:
    """A tool turn that Kimi thought about goes on at Anthropic: the simulated vendor verifies every signature."""
    thinking = {"type": "enabled", "budget_tokens": 1024}
    options: dict[str, Any] = {"tools": [READ], "stream": stream, "thinking": thinking, "max_tokens": 4000}
    sim.moonshot.then(call("Read", {"path": "x"}, think="Kimi's thoughts."), Failure("overloaded"))
    sim.anthropic.then(say("Claude goes on."))
    first = anthropic.ask(lane.mixed, **options)
    (identifier, name, _) = first.calls[0]
    thought = {"type": "thinking", "thinking": first.thinking, "signature": first.signature}
    used = {"type": "tool_use", "id": identifier, "name": name, "input": {"path": "x"}}
    history = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [thought, used]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": identifier, "content": "text of x"}]},
    ]
    assert first.thinking == "Kimi's thoughts."
    seen = anthropic.ask(lane.mixed, history, **options)
    assert (seen.status, seen.error, seen.text) == (200, None, "Claude goes on.")
    assert "Kimi's thoughts." not in sim.anthropic.exchanges[0].body.decode().replace("<thinking>", "")


def test_thinking_of_anthropic_goes_on_at_kimi_as_its_own_reasoning(
    anthropic: Caller, lane: Lane, sim: Simulator
) -> None:
    sim.anthropic.then(call("Read", {"path": "x"}, think="Claude's thoughts."))
    first = anthropic.ask(
        lane.sonnet, tools=[READ], thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=4000
    )
    (identifier, name, _) = first.calls[0]
    history = [
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": first.thinking, "signature": first.signature},
                {"type": "tool_use", "id": identifier, "name": name, "input": {"path": "x"}},
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": identifier, "content": "t", "is_error": True}],
        },
    ]
    seen = anthropic.ask(lane.kimi, history, tools=[READ])
    assert seen.status == 200, seen.error
    messages: Any = sim.moonshot.exchanges[0].json["messages"]
    assert messages[1]["reasoning_content"] == "Claude's thoughts."
    assert first.signature not in sim.moonshot.exchanges[0].body.decode()
    assert messages[2]["role"] == "tool"
    assert "t" in messages[2]["content"]
    assert messages[2]["content"] != "t", "is_error was lost"


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_the_callers_own_mistake_is_handed_on_unretried(
    caller: Caller, lane: Lane, sim: Simulator, upstream: str, stream: bool
) -> None:
    _script(sim, upstream, Failure("caller"), say("Never asked."))
    seen = caller.ask(_model(lane, upstream), stream=stream)
    assert seen.status == 400
    assert _reach(sim) == 1
    assert seen.error is not None
    assert seen.error[0] in ("invalid_request_error", "INVALID_ARGUMENT")
    assert "the simulator was told to refuse this" in seen.error[1]
    again = caller.ask(_model(lane, upstream), stream=stream)
    assert again.status == 200, "a caller's mistake must not open the circuit"


def test_a_refusal_in_the_callers_dialect_is_byte_identical(
    lane: Lane, sim: Simulator, openai: Caller, anthropic: Caller
) -> None:
    odd = '{"error": {"message": "odd  spacing ü", "type": "invalid_request_error", "param": "x", "code": "bad_x"}}'
    sim.moonshot.then(Failure("caller", body=odd))
    assert openai.ask(lane.kimi).raw == odd.encode()
    odd = '{"type":"error", "error":{"type":"invalid_request_error","message":"odd ü"},"request_id":"req_1"}'
    sim.anthropic.then(Failure("caller", body=odd))
    assert anthropic.ask(lane.sonnet).raw == odd.encode()


def test_a_refused_upstream_key_is_reported_clearly_and_is_no_illness(
    caller: Caller, lane: Lane, sim: Simulator, stream: bool
) -> None:
    for model in ("only-wrong-chat", "only-wrong-messages"):
        for _ in range(6):
            seen = caller.ask(model, stream=stream)
            assert seen.status not in (401, 403), "the client's own key is right; 401 would make it log out"
            assert seen.status >= 500
            assert seen.error is not None
            assert "key" in seen.error[1].lower()
            assert "sk-wrong" not in seen.raw.decode()
    vendor_calls = [exchange.outcome for exchange in sim.ledger.exchanges()]
    assert vendor_calls == ["rejected"] * 12, "an open circuit would have stopped asking"


def test_all_upstreams_down_is_said_in_the_callers_dialect_with_retry_after(
    caller: Caller, lane: Lane, sim: Simulator, stream: bool
) -> None:
    sim.infini.always(Failure("overloaded", retry_after="7"))
    sim.moonshot.always(Failure("overloaded", retry_after="9"))
    for _ in range(2):
        seen = caller.ask(lane.chat, stream=stream)
        assert seen.status in (429, 503, 529)
        assert 1 <= int(seen.headers["retry-after"]) <= 9
        assert seen.error is not None
        if caller.dialect == "anthropic-messages":
            assert seen.error[0] in ("overloaded_error", "rate_limit_error")
    assert _reach(sim) == 2, "while the circuit is open nobody is asked"


def test_server_errors_everywhere_end_in_a_typed_error(
    caller: Caller, lane: Lane, sim: Simulator, stream: bool
) -> None:
    sim.infini.always(Failure("server_error"))
    sim.moonshot.always(Failure("html"))
    seen = caller.ask(lane.chat, stream=stream)
    assert seen.status in (502, 503, 529)
    assert seen.error is not None
    assert "<html" not in seen.raw.decode()


def test_a_rate_limit_is_honoured_and_passes(caller: Caller, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(Failure("rate_limited", retry_after="1"))
    seen = caller.ask(lane.kimi)
    assert seen.status in (200, 429)
    if seen.status == 429:
        assert seen.headers["retry-after"] == "1"
    deadline = time.monotonic() + 5
    while seen.status != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
        seen = caller.ask(lane.kimi)
    assert seen.status == 200
    moments = [exchange.outcome for exchange in sim.moonshot.exchanges]
    assert moments == ["failed", "completed"]


def test_a_slow_thinker_is_kept_alive(caller: Caller, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.then(Answer((Text("At last."),), first_token_delay=FIRST_TOKEN_SECONDS * 0.8))
    seen = caller.ask(lane.kimi, stream=True)
    assert (seen.text, seen.complete) == ("At last.", True)
    pings = sum(1 for event in seen.events if event.get("type") == "ping")
    assert pings + seen.comments >= 1


def test_failures_after_keepalives_are_still_typed(caller: Caller, lane: Lane, sim: Simulator) -> None:
    sim.moonshot.always(Answer((Text("Never."),), first_token_delay=60))
    seen: Seen = caller.ask(lane.kimi, stream=True)
    assert seen.error is not None
    assert not seen.complete
    assert seen.text == ""
