"""Hosts that speak Anthropic's format without being Anthropic, and hosts that do not know a model."""

import json

import pytest

from powerautomation.gateway.dialects import DIALECTS, RedactedThinking, ThinkingDelta, ThinkingSignature
from powerautomation.gateway.families import family_of
from tests.contract.gateway.dialects.wire import DIALECT_NAMES, REPLY, DialectName, bytes_of, frames_of, whole_of
from tests.fixtures.simulators import Answer, Call, Text, Think

ANTHROPIC = DIALECTS["anthropic-messages"]
ANSWER = Answer((Think("hm"), Text("ok"), Call("Read", {})))
THINKING = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"thinking":{"type":"adaptive"}}'


@pytest.mark.parametrize(("model", "kept"), [("claude-sonnet-4-6", True), ("kimi-k2.6", False), ("unknown", False)])
def test_only_anthropics_own_signatures_reach_the_client(model: str, kept: bool) -> None:
    """Another vendor's would come back as Anthropic's once the conversation moves there, and be refused."""
    family = family_of(model)
    assert ANTHROPIC.needs_repair(ANTHROPIC.peek(THINKING), family) is not kept
    decoder = ANTHROPIC.stream_decoder(REPLY, family)
    streamed = decoder.feed(bytes_of(frames_of("anthropic-messages", ANSWER), ANSWER))
    whole = ANTHROPIC.answer_events(json.dumps(whole_of("anthropic-messages", ANSWER)).encode(), REPLY, family)
    for events in (streamed, whole):
        assert any(isinstance(event, ThinkingDelta) for event in events)
        assert any(isinstance(event, ThinkingSignature | RedactedThinking) for event in events) is kept


def test_a_host_that_needs_no_repair_is_passed_through() -> None:
    plain = ANTHROPIC.peek(THINKING.replace(b"adaptive", b"disabled"))
    assert not ANTHROPIC.needs_repair(plain, family_of("kimi-k2.6"))


@pytest.mark.parametrize("client", DIALECT_NAMES)
def test_a_tool_the_vendor_runs_itself_leaves_no_call_behind(client: DialectName) -> None:
    frames = [
        {"type": "message_start", "message": {"id": "m", "model": "c", "usage": {"input_tokens": 1}}},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "server_tool_use", "id": "s", "name": "w"},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "found"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    data = b"".join(b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames)
    events = ANTHROPIC.stream_decoder(REPLY, family_of("claude-sonnet-4-6")).feed(data)
    content = DIALECTS[client].stream_encoder(REPLY).encode(events)
    assert b"found" in content
    assert b"tool_use" not in content
    assert b'"tool_calls"' not in content
    assert b"function_call" not in content


@pytest.mark.parametrize("name", DIALECT_NAMES)
def test_a_host_that_does_not_know_the_model_says_so_in_one_word(name: DialectName) -> None:
    """So that the router can tell it from the caller's mistakes."""
    body = b'{"type":"error","error":{"type":"not_found_error","message":"Not found the model kimi-k2"}}'
    failure = DIALECTS[name].decode_failure(404, {}, body)
    assert (failure.kind, failure.code) == ("caller", "model_not_found")
