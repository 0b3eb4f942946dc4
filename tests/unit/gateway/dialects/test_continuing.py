"""How far a stream got, and whether anybody else could go on with it."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import CONTINUING, Reply


def _event(fields: dict[str, Any]) -> bytes:
    named = f"event: {fields['type']}\n" if "type" in fields else ""
    return f"{named}data: {json.dumps(fields)}\n\n".encode()


def _anthropic(*deltas: dict[str, Any]) -> bytes:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "usage": {}}
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    said = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
    return b"".join(map(_event, [{"type": "message_start", "message": message}, opened, *said]))


def _chat(**delta: Any) -> bytes:
    return _event({"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def _gemini(**more: Any) -> bytes:
    return _event({"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": "As"}]}, **more}]})


TEXT = {"type": "text_delta", "text": "As"}
CITATION = {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "x", "document_index": 0}}


@pytest.mark.parametrize(
    ("dialect", "plain", "cited"),
    [
        ("anthropic-messages", _anthropic(TEXT), _anthropic(TEXT, CITATION)),
        ("openai-chat", _chat(content="As"), _chat(content="As", annotations=[{"type": "url_citation"}])),
        ("gemini", _gemini(), _gemini(citationMetadata={"citations": [{"uri": "https://a.example"}]})),
        ("gemini", _gemini(), _gemini(groundingMetadata={"webSearchQueries": ["a"]})),
    ],
)
def test_text_can_be_continued_and_text_with_citations_cannot(dialect: str, plain: bytes, cited: bytes) -> None:
    resumed = CONTINUING[dialect].resume(plain, Reply("r", "m"))
    assert resumed is not None
    assert (resumed.text, resumed.complete) == ("As", False)
    assert CONTINUING[dialect].resume(cited, Reply("r", "m")) is None
