"""Requests of and for the Responses API, judged by the simulated vendors after translation."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, InvalidRequest, Reply, Target, Thinking
from powerautomation.gateway.dialects.openai_responses_thinking import pack
from powerautomation.gateway.families import family_of
from tests.contract.gateway.dialects.responses_bodies import (
    FOREIGN_THOUGHT,
    codex_body,
    codex_gpt6_body,
    encoded,
    message,
)
from tests.contract.gateway.dialects.test_requests import (
    CHAT_MODELS,
    CLAUDE_MODELS,
    HEADERS,
    claude_code_body,
    openai_body,
)
from tests.fixtures.simulators.chat_models import ChatHost
from tests.fixtures.simulators.chat_rules import check_chat
from tests.fixtures.simulators.messages_rules import check_messages
from tests.fixtures.simulators.responses_answers import encrypt
from tests.fixtures.simulators.responses_rules import MODELS, check_responses
from tests.fixtures.simulators.signatures import sign

RESPONSES = DIALECTS["openai-responses"]
Body = Callable[[str], dict[str, Any]]


def to(dialect: str, body: dict[str, Any], model: str, source: str = "openai-responses") -> dict[str, Any]:
    request = DIALECTS[source].decode_request(encoded(body))
    sent: dict[str, Any] = json.loads(DIALECTS[dialect].encode_request(request, Target(model, family_of(model))))
    return sent


@pytest.mark.parametrize("make", [codex_body, codex_gpt6_body])
@pytest.mark.parametrize(("host", "model"), CHAT_MODELS, ids=lambda value: getattr(value, "name", value))
def test_codex_reaches_every_chat_model(host: ChatHost, model: str, make: Body) -> None:
    sent = to("openai-chat", make("gpt-5.5"), model)
    _, warnings = check_chat(sent, host)
    assert warnings == []
    text = json.dumps(sent, ensure_ascii=False)
    for kept in ("You are Codex.", "Be careful.", "content of a", "patched", "no such agent", "go on", "calendar"):
        assert kept in text
    for gone in (FOREIGN_THOUGHT, "web_search", "namespace", "encrypted"):
        assert gone not in text
    names = [tool["function"]["name"] for tool in sent["tools"]]
    assert names == ["read", "patch", "agents__close", "tool_search", "calendar"]
    (called,) = [m["tool_calls"] for m in sent["messages"] if len(m.get("tool_calls", [])) == 3]
    assert [call["function"]["name"] for call in called] == ["read", "agents__close", "patch"]
    assert json.loads(called[2]["function"]["arguments"]) == {"input": '*** "Begin"\n'}


@pytest.mark.parametrize("make", [codex_body, codex_gpt6_body])
@pytest.mark.parametrize("model", CLAUDE_MODELS)
def test_codex_reaches_every_claude(model: str, make: Body) -> None:
    sent = to("anthropic-messages", make("gpt-5.5"), model)
    check_messages(sent, HEADERS)
    text = json.dumps(sent)
    assert FOREIGN_THOUGHT not in text
    for kept in ("You are Codex.", "content of a", "patched", "agents__close", "calendar"):
        assert kept in text


@pytest.mark.parametrize("model", MODELS)
def test_claude_code_and_agents_of_openai_reach_the_responses_api(model: str) -> None:
    plain = claude_code_body("x")
    if not MODELS[model]:
        plain["thinking"] = {"type": "disabled"}
        del plain["context_management"]
    sent = to("openai-responses", plain, model, "anthropic-messages")
    check_responses(sent)
    text = json.dumps(sent, ensure_ascii=False)
    for kept in ("Be careful.", "Today is Saturday.", "A reminder.", "no file", "pixel", "go on", "What to change."):
        assert kept in text
    for gone in ("billing-header", "cache_control", "web_search", sign("I read.")):
        assert gone not in text
    chat = openai_body("x")
    del chat["stop"]
    check_responses(to("openai-responses", chat, model, "openai-chat"))


def test_a_very_small_output_limit_is_one_the_vendor_takes() -> None:
    body = {"model": "x", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
    check_responses(to("openai-responses", body, "gpt-5.5", "anthropic-messages"))


def test_what_only_openai_knows_is_noted_and_left_out() -> None:
    target = Target("kimi-k2.6", family_of("kimi-k2.6"))
    body = {**codex_body("x"), "truncation": "auto", "temperature": 0.5}
    DIALECTS["openai-chat"].encode_request(RESPONSES.decode_request(encoded(body)), target)
    assert target.adapted == ["verbosity", "truncation", "web_search", "temperature"]
    chat = {**openai_body("x"), "seed": 5}
    del chat["stop"]
    target = Target("gpt-5.5", family_of("gpt-5.5"))
    RESPONSES.encode_request(DIALECTS["openai-chat"].decode_request(encoded(chat)), target)
    assert target.adapted == ["temperature", "seed"]


def test_codex_reaches_openai_unchanged() -> None:
    body = codex_body("gpt-5.5")
    body["input"][3]["encrypted_content"] = encrypt("I read.", "rs_1")
    raw = encoded(body)
    forwarded = RESPONSES.forward_request(raw, RESPONSES.peek(raw), Target("gpt-5.5", family_of("gpt-5.5")))
    assert forwarded == raw
    check_responses(json.loads(forwarded))


def test_thinking_of_kimi_is_kept_from_openai_and_given_back_to_kimi() -> None:
    stream = DIALECTS["openai-chat"].stream_decoder(reply := _reply(), family_of("kimi-k2.6"))
    chunk = {"id": "c", "choices": [{"index": 0, "delta": {"reasoning_content": "Kimi 想", "content": "Hm."}}]}
    events = stream.feed(b"data: " + encoded(chunk) + b"\n\n")
    end = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    events += stream.feed(b"data: " + encoded(end) + b"\n\ndata: [DONE]\n\n")
    answer = json.loads(RESPONSES.encode_answer(events, reply))
    body = {"model": "x", "input": [message("user", "a"), *answer["output"], message("user", "b")], "store": False}
    told = to("openai-chat", body, "kimi-k2-thinking")
    assert told["messages"][1] == {"role": "assistant", "content": "Hm.", "reasoning_content": "Kimi 想"}
    raw = encoded(body)
    forwarded = json.loads(RESPONSES.forward_request(raw, RESPONSES.peek(raw), Target("gpt-5.5", family_of("gpt-5.5"))))
    check_responses(forwarded)
    assert "Hm." in json.dumps(forwarded)


def _reply() -> Reply:
    return Reply("req_0199contract0123456789abcdef", "asked", True)


def test_thinking_of_claude_comes_back_to_claude_signed() -> None:
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [
            {"type": "thinking", "thinking": "I must read ä", "signature": sign("I must read ä")},
            {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    events = DIALECTS["anthropic-messages"].answer_events(encoded(answer), _reply(), family_of("claude-sonnet-4-5"))
    body = codex_body("x")
    output = json.loads(RESPONSES.encode_answer(events, _reply()))["output"]
    result = {"type": "function_call_output", "call_id": "toolu_1", "output": "done"}
    body["input"] = [message("user", "a"), *output, result]
    sent = to("anthropic-messages", body, "claude-sonnet-4-5")
    check_messages(sent, HEADERS)
    assert sent["messages"][1]["content"][0] == answer["content"][0]
    assert sent["thinking"]["type"] == "enabled"


def test_a_turn_that_was_cut_while_claude_thought_can_be_continued() -> None:
    thought = Thinking("I was cut", sign("I was cut"), "", "anthropic")
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": pack(thought)}
    body = {"model": "x", "input": [message("user", "a"), item, message("user", "b")], "max_output_tokens": 900}
    sent = to("anthropic-messages", body, "claude-sonnet-4-6")
    check_messages(sent, HEADERS)
    assert "I was cut" not in json.dumps(sent)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"input": [{"type": "martian"}]}, "martian"),
    ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "previous_response_id"),
    ({"input": [{"type": "compaction", "encrypted_content": "x"}]}, "compaction"),
    ({"input": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}, "Audio"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]}, "file_id"),
    ({"input": [{"role": "user", "content": [{"type": "input_video"}]}]}, "input_video"),
    ({"tools": [{"type": "local_shell"}]}, "local_shell"),
    ({"tools": [{"type": "function", "parameters": {}}]}, "no name"),
    ({"tool_choice": {"type": "function", "name": "nobody"}}, "nobody"),
    ({"tool_choice": "sometimes"}, "sometimes"),
    ({"conversation": "conv_1"}, "conversation"),
    ({"prompt": {"id": "pmpt_1"}}, "prompt"),
    ({"background": True}, "background"),
    ({"include": ["message.output_text.logprobs"]}, "logprobs"),
    ({"reasoning": {"effort": "endless"}}, "effort"),
    ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "schema"),
    ({"surprise": 1}, "surprise"),
    ({"max_output_tokens": 0}, "max_output_tokens"),
    ({"input": []}, "input"),
]


def _read_whole(body: dict[str, Any]) -> None:
    RESPONSES.peek(encoded(body))
    to("openai-chat", body, "kimi-k2.6")


@pytest.mark.parametrize(("change", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_has_no_meaning_elsewhere_is_refused_before_anything_is_sent(change: dict[str, Any], says: str) -> None:
    body = {"model": "x", "input": "hi", **change}
    with pytest.raises(InvalidRequest) as refused:
        _read_whole(body)
    problem = refused.value
    assert says in f"{problem.message} {problem.action}"
    status, shown = RESPONSES.encode_problem(problem, "req_1")
    assert status == 400
    assert json.loads(shown)["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("required", "required"),
        ({"type": "custom", "name": "patch"}, {"type": "function", "function": {"name": "patch"}}),
        (
            {"type": "function", "name": "close", "namespace": "agents"},
            {"type": "function", "function": {"name": "agents__close"}},
        ),
        ({"type": "web_search"}, "auto"),
        ("none", "none"),
    ],
)
def test_a_choice_of_tools_arrives_in_meaning(choice: object, sent: object) -> None:
    told = to("openai-chat", {**codex_body("x"), "tool_choice": choice}, "kimi-k2-instruct")
    assert told["tool_choice"] == sent


def test_allowed_tools_are_the_only_ones_shown() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "custom", "name": "patch"}]}
    told = to("openai-chat", {**codex_body("x"), "tool_choice": choice}, "kimi-k2-instruct")
    assert [tool["function"]["name"] for tool in told["tools"]] == ["patch"]
    assert told["tool_choice"] == "required"
