"""Streams of Google's API: any chunking gives the same events, and failures say what they are."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import (
    DIALECTS,
    Event,
    Failed,
    Finished,
    Reply,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.gemini_signatures import unpack
from powerautomation.gateway.families import family_of
from powerautomation.kernel.errors import Problem
from tests.fixtures.simulators import Answer, Call, Count, Text, Think
from tests.fixtures.simulators.gemini_answers import Context, call_signature, stream_frames, whole_answer

GEMINI = DIALECTS["gemini"]
FAMILY = family_of("gemini-3.8-flash", None, "gemini")
SHOWS = b'{"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}'
REPLY = Reply("req_0199contract0123456789abcdef", "asked", True, SHOWS)
CONTEXT = Context("gemini-3.8-flash", 7, Count(input=120, cached=40))
ANSWER = Answer((Think("想一想 — hm"), Text("Grüße 🚀"), Call("Read", {"p": "ä"}), Call("Read", {})), chunk=3)


def wire(answer: Answer) -> bytes:
    return b"".join(frame.data for frame in stream_frames(CONTEXT, answer))


def read(chunks: list[bytes]) -> list[Event]:
    decoder = GEMINI.stream_decoder(REPLY, FAMILY)
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.finish()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(edges)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_any_chunking_gives_the_same_events_and_passes_the_same_bytes(places: list[int]) -> None:
    data = wire(ANSWER)
    assert read(cut(data, places)) == read([data])
    scanner = GEMINI.stream_scanner(REPLY)
    passed = b"".join(scanner.feed(chunk) for chunk in cut(data, places))
    assert passed == data.replace(b"\r\n", b"\n")
    assert (scanner.finished, scanner.failure) == (True, None)
    assert scanner.usage == read([data])[-2].usage  # type: ignore[union-attr]


def test_what_a_stream_says_arrives() -> None:
    events = read([wire(ANSWER)])
    assert "".join(event.text for event in events if isinstance(event, ThinkingDelta)) == "想一想 — hm"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Grüße 🚀"
    calls = [event for event in events if isinstance(event, ToolCallStarted)]
    assert [(event.index, event.id, event.name) for event in calls] == [
        (0, "00070002", "Read"),
        (1, "00070003", "Read"),
    ]
    assert [event.signature for event in calls] == [call_signature("Read", {"p": "ä"}), ""]
    arguments = [event.partial_json for event in events if isinstance(event, ToolArgumentsDelta)]
    assert [json.loads(text) for text in arguments] == [{"p": "ä"}, {}]
    usage = next(event.usage for event in reversed(events) if isinstance(event, UsageReported))
    assert (usage.input_tokens, usage.cached_input_tokens) == (120, 40)
    assert 0 < usage.reasoning_tokens < usage.output_tokens
    assert events[-1] == Finished("tool_calls")


def test_whole_answers_say_the_same_also_as_an_array() -> None:
    body = json.dumps(whole_answer(CONTEXT, ANSWER)[0]).encode()
    events = GEMINI.answer_events(body, REPLY, FAMILY)
    assert GEMINI.answer_events(b"[" + body + b"]", REPLY, FAMILY) == events
    assert [event for event in events if isinstance(event, ToolCallStarted)] == [
        event for event in read([wire(ANSWER)]) if isinstance(event, ToolCallStarted)
    ]
    usage, failure, good = GEMINI.answer_usage(body)
    assert (usage, failure, good) == (events[-2].usage, None, True)  # type: ignore[union-attr]


def test_calls_without_ids_get_ids_that_differ_between_answers() -> None:
    data = wire(Answer((Call("Read", {}), Call("Read", {})), ids="conversation"))
    other = GEMINI.stream_decoder(Reply("req_other", "m"), FAMILY).feed(data)
    ids = [event.id for event in [*read([data]), *other] if isinstance(event, ToolCallStarted)]
    assert len(set(ids)) == 4


def event_of(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\r\n\r\n"


def candidate(reason: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": reason}], "usageMetadata": {}}


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (event_of(promptFeedback={"blockReason": "SAFETY"}), "caller", "prompt_blocked"),
        (event_of(**candidate("SAFETY")), "caller", "answer_blocked"),
        (event_of(**candidate("MALFORMED_FUNCTION_CALL")), "invalid_answer", "malformed_function_call"),
        (event_of(**candidate("STOP")), "invalid_answer", "empty_answer"),
        (event_of(**candidate("MAX_TOKENS")), "invalid_answer", "empty_answer"),
        (event_of(error={"code": 503, "message": "busy", "status": "UNAVAILABLE"}), "overloaded", "unavailable"),
        (b'{\n "error": {"code": 500, "message": "x", "status": "INTERNAL"}\n}\r\n\r\n', "server", "internal"),
        (b'[{"error": {"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED"}}]', "rate_limited", None),
        (event_of(candidates=[{"content": {"parts": [{"text": "half"}]}}]), "connection", "stream_cut"),
        (event_of(**candidate("STOP", {"functionCall": {"args": {}}})), "invalid_answer", None),
    ],
)
def test_failures_say_what_they_are(data: bytes, kind: str, code: str | None) -> None:
    ended = read([data])[-1]
    assert isinstance(ended, Failed)
    assert ended.failure.kind == kind
    assert code in (None, ended.failure.code)
    scanner = GEMINI.stream_scanner(REPLY)
    scanner.feed(data)
    scanner.finish()
    assert scanner.failure is not None
    assert scanner.failure.kind == kind


@pytest.mark.parametrize(("reason", "finished"), [("MAX_TOKENS", "length"), ("SAFETY", "refusal"), ("OTHER", "stop")])
def test_an_answer_that_was_cut_says_why(reason: str, finished: Any) -> None:
    assert read([event_of(**candidate(reason, {"text": "half"}))])[-1] == Finished(finished)


def test_what_another_vendor_thought_travels_in_the_signature_of_the_call() -> None:
    events: list[Event] = [
        ThinkingDelta("Kimi "), ThinkingDelta("想"), TextDelta("ok"), ToolCallStarted(0, "a", "Read"),
        ToolArgumentsDelta(0, '{"p":'), ToolArgumentsDelta(0, "1}"), UsageReported(Usage(5, 0, 0, 0, 9, 4)),
        Finished("tool_calls"),
    ]  # fmt: skip
    whole = json.loads(GEMINI.encode_answer(events, REPLY))
    parts = whole["candidates"][0]["content"]["parts"]
    assert parts[:2] == [{"text": "Kimi 想", "thought": True}, {"text": "ok"}]
    assert parts[2]["functionCall"] == {"id": "a", "name": "Read", "args": {"p": 1}}
    carried = unpack(parts[2]["thoughtSignature"])
    assert carried is not None
    assert carried.text == "Kimi 想"
    assert whole["usageMetadata"] == {
        "promptTokenCount": 5, "candidatesTokenCount": 5, "totalTokenCount": 14, "thoughtsTokenCount": 4,
    }  # fmt: skip
    hidden = GEMINI.encode_answer(events, Reply("req_1", "m", True, b"{}"))
    assert b'"thought"' not in hidden, "a client that did not ask would take the thinking for the answer"
    streamed = GEMINI.stream_encoder(REPLY).encode(events)
    assert b"".join(GEMINI.stream_encoder(REPLY).encode([event]) for event in []) == b""
    assert streamed.count(b"functionCall") == 1
    assert streamed.endswith(b"\n\n")


def test_retry_info_says_how_long_to_stay_away() -> None:
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.074824224s"}
    error = {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [detail]}
    failure = GEMINI.decode_failure(429, {}, json.dumps({"error": error}).encode())
    assert failure.kind == "rate_limited"
    assert failure.retry_after_seconds == pytest.approx(34.07, abs=0.01)


@pytest.mark.parametrize(
    ("status", "word", "message", "kind", "code"),
    [
        (400, "INVALID_ARGUMENT", "API key not valid.", "credential", "invalid_argument"),
        (400, "FAILED_PRECONDITION", "User location is not supported.", "credential", "failed_precondition"),
        (400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum", "caller", "context_length_exceeded"),
        (404, "NOT_FOUND", "models/x is not found", "caller", "model_not_found"),
        (503, "UNAVAILABLE", "overloaded", "overloaded", "unavailable"),
        (500, "INTERNAL", "oops", "server", "internal"),
    ],
)
def test_refusals_mean(status: int, word: str, message: str, kind: str, code: str) -> None:
    body = json.dumps({"error": {"code": status, "message": message, "status": word}}).encode()
    failure = GEMINI.decode_failure(status, {}, body)
    assert (failure.kind, failure.code) == (kind, code)


def test_our_errors_have_googles_shape() -> None:
    problem = Problem("Wait.", code="gateway.upstream_overloaded", status=529, retry_after_seconds=2)
    status, body = GEMINI.encode_problem(problem, "req_1")
    error = json.loads(body)["error"]
    assert (status, error["code"], error["status"], error["message"]) == (503, 503, "UNAVAILABLE", "Wait.")
    assert error["details"][1]["retryDelay"] == "2.000s"
    assert GEMINI.stream_encoder(REPLY).problem(problem).startswith(b'{"error":')
