"""Streams of chat completions: every vendor's oddity gives the same events, and events give a stream clients read."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import (
    Event,
    Failed,
    Finished,
    Reply,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.entities import ThinkingSignature
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.families import family_of
from powerautomation.kernel.errors import Problem
from tests.fixtures.simulators import Answer, Call, Text, Think
from tests.fixtures.simulators.chat_answers import Context, stream_frames
from tests.fixtures.simulators.chat_models import INFINI, MOONSHOT, OPENAI
from tests.fixtures.simulators.scripts import Quirk, UsagePlace

REPLY = Reply("req_1", "kimi-1")
KIMI = family_of("kimi-k2.6")
PARTS = (Think("想一想"), Text("先看 — <ok>"), Call("Read", {"path": "ä/b.py"}), Call("Write", {"text": "x" * 40}))


def context(host: Any = MOONSHOT) -> Context:
    return Context(host, "kimi-k2.6", 1, 100, 40, True, 0)


def frames_of(answer: Answer, host: Any = MOONSHOT) -> list[bytes]:
    frames = [frame.data for frame in stream_frames(context(host), answer)]
    if "missing_done" in answer.quirks:
        frames.pop()
    if "malformed_line" in answer.quirks:
        frames.insert(len(frames) // 2, b'data: {"id":"broken\n\n')
    if "comments" in answer.quirks:
        frames = [b": keep-alive\n\n" + frame for frame in frames]
    if "crlf" in answer.quirks:
        frames = [frame.replace(b"\n", b"\r\n") for frame in frames]
    return frames


def decode(chunks: list[bytes], family: Any = KIMI) -> list[Event]:
    decoder = OPENAI_CHAT.stream_decoder(REPLY, family)
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.finish()


def gist(events: list[Event]) -> dict[str, Any]:
    calls: dict[int, list[Any]] = {}
    for event in events:
        if isinstance(event, ToolCallStarted):
            assert event.index not in calls
            calls[event.index] = [event.id, event.name, ""]
        elif isinstance(event, ToolArgumentsDelta):
            calls[event.index][2] += event.partial_json
    usages = [event.usage for event in events if isinstance(event, UsageReported)]
    return {
        "text": "".join(event.text for event in events if isinstance(event, TextDelta)),
        "thinking": "".join(event.text for event in events if isinstance(event, ThinkingDelta)),
        "calls": [(identifier, name, json.loads(arguments)) for identifier, name, arguments in calls.values()],
        "usage": usages[-1] if usages else None,
        "end": events[-1],
    }


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **extra: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"id": "c1", "model": "m", "choices": choices, **extra}).encode() + b"\n\n"


def call(name: str | None = None, arguments: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"tool_calls": [{**fields, "function": function}]}


DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("host", "quirk"),
    [
        (host, quirk)
        for host in (MOONSHOT, INFINI, OPENAI)
        for quirk in get_args(Quirk)
        if host is not OPENAI or quirk != "leaked_markup"
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_quirk_gives_the_same_answer(host: Any, quirk: Any) -> None:
    said = gist(decode(frames_of(Answer(PARTS, quirks=(quirk,), chunk=5), host)))
    assert (said["thinking"], said["text"].strip()) == ("想一想", "先看 — <ok>")
    assert [(name, arguments) for _, name, arguments in said["calls"]] == [
        ("Read", {"path": "ä/b.py"}),
        ("Write", {"text": "x" * 40}),
    ]
    assert len({identifier for identifier, _, _ in said["calls"]}) == 2
    assert said["end"] == Finished("tool_calls")


@settings(max_examples=60)
@given(
    st.sampled_from(get_args(Quirk)),
    st.lists(st.integers(0, 10_000), max_size=20),
    st.sampled_from([1, 4, 50]),
)
def test_any_cut_of_the_bytes_gives_the_same_answer(quirk: Any, places: list[int], size: int) -> None:
    whole = b"".join(frames_of(Answer(PARTS, quirks=(quirk,), chunk=size)))
    cuts = sorted(place % len(whole) for place in places)
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert decode(pieces) == decode([whole])


@pytest.mark.parametrize("place", [place for place in get_args(UsagePlace) if place != "none"])
@pytest.mark.parametrize("host", [MOONSHOT, INFINI, OPENAI], ids=lambda host: host.name)
def test_usage_is_found_wherever_it_hides(place: Any, host: Any) -> None:
    answer = Answer((Text("two words"),), usage=place)
    said = [frame.usage for frame in stream_frames(context(host), answer) if frame.usage is not None][-1]
    usage = gist(decode(frames_of(answer, host)))["usage"]
    assert usage == Usage(said.input, said.cached, 0, 0, said.output, said.reasoning)
    assert usage.cached_input_tokens == 40


def test_usage_that_never_comes_is_not_invented() -> None:
    assert gist(decode(frames_of(Answer((Text("x"),), usage="none"))))["usage"] is None


def test_kimis_ids_become_ids_all_clients_accept() -> None:
    first, second = (identifier for identifier, _, _ in gist(decode(frames_of(Answer(PARTS))))["calls"])
    assert first.startswith("toolu_fn0_")
    assert second.startswith("toolu_fn1_")


@pytest.mark.parametrize(
    ("deltas", "calls"),
    [
        ([call("A", "{}", id="1"), call("B", "{}", id="2")], ["A", "B"]),
        ([call("A", "{", id="1"), call(None, "}"), call("B", "{}", id="2")], ["A", "B"]),
        ([call("A", "{}", index=0, id="1"), call("B", "{}", index=0, id="2")], ["A", "B"]),
        ([call("A", "{", index=0, id="1"), call("A", "}", index=0, id="1")], ["A"]),
        ([call(None, "{", index=0, id="1"), call("A", "}", index=0)], ["A"]),
        ([call("A", "", index=3, id="1"), call(None, "{}", index=3, id="")], ["A"]),
        ([call("A", index=0, id="1")], ["A"]),
        ([call("A", "{}", index=0), call("A", "{}", index=1)], ["A", "A"]),
    ],
    ids=[
        "no index",
        "continued without index",
        "one index for all",
        "repeated head",
        "name later",
        "empty id",
        "no arguments",
        "no ids",
    ],
)
def test_heads_of_calls_may_come_in_any_fashion(deltas: list[dict[str, Any]], calls: list[str]) -> None:
    events = decode([*(chunk(delta) for delta in deltas), chunk({}, "stop"), DONE])
    said = gist(events)
    assert [name for _, name, _ in said["calls"]] == calls
    assert all(identifier for identifier, _, _ in said["calls"])
    assert len({identifier for identifier, _, _ in said["calls"]}) == len(calls)
    assert said["end"] == Finished("tool_calls")


def test_arguments_sent_as_an_object_become_text() -> None:
    events = decode(
        [chunk({"tool_calls": [{"function": {"name": "A", "arguments": {"x": 1}}}]}), chunk({}, "stop"), DONE]
    )
    assert gist(events)["calls"][0][1:] == ("A", {"x": 1})


def test_arguments_cut_by_length_are_kept_as_they_came() -> None:
    events = decode([chunk(call("A", '{"x": "ab', index=0, id="1")), chunk({}, "length"), DONE])
    assert ToolArgumentsDelta(0, '{"x": "ab') in events
    assert events[-1] == Finished("length")


def test_a_call_without_a_name_is_an_invalid_answer() -> None:
    events = decode([chunk(call(None, "{}", index=0, id="1")), chunk({}, "tool_calls"), DONE])
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind == "invalid_answer"


def test_leaked_and_proper_calls_do_not_mix() -> None:
    leaked = "<|tool_call_begin|>functions.A:0<|tool_call_argument_begin|>{}<|tool_call_end|>"
    events = decode(
        [chunk({"content": leaked}), chunk(call("B", "{}", index=0, id="functions.B:0")), chunk({}, "stop"), DONE]
    )
    assert [name for _, name, _ in gist(events)["calls"]] == ["A", "B"]


def test_families_that_do_not_leak_may_speak_of_the_markup() -> None:
    text = "Kimi writes <|tool_call_begin|>functions.A:0"
    assert gist(decode([chunk({"content": text}), chunk({}, "stop"), DONE], family_of("gpt-4o")))["text"] == text


@pytest.mark.parametrize(
    ("word", "reason"),
    [("stop", "stop"), ("length", "length"), ("tool_calls", "stop"), ("content_filter", "refusal"), ("odd", "stop")],
)
def test_the_reason_tells_what_was_sent(word: str, reason: Any) -> None:
    assert decode([chunk({"content": "x"}), chunk({}, word), DONE])[-1] == Finished(reason)


def test_done_without_a_reason_finishes() -> None:
    assert decode([chunk({"content": "x"}), DONE])[-1] == Finished("stop")


def test_a_socket_that_ends_after_the_reason_finishes() -> None:
    assert decode([chunk({"content": "x"}), chunk({}, "stop")])[-1] == Finished("stop")


def test_a_socket_that_ends_before_is_a_broken_connection() -> None:
    last = decode([chunk({"content": "x"})])[-1]
    assert isinstance(last, Failed)
    assert last.failure.kind == "connection"


@pytest.mark.parametrize("chunks", [[DONE], [chunk({"role": "assistant", "content": ""}), chunk({}, "stop"), DONE]])
def test_an_empty_answer_is_a_failure(chunks: list[bytes]) -> None:
    last = decode(chunks)[-1]
    assert isinstance(last, Failed)
    assert last.failure.kind == "invalid_answer"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "slow down", "type": "rate_limit_reached_error"}, "rate_limited"),
        ({"message": "x", "type": "engine_overloaded_error"}, "overloaded"),
        ({"message": "x", "type": "server_error"}, "server"),
        ({"message": "x", "code": 503}, "overloaded"),
        ({"message": "x", "code": "429"}, "rate_limited"),
        ({"message": "x", "type": "invalid_request_error"}, "caller"),
        ("words only", "server"),
        ({}, "server"),
    ],
)
def test_an_error_in_a_200_stream_has_its_kind(error: Any, kind: str) -> None:
    events = decode([chunk({"content": "x"}), b"data: " + json.dumps({"error": error}).encode() + b"\n\n", DONE])
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind == kind
    assert sum(isinstance(event, Failed | Finished) for event in events) == 1


def test_nothing_comes_after_the_end() -> None:
    decoder = OPENAI_CHAT.stream_decoder(REPLY, KIMI)
    decoder.feed(chunk({"content": "x"}) + DONE)
    assert decoder.feed(chunk({"content": "y"})) == []
    assert decoder.finish() == []


def test_an_endless_event_fails_instead_of_filling_memory() -> None:
    events = decode([b"data: " + b"x" * (9 * 1024 * 1024)])
    assert isinstance(events[-1], Failed)


EVENTS: list[Event] = [
    Started("u", "m"),
    ThinkingDelta("hm"),
    ThinkingSignature("sig"),
    TextDelta("Grüße\n"),
    ToolCallStarted(0, "toolu_1", "Read"),
    ToolArgumentsDelta(0, '{"a":'),
    ToolArgumentsDelta(0, "1}"),
    UsageReported(Usage(10, 5, 2, 3, 7, 4)),
    Finished("stop"),
]


def sent(events: list[Event], reply: Reply = REPLY) -> list[dict[str, Any]]:
    encoder = OPENAI_CHAT.stream_encoder(reply)
    whole = b"".join(encoder.encode([event]) for event in events)
    assert whole == OPENAI_CHAT.stream_encoder(reply).encode(events)
    *chunks, done, rest = whole.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    return [json.loads(part.removeprefix(b"data: ")) for part in chunks]


def test_a_client_gets_role_deltas_reason_and_usage() -> None:
    chunks = sent(EVENTS)
    assert {part["object"] for part in chunks} == {"chat.completion.chunk"}
    assert {(part["id"], part["model"]) for part in chunks} == {("chatcmpl-req_1", "kimi-1")}
    deltas = [part["choices"][0]["delta"] for part in chunks[:-1]]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "hm"},
        {"content": "Grüße\n"},
        {
            "tool_calls": [
                {"index": 0, "id": "toolu_1", "type": "function", "function": {"name": "Read", "arguments": ""}}
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a":'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]},
        {},
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {
        "prompt_tokens": 20,
        "completion_tokens": 7,
        "total_tokens": 27,
        "prompt_tokens_details": {"cached_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }


def test_calls_are_counted_from_nought_whatever_the_upstream_counts() -> None:
    events = [
        Started(),
        ToolCallStarted(2, "b", "B"),
        ToolCallStarted(5, "c", "C"),
        ToolArgumentsDelta(5, "{}"),
        Finished("tool_calls"),
    ]
    calls = [part["choices"][0]["delta"].get("tool_calls") for part in sent(events) if part["choices"]]
    assert [call[0]["index"] for call in calls if call] == [0, 1, 1]


def test_a_client_that_did_not_ask_gets_no_usage() -> None:
    assert all("usage" not in part for part in sent(EVENTS, Reply("req_1", "m", include_usage=False)))


@pytest.mark.parametrize(
    ("finished", "word"),
    [
        (Finished("length"), "length"),
        (Finished("refusal"), "content_filter"),
        (Finished("stop_sequence", "END"), "stop"),
        (Finished("pause"), "stop"),
        (Finished("tool_calls"), "stop"),
    ],
)
def test_the_finish_reason_is_one_the_dialect_knows(finished: Finished, word: str) -> None:
    chunks = sent([Started(), TextDelta("x"), finished], Reply("r", "m", include_usage=False))
    assert chunks[-1]["choices"][0]["finish_reason"] == word


def test_encoded_events_decode_to_themselves() -> None:
    whole = OPENAI_CHAT.stream_encoder(REPLY).encode(EVENTS)
    said = gist(decode([whole], family_of("gpt-4o")))
    assert (said["thinking"], said["text"], said["calls"]) == ("hm", "Grüße\n", [("toolu_1", "Read", {"a": 1})])
    assert said["usage"] == Usage(15, 5, 0, 0, 7, 4)


def test_a_keepalive_means_nothing_to_a_client() -> None:
    assert OPENAI_CHAT.stream_encoder(REPLY).keepalive() == b": keep-alive\n\n"


def test_a_problem_in_mid_stream_is_a_typed_error_and_the_end() -> None:
    encoder = OPENAI_CHAT.stream_encoder(REPLY)
    problem = Problem("It broke.", code="gateway.stream_connection", status=502, action="Try again.")
    first, done, _ = encoder.problem(problem).split(b"\n\n")
    error = json.loads(first.removeprefix(b"data: "))["error"]
    assert error == {"message": "It broke. Try again.", "type": "server_error", "param": None, "code": problem.code}
    assert done == b"data: [DONE]"
