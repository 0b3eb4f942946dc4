"""Kinds of work, on requests as clients send them."""

import msgspec
import pytest

from powerautomation.gateway.dialects import DIALECTS
from powerautomation.gateway.routing.task_classes import TaskClass, task_class_of

TOOL = {"name": "Read", "input_schema": {"type": "object", "properties": {}}}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}


def said(text: str) -> list[dict[str, object]]:
    """Return a conversation of one turn."""
    return [{"role": "user", "content": [{"type": "text", "text": text}]}]


@pytest.mark.parametrize(
    ("expected", "request_body"),
    [
        # Claude Code asks whether there is quota, for a topic and for a title.
        ("background", {"model": "claude-haiku-4-5", "max_tokens": 1, "messages": said("quota")}),
        (
            "background",
            {
                "model": "claude-3-5-haiku-20241022",
                "max_tokens": 512,
                "system": "Analyze if this message indicates a new conversation topic.",
                "messages": said("please fix the build"),
            },
        ),
        (
            "background",
            {
                "model": "claude-sonnet-4-5",
                "max_tokens": 32000,
                "messages": said("Please write a 5-10 word title for the following conversation: ..."),
            },
        ),
        ("background", {"model": "kimi-k2", "max_tokens": 900, "messages": said("为这段对话生成一个标题")}),
        (
            "tool_heavy",
            {
                "model": "claude-sonnet-4-5",
                "max_tokens": 32000,
                "thinking": {"type": "enabled", "budget_tokens": 4000},
                "tools": [TOOL] * 18,
                "messages": said("add a test"),
            },
        ),
        (
            "deep_reasoning",
            {
                "model": "claude-opus-4-1",
                "max_tokens": 32000,
                "thinking": {"type": "enabled", "budget_tokens": 16000},
                "messages": said("prove it"),
            },
        ),
        ("long_context", {"model": "m", "max_tokens": 5000, "tools": [TOOL] * 18, "messages": said("word " * 60_000)}),
        ("vision", {"model": "m", "max_tokens": 5000, "messages": [{"role": "user", "content": [IMAGE]}]}),
        ("plain", {"model": "claude-sonnet-4-5", "max_tokens": 4096, "messages": said("what is a monad?")}),
        ("plain", {"model": "m", "max_tokens": 4096, "messages": said("write a title screen for my game")}),
        ("plain", {"model": "m", "max_tokens": 50, "tools": [TOOL], "messages": said("read a.txt")}),
    ],
)
def test_a_request_is_taken_for_what_it_is(expected: TaskClass, request_body: dict[str, object]) -> None:
    body = msgspec.json.encode(request_body)
    assert task_class_of(DIALECTS["anthropic-messages"].peek(body), len(body), body) == expected


def test_a_gemini_model_is_not_small_for_its_name() -> None:
    body = b'{"model":"gemini-2.5-pro","max_tokens":512,"messages":[{"role":"user","content":"hi"}]}'
    assert task_class_of(DIALECTS["openai-chat"].peek(body), len(body), body) == "plain"


def test_embeddings_are_no_background_work() -> None:
    body = b'{"model":"e","input":"write a title for this conversation"}'
    peek = msgspec.structs.replace(
        DIALECTS["openai-chat"].peek(b'{"model":"e","messages":[{"role":"user","content":"x"}]}'),
        operation="embeddings",
    )
    assert task_class_of(peek, len(body), body) == "plain"
