"""Calls of tools as chat clients want them: freeform, or in the older form, whole and as a stream."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import (
    DIALECTS,
    Event,
    Finished,
    Reply,
    Started,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from powerautomation.gateway.families import family_of

CHAT = DIALECTS["openai-chat"]
CUSTOM = {
    "tools": [
        {"type": "custom", "custom": {"name": "patch"}},
        {"type": "function", "function": {"name": "Read", "parameters": {"type": "object"}}},
    ]
}
OLDER = {"functions": [{"name": "Read", "parameters": {"type": "object"}}]}
TEXT = 'a "b"\n世界\U0001f680'


def reply(wishes: dict[str, Any]) -> Reply:
    body = {"model": "m", "messages": [{"role": "user", "content": "go"}], **wishes}
    return Reply("req_0199", "m", True, json.dumps(body).encode())


def calls(*made: tuple[str, str]) -> list[Event]:
    events: list[Event] = [Started("x", "m"), TextDelta("Now.")]
    for index, (name, arguments) in enumerate(made):
        events.append(ToolCallStarted(index + 3, f"call_{index}", name))
        events += (ToolArgumentsDelta(index + 3, arguments[at : at + 3]) for at in range(0, len(arguments), 3))
    return [*events, Finished("tool_calls")]


def streamed(events: list[Event], wishes: dict[str, Any]) -> bytes:
    encoder = CHAT.stream_encoder(reply(wishes))
    return b"".join(encoder.encode([event]) for event in events)


def deltas(stream: bytes) -> tuple[list[dict[str, Any]], str]:
    chunks = [json.loads(line[6:]) for line in stream.split(b"\n\n") if line.startswith(b"data: {")]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    return [choice["delta"] for choice in choices], choices[-1]["finish_reason"]


def test_a_freeform_call_comes_back_as_its_text() -> None:
    events = calls(("patch", json.dumps({"input": TEXT})), ("Read", '{"path":"a"}'))
    whole = json.loads(CHAT.encode_answer(events, reply(CUSTOM)))["choices"][0]
    assert whole["message"]["tool_calls"] == [
        {"id": "call_0", "type": "custom", "custom": {"name": "patch", "input": TEXT}},
        {"id": "call_1", "type": "function", "function": {"name": "Read", "arguments": '{"path":"a"}'}},
    ]
    told, reason = deltas(streamed(events, CUSTOM))
    pieces = [call for delta in told for call in delta.get("tool_calls", ())]
    assert pieces[0] == {"index": 0, "id": "call_0", "type": "custom", "custom": {"name": "patch", "input": ""}}
    assert "".join(piece["custom"]["input"] for piece in pieces if "custom" in piece) == TEXT
    assert "".join(piece["function"]["arguments"] for piece in pieces if "function" in piece) == '{"path":"a"}'
    assert (reason, whole["finish_reason"]) == ("tool_calls", "tool_calls")


def test_a_call_that_no_model_wrapped_is_told_at_the_end() -> None:
    told, _ = deltas(streamed(calls(("patch", '"just text"')), CUSTOM))
    texts = [call["custom"]["input"] for delta in told for call in delta.get("tool_calls", ())]
    assert "".join(texts) == "just text"


def test_the_older_form_holds_one_call() -> None:
    events = calls(("Read", '{"path":"a"}'), ("Read", '{"path":"b"}'))
    whole = json.loads(CHAT.encode_answer(events, reply(OLDER)))["choices"][0]
    assert whole["message"]["function_call"] == {"name": "Read", "arguments": '{"path":"a"}'}
    assert "tool_calls" not in whole["message"]
    told, reason = deltas(streamed(events, OLDER))
    pieces = [delta["function_call"] for delta in told if "function_call" in delta]
    assert pieces[0] == {"name": "Read", "arguments": ""}
    assert "".join(piece["arguments"] for piece in pieces) == '{"path":"a"}'
    assert (reason, whole["finish_reason"]) == ("function_call", "function_call")


@pytest.mark.parametrize(
    ("wishes", "call"),
    [(CUSTOM, ("patch", json.dumps({"input": TEXT}, ensure_ascii=False))), (OLDER, ("Read", '{"path":"a"}'))],
)
def test_what_a_host_says_in_these_forms_is_read(wishes: dict[str, Any], call: tuple[str, str]) -> None:
    """A host of OpenAI's own, whose answers go through the events when something was masked."""
    stream = streamed(calls(call), wishes)
    decoder = CHAT.stream_decoder(reply({}), family_of("gpt-4.1"))
    events = [event for at in range(0, len(stream), 7) for event in decoder.feed(stream[at : at + 7])]
    whole = CHAT.answer_events(CHAT.encode_answer(calls(call), reply(wishes)), reply({}), family_of("gpt-4.1"))
    for read in (events, whole):
        names = [event.name for event in read if isinstance(event, ToolCallStarted)]
        arguments = "".join(event.partial_json for event in read if isinstance(event, ToolArgumentsDelta))
        assert (names, json.loads(arguments)) == ([call[0]], json.loads(call[1]))
        assert read[-1] == Finished("tool_calls")


def test_an_answer_of_nothing_but_an_older_call_is_an_answer() -> None:
    body = CHAT.encode_answer([Started(), *calls(("Read", "{}"))[2:]], reply(OLDER))
    usage, failure, good = CHAT.answer_usage(body)
    assert (failure, good) == (None, True)
    assert usage is not None
    scanner = CHAT.stream_scanner(reply(OLDER))
    head, *_ = streamed(calls(("Read", "{}"))[2:], OLDER).split(b"\n\n")
    scanner.feed(b'data: {"choices":[{"delta":{"function_call":{"name":"Read","arguments":""}}}]}\n\n')
    assert head
    assert scanner.first_token


@pytest.mark.parametrize("model", ["kimi-k2.6", "deepseek-v4"])
def test_a_host_told_of_tools_in_another_form_answers_through_the_events(model: str) -> None:
    for wishes in (CUSTOM, OLDER):
        peek = CHAT.peek(reply(wishes).request)
        assert peek.tools == len(next(iter(wishes.values())))
        assert CHAT.needs_repair(peek, family_of(model))
        assert not CHAT.needs_repair(peek, family_of("gpt-4.1"))
