"""Requests of other dialects toward Anthropic."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, InvalidRequest, Target
from powerautomation.gateway.families import family_of

BEGUN = {"model": "x", "messages": [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "One,"}]}


@pytest.mark.parametrize(("model", "takes"), [("claude-sonnet-4-5", True), ("claude-sonnet-4-6", False)])
def test_a_model_that_takes_no_beginning_of_its_answer_is_told_to_go_on(model: str, takes: bool) -> None:
    target = Target(model, family_of(model, None, "anthropic-messages"), [])
    request = DIALECTS["openai-chat"].decode_request(json.dumps(BEGUN).encode())
    wire: dict[str, Any] = json.loads(DIALECTS["anthropic-messages"].encode_request(request, target))
    assert [turn["role"] for turn in wire["messages"]] == ["user", "assistant"] + ["user"] * (not takes)
    assert target.adapted == ([] if takes else ["prefill"])


def test_a_document_claude_cannot_read_is_refused_here() -> None:
    file = {"type": "file", "file": {"file_data": "data:audio/mpeg;base64,SUQz"}}
    body = {"model": "x", "messages": [{"role": "user", "content": [file]}]}
    target = Target("m", family_of("claude-sonnet-4-6", None, "anthropic-messages"), [])
    request = DIALECTS["openai-chat"].decode_request(json.dumps(body).encode())
    with pytest.raises(InvalidRequest, match="cannot read documents of type audio/mpeg"):
        DIALECTS["anthropic-messages"].encode_request(request, target)
