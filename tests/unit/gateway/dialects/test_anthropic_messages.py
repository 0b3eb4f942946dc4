"""Anthropic's Messages format, judged by the vendor's own SDK types."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from anthropic.types.beta import BetaMessage, BetaRawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from powerautomation.gateway.dialects import ANTHROPIC_MESSAGES as ANTHROPIC
from powerautomation.gateway.dialects import (
    Event,
    Failed,
    Finished,
    InvalidRequest,
    Reply,
    Started,
    Target,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    ToolResult,
    Usage,
    UsageReported,
)
from powerautomation.gateway.families import family_of
from powerautomation.kernel.errors import Problem

REPLY = Reply("req_1", "claude-sonnet-4-5")
CLAUDE = family_of("claude-sonnet-4-5")
_events: TypeAdapter[Any] = TypeAdapter(BetaRawMessageStreamEvent)


def frames(stream: bytes) -> list[dict[str, Any]]:
    """Return the stream's frames, each valid by the vendor's own types."""
    found = []
    for block in stream.decode().split("\n\n"):
        if not block:
            continue
        name, data = block.split("\n")
        frame = json.loads(data.removeprefix("data: "))
        assert name == f"event: {frame['type']}"
        if frame["type"] not in ("ping", "error"):
            _events.validate_python(frame)
        found.append(frame)
    return found


def encoded(events: list[Event]) -> list[dict[str, Any]]:
    return frames(ANTHROPIC.stream_encoder(REPLY).encode(events))


def request_of(**fields: Any) -> bytes:
    body = {"model": "claude-sonnet-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}], **fields}
    return json.dumps(body).encode()


def test_text_stream_has_the_shape_the_sdk_expects() -> None:
    usage = Usage(12, 3, 0, 0, 7, 0)
    got = encoded([Started("x", "kimi"), TextDelta("Hel"), TextDelta("lo"), UsageReported(usage), Finished("stop")])
    assert [frame["type"] for frame in got] == [
        "message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
        "message_delta", "message_stop",
    ]  # fmt: skip
    assert got[0]["message"]["model"] == "claude-sonnet-4-5"
    assert got[5]["delta"]["stop_reason"] == "end_turn"
    assert got[5]["usage"] == {
        "input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 3, "output_tokens": 7,
    }  # fmt: skip


def test_calls_make_the_stop_reason_tool_use_whatever_the_upstream_says() -> None:
    got = encoded([Started(), ToolCallStarted(0, "a", "T"), ToolArgumentsDelta(0, "{}"), Finished("stop")])
    assert got[-2]["delta"]["stop_reason"] == "tool_use"


def test_a_call_cut_by_length_keeps_its_partial_json_and_says_max_tokens() -> None:
    got = encoded([Started(), ToolCallStarted(0, "a", "T"), ToolArgumentsDelta(0, '{"p":"x'), Finished("length")])
    assert got[2]["delta"]["partial_json"] == '{"p":"x'
    assert got[-2]["delta"]["stop_reason"] == "max_tokens"


def test_tool_calls_without_any_call_end_the_turn() -> None:
    assert encoded([Started(), TextDelta("x"), Finished("tool_calls")])[-2]["delta"]["stop_reason"] == "end_turn"


def test_thinking_text_and_calls_are_blocks_of_their_own_in_order() -> None:
    got = encoded(
        [Started(), ThinkingDelta("hm"), TextDelta("ok"), ToolCallStarted(0, "a", "T"), ToolArgumentsDelta(0, "{}"),
         ToolCallStarted(1, "b", "T"), ToolArgumentsDelta(1, "{}"), Finished("tool_calls")]
    )  # fmt: skip
    starts = [frame["content_block"]["type"] for frame in got if frame["type"] == "content_block_start"]
    assert starts == ["thinking", "text", "tool_use", "tool_use"]
    stops = [frame["index"] for frame in got if frame["type"] == "content_block_stop"]
    assert stops == [0, 1, 2, 3]


def test_an_error_in_the_middle_has_the_clients_type() -> None:
    encoder = ANTHROPIC.stream_encoder(REPLY)
    frame = frames(encoder.problem(Problem("gone", status=529)))[0]
    assert frame["error"]["type"] == "overloaded_error"


UPSTREAM = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
    '"model":"claude-sonnet-4-5","content":[],"usage":{"input_tokens":9,"cache_read_input_tokens":4,'
    '"cache_creation_input_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":4},'
    '"output_tokens":1}}}\n\n'
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking",'
    '"thinking":"","signature":""}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",'
    '"thinking":"思考 \\"usage\\""}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta",'
    '"signature":"c2ln"}}\n\n'
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    'event: ping\ndata: {"type": "ping"}\n\n'
    'event: content_block_start\ndata: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use",'
    '"id":"toolu_1","name":"Read","input":{}}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta",'
    '"partial_json":"{\\"p\\": \\"é\\"}"}}\n\n'
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}\n\n'
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},'
    '"usage":{"output_tokens":33}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}\n\n'
).encode()
USAGE = Usage(9, 4, 2, 4, 33, 0)


def decoded(stream: bytes, cuts: list[int]) -> list[Event]:
    decoder = ANTHROPIC.stream_decoder(REPLY, CLAUDE)
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    events = [event for a, b in pairwise(edges) for event in decoder.feed(stream[a:b])]
    return events + decoder.finish()


def test_a_native_stream_is_understood() -> None:
    events = decoded(UPSTREAM, [])
    assert events[0] == Started("msg_1", "claude-sonnet-4-5")
    assert ThinkingDelta('思考 "usage"') in events
    assert ThinkingSignature("c2ln") in events
    assert ToolArgumentsDelta(1, '{"p": "é"}') in events
    assert [e for e in events if isinstance(e, UsageReported)][-1].usage == USAGE
    assert events[-1] == Finished("tool_calls")


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_wherever_the_network_cuts_the_events_are_the_same(cuts: list[int]) -> None:
    assert decoded(UPSTREAM, cuts) == decoded(UPSTREAM, [])


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_the_scanner_hands_on_every_byte_and_knows_usage_and_end(cuts: list[int]) -> None:
    scanner = ANTHROPIC.stream_scanner(REPLY)
    edges = sorted({0, len(UPSTREAM), *(cut % (len(UPSTREAM) + 1) for cut in cuts)})
    out = b"".join(scanner.feed(UPSTREAM[a:b]) for a, b in pairwise(edges)) + scanner.finish()
    assert out == UPSTREAM
    assert scanner.usage == USAGE
    assert scanner.finished
    assert scanner.first_token
    assert scanner.failure is None


def test_a_stream_that_breaks_off_failed() -> None:
    events = decoded(UPSTREAM[: UPSTREAM.index(b"event: message_delta")], [])
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind == "connection"


def test_a_malformed_line_does_not_end_a_stream() -> None:
    assert decoded(b"data: {oops\n\n" + UPSTREAM, [])[-1] == Finished("tool_calls")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("overloaded_error", "overloaded"), ("rate_limit_error", "rate_limited"), ("api_error", "server"),
     ("invalid_request_error", "caller")],
)  # fmt: skip
def test_an_error_event_inside_a_good_status_is_a_failure(kind: str, expected: str) -> None:
    stream = json.dumps({"type": "error", "error": {"type": kind, "message": "m"}})
    events = decoded(f"event: error\ndata: {stream}\n\n".encode(), [])
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind == expected
    scanner = ANTHROPIC.stream_scanner(REPLY)
    scanner.feed(f"event: error\ndata: {stream}\n\n".encode())
    assert scanner.failure is not None


def test_an_empty_answer_is_a_failure_that_can_be_tried_again() -> None:
    body = b'{"id":"m","type":"message","content":[],"stop_reason":"end_turn","usage":{}}'
    assert ANTHROPIC.answer_usage(body)[1] is not None
    [failed] = ANTHROPIC.answer_events(body, REPLY, CLAUDE)
    assert isinstance(failed, Failed)
    assert failed.failure.kind == "invalid_answer"


def test_a_whole_answer_is_valid_by_the_sdk() -> None:
    events: list[Event] = [
        Started(), ThinkingDelta("a"), ThinkingDelta("b"), TextDelta("x"), TextDelta("y"), ToolCallStarted(0, "i", "T"),
        ToolArgumentsDelta(0, '{"a":'), ToolArgumentsDelta(0, "1}"), UsageReported(USAGE), Finished("stop"),
    ]  # fmt: skip
    message = BetaMessage.model_validate_json(ANTHROPIC.encode_answer(events, REPLY))
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use"]
    assert message.stop_reason == "tool_use"
    assert message.usage.cache_creation_input_tokens == 6


def test_forwarding_changes_nothing_but_the_model() -> None:
    signature = '{"type": "thinking",  "thinking": "\\u601d", "signature":"a+/="}'
    body = (
        b'{"model":"claude-sonnet-4-5", "max_tokens": 5,"messages":[{"role":"assistant","content":['
        + signature.encode()
        + b"]}]}"
    )
    same = ANTHROPIC.forward_request(body, ANTHROPIC.peek(body), Target("claude-sonnet-4-5", CLAUDE))
    assert same is body
    other = ANTHROPIC.forward_request(body, ANTHROPIC.peek(body), Target("claude-opus-4-8", CLAUDE))
    assert signature.encode() in other
    assert json.loads(other) == {**json.loads(body), "model": "claude-opus-4-8"}


def test_peek_sees_what_routing_needs() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aa"}}
    nested = {"type": "tool_result", "tool_use_id": "t", "content": [image]}
    user = json.dumps({"session_id": "0a1b"})
    peek = ANTHROPIC.peek(
        request_of(
            messages=[{"role": "user", "content": [nested]}],
            stream=True,
            tools=[{"name": "a", "input_schema": {}}, {"type": "web_search_20250305", "name": "w"}],
            metadata={"user_id": user},
            thinking={"type": "enabled", "budget_tokens": 1024},
        )
    )
    assert (peek.stream, peek.tools, peek.images, peek.documents, peek.thinking) == (True, 2, True, False, True)
    assert peek.session == "0a1b"


def test_a_document_that_is_text_needs_no_reader_of_documents() -> None:
    def peeked(source: dict[str, str]) -> bool:
        content = [{"type": "document", "source": source}]
        return ANTHROPIC.peek(request_of(messages=[{"role": "user", "content": content}])).documents

    assert not peeked({"type": "text", "media_type": "text/plain", "data": "hello"})
    assert peeked({"type": "base64", "media_type": "application/pdf", "data": "aa"})


def test_talk_about_images_is_no_image() -> None:
    text = 'use {"type": "image"} and "document"'
    peek = ANTHROPIC.peek(request_of(messages=[{"role": "user", "content": text}]))
    assert not peek.images
    assert not peek.documents


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'"x"', b'{"model":1,"messages":[]}', b'{"model":"m"}', b'{"model":"m","messages":"x"}',
     b'{"model":"","messages":[]}', b'{"model":"m","messages":[],"stream":"yes"}', b"\xff\xfe", b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_request_is_refused_with_words(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ANTHROPIC.peek(body)
    assert refused.value.status == 400
    assert refused.value.message


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["role", "content", "type", "text", "source", "id", "name", "input", "tool_use_id"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["messages", "system", "tools", "tool_choice", "thinking", "stop_sequences", "max_tokens",
                         "temperature", "output_config", "metadata"]),
        json_values,
        max_size=4,
    )
)  # fmt: skip
def test_no_shape_of_request_is_more_than_a_clear_refusal(fields: dict[str, Any]) -> None:
    body = request_of(**fields)
    with suppress(InvalidRequest):
        ANTHROPIC.peek(body)
        assert ANTHROPIC.decode_request(body).messages


def test_the_whole_request_is_decoded() -> None:
    request = ANTHROPIC.decode_request(
        request_of(
            system=[{"type": "text", "text": "x-anthropic-billing-header: a"}, {"type": "text", "text": "Be"}],
            messages=[
                {"role": "user", "content": "go"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "t1", "name": "Read", "input": {"a": 1}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True},
                    {"type": "text", "text": "hm"}]},
                {"role": "system", "content": "late"},
            ],
            tools=[{"name": "Read", "description": "d", "input_schema": {"type": "object", "x": 1.0}},
                   {"type": "web_search_20250305", "name": "web_search"}],
            tool_choice={"type": "tool", "name": "web_search"},
            thinking={"type": "enabled", "budget_tokens": 2000},
        )
    )  # fmt: skip
    assert [text.text for text in request.system] == ["Be"]
    assert request.messages[1].parts == (ToolCall("t1", "Read", '{"a":1}'),)
    assert isinstance(request.messages[2].parts[0], ToolResult)
    assert request.messages[2].parts[0].is_error
    assert request.server_tools == ("web_search",)
    assert request.tool_choice is not None
    assert request.tool_choice.mode == "auto"
    assert json.loads(bytes(request.tools[0].schema)) == {"type": "object", "x": 1.0}
    assert request.thinking.effort == "low"


def test_content_nobody_else_understands_is_refused_by_its_place() -> None:
    with pytest.raises(InvalidRequest, match=r"messages\.0\.content\.0"):
        ANTHROPIC.decode_request(request_of(messages=[{"role": "user", "content": [{"type": "hologram"}]}]))


def test_prompt_too_long_is_worded_so_that_claude_code_compacts() -> None:
    _, body = ANTHROPIC.encode_problem(Problem("too many tokens", code="context_length_exceeded", status=400), "req_1")
    assert json.loads(body)["error"]["message"].startswith("prompt is too long")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "caller"), (401, "credential"), (403, "credential"), (404, "caller"), (413, "caller"),
     (429, "rate_limited"), (500, "server"), (503, "overloaded"), (504, "timeout"), (529, "overloaded")],
)  # fmt: skip
def test_statuses_say_whose_failure_it_is(status: int, kind: str) -> None:
    failure = ANTHROPIC.decode_failure(status, {"retry-after": "7"}, b"<html>not json</html>")
    assert failure.kind == kind
    assert failure.retry_after_seconds == 7


def test_an_account_without_credit_is_not_the_callers_mistake() -> None:
    """Anthropic says it with a 400; another provider may answer."""
    said = {"type": "invalid_request_error", "message": "Your credit balance is too low to access the Anthropic API."}
    failure = ANTHROPIC.decode_failure(400, {}, json.dumps({"type": "error", "error": said}).encode())
    assert (failure.kind, failure.code, failure.body) == ("rate_limited", "billing_error", b"")
