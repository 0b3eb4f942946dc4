"""Streams of every upstream, with every quirk, are read by the vendors' own SDKs as what the model said."""

import json

import anthropic
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import DIALECTS, Failed, Finished, Reply
from powerautomation.kernel.errors import Problem
from tests.contract.gateway.dialects.wire import (
    DIALECT_NAMES,
    REPLY,
    DialectName,
    Read,
    bytes_of,
    client_stream,
    cut,
    events_of,
    failure_in,
    family_behind,
    frames_of,
    read_by_sdk,
)
from tests.fixtures.simulators import Answer, Call, Text, Think
from tests.fixtures.simulators.scripts import Quirk, UsagePlace

TEXT = "Grüße, 世界 — “quoted”, \\n not a newline,\nand a real one. 🚀"
CALLS = (Call("Read", {"path": "a/ä.py"}), Call("Write", {"path": "b", "text": 'x="1"\n{}'}), Call("Read", {}))
CHAT_QUIRKS: tuple[Quirk, ...] = (
    "missing_done", "malformed_line", "crlf", "comments", "interleave", "whole_calls", "empty_deltas",
    "arguments_at_end", "content_with_calls", "leaked_markup", "stop_reason_lies", "no_space",
)  # fmt: skip
PLACES: tuple[UsagePlace, ...] = ("usual", "choice", "last_chunk", "top_level", "every_chunk")

pytestmark = pytest.mark.parametrize("client", DIALECT_NAMES)


def read(client: DialectName, upstream: DialectName, answer: Answer) -> Read:
    data = bytes_of(frames_of(upstream, answer), answer)
    events = events_of(upstream, [data])
    assert failure_in(events) is None
    return read_by_sdk(client, client_stream(client, events), stream=True)


def arguments(found: Read) -> list[tuple[str, object]]:
    return [(name, json.loads(value) if isinstance(value, str) else value) for _, name, value in found.calls]


@pytest.mark.parametrize("quirk", ["", *CHAT_QUIRKS])
def test_calls_text_and_thinking_survive_each_quirk_of_a_chat_host(client: DialectName, quirk: Quirk) -> None:
    answer = Answer((Think("Nachdenken 想"), Text(TEXT), *CALLS), chunk=3, quirks=(quirk,) if quirk else ())
    found = read(client, "openai-chat", answer)
    assert (found.thinking, found.text.rstrip()) == ("Nachdenken 想", TEXT)
    assert arguments(found) == [(call.name, call.arguments) for call in CALLS]
    assert found.stop in ("tool_use", "tool_calls")
    assert len({identifier for identifier, _, _ in found.calls}) == 3


def test_an_answer_of_anthropic_arrives_whole(client: DialectName) -> None:
    answer = Answer((Think("Nachdenken 想"), Text(TEXT), *CALLS), chunk=3, quirks=("empty_deltas",))
    found = read(client, "anthropic-messages", answer)
    assert (found.thinking, found.text) == ("Nachdenken 想", TEXT)
    assert arguments(found) == [(call.name, call.arguments) for call in CALLS]
    assert found.stop in ("tool_use", "tool_calls")
    assert found.usage is not None
    assert found.usage[:2] == (120, 40)


@pytest.mark.parametrize("quirk", ["", "whole_calls", "comments", "malformed_line", "crlf", "no_space"])
def test_an_answer_of_the_responses_api_arrives_whole(client: DialectName, quirk: Quirk) -> None:
    answer = Answer((Think("Nachdenken 想"), Text(TEXT), *CALLS), chunk=3, quirks=(quirk,) if quirk else ())
    found = read(client, "openai-responses", answer)
    assert (found.thinking, found.text) == ("Nachdenken 想", TEXT)
    assert arguments(found) == [(call.name, call.arguments) for call in CALLS]
    assert found.stop in ("tool_use", "tool_calls")
    assert found.usage is not None
    assert found.usage[:2] == (120, 40)


