"""Requests to hosts with ways of their own, judged by simulated hosts whose rules were written down apart."""

import json
from typing import Any

import msgspec
import pytest

from powerautomation.gateway.dialects import (
    ChatRequest,
    InvalidRequest,
    Message,
    Target,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.entities import ThinkingOptions, ToolChoice
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.providers import family_at
from tests.fixtures.simulators.chat_models import CHAT_HOSTS, ChatHost
from tests.fixtures.simulators.chat_rules import check_chat
from tests.fixtures.simulators.gemini_answers import call_signature

HOSTS = [(host, model) for host in CHAT_HOSTS.values() if host.own_rules for model in host.models]
AWKWARD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": ["string", "null"], "format": "uri"},
        "mode": {"const": "fast"},
        "level": {"enum": [1, 2, None]},
        "edit": {"anyOf": [{"$ref": "#/$defs/Edit"}, {"type": "null"}]},
        "names": {"type": "object", "propertyNames": {"pattern": "^a"}},
        "list": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Edit"}}]},
    },
    "required": ["path", "gone"],
    "$defs": {"Edit": {"type": "object", "properties": {"old": {"type": "string"}, "next": {"$ref": "#/$defs/Edit"}}}},
}
READ = Tool("Read", "Reads.", msgspec.Raw(json.dumps(AWKWARD).encode()), True)
WRITE = Tool("Write", "Writes.", msgspec.Raw(b'{"type":"object","properties":{"text":{"type":"string"}}}'))
HISTORY = (
    Message("user", (Text("hi"),)),
    Message("assistant", (Thinking("I must."), Text("Reading."), ToolCall("c1", "Read", '{"path":"a"}'))),
    Message("user", (ToolResult("c1", (Text("content"),)), Text("and now?"))),
)


def target(host: ChatHost, model: str) -> Target:
    return Target(model, family_at(host.name, "", model))


def encoded(host: ChatHost, model: str, **fields: Any) -> dict[str, Any]:
    """What the host gets from a client of another dialect; it finds nothing wrong with it."""
    request = ChatRequest("asked", fields.pop("messages", HISTORY), tools=(READ, WRITE), **fields)
    body = json.loads(OPENAI_CHAT.encode_request(request, target(host, model)))
    check_chat(body, host)
    assert isinstance(body, dict)
    return body


