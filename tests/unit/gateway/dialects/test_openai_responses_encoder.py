"""Events, in whatever order a vendor sends them, become items that open once and close once, under one count."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import (
    Event,
    Finished,
    RedactedThinking,
    Reply,
    Started,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.openai_responses import OPENAI_RESPONSES
from powerautomation.gateway.dialects.openai_responses_thinking import unpack
from powerautomation.kernel.errors import Problem
from tests.fixtures.responses_reading import read_response, read_response_stream

TOOLS = [
    {"type": "function", "name": "read", "parameters": {}},
    {"type": "custom", "name": "patch"},
    {"type": "namespace", "name": "agents", "description": "", "tools": [{"type": "custom", "name": "run"}]},
    {"type": "tool_search", "execution": "client"},
]
REQUEST = json.dumps({"model": "m", "input": "hi", "tools": TOOLS, "instructions": "x", "temperature": 0.5}).encode()
REPLY = Reply("req_0001", "asked", True, REQUEST)


@dataclass
class Seen:
    status: int = 200
    text: str = ""
    thinking: str = ""
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    stop: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    error: tuple[str, str] | None = None
    complete: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)


def frames(content: bytes) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in content.decode().split("\n\n")[:-1]:
        if not block.startswith(":"):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def streamed(events: list[Event], reply: Reply = REPLY) -> Seen:
    encoder = OPENAI_RESPONSES.stream_encoder(reply)
    seen = Seen()
    read_response_stream(seen, iter(frames(b"".join(encoder.encode([event]) for event in events))))
    return seen


def test_items_of_every_kind_of_tool_come_back_as_the_client_declared_them() -> None:
    events: list[Event] = [Started()]
    for index, (name, arguments) in enumerate(
        [("read", '{"a":1}'), ("patch", '{"input":"x\\ny"}'), ("agents__run", '{"input":"z"}'), ("unknown", "{}")]
    ):
        events += [ToolCallStarted(index, f"call_{index}", name), ToolArgumentsDelta(index, arguments)]
    events += [ToolCallStarted(4, "call_4", "tool_search"), ToolArgumentsDelta(4, '{"query":"q"}'), Finished("stop")]
    answer = json.loads(OPENAI_RESPONSES.encode_answer(events, REPLY))
    gist = [
        (item["type"], item.get("name"), item.get("namespace"), item.get("arguments", item.get("input")))
        for item in answer["output"]
    ]
    assert gist == [
        ("function_call", "read", None, '{"a":1}'),
        ("custom_tool_call", "patch", None, "x\ny"),
        ("custom_tool_call", "run", "agents", "z"),
        ("function_call", "unknown", None, "{}"),
        ("tool_search_call", None, None, {"query": "q"}),
    ]
    assert [item["call_id"] for item in answer["output"]] == [f"call_{index}" for index in range(5)]
    assert answer["output"][4]["execution"] == "client"


_pieces = st.one_of(
    st.builds(TextDelta, st.text(min_size=1, max_size=3)),
    st.builds(ThinkingDelta, st.text(min_size=1, max_size=3)),
    st.builds(ThinkingSignature, st.just("sig")),
    st.builds(RedactedThinking, st.just("sealed")),
    st.tuples(st.integers(0, 2), st.sampled_from(["read", "patch", "agents__run"])),
    st.builds(UsageReported, st.builds(Usage, st.integers(0, 9), st.integers(0, 9))),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_pieces, max_size=14), st.sampled_from(["stop", "length", "tool_calls", "refusal"]))
def test_any_sequence_is_a_legal_stream_and_equals_the_whole_answer(pieces: list[Any], reason: Any) -> None:
    events: list[Event] = [Started()]
    begun: dict[int, str] = {}
    for piece in pieces:
        if not isinstance(piece, tuple):
            events.append(piece)
        elif piece[0] not in begun:
            begun[piece[0]] = piece[1]
            events.append(ToolCallStarted(piece[0], f"call_{piece[0]}", piece[1]))
            events.append(ToolArgumentsDelta(piece[0], '{"input":"'))
    events += [ToolArgumentsDelta(index, f'{index}"}}') for index in begun]
    events.append(Finished(reason))
    first = streamed(events)
    whole = Seen()
    read_response(whole, json.loads(OPENAI_RESPONSES.encode_answer(events, REPLY)))
    assert (first.text, first.thinking, sorted(first.calls), first.stop, first.usage) == (
        whole.text, whole.thinking, sorted(whole.calls), whole.stop, whole.usage,
    )  # fmt: skip
    assert first.complete
    assert first.text == "".join(event.text for event in events if isinstance(event, TextDelta))
    assert len(first.calls) == len(begun)


def test_thinking_of_claude_keeps_its_signature() -> None:
    events: list[Event] = [Started(), ThinkingDelta("a"), ThinkingSignature("s"), ThinkingDelta("b"), Finished("stop")]
    first, second = json.loads(OPENAI_RESPONSES.encode_answer(events, REPLY))["output"]
    assert first["summary"] == [{"type": "summary_text", "text": "a"}]
    kept = unpack(first["encrypted_content"], "", "")
    assert (kept.text, kept.signature, kept.vendor) == ("a", "s", "anthropic")
    assert unpack(second["encrypted_content"], "", "").vendor == ""


def test_an_answer_repeats_its_request() -> None:
    (_, created), *_ = frames(OPENAI_RESPONSES.stream_encoder(REPLY).encode([Started()]))
    response = created["response"]
    assert (response["tools"], response["instructions"], response["temperature"]) == (TOOLS, "x", 0.5)
    assert (response["tool_choice"], response["parallel_tool_calls"], response["metadata"]) == ("auto", True, {})
    assert (response["id"], response["model"]) == ("resp_0001", "asked")


def test_usage_counts_everything_that_went_in() -> None:
    events: list[Event] = [Started(), TextDelta("x"), UsageReported(Usage(5, 3, 1, 1, 7, 2)), Finished("stop")]
    assert streamed(events).usage == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 17,
    }


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("gateway.upstream_rate_limited", 429, "rate_limit_exceeded"),
        ("gateway.upstream_overloaded", 529, "server_is_overloaded"),
        ("context_length_exceeded", 400, "context_length_exceeded"),
        ("gateway.stream_connection", 502, "server_error"),
    ],
)
def test_a_problem_in_mid_stream_fails_the_response(code: str, status: int, told: str) -> None:
    encoder = OPENAI_RESPONSES.stream_encoder(REPLY)
    content = encoder.encode([Started(), TextDelta("half")]) + encoder.keepalive()
    content += encoder.problem(Problem("It broke.", code=code, status=status, action="Again."))
    seen = Seen()
    read_response_stream(seen, iter(frames(content)))
    assert seen.error == (told, "It broke. Again.")
    assert not seen.complete


def test_a_problem_before_anything_was_said_fails_the_response() -> None:
    content = OPENAI_RESPONSES.stream_encoder(REPLY).problem(Problem("No.", code="x", status=500))
    ((name, event),) = frames(content)
    assert (name, event["sequence_number"], event["response"]["status"]) == ("response.failed", 0, "failed")
