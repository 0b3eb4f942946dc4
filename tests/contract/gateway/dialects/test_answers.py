"""Whole answers of every upstream are read by the vendors' own SDKs as what the model said."""

import json

import pytest

from powerautomation.gateway.dialects import DIALECTS, Failed, has_token
from tests.contract.gateway.dialects.wire import (
    DIALECT_NAMES,
    REPLY,
    DialectName,
    Read,
    failure_in,
    family_behind,
    read_by_sdk,
    whole_of,
)
from tests.fixtures.simulators import Answer, Call, Text, Think

CALLS = (Call("Read", {"path": "ä"}), Call("Write", {"text": 'x="1"\n'}), Call("Read", {}))

pytestmark = [
    pytest.mark.parametrize("client", DIALECT_NAMES),
    pytest.mark.parametrize("upstream", DIALECT_NAMES),
]


def read(client: DialectName, upstream: DialectName, answer: Answer) -> Read:
    body = json.dumps(whole_of(upstream, answer)).encode()
    events = DIALECTS[upstream].answer_events(body, REPLY, family_behind(upstream))
    assert failure_in(events) is None
    return read_by_sdk(client, DIALECTS[client].encode_answer(events, REPLY), stream=False)


def test_everything_said_arrives(client: DialectName, upstream: DialectName) -> None:
    found = read(client, upstream, Answer((Think("Nachdenken 想"), Text("Grüße, 世界 🚀"), *CALLS)))
    assert (found.thinking, found.text) == ("Nachdenken 想", "Grüße, 世界 🚀")
    assert [(name, json.loads(value) if isinstance(value, str) else value) for _, name, value in found.calls] == [
        (call.name, call.arguments) for call in CALLS
    ]
    assert found.stop in ("tool_use", "tool_calls")
    assert found.usage is not None
    assert found.usage[:2] == (120, 40)
    if client == "anthropic-messages":
        assert found.order == ["thinking", "text", "tool_use", "tool_use", "tool_use"]


def test_leaked_markup_becomes_calls(client: DialectName, upstream: DialectName) -> None:
    found = read(client, upstream, Answer((Text("I read."), *CALLS), quirks=("leaked_markup",)))
    assert "<|" not in found.text
    assert len(found.calls) == 3
    assert found.stop in ("tool_use", "tool_calls")


def test_a_cut_answer_says_so(client: DialectName, upstream: DialectName) -> None:
    word = "length" if upstream == "openai-chat" else "max_tokens"
    assert read(client, upstream, Answer((Text("half"),), stop=word)).stop in ("length", "max_tokens")


def test_an_empty_answer_is_a_failure(client: DialectName, upstream: DialectName) -> None:
    body = json.dumps(whole_of(upstream, Answer(()))).encode()
    events = DIALECTS[upstream].answer_events(body, REPLY, family_behind(upstream))
    assert isinstance(events[-1], Failed)
    assert not any(map(has_token, events))
    _, failure, good = DIALECTS[upstream].answer_usage(body)
    assert failure is not None
    assert failure.kind == "invalid_answer"
    assert not good
    assert DIALECTS[client].name == client


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"{}", b'{"error": {"message": "no", "type": "x"}}'])
def test_what_is_no_answer_is_a_failure(client: DialectName, upstream: DialectName, body: bytes) -> None:
    events = DIALECTS[upstream].answer_events(body, REPLY, family_behind(upstream))
    assert failure_in(events) is not None
    assert DIALECTS[upstream].answer_usage(body)[1] is not None
    assert DIALECTS[client].name == client


def test_usage_of_an_answer_that_passes_through(client: DialectName, upstream: DialectName) -> None:
    body = json.dumps(whole_of(upstream, Answer((Text("hi"),)))).encode()
    usage, failure, good = DIALECTS[upstream].answer_usage(body)
    assert (failure, good) == (None, True)
    assert usage is not None
    assert (usage.input_tokens, usage.cached_input_tokens) == (120, 40)
    assert usage.output_tokens > 0
    assert DIALECTS[client].name == client
