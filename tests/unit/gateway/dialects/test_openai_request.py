"""Requests of OpenAI clients: their gist, their whole meaning, and clear words for what is wrong."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import (
    DIALECTS,
    Document,
    Image,
    InvalidRequest,
    Message,
    Peek,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.entities import ThinkingOptions, ToolChoice
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT

HI = [{"role": "user", "content": "hi"}]
PNG = "iVBORw0KGgo="
TOOL = {"type": "function", "function": {"name": "Read", "description": "Reads.", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "Read", "arguments": '{"a":1}'}}


def body(**fields: Any) -> bytes:
    return json.dumps({"model": "m", "messages": HI, **fields}, ensure_ascii=False).encode()


def test_the_gist_of_a_small_request() -> None:
    assert OPENAI_CHAT.peek(body()) == Peek("m")


def test_the_gist_of_a_large_request() -> None:
    picture = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]}
    raw = body(
        messages=[*HI, picture, {"role": "user", "content": [{"type": "file", "file": {}}]}],
        stream=True,
        tools=[TOOL, TOOL],
        max_completion_tokens=9,
        max_tokens=5,
        reasoning_effort="high",
        prompt_cache_key="s-1",
    )
    assert OPENAI_CHAT.peek(raw) == Peek("m", True, 2, True, True, True, 9, False, "s-1")


@pytest.mark.parametrize(("options", "wanted"), [(None, False), ({}, False), ({"include_usage": True}, True)])
def test_usage_is_wanted_in_a_stream_only_when_asked_for(options: Any, wanted: bool) -> None:
    assert OPENAI_CHAT.peek(body(stream=True, stream_options=options)).include_usage is wanted
    assert OPENAI_CHAT.decode_request(body(stream=True, stream_options=options)).include_usage is wanted


@pytest.mark.parametrize(
    ("address", "document"),
    [
        ("data:text/csv;base64,YQ==", False),
        ("data:application/json;base64,e30=", False),
        ("data:application/pdf;base64,YQ==", True),
        ("YQ==", True),
    ],
)
def test_a_file_of_text_is_no_document_that_only_some_models_read(address: str, document: bool) -> None:
    chat = body(messages=[{"role": "user", "content": [{"type": "file", "file": {"file_data": address}}]}])
    assert OPENAI_CHAT.peek(chat).documents is document
    part = {"type": "input_file", "filename": "a", "file_data": address}
    responses = json.dumps({"model": "m", "input": [{"role": "user", "content": [part]}]}).encode()
    assert DIALECTS["openai-responses"].peek(responses).documents is document


def test_words_about_images_are_no_images() -> None:
    schema = {"type": "object", "properties": {"image_url": {"type": "string"}, "file": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "Show", "parameters": schema}}
    peek = OPENAI_CHAT.peek(body(tools=[tool]))
    assert (peek.images, peek.documents) == (False, False)


@pytest.mark.parametrize(("effort", "thinking"), [("none", False), ("low", True)])
def test_thinking_is_seen(effort: str, thinking: bool) -> None:
    assert OPENAI_CHAT.peek(body(reasoning_effort=effort)).thinking is thinking
    assert OPENAI_CHAT.peek(body(thinking={"type": "enabled"})).thinking is True


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}', body(model=5), body(model=""),
        body(messages="hi"), body(messages=[]), body(stream="yes"), body(max_tokens=-1), body(max_tokens="many"),
        body(tools="all"), b'{"model":"m"}', b'{"messages":[{"role":"user","content":"x"}]}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_at_once(raw: bytes) -> None:
    for read in (OPENAI_CHAT.peek, OPENAI_CHAT.decode_request):
        with pytest.raises(InvalidRequest) as refused:
            read(raw)
        assert refused.value.status == 400
        assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"messages": [5]}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "robot"),
        ({"messages": [{"role": "user", "content": 5}]}, "content"),
        ({"messages": [{"role": "user", "content": [{"type": "surprise"}]}]}, "surprise"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "type"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}, "Audio"),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]}, "file_id"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "ftp://x"}]}]}, "image_url"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "data:x"}]}]}, "base64"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 3}, "temperature"),
        ({"tools": [5]}, "tools"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools"),
        ({"tools": [{"type": "custom"}]}, "tools[0] is of the type custom"),
        ({"tools": [{"type": "web_search"}]}, "tools[0] is of the type “web_search”"),
        ({"tools": [TOOL], "tool_choice": {"type": "mcp"}}, "tool_choice of the type “mcp”"),
        ({"functions": [{"name": "f"}], "function_call": {"name": "g"}}, "function_call names “g”"),
        ({"messages": [{"role": "function", "name": "f", "content": "x"}]}, "answers no function_call"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"audio": {"voice": "alloy"}}, "audio"),
        ({"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]}, "given as audio"),
        ({"tool_choice": 5}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "No"}}, "tools": [TOOL]}, "No"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"logit_bias": {"5": 1}}, "logit_bias"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"response_format": {"type": "json_schema"}}, "schema"),
        ({"response_format": {"type": "poem"}}, "response_format"),
        ({"reasoning_effort": "enormous"}, "reasoning_effort"),
        ({"thinking": {"type": "maybe"}}, "thinking"),
        ({"functions": [{"name": "f"}], "tools": [TOOL]}, "functions"),
        ({"api_base": "http://elsewhere"}, "api_base"),
    ],
)
def test_what_cannot_be_carried_over_is_refused_with_its_name(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        OPENAI_CHAT.decode_request(body(**fields))
    assert words in refused.value.message + refused.value.action


def test_a_whole_conversation_is_understood() -> None:
    request = OPENAI_CHAT.decode_request(
        body(
            messages=[
                {"role": "developer", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Look"},
                        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
                        {"type": "image_url", "image_url": "https://example.org/a.png"},
                        {
                            "type": "file",
                            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
                        },
                    ],
                },
                {
                    "role": "assistant",
                    "content": None,
                    "reasoning_content": "hm",
                    "tool_calls": [CALL],
                    "refusal": None,
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "one"},
                {"role": "user", "content": "and?"},
                {"role": "system", "content": [{"type": "text", "text": "Mind the gap."}]},
                {"role": "assistant", "content": "Done."},
            ],
        )
    )
    assert request.messages == (
        Message("system", (Text("Be brief."),)),
        Message(
            "user",
            (
                Text("Look"),
                Image("image/png", PNG, detail="low"),
                Image(url="https://example.org/a.png"),
                Document("application/pdf", "AAAA", title="a.pdf"),
            ),
        ),
        Message("assistant", (Thinking("hm"), ToolCall("call_1", "Read", '{"a":1}'))),
        Message("user", (ToolResult("call_1", (Text("one"),)), Text("and?"))),
        Message("system", (Text("Mind the gap."),)),
        Message("assistant", (Text("Done."),)),
    )


def test_results_of_parallel_calls_come_together() -> None:
    calls = [CALL, {**CALL, "id": "call_2"}]
    request = OPENAI_CHAT.decode_request(
        body(
            messages=[
                *HI,
                {"role": "assistant", "tool_calls": calls},
                {"role": "tool", "tool_call_id": "call_1", "content": "1"},
                {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "2"}]},
            ]
        )
    )
    assert request.messages[-1].parts == (ToolResult("call_1", (Text("1"),)), ToolResult("call_2", (Text("2"),)))
    assert len(request.messages) == 3


def test_parameters_are_understood() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    request = OPENAI_CHAT.decode_request(
        body(
            tools=[TOOL, {"type": "function", "function": {"name": "Bare"}}],
            tool_choice="required",
            parallel_tool_calls=False,
            max_tokens=7,
            temperature=0.5,
            top_p=0.9,
            stop="END",
            seed=3,
            presence_penalty=0.1,
            frequency_penalty=0.2,
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
            user="u",
            store=False,
            metadata={"a": "b"},
        )
    )
    assert [tool.name for tool in request.tools] == ["Read", "Bare"]
    assert json.loads(bytes(request.tools[1].schema)) == {"type": "object", "properties": {}}
    assert request.tool_choice == ToolChoice("any", "", False)
    assert (request.max_output_tokens, request.temperature, request.top_p, request.seed) == (7, 0.5, 0.9, 3)
    assert (request.stop, request.end_user) == (("END",), "u")
    assert (request.presence_penalty, request.frequency_penalty) == (0.1, 0.2)
    assert request.response_schema is not None
    assert json.loads(bytes(request.response_schema)) == schema
    assert OPENAI_CHAT.decode_request(body(response_format={"type": "json_object"})).json_mode


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({}, ThinkingOptions()),
        ({"reasoning_effort": "none"}, ThinkingOptions("off")),
        ({"reasoning_effort": "xhigh"}, ThinkingOptions("on", None, "high")),
        ({"thinking": {"type": "disabled"}}, ThinkingOptions("off")),
        ({"thinking": {"type": "enabled"}}, ThinkingOptions("on")),
    ],
)
def test_wishes_about_thinking_are_understood(fields: dict[str, Any], options: ThinkingOptions) -> None:
    assert OPENAI_CHAT.decode_request(body(**fields)).thinking == options