@pytest.mark.parametrize("place", PLACES)
def test_usage_is_found_wherever_it_hides(client: DialectName, place: UsagePlace) -> None:
    found = read(client, "openai-chat", Answer((Text("hello there"),), usage=place))
    assert found.usage is not None
    assert found.usage[:2] == (120, 40)
    assert found.usage[2] > 0


def test_usage_is_kept_from_a_chat_client_that_did_not_ask(client: DialectName) -> None:
    reply = Reply(REPLY.request_id, REPLY.model, include_usage=False)
    data = bytes_of(frames_of("openai-chat", Answer((Text("hi"),))), Answer())
    content = client_stream(client, events_of("openai-chat", [data], reply), reply)
    found = read_by_sdk(client, content, stream=True)
    assert found.text == "hi"
    assert (found.usage is None) == (client == "openai-chat")


@pytest.mark.parametrize(("upstream", "word"), [("openai-chat", "length"), ("anthropic-messages", "max_tokens")])
def test_a_cut_call_keeps_its_partial_json_and_says_so(client: DialectName, upstream: DialectName, word: str) -> None:
    if upstream == "anthropic-messages":
        answer = Answer((Text("half"),), stop=word)
        expected = ""
    else:
        answer = Answer((Call("Read", raw_arguments='{"path": "a'),), stop=word)
        expected = '{"path": "a'
    data = bytes_of(frames_of(upstream, answer), answer)
    content = client_stream(client, events_of(upstream, [data]))
    words = {
        "anthropic-messages": b'"max_tokens"',
        "openai-chat": b'"length"',
        "openai-responses": b'"max_output_tokens"',
    }
    assert words[client] in content
    if client == "openai-chat":
        found = read_by_sdk(client, content, stream=True)
        assert "".join(value for _, _, value in found.calls) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    upstream=st.sampled_from(DIALECT_NAMES),
    quirks=st.sets(st.sampled_from(CHAT_QUIRKS), max_size=3),
    places=st.lists(st.integers(0, 100_000), max_size=40),
    size=st.integers(1, 30),
)
def test_where_the_network_cuts_does_not_matter(
    client: DialectName, upstream: DialectName, quirks: set[Quirk], places: list[int], size: int
) -> None:
    if upstream != "openai-chat":
        # Without its terminator such a stream is broken, whatever came before.
        quirks = quirks - {"missing_done"}
    answer = Answer((Think("想 think"), Text(TEXT), *CALLS), chunk=size, quirks=tuple(sorted(quirks)))
    data = bytes_of(frames_of(upstream, answer), answer)
    at_once = client_stream(client, events_of(upstream, [data]))
    in_pieces = client_stream(client, events_of(upstream, cut(data, places)))
    first, second = (read_by_sdk(client, content, stream=True) for content in (at_once, in_pieces))
    assert first == second


def test_one_byte_at_a_time_is_the_same(client: DialectName) -> None:
    answer = Answer((Text(TEXT), *CALLS), quirks=("crlf", "leaked_markup"))
    data = bytes_of(frames_of("openai-chat", answer), answer)
    whole = client_stream(client, events_of("openai-chat", [data]))
    pieces = client_stream(client, events_of("openai-chat", cut(data, range(len(data)))))
    assert read_by_sdk(client, whole, stream=True) == read_by_sdk(client, pieces, stream=True)


