"""Requests that stay in their dialect: the client's bytes, but for what this model needs."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import InvalidRequest, Target
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.families import family_of
from tests.fixtures.simulators.chat_models import INFINI, MOONSHOT, OPENAI
from tests.fixtures.simulators.chat_rules import check_chat

HI = [{"role": "user", "content": "hi"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "Read",
        "parameters": {"definitions": {"A": {"type": "string"}}, "properties": {"a": {"$ref": "#/definitions/A"}}},
    },
}


def call(identifier: str) -> dict[str, Any]:
    return {"id": identifier, "type": "function", "function": {"name": "Read", "arguments": "{}"}}


def forward(body: bytes, model: str) -> bytes:
    return OPENAI_CHAT.forward_request(body, OPENAI_CHAT.peek(body), Target(model, family_of(model)))


def sent(model: str = "kimi-k2.6", host: Any = MOONSHOT, asked: str = "kimi-1", **fields: Any) -> dict[str, Any]:
    """What the vendor gets; it must accept it without a warning."""
    body = json.loads(forward(json.dumps({"model": asked, "messages": HI, **fields}).encode(), model))
    _, warnings = check_chat(body, host)
    assert warnings == []
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize("model", ["kimi-k2.6", "gpt-4o-mini", "some-model"])
@pytest.mark.parametrize("stream", [{}, {"stream": True, "stream_options": {"include_usage": True}}])
def test_nothing_to_change_leaves_every_byte(model: str, stream: dict[str, Any]) -> None:
    fields = {"x_unknown": {"ä": 1.0}, "model": model, "messages": HI, **stream}
    body = json.dumps(fields, indent=3, ensure_ascii=False).encode()
    assert forward(body, model) is body


def test_only_the_model_changes_and_all_else_keeps_its_bytes() -> None:
    messages = b'[ {"role":"user","content":"\\u00fc \\"model\\":\\"asked\\""} ]'
    body = b'{ "model":"asked", "messages": ' + messages + b', "big": 1.50e3 }'
    assert forward(body, "other") == b'{"model":"other","messages":' + messages + b',"big":1.50e3}'


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": False}}, {"stream_options": None}])
def test_streams_always_ask_for_usage(options: dict[str, Any]) -> None:
    assert sent(stream=True, **options)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in sent()


def test_fixed_parameters_are_left_to_the_host_and_others_bounded() -> None:
    assert not {"temperature", "top_p"} & sent(temperature=0.2, top_p=0.3).keys()
    assert sent("kimi-k2-0905-preview", temperature=1.8)["temperature"] == 1.0
    assert sent("kimi-k2-0905-preview", temperature=0.8, top_p=0.5)["temperature"] == 0.8
    assert sent("gpt-5.5", OPENAI, temperature=0.5, max_tokens=7)["max_completion_tokens"] == 7


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "Read"}}])
@pytest.mark.parametrize(
    ("model", "host"),
    [*((model, MOONSHOT) for model in MOONSHOT.models), *((model, INFINI) for model in INFINI.models)],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.parametrize("thinking", [{}, {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}])
def test_a_forced_choice_and_thinking_never_meet(choice: Any, model: str, host: Any, thinking: dict[str, Any]) -> None:
    body = sent(model, host, tools=[TOOL], tool_choice=choice, **thinking)
    if family_of(model).thinking == "toggle":
        assert (body["thinking"], body["tool_choice"]) == ({"type": "disabled"}, choice)


def test_thinking_options_pass_where_they_fit() -> None:
    assert sent(thinking={"type": "enabled", "keep": "all"})["thinking"] == {"type": "enabled", "keep": "all"}
    assert "thinking" not in sent("kimi-k3", thinking={"type": "disabled"})
    assert sent(reasoning_effort="none")["thinking"] == {"type": "disabled"}
    for model, host in (("kimi-k2-0905-preview", MOONSHOT), ("gpt-4o-mini", OPENAI)):
        assert (
            not {"thinking", "reasoning_effort"}
            & sent(model, host, thinking={"type": "enabled"}, reasoning_effort="low").keys()
        )
    assert "reasoning_effort" not in sent(reasoning_effort="high", thinking={"type": "enabled"})


def test_schemas_are_made_fit_for_moonshot_only() -> None:
    parameters = sent(tools=[TOOL])["tools"][0]["function"]["parameters"]
    assert parameters["properties"]["a"] == {"$ref": "#/$defs/A"}
    assert sent("gpt-4o-mini", OPENAI, tools=[TOOL])["tools"] == [TOOL]


def test_an_empty_list_of_tools_is_left_out() -> None:
    assert not {"tools", "tool_choice"} & sent(tools=[], tool_choice="auto").keys()


def history(first: str, second: str, **extra: Any) -> list[dict[str, Any]]:
    return [
        {"role": "developer", "content": "Be brief."},
        *HI,
        {"role": "assistant", "content": None, "tool_calls": [call(first)], **extra},
        {"role": "tool", "tool_call_id": first, "content": "1"},
        {"role": "assistant", "content": "", "tool_calls": [call(second)]},
        {"role": "tool", "tool_call_id": second, "content": "2"},
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [("toolu_fn0_aaaaaaaa", "toolu_fn0_bbbbbbbb"), ("functions.Read:0", "functions.Read:0"), ("call_a", "call_b")],
)
@pytest.mark.parametrize("model", ["kimi-k2-0905-preview", "kimi-k2.6", "kimi-k3"])
def test_a_history_of_calls_is_made_fit(first: str, second: str, model: str) -> None:
    messages = sent(model, messages=history(first, second))["messages"]
    assert messages[0]["role"] == "system"
    ids = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert ids == ["functions.Read:0", "functions.Read:1"]
    assert ("reasoning_content" in messages[2]) is (family_of(model).thinking != "never")


def test_reasoning_goes_back_to_kimi_and_not_to_others() -> None:
    kimi = sent(messages=history("a", "b", reasoning_content="hm"))["messages"]
    assert (kimi[2]["reasoning_content"], kimi[4]["reasoning_content"]) == ("hm", "")
    openai = sent("gpt-4o-mini", OPENAI, messages=history("a", "b", reasoning_content="hm"))["messages"]
    assert "reasoning_content" not in openai[2]
    assert openai[0]["role"] == "developer"
    assert openai[3]["tool_call_id"] == "a"


def test_pictures_in_results_move_to_a_message_of_the_user() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    messages = history("a", "b")
    messages[3]["content"] = [{"type": "text", "text": "a screenshot"}, image]
    got = sent(messages=messages)["messages"]
    assert got[3]["content"][0]["text"] == "a screenshot"
    assert got[4] == {"role": "user", "content": [image]}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tools": [TOOL] * 129}, "128"),
        ({"n": 2}, "one choice"),
        ({"tools": [TOOL], "logprobs": True}, "logprobs"),
        ({"messages": [*HI, {"role": "assistant", "tool_calls": [{"id": 5}]}]}, "tool call"),
        ({"messages": [5, {"tool_calls": []}]}, "messages"),
        ({"tools": [5]}, "tools"),
    ],
)
def test_what_kimi_cannot_do_is_refused_before_it_is_asked(fields: dict[str, Any], words: str) -> None:
    body = json.dumps({"model": "kimi-1", "messages": HI, **fields}).encode()
    with pytest.raises(InvalidRequest) as refused:
        forward(body, "kimi-k2.6")
    assert words in refused.value.message


def test_words_in_the_conversation_are_not_parameters() -> None:
    messages = [{"role": "user", "content": '"tool_calls" "temperature": 0.2 "tools"'}]
    body = json.dumps({"model": "kimi-k2.6", "messages": messages}).encode()
    assert forward(body, "kimi-k2.6") is body