def forwarded(host: ChatHost, model: str, **fields: Any) -> dict[str, Any]:
    """What the host gets from a client that speaks its dialect."""
    function = {"name": "Read", "description": "Reads.", "parameters": AWKWARD, "strict": True}
    other = {"name": "Write", "parameters": {"type": "object", "properties": {}}}
    call = {"id": "c1", "type": "function", "function": {"name": "Read", "arguments": "{}"}}
    asked = {
        "model": "asked",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "", "reasoning_content": "I must.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "content"},
        ],
        "tools": [{"type": "function", "function": function}, {"type": "function", "function": other}],
        **fields,
    }
    raw = json.dumps(asked).encode()
    body = json.loads(OPENAI_CHAT.forward_request(raw, OPENAI_CHAT.peek(raw), target(host, model)))
    check_chat(body, host)
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(("host", "model"), HOSTS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("mode", ["on", "off", "adaptive", None])
def test_every_host_takes_what_claude_code_sends(host: ChatHost, model: str, mode: Any) -> None:
    for choice in (None, *(ToolChoice(kind, "Read") for kind in ("auto", "any", "tool", "none"))):
        wish = ThinkingOptions(mode, 2000 if mode == "on" else None)
        encoded(host, model, tool_choice=choice, thinking=wish, temperature=0.0, top_p=0.9, max_output_tokens=99)


@pytest.mark.parametrize(("host", "model"), HOSTS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize(
    "choice", [None, "auto", "none", "required", {"type": "function", "function": {"name": "Read"}}]
)
def test_every_host_takes_what_openai_clients_send(host: ChatHost, model: str, choice: Any) -> None:
    hints = {"presence_penalty": 0.1, "frequency_penalty": 0.1, "temperature": 0.0}
    if host.name in ("gemini",):
        hints |= {"seed": 7}
        hints.pop("presence_penalty")
    for effort in (None, "low", "high"):
        said = {} if effort is None else {"reasoning_effort": effort}
        chosen = {} if choice is None else {"tool_choice": choice}
        forwarded(host, model, **hints, **said, **chosen)


def test_forced_choices_keep_as_much_of_their_meaning_as_the_host_can_hear() -> None:
    named = ToolChoice("tool", "Read")
    deepseek = encoded(CHAT_HOSTS["deepseek"], "deepseek-v4-pro", tool_choice=named, thinking=ThinkingOptions("on"))
    assert deepseek["thinking"] == {"type": "disabled"}
    assert deepseek["tool_choice"]["function"] == {"name": "Read"}
    qwen = encoded(CHAT_HOSTS["qwen"], "qwen3.7-max", tool_choice=named)
    assert (qwen["enable_thinking"], qwen["tool_choice"]["function"]) == (False, {"name": "Read"})
    studio = encoded(CHAT_HOSTS["lm-studio"], "qwen3-4b", tool_choice=named)
    assert studio["tool_choice"] == "required"
    assert [tool["function"]["name"] for tool in studio["tools"]] == ["Read"]
    glm = encoded(CHAT_HOSTS["zhipu"], "glm-5", tool_choice=named)
    assert (glm["tool_choice"], len(glm["tools"])) == ("auto", 2)
    assert "tools" not in encoded(CHAT_HOSTS["zhipu"], "glm-5", tool_choice=ToolChoice("none"))


def test_earlier_reasoning_goes_back_under_the_name_the_host_has_for_it() -> None:
    assert encoded(CHAT_HOSTS["deepseek"], "deepseek-v4-pro")["messages"][1]["reasoning_content"] == "I must."
    for body in (encoded(CHAT_HOSTS["vllm"], "qwen3-32b"), forwarded(CHAT_HOSTS["vllm"], "qwen3-32b")):
        assert body["messages"][1]["reasoning"] == "I must."
        assert "reasoning_content" not in body["messages"][1]
    assert not {"reasoning", "reasoning_content"} & encoded(CHAT_HOSTS["xai"], "grok-4.5")["messages"][1].keys()


def test_efforts_are_said_in_the_words_each_model_knows() -> None:
    def effort(host: str, model: str, wish: ThinkingOptions) -> Any:
        return encoded(CHAT_HOSTS[host], model, thinking=wish).get("reasoning_effort")

    assert effort("xai", "grok-4.5", ThinkingOptions("on", effort="minimal")) == "low"
    assert effort("xai", "grok-code-fast-1", ThinkingOptions("on", effort="high")) is None
    assert effort("gemini", "gemini-3.5-flash", ThinkingOptions("on", effort="medium")) == "high"
    assert effort("gemini", "gemini-2.5-flash", ThinkingOptions("off")) == "low"
    assert effort("deepseek", "deepseek-v4-pro", ThinkingOptions("on", effort="medium")) == "high"
    assert effort("deepseek", "deepseek-v4-pro", ThinkingOptions("off", effort="medium")) is None


def test_google_signature_of_the_vendor_stays_and_a_missing_one_is_stood_in_for() -> None:
    own = {"google": {"thought_signature": call_signature("Read", {})}}
    call = {"id": "c1", "type": "function", "function": {"name": "Read", "arguments": "{}"}, "extra_content": own}
    history = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "x"},
    ]
    gemini = CHAT_HOSTS["gemini"]
    assert (
        forwarded(gemini, "gemini-3.5-flash", messages=history)["messages"][1]["tool_calls"][0]["extra_content"] == own
    )
    stood_in = encoded(gemini, "gemini-3.5-flash")["messages"][1]["tool_calls"][0]["extra_content"]
    assert stood_in["google"]["thought_signature"] == "skip_thought_signature_validator"


def test_google_is_told_the_schema_in_its_own_flavour() -> None:
    function = encoded(CHAT_HOSTS["gemini"], "gemini-2.5-flash")["tools"][0]["function"]
    properties = function["parameters"]["properties"]
    assert properties["path"] == {"type": "string", "nullable": True}
    assert properties["mode"] == {"type": "string", "enum": ["fast"]}
    assert properties["level"]["type"] == "integer"
    assert "1, 2" in properties["level"]["description"]
    assert (properties["edit"]["type"], properties["edit"]["nullable"]) == ("object", True)
    assert [branch["type"] for branch in properties["list"]["anyOf"]] == ["string", "array"]
    assert function["parameters"]["required"] == ["path"]


def test_a_schema_that_explodes_when_written_out_is_refused_and_not_followed() -> None:
    many = {f"p{n}": {"$ref": "#/$defs/A"} for n in range(60)}
    bomb = {"type": "object", "properties": many, "$defs": {"A": {"type": "object", "properties": many}}}
    tool = Tool("Bomb", "", msgspec.Raw(json.dumps(bomb).encode()))
    request = ChatRequest("asked", HISTORY, tools=(tool,))
    with pytest.raises(InvalidRequest, match="too large"):
        OPENAI_CHAT.encode_request(request, target(CHAT_HOSTS["gemini"], "gemini-2.5-flash"))


@pytest.mark.parametrize(
    ("host", "model", "fields", "words"),
    [
        ("xai", "grok-4.5", {"stop": ("END",)}, "no stop sequences"),
        ("zhipu", "glm-5", {"response_schema": msgspec.Raw(b"{}")}, "no JSON Schema"),
        ("deepseek", "deepseek-v4-pro", {"response_schema": msgspec.Raw(b"{}")}, "no JSON Schema"),
    ],
)
def test_what_cannot_be_meant_at_a_host_is_refused(host: str, model: str, fields: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        encoded(CHAT_HOSTS[host], model, **fields)
    plain = {"stop": ["END"]} if "stop" in fields else {}
    if "response_schema" in fields:
        plain = {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}}  # type: ignore[dict-item]
    with pytest.raises(InvalidRequest, match=words):
        forwarded(CHAT_HOSTS[host], model, **plain)
