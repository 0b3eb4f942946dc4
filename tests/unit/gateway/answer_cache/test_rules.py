"""When two requests ask the same, and which answers may be repeated."""

import json
from typing import Any

import pytest

from powerautomation.gateway.answer_cache import CachePolicy, bypasses, kept_events, may_be_cached, question_of
from powerautomation.gateway.answer_cache.entities import StoredAnswer
from powerautomation.gateway.answer_cache.rules import decode_answer, encode_answer
from powerautomation.gateway.dialects import (
    DIALECTS,
    Finished,
    RedactedThinking,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)

CHAT, MESSAGES = DIALECTS["openai-chat"], DIALECTS["anthropic-messages"]


def key_of(dialect: Any, owner: str = "org_1", scope: str = "r|a", **body: Any) -> str:
    given = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}], **body}
    return question_of(dialect.decode_request(json.dumps(given).encode()), owner, scope).key


def test_one_meaning_has_one_key_in_every_dialect() -> None:
    asked = key_of(
        CHAT,
        temperature=0,
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
    )
    assert asked == key_of(MESSAGES, temperature=0, system="Be brief.")
    assert asked == key_of(MESSAGES, temperature=0, system=[{"type": "text", "text": "Be brief."}], stream=True)


def test_what_means_nothing_changes_no_key() -> None:
    plain = key_of(MESSAGES, system="Be brief.")
    marked = [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2; cch=1a2b;"},
        {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
    ]
    said = [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]
    assert plain == key_of(
        MESSAGES,
        system=marked,
        messages=[{"role": "user", "content": said}],
        metadata={"user_id": "somebody"},
        stream=True,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"temperature": 0.5},
        {"max_tokens": 51},
        {"messages": [{"role": "user", "content": "hi!"}]},
        {"messages": [{"role": "user", "content": "h"}, {"role": "assistant", "content": "i"}]},
        {"stop": ["x"]},
        {"owner": "org_2"},
        {"scope": "r|b"},
    ],
    ids=str,
)
def test_what_means_something_changes_the_key(change: dict[str, Any]) -> None:
    assert key_of(CHAT) != key_of(CHAT, **change)


@pytest.mark.parametrize(
    ("temperature", "allowed", "cached"),
    [(0, 0.0, True), (None, 0.0, False), (0.3, 0.0, False), (0.3, 0.5, True), (None, 1.0, True)],
)
def test_only_answers_that_hardly_vary_are_repeated(temperature: float | None, allowed: float, cached: bool) -> None:
    body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    if temperature is not None:
        body["temperature"] = temperature
    raw = json.dumps(body).encode()
    policy = CachePolicy(max_temperature=allowed)
    assert may_be_cached(policy, CHAT.peek(raw), CHAT.decode_request(raw)) is cached


@pytest.mark.parametrize(("wish", "cached"), [("verbosity", False), ("service_tier", True)])
def test_a_wish_the_key_does_not_know_is_not_cached(wish: str, cached: bool) -> None:
    words = {"verbosity": "low", "service_tier": "flex"}
    body = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "hi"}], wish: words[wish]}
    raw = json.dumps(body).encode()
    assert may_be_cached(CachePolicy(), CHAT.peek(raw), CHAT.decode_request(raw)) is cached


def test_tools_and_images_only_when_asked_for() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    with_tools = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "hi"}], "tools": [tool]}
    with_image = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": [picture]}]}
    for body, policy in ((with_tools, CachePolicy(tools=True)), (with_image, CachePolicy(images=True))):
        raw = json.dumps(body).encode()
        assert not may_be_cached(CachePolicy(), CHAT.peek(raw), CHAT.decode_request(raw))
        assert may_be_cached(policy, CHAT.peek(raw), CHAT.decode_request(raw))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (b"cache-control", b"no-store", (True, True)),
        (b"cache-control", b"No-Cache", (True, False)),
        (b"cache-control", b"max-age=0", (False, False)),
        (b"x-powerautomation-cache", b"off", (True, True)),
    ],
)
def test_a_client_can_go_past_the_cache(name: bytes, value: bytes, expected: tuple[bool, bool]) -> None:
    assert bypasses([(name, value)]) == expected


STOP = Finished("stop")


@pytest.mark.parametrize(
    "events",
    [
        [TextDelta("a")],
        [STOP],
        [TextDelta("a"), Finished("length")],
        [TextDelta("a"), ToolCallStarted(0, "c", "f"), Finished("tool_calls")],
        [RedactedThinking("x"), TextDelta("a"), STOP],
        [ThinkingDelta("only thought"), STOP],
    ],
    ids=["no end", "empty", "cut off", "calls a tool", "redacted", "no text"],
)
def test_what_is_no_whole_plain_answer_is_not_kept(events: list[Any]) -> None:
    assert kept_events([Started("i", "m"), *events]) is None


def test_a_kept_answer_is_read_as_it_was_written() -> None:
    events = kept_events([
        Started("i", "m"), ThinkingDelta("a"), ThinkingDelta("b"), TextDelta("你"), TextDelta("好"),
        UsageReported(Usage(1)), STOP,
    ])  # fmt: skip
    assert events == (ThinkingDelta("ab"), TextDelta("你好"), STOP)
    answer = StoredAnswer(events, Usage(10, output_tokens=2), "a/m", 123, None, "USD")
    assert decode_answer(encode_answer(answer)) == answer
    assert decode_answer(b'{"from": "elsewhere"}') is None
