"""A stream that passes through: held until its first token, whole events only, usage and failures found."""

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects.openai_responses_scanner import ResponsesStreamScanner
from tests.fixtures.simulators import Answer, Call, Count, Text, Think
from tests.fixtures.simulators.responses_answers import Context, response_json, stream_frames

CONTEXT = Context(
    "gpt-5.5",
    1,
    Count(input=100, cached=40),
    request={"tools": [{"type": "custom", "name": "n" * 900, "description": 'a ".delta" of "function_call"'}]},
)
FRAMES = [frame.data for frame in stream_frames(CONTEXT, Answer((Think("想"), Text("Grüße"), Call("f", {"a": 1}))))]
WHOLE = b"".join(FRAMES)


def failed(code: str = "server_error") -> bytes:
    response: dict[str, Any] = {**response_json(CONTEXT, "failed", [], None), "error": {"code": code, "message": "No."}}
    return (
        b"event: response.failed\ndata: "
        + json.dumps({"type": "response.failed", "response": response}).encode()
        + b"\n\n"
    )


@given(st.lists(st.integers(0, len(WHOLE)), max_size=30))
def test_any_chunking_hands_on_the_same_bytes_in_whole_events(places: list[int]) -> None:
    edges = sorted({0, len(WHOLE), *places})
    scanner = ResponsesStreamScanner()
    parts = [scanner.feed(WHOLE[start:end]) for start, end in itertools.pairwise(edges)]
    parts.append(scanner.finish())
    assert b"".join(parts) == WHOLE
    assert all(part.endswith(b"\n\n") for part in parts if part)
    assert (scanner.finished, scanner.failure, scanner.first_token) == (True, None, True)
    assert scanner.usage is not None
    assert (scanner.usage.input_tokens, scanner.usage.cached_input_tokens) == (100, 40)
    assert scanner.output_events > 0


def test_nothing_leaves_before_the_first_token_however_much_the_request_is_repeated() -> None:
    scanner = ResponsesStreamScanner()
    assert b"".join(scanner.feed(frame) for frame in FRAMES[:2]) == b""
    assert not scanner.first_token
    told = b"".join(scanner.feed(frame) for frame in FRAMES[2:])
    assert FRAMES[0] + FRAMES[1] in told


def test_a_failure_before_the_first_token_can_be_tried_elsewhere() -> None:
    scanner = ResponsesStreamScanner()
    assert scanner.feed(FRAMES[0] + failed("rate_limit_exceeded")) == b""
    assert scanner.failure is not None
    assert (scanner.failure.kind, scanner.first_token) == ("rate_limited", False)


def test_an_error_event_is_a_failure() -> None:
    scanner = ResponsesStreamScanner()
    scanner.feed(b'event: error\ndata: {"type": "error", "code": "server_is_overloaded", "message": "Busy."}\n\n')
    assert scanner.failure is not None
    assert (scanner.failure.kind, scanner.failure.message) == ("overloaded", "Busy.")


def test_a_cut_stream_is_a_broken_connection() -> None:
    scanner = ResponsesStreamScanner()
    for frame in FRAMES[:-1]:
        scanner.feed(frame)
    scanner.finish()
    assert scanner.failure is not None
    assert scanner.failure.kind == "connection"
    assert not scanner.finished


def test_nothing_follows_the_end() -> None:
    scanner = ResponsesStreamScanner()
    assert scanner.feed(WHOLE + b": late\n\n") == WHOLE
    assert scanner.feed(b": later\n\n") == b""


def test_words_of_an_answer_are_never_taken_for_events() -> None:
    text = '"response.failed" "type":"error" "response.completed"'
    frames = [frame.data for frame in stream_frames(CONTEXT, Answer((Text(text),), chunk=200))]
    scanner = ResponsesStreamScanner()
    for frame in frames[:-1]:
        scanner.feed(frame)
    assert (scanner.finished, scanner.failure) == (False, None)
