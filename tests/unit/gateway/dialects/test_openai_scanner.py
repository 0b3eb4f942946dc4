"""Streams that pass through in their own dialect: bytes untouched, everything noticed."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Reply, StreamScanner, Usage
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from tests.fixtures.simulators import Answer, Call, Text, Think
from tests.fixtures.simulators.chat_models import INFINI, MOONSHOT, OPENAI
from tests.fixtures.simulators.scripts import UsagePlace
from tests.unit.gateway.dialects.test_openai_stream import DONE, chunk, frames_of

ASKED = Reply("req_1", "m")
NOT_ASKED = Reply("req_1", "m", include_usage=False)
ANSWER = Answer((Think("hm"), Text('He said "usage":{ and "error" and [DONE] — ü'), Call("Read", {"path": "a"})))


def scan(chunks: list[bytes], reply: Reply = ASKED) -> tuple[bytes, StreamScanner]:
    scanner = OPENAI_CHAT.stream_scanner(reply)
    out = b"".join(scanner.feed(part) for part in chunks)
    return out + scanner.finish(), scanner


@pytest.mark.parametrize("host", [MOONSHOT, INFINI, OPENAI], ids=lambda host: host.name)
def test_a_good_stream_passes_untouched(host: Any) -> None:
    frames = frames_of(ANSWER, host)
    out, scanner = scan(frames)
    assert out == b"".join(frames)
    assert (scanner.finished, scanner.first_token, scanner.failure) == (True, True, None)
    assert scanner.usage is not None
    assert scanner.usage.cached_input_tokens == 40
    assert scanner.output_events >= 3


@settings(max_examples=60)
@given(st.lists(st.integers(0, 10_000), max_size=20), st.booleans(), st.sampled_from(get_args(UsagePlace)))
def test_any_cut_gives_the_same_bytes_and_facts(places: list[int], asked: bool, usage: Any) -> None:
    reply = ASKED if asked else NOT_ASKED
    whole = b"".join(frames_of(Answer(ANSWER.parts, usage=usage, chunk=4)))
    cuts = sorted(place % len(whole) for place in places)
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    out, scanner = scan(pieces, reply)
    expected, alone = scan([whole], reply)
    assert out == expected
    assert (scanner.usage, scanner.finished) == (alone.usage, True)


def test_each_event_is_handed_on_the_moment_it_is_whole() -> None:
    scanner = OPENAI_CHAT.stream_scanner(ASKED)
    first, second = chunk({"content": "one"}), chunk({"content": "two"})
    assert scanner.feed(first + second[:10]) == first
    assert scanner.first_token
    assert scanner.feed(second[10:-1]) == b""
    assert scanner.feed(second[-1:]) == second


def test_the_first_token_is_content_and_not_a_role() -> None:
    scanner = OPENAI_CHAT.stream_scanner(ASKED)
    scanner.feed(chunk({"role": "assistant", "content": ""}) + b": keep-alive\n\n")
    assert not scanner.first_token
    scanner.feed(chunk({"reasoning_content": "h"}))
    assert scanner.first_token


def test_what_an_event_weighs_without_its_text_is_learned() -> None:
    scanner = OPENAI_CHAT.stream_scanner(ASKED)
    scanner.feed(chunk({"content": "four"}))
    assert scanner.frame_bytes == len(chunk({"content": ""}))  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", ["last_chunk", "every_chunk", "top_level"])
def test_usage_is_kept_from_clients_that_did_not_ask(place: Any) -> None:
    frames = frames_of(Answer(ANSWER.parts, usage=place), INFINI)
    out, scanner = scan(frames, NOT_ASKED)
    assert b'"usage":{"prompt' not in out
    assert b'"finish_reason":"tool_calls"' in out
    assert out.endswith(DONE)
    assert scanner.usage is not None


def test_the_last_usage_wins() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 1}
    end = {"prompt_tokens": 5, "completion_tokens": 9, "cached_tokens": 2}
    _, scanner = scan([chunk({"content": "x"}, usage=usage), chunk({}, "stop", usage=end), DONE])
    assert scanner.usage == Usage(3, 2, 0, 0, 9, 0)


def test_line_ends_of_any_kind_are_events() -> None:
    frames = frames_of(Answer(ANSWER.parts, quirks=("crlf",)))
    out, scanner = scan(frames)
    assert scanner.finished
    assert out.count(b"data: ") == len(frames)


def test_a_missing_terminator_is_added_when_the_answer_was_complete() -> None:
    out, scanner = scan([chunk({"content": "x"}), chunk({}, "stop")])
    assert out.endswith(DONE)
    assert scanner.finished


def test_a_terminator_without_a_blank_line_counts() -> None:
    out, scanner = scan([chunk({"content": "x"}), b"data: [DONE]"])
    assert out.endswith(DONE)
    assert scanner.finished


def test_a_stream_that_breaks_off_is_a_broken_connection() -> None:
    _, scanner = scan([chunk({"content": "x"}), b'data: {"id'])
    assert not scanner.finished
    assert scanner.failure is not None
    assert scanner.failure.kind == "connection"


@pytest.mark.parametrize(
    "chunks", [[DONE], [chunk({"role": "assistant"}), chunk({}, "stop"), DONE], [chunk({}, "stop")]]
)
def test_an_empty_answer_is_a_failure(chunks: list[bytes]) -> None:
    _, scanner = scan(chunks)
    assert scanner.failure is not None
    assert scanner.failure.kind == "invalid_answer"


@pytest.mark.parametrize("before", [b"", chunk({"content": "x"})])
def test_an_error_event_is_a_failure_and_is_not_handed_on(before: bytes) -> None:
    error = b'data: {"error":{"message":"busy","type":"engine_overloaded_error"}}\n\n'
    out, scanner = scan([before, error, DONE])
    assert out == before
    assert scanner.failure is not None
    assert scanner.failure.kind == "overloaded"
    assert not scanner.finished


def test_a_broken_line_does_not_end_the_stream() -> None:
    out, scanner = scan([b'data: {"id":"bro\n\n', chunk({"content": "x"}), chunk({}, "stop"), DONE])
    assert scanner.finished
    assert b'"bro' not in out


def test_nothing_passes_after_the_end() -> None:
    out, _ = scan([chunk({"content": "x"}) + DONE + chunk({"content": "late"}), chunk({"content": "later"})])
    assert b"late" not in out


def test_an_endless_event_fails_instead_of_filling_memory() -> None:
    _, scanner = scan([chunk({"content": "x"}), b"data: " + b"x" * (9 * 1024 * 1024)])
    assert scanner.failure is not None
    assert scanner.failure.kind == "invalid_answer"


def test_event_that_opens_the_stream_is_no_part_of_the_answer() -> None:
    """A stream that is left weighs as much as its text, however long the events around it are."""

    def event(delta: str) -> bytes:
        return f'data: {{"id":"c","choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}\n\n'.encode()

    scanner = OPENAI_CHAT.stream_scanner(ASKED)
    parts = [event('{"role":"assistant","content":""}'), event('{"content":"one "}'), event('{"content":"two "}')]
    relayed = sum(len(scanner.feed(part)) for part in parts)
    assert scanner.output_events == 2
    assert relayed - scanner.other_bytes - scanner.frame_bytes * scanner.output_events == len("one two ")
