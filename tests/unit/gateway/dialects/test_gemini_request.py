"""Requests of Gemini clients: what arrives in meaning, and what is refused before anything is sent."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, ChatRequest, InvalidRequest, Text, Thinking, ToolCall, ToolResult
from powerautomation.gateway.dialects.gemini_signatures import pack

GEMINI = DIALECTS["gemini"]


def call(name: str, **extra: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {"n": 1}, **extra}}


def answer(name: str, response: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response, **extra}}


def decoded(*contents: dict[str, Any], **fields: Any) -> ChatRequest:
    given = contents or ({"role": "user", "parts": [{"text": "hi"}]},)
    body = json.dumps({"contents": given, **fields}).encode()
    GEMINI.peek(body)
    return GEMINI.decode_request(body)


def turn(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def test_calls_without_ids_are_answered_by_name_and_order() -> None:
    request = decoded(
        turn("user", {"text": "go"}),
        turn("model", call("Read"), call("Write"), call("Read")),
        turn("user", answer("Read", {"output": "a"}), answer("Read", {"error": "b"}), answer("Write", {"x": 1})),
    )
    calls = [part for part in request.messages[1].parts if isinstance(part, ToolCall)]
    assert len({one.id for one in calls}) == 3
    results = [part for part in request.messages[2].parts if isinstance(part, ToolResult)]
    assert [one.call_id for one in results] == [calls[0].id, calls[2].id, calls[1].id]
    assert [one.is_error for one in results] == [False, True, False]
    assert [one.parts for one in results] == [(Text("a"),), (Text("b"),), (Text('{"x":1}'),)]


def test_given_ids_and_signatures_are_kept() -> None:
    request = decoded(
        turn("user", {"text": "go"}),
        turn("model", {**call("Read", id="x1"), "thoughtSignature": "c2ln"}, call("Read", id="x2")),
        turn("user", answer("Read", {"output": "2"}, id="x2"), answer("Read", {"output": "1"}, id="x1")),
    )
    first, second = request.messages[1].parts
    assert (first, second) == (ToolCall("x1", "Read", '{"n":1}', "c2ln"), ToolCall("x2", "Read", '{"n":1}'))


def test_pieces_of_one_streamed_answer_are_one_turn() -> None:
    request = decoded(
        turn("user", {"text": "go"}),
        turn("model", call("Read")),
        turn("model", call("Write")),
        turn("user", answer("Read", {"output": "a"}), answer("Write", {"output": "b"})),
    )
    assert [len(message.parts) for message in request.messages] == [1, 2, 2]


def test_thinking_of_another_vendor_comes_back_from_the_signature_it_travelled_in() -> None:
    thinking = Thinking("想", "signed", "", "anthropic")
    signed = {**call("Read", id="a"), "thoughtSignature": pack(thinking)}
    request = decoded(
        turn("user", {"text": "go"}), turn("model", {"text": "Reading."}, signed), turn("user", answer("Read", {}))
    )
    assert request.messages[1].parts == (thinking, Text("Reading."), ToolCall("a", "Read", '{"n":1}'))


def test_both_spellings_of_fields_are_read() -> None:
    request = decoded(
        {"role": "user", "parts": [{"inline_data": {"mime_type": "image/png", "data": "aGk_-w"}}]},
        system_instruction={"parts": {"text": "Be brief."}},
        generation_config={
            "max_output_tokens": 5,
            "stop_sequences": ["END"],
            "thinking_config": {"thinking_budget": 0},
        },
        tools=[{"function_declarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}],
    )
    assert request.system == (Text("Be brief."),)
    assert (request.max_output_tokens, request.stop, request.thinking.mode) == (5, ("END",), "off")
    assert request.messages[0].parts[0].data == "aGk/+w=="  # type: ignore[union-attr]
    peek = GEMINI.peek(json.dumps({"contents": [turn("user", {"inline_data": {"mime_type": "image/png"}})]}).encode())
    assert peek.images


def test_schemas_in_googles_spelling_become_json_schema() -> None:
    given = {
        "type": "OBJECT",
        "properties": {
            "a": {"type": "STRING", "nullable": True, "enum": ["x"]},
            "b": {"type": "ARRAY", "minItems": "2"},
        },
        "propertyOrdering": ["a", "b"],
    }
    (tool,) = decoded(tools=[{"functionDeclarations": [{"name": "f", "parameters": given}]}]).tools
    assert json.loads(bytes(tool.schema)) == {
        "type": "object",
        "properties": {"a": {"type": ["string", "null"], "enum": ["x", None]}, "b": {"type": "array", "minItems": 2}},
    }


TOOLS = [{"functionDeclarations": [{"name": "f"}, {"name": "g"}, {"name": "h"}]}]


@pytest.mark.parametrize(
    ("config", "mode", "name", "tools"),
    [
        ({"mode": "AUTO"}, "auto", "", 3),
        ({"mode": "NONE"}, "none", "", 3),
        ({"mode": "ANY"}, "any", "", 3),
        ({"mode": "ANY", "allowedFunctionNames": ["g"]}, "tool", "g", 3),
        ({"mode": "ANY", "allowedFunctionNames": ["g", "h"]}, "any", "", 2),
        ({"mode": "VALIDATED"}, "auto", "", 3),
    ],
)
def test_choices_of_functions(config: dict[str, Any], mode: str, name: str, tools: int) -> None:
    request = decoded(tools=TOOLS, toolConfig={"functionCallingConfig": config})
    assert request.tool_choice is not None
    assert (request.tool_choice.mode, request.tool_choice.name, len(request.tools)) == (mode, name, tools)


def test_what_concerns_google_alone_is_noted() -> None:
    request = decoded(
        turn("user", {"text": "a", "mediaResolution": {"level": "HIGH"}}),
        safetySettings=[{"category": "X", "threshold": "OFF"}],
        tools=[{"googleSearch": {}}],
        generationConfig={"mediaResolution": "MEDIUM"},
    )
    assert request.ignored == (
        "safetySettings", "generationConfig.mediaResolution", "parts.mediaResolution", "googleSearch",
    )  # fmt: skip
    assert request.server_tools == ("googleSearch",)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"contents": []}, "contents"),
    ({"contents": [{"role": "robot", "parts": [{"text": "x"}]}]}, "role"),
    ({"contents": [{"parts": [{"surprise": 1}]}]}, "surprise"),
    ({"contents": [{"parts": [{"inlineData": {"mimeType": "audio/wav", "data": "aGk="}}]}]}, "audio/wav"),
    ({"contents": [{"parts": [{"fileData": {"fileUri": "gs://b/c", "mimeType": "image/png"}}]}]}, "kept by Google"),
    ({"contents": [{"parts": [answer("f", {})]}]}, "did not make"),
    ({"contents": [{"role": "model", "parts": [{"functionCall": {"args": {}}}]}]}, "name"),
    ({"contents": [{"parts": [5]}]}, "object"),
    ({"cachedContent": "cachedContents/x"}, "cachedContent"),
    ({"surprise": 1}, "surprise"),
    ({"generationConfig": {"candidateCount": 2}}, "candidateCount"),
    ({"generationConfig": {"responseModalities": ["IMAGE"]}}, "responseModalities"),
    ({"generationConfig": {"temperature": "hot"}}, "temperature"),
    ({"generationConfig": {"maxOutputTokens": -1}}, "maxOutputTokens"),
    ({"generationConfig": {"responseMimeType": "text/x.enum"}}, "responseMimeType"),
    ({"generationConfig": {"responseSchema": {"type": "OBJECT"}}}, "responseMimeType"),
    ({"generationConfig": {"thinkingConfig": {"thinkingLevel": "ENDLESS"}}}, "thinkingLevel"),
    ({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}, "no functions"),
    ({"tools": TOOLS, "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["z"]}}}, "z"),
    ({"tools": [5]}, "tools"),
]


@pytest.mark.parametrize(("change", "says"), REFUSED, ids=range(len(REFUSED)))
def test_what_has_no_meaning_elsewhere_is_refused(change: dict[str, Any], says: str) -> None:
    body = {"contents": [{"parts": [{"text": "hi"}]}], **change}
    raw = json.dumps(body).encode()
    with pytest.raises(InvalidRequest) as refused:
        GEMINI.decode_request(raw) if GEMINI.peek(raw) else None
    assert says in f"{refused.value.message} {refused.value.action}"
    status, shown = GEMINI.encode_problem(refused.value, "req_1")
    error = json.loads(shown)["error"]
    assert (status, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'{"contents":[{"parts":[{"text":"\xff"}]}]}', b'{"a":' * 5000]
)
def test_what_is_no_request_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        GEMINI.peek(raw)
    with pytest.raises(InvalidRequest):
        GEMINI.decode_request(raw)


@pytest.mark.parametrize(
    ("part", "is_document"),
    [
        ({"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}}, True),
        ({"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}}, False),
        ({"fileData": {"mimeType": "video/mp4", "fileUri": "https://example.com/a.mp4"}}, False),
        ({"fileData": {"fileUri": "https://www.youtube.com/watch?v=x"}}, False),
    ],
)
def test_sound_and_films_are_no_documents(part: dict[str, Any], is_document: bool) -> None:
    assert GEMINI.peek(json.dumps({"contents": [turn("user", part)]}).encode()).documents is is_document