@pytest.mark.parametrize("upstream", DIALECT_NAMES)
def test_a_socket_that_closes_in_the_middle_is_a_failure(client: DialectName, upstream: DialectName) -> None:
    answer = Answer((Text(TEXT),), chunk=3)
    frames = frames_of(upstream, answer)
    half = frames[: len(frames) // 2]
    events = events_of(upstream, [bytes_of(half, answer)])
    failure = failure_in(events)
    assert failure is not None
    assert failure.kind == "connection"
    assert not any(isinstance(event, Finished) for event in events)
    assert client_stream(client, [event for event in events if not isinstance(event, Failed)])


@pytest.mark.parametrize("upstream", DIALECT_NAMES)
def test_an_empty_answer_is_a_failure_worth_another_try(client: DialectName, upstream: DialectName) -> None:
    answer = Answer(())
    failure = failure_in(events_of(upstream, [bytes_of(frames_of(upstream, answer), answer)]))
    assert failure is not None
    assert failure.kind == "invalid_answer"
    scanner = DIALECTS[client].stream_scanner(REPLY)
    scanner.feed(bytes_of(frames_of(client, answer), answer))
    scanner.finish()
    assert not scanner.first_token


def test_ids_of_two_turns_never_collide_and_fit_the_client(client: DialectName) -> None:
    """A Kimi host counts from 0 in every answer."""
    seen: set[str] = set()
    for turn in range(3):
        reply = Reply(f"req_{turn:012x}{turn:016x}", "asked-model")
        answer = Answer(CALLS)
        events = events_of("openai-chat", [bytes_of(frames_of("openai-chat", answer), answer)], reply)
        found = read_by_sdk(client, client_stream(client, events, reply), stream=True)
        for identifier, _, _ in found.calls:
            assert identifier not in seen
            assert len(identifier) <= 64
            assert identifier.replace("_", "").replace("-", "").isalnum()
            seen.add(identifier)


def test_an_error_in_mid_stream_is_raised_by_the_sdk(client: DialectName) -> None:
    answer = Answer((Text("half an ans"),), chunk=4)
    events = events_of("openai-chat", [bytes_of(frames_of("openai-chat", answer)[:3], answer)])
    encoder = DIALECTS[client].stream_encoder(REPLY)
    content = encoder.encode([event for event in events if not isinstance(event, Failed)])
    content += encoder.keepalive()
    content += encoder.problem(Problem("It broke off.", code="gateway.stream_connection", status=502))
    with pytest.raises((anthropic.APIError, openai.APIError), match="It broke off"):
        read_by_sdk(client, content, stream=True)


def test_keepalives_mean_nothing_to_the_sdk(client: DialectName) -> None:
    answer = Answer((Text("said"),))
    events = events_of("openai-chat", [bytes_of(frames_of("openai-chat", answer), answer)])
    encoder = DIALECTS[client].stream_encoder(REPLY)
    content = encoder.keepalive()
    for event in events:
        content += encoder.encode([event]) + encoder.keepalive()
    assert read_by_sdk(client, content, stream=True).text == "said"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 502, 503, 504, 529])
def test_a_problem_is_the_error_the_sdk_expects_for_its_status(client: DialectName, status: int) -> None:
    problem = Problem("What happened.", code="gateway.x", status=status, action="What to do.")
    sent, body = DIALECTS[client].encode_problem(problem, REPLY.request_id)
    assert sent == status or (client != "anthropic-messages" and (status, sent) == (529, 503))
    with pytest.raises((anthropic.APIStatusError, openai.APIStatusError), match="What happened") as raised:
        read_by_sdk(client, body, stream=False, status=sent)
    assert raised.value.status_code == sent
    assert "What to do" in body.decode()


@pytest.mark.parametrize("quirk", ["", "no_space", "crlf", "comments", "missing_done"])
def test_a_stream_that_passes_through_loses_nothing(client: DialectName, quirk: Quirk) -> None:
    answer = Answer((Text(TEXT),), chunk=5, quirks=(quirk,) if quirk else ())
    data = bytes_of(frames_of(client, answer), answer)
    scanner = DIALECTS[client].stream_scanner(REPLY)
    passed = b"".join(scanner.feed(chunk) for chunk in cut(data, range(0, len(data), 37))) + scanner.finish()
    if client == "openai-responses" and quirk == "missing_done":
        assert scanner.failure is not None
        return
    if client == "openai-chat" or quirk != "missing_done":
        assert (scanner.finished, scanner.failure) == (True, None)
    assert scanner.first_token
    assert read_by_sdk(client, passed, stream=True).text == TEXT
    assert scanner.usage is not None
    assert (scanner.usage.input_tokens, scanner.usage.cached_input_tokens) == (120, 40)
    assert family_behind(client).name
