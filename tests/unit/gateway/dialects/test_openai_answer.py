"""Whole answers: usage, failures that come with HTTP 200, and events both ways."""

import json
from typing import Any, get_args

import pytest

from powerautomation.gateway.dialects import (
    Failed,
    Finished,
    Reply,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.families import family_of
from tests.fixtures.simulators import Answer, Call, Text, Think
from tests.fixtures.simulators.chat_answers import Context, whole_answer
from tests.fixtures.simulators.chat_models import INFINI, MOONSHOT, OPENAI
from tests.fixtures.simulators.scripts import UsagePlace

REPLY = Reply("req_1", "kimi-1")
KIMI = family_of("kimi-k2.6")
PARTS = (Think("hm"), Text("Look: "), Call("Read", {"path": "ä"}), Call("Read", {}))


def body_of(answer: Answer, host: Any = MOONSHOT) -> tuple[bytes, Any]:
    body, count = whole_answer(Context(host, "kimi-k2.6", 1, 100, 40, True, 0), answer)
    return json.dumps(body).encode(), count


def said(**message: Any) -> bytes:
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()


@pytest.mark.parametrize("place", get_args(UsagePlace))
@pytest.mark.parametrize("host", [MOONSHOT, INFINI, OPENAI], ids=lambda host: host.name)
def test_usage_is_found_wherever_it_hides(place: Any, host: Any) -> None:
    body, count = body_of(Answer(PARTS, usage=place), host)
    expected = None if count is None else Usage(count.input, count.cached, 0, 0, count.output, count.reasoning)
    assert OPENAI_CHAT.answer_usage(body) == (expected, None, True)
    reported = [
        event.usage for event in OPENAI_CHAT.answer_events(body, REPLY, KIMI) if isinstance(event, UsageReported)
    ]
    assert reported == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 3, "prompt_cache_hit_tokens": 4}, Usage(6, 4, 0, 0, 3)),
        ({"prompt_tokens": 3, "cached_tokens": 5, "completion_tokens": None}, Usage(0, 5)),
        ({"prompt_tokens": 3, "prompt_tokens_details": None, "completion_tokens_details": {}}, Usage(3)),
        ({}, Usage()),
    ],
)
def test_usage_is_always_whole_numbers(wire: dict[str, Any], usage: Usage) -> None:
    body = json.dumps({"choices": [{"message": {"content": "x"}}], "usage": wire}).encode()
    assert OPENAI_CHAT.answer_usage(body)[0] == usage


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>", "invalid_answer"),
        (b"[]", "invalid_answer"),
        (b"{}", "invalid_answer"),
        (b'{"choices":[]}', "invalid_answer"),
        (said(content=""), "invalid_answer"),
        (said(content=None, tool_calls=[]), "invalid_answer"),
        (b'{"error":{"message":"busy","type":"engine_overloaded_error"}}', "overloaded"),
        (b'{"error":{"message":"x","code":429}}', "rate_limited"),
        (b'{"error":"broken"}', "server"),
    ],
)
def test_a_failure_behind_a_200_is_noticed(body: bytes, kind: str) -> None:
    _, failure, good = OPENAI_CHAT.answer_usage(body)
    assert failure is not None
    assert (failure.kind, good) == (kind, False)
    (event,) = OPENAI_CHAT.answer_events(body, REPLY, KIMI)
    assert isinstance(event, Failed)
    assert event.failure.kind == kind


@pytest.mark.parametrize(
    "message",
    [
        {"content": "x"},
        {"reasoning_content": "x"},
        {"reasoning": "x"},
        {"refusal": "no"},
        {"content": [{"type": "text", "text": "x"}]},
    ],
)
def test_any_content_is_an_answer(message: dict[str, Any]) -> None:
    assert OPENAI_CHAT.answer_usage(said(**message))[1:] == (None, True)
    events = OPENAI_CHAT.answer_events(said(**message), REPLY, KIMI)
    assert events[-1] == Finished("stop")
    assert isinstance(events[1], TextDelta | ThinkingDelta)


def test_an_answer_becomes_ordered_events() -> None:
    events = OPENAI_CHAT.answer_events(body_of(Answer(PARTS))[0], REPLY, KIMI)
    assert [type(event) for event in events] == [
        Started, ThinkingDelta, TextDelta, ToolCallStarted, ToolArgumentsDelta, ToolCallStarted, ToolArgumentsDelta,
        UsageReported, Finished,
    ]  # fmt: skip
    calls = [event for event in events if isinstance(event, ToolCallStarted)]
    assert [(call.index, call.name) for call in calls] == [(0, "Read"), (1, "Read")]
    assert calls[0].id.startswith("toolu_fn0_")
    assert events[-1] == Finished("tool_calls")


def test_leaked_markup_becomes_calls() -> None:
    events = OPENAI_CHAT.answer_events(body_of(Answer(PARTS, quirks=("leaked_markup",)))[0], REPLY, KIMI)
    assert [event.name for event in events if isinstance(event, ToolCallStarted)] == ["Read", "Read"]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Look: "
    assert events[-1] == Finished("tool_calls")


def test_calls_without_ids_or_arguments_are_completed() -> None:
    events = OPENAI_CHAT.answer_events(
        said(tool_calls=[{"function": {"name": "A"}}, {"function": {"name": "A"}}]), REPLY, KIMI
    )
    calls = [event for event in events if isinstance(event, ToolCallStarted)]
    assert len({call.id for call in calls}) == 2
    assert ToolArgumentsDelta(1, "{}") in events


def test_a_call_without_a_name_is_an_invalid_answer() -> None:
    (event,) = OPENAI_CHAT.answer_events(said(tool_calls=[{"id": "1", "function": {"arguments": "{}"}}]), REPLY, KIMI)
    assert isinstance(event, Failed)


def test_events_become_one_answer() -> None:
    events = [
        Started(),
        ThinkingDelta("h"),
        ThinkingDelta("m"),
        TextDelta("a"),
        TextDelta("ü"),
        ToolCallStarted(0, "toolu_1", "Read"),
        ToolArgumentsDelta(0, '{"a"'),
        ToolCallStarted(1, "toolu_2", "Ls"),
        ToolArgumentsDelta(0, ":1}"),
        UsageReported(Usage(1, 2, 3, 4, 5, 2)),
        Finished("stop"),
    ]
    answer = json.loads(OPENAI_CHAT.encode_answer(events, REPLY))
    assert (answer["object"], answer["id"], answer["model"]) == ("chat.completion", "chatcmpl-req_1", "kimi-1")
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"] == {
        "role": "assistant",
        "content": "aü",
        "reasoning_content": "hm",
        "tool_calls": [
            {"id": "toolu_1", "type": "function", "function": {"name": "Read", "arguments": '{"a":1}'}},
            {"id": "toolu_2", "type": "function", "function": {"name": "Ls", "arguments": "{}"}},
        ],
    }
    assert answer["usage"]["prompt_tokens"] == 10
    assert answer["usage"]["total_tokens"] == 15


def test_calls_alone_have_no_content() -> None:
    events = [Started(), ToolCallStarted(0, "t", "A"), ToolArgumentsDelta(0, "{}"), Finished("tool_calls")]
    assert json.loads(OPENAI_CHAT.encode_answer(events, REPLY))["choices"][0]["message"]["content"] is None
