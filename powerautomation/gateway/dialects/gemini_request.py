"""Requests of Gemini clients, into the typed model. Facts: https://ai.google.dev/api/generate-content and the types of
google-genai 3.4 (read 2026-11)."""

from typing import Any, Literal

import msgspec

from powerautomation.gateway.dialects.entities import ChatRequest, ThinkingOptions, Tool, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_contents import ContentsReader, system_of
from powerautomation.gateway.dialects.gemini_failure import UNREADABLE
from powerautomation.gateway.dialects.gemini_fields import (
    Fields,
    fail,
    fields_of,
    list_of,
    number_of,
    text_of,
    whole_number_of,
)
from powerautomation.gateway.dialects.gemini_json_schemas import json_schema
from powerautomation.gateway.dialects.gemini_peek import malformed

# Fields that concern Google alone and change nothing about the meaning of the answer.
_IGNORED = ("safetySettings", "labels", "serviceTier", "store", "modelArmorConfig")
_REQUEST = frozenset(
    {"model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "cachedContent", *_IGNORED}
)
_IGNORED_CONFIG = ("mediaResolution", "enableEnhancedCivicAnswers", "audioTimestamp", "enableAffectiveDialog")
_CONFIG = frozenset(
    {
        "temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "responseMimeType", "responseSchema",
        "responseJsonSchema", "thinkingConfig", "candidateCount", "seed", "presencePenalty", "frequencyPenalty",
        "responseLogprobs", "logprobs", "responseModalities", "speechConfig", "imageConfig", "responseFormat",
        *_IGNORED_CONFIG,
    }
)  # fmt: skip
_THINKING = frozenset({"includeThoughts", "thinkingBudget", "thinkingLevel"})
_LEVELS = {"minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "high"}
_DECLARATION = frozenset(
    {"name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "behavior"}
)
# Tools Google runs on its own servers.
_SERVER_TOOLS = frozenset(
    {
        "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "computerUse", "fileSearch",
        "googleMaps", "enterpriseWebSearch", "retrieval", "mcpServers", "parallelAiSearch", "exaAiSearch",
    }
)  # fmt: skip
_TOOL = frozenset({"functionDeclarations", *_SERVER_TOOLS})
_TOOL_CONFIG = frozenset({"functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations"})
_CALLING = frozenset({"mode", "allowedFunctionNames", "streamFunctionCallArguments"})
_MODES: dict[str, Literal["auto", "none", "any"]] = {
    "MODE_UNSPECIFIED": "auto", "AUTO": "auto", "ANY": "any", "NONE": "none", "VALIDATED": "auto",
}  # fmt: skip


def decode_request(body: bytes) -> ChatRequest:
    """Return the whole request in the typed model, without model and stream, which the address says. Raises
    InvalidRequest that names the place."""
    try:
        root = msgspec.json.decode(body)
        body.decode()
    except UNREADABLE as error:
        raise malformed(error) from None
    fields = fields_of(root, "", _REQUEST)
    if fields.get("cachedContent"):
        raise InvalidRequest(
            "cachedContent: a prompt kept by Google cannot be read by the model that serves this request.",
            action="Send the prompt itself, or ask for a model that Google serves.",
        )
    config = fields_of(fields.get("generationConfig", {}), "generationConfig", _CONFIG)
    _refuse_untranslatable(config)
    reader = ContentsReader(config.get("mediaResolution"))
    try:
        messages = reader.messages(fields.get("contents"))
    except RecursionError as error:
        raise malformed(error) from None
    tools, server_tools = _tools(fields.get("tools", []))
    tools, choice, weakened = _choice(fields.get("toolConfig", {}), tools)
    schema, json_mode = _answer_form(config)
    ignored = [name for name in _IGNORED if fields.get(name)]
    ignored += [f"generationConfig.{name}" for name in _IGNORED_CONFIG if name in config]
    top_k = number_of(config, "topK", "generationConfig")
    return ChatRequest(
        model="",
        messages=messages,
        system=system_of(fields.get("systemInstruction")),
        tools=tools,
        server_tools=server_tools,
        tool_choice=choice,
        max_output_tokens=whole_number_of(config, "maxOutputTokens", "generationConfig") or None,
        temperature=number_of(config, "temperature", "generationConfig", most=2),
        top_p=number_of(config, "topP", "generationConfig", most=1),
        top_k=None if top_k is None else int(top_k),
        stop=_stops(config.get("stopSequences")),
        thinking=_thinking(config.get("thinkingConfig")),
        response_schema=schema,
        json_mode=json_mode,
        presence_penalty=number_of(config, "presencePenalty", "generationConfig", least=-2, most=2),
        frequency_penalty=number_of(config, "frequencyPenalty", "generationConfig", least=-2, most=2),
        seed=whole_number_of(config, "seed", "generationConfig", least=-(2**31)),
        client="gemini",
        ignored=(*ignored, *weakened, *reader.ignored, *server_tools),
    )


def _refuse_untranslatable(config: Fields) -> None:
    modalities = config.get("responseModalities")
    given = {
        "candidateCount: only one answer": config.get("candidateCount") not in (None, 1),
        "responseLogprobs: no token probabilities": bool(config.get("responseLogprobs") or config.get("logprobs")),
        "responseModalities: only text": modalities not in (None, [], ["TEXT"], ["text"]),
        "speechConfig: no speech": bool(config.get("speechConfig")),
        "imageConfig: no pictures as answers": bool(config.get("imageConfig")),
        "responseFormat: only responseMimeType and responseJsonSchema": bool(config.get("responseFormat")),
    }
    for told, is_given in given.items():
        if is_given:
            field, what = told.split(": ")
            raise InvalidRequest(
                f"The model that serves this request speaks another API, which has {what}.",
                action=f"Leave out {field}, or ask for a model that Google serves.",
                fields={f"generationConfig.{field}": what},
            )


def _stops(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise fail("generationConfig.stopSequences", "must be an array of strings")
    return tuple(value)


def _thinking(value: Any) -> ThinkingOptions:
    if value is None:
        return ThinkingOptions()
    path = "generationConfig.thinkingConfig"
    config = fields_of(value, path, _THINKING)
    level = text_of(config, "thinkingLevel", path).lower().removeprefix("thinking_level_")
    if level not in ("", "unspecified", *_LEVELS):
        raise fail(f"{path}.thinkingLevel", f"must be one of {', '.join(_LEVELS).upper()}")
    budget = whole_number_of(config, "thinkingBudget", path, least=-1)
    if budget == 0:
        return ThinkingOptions("off")
    effort = _LEVELS.get(level, "")
    if effort or (budget is not None and budget > 0):
        return ThinkingOptions("on", budget if budget != -1 else None, effort)
    return ThinkingOptions("adaptive") if budget == -1 or config.get("includeThoughts") is True else ThinkingOptions()


def _tools(value: Any) -> tuple[tuple[Tool, ...], tuple[str, ...]]:
    tools: list[Tool] = []
    server_tools: dict[str, None] = {}
    for position, given in enumerate(list_of(value, "tools")):
        path = f"tools[{position}]"
        fields = fields_of(given, path, _TOOL)
        server_tools.update(dict.fromkeys(sorted(fields.keys() & _SERVER_TOOLS)))
        declared = list_of(fields.get("functionDeclarations", []), f"{path}.functionDeclarations")
        tools += (_tool(one, f"{path}.functionDeclarations[{place}]") for place, one in enumerate(declared))
    return tuple(tools), tuple(server_tools)


def _tool(given: Any, path: str) -> Tool:
    fields = fields_of(given, path, _DECLARATION)
    schema = fields.get("parametersJsonSchema")
    where = "parametersJsonSchema"
    if schema is None:
        schema, where = fields.get("parameters"), "parameters"
    name = text_of(fields, "name", path, required=True)
    return Tool(name, text_of(fields, "description", path), json_schema(schema, f"{path}.{where}"))


def _choice(value: Any, tools: tuple[Tool, ...]) -> tuple[tuple[Tool, ...], ToolChoice | None, tuple[str, ...]]:
    """Return the tools that may be called, the choice, and what was weakened."""
    path = "toolConfig.functionCallingConfig"
    config = fields_of(value, "toolConfig", _TOOL_CONFIG)
    if "functionCallingConfig" not in config:
        return tools, None, ()
    calling = fields_of(config["functionCallingConfig"], path, _CALLING)
    word = text_of(calling, "mode", path).upper() or "AUTO"
    if word not in _MODES:
        raise fail(f"{path}.mode", "must be AUTO, ANY, NONE or VALIDATED")
    mode = _MODES[word]
    names = calling.get("allowedFunctionNames") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise fail(f"{path}.allowedFunctionNames", "must be an array of strings")
    for name in names:
        if all(tool.name != name for tool in tools):
            raise fail(f"{path}.allowedFunctionNames", f"there is no function “{name[:64]}”")
    if mode == "any" and not tools:
        raise fail(f"{path}.mode", "ANY demands a call, and there are no functions")
    if mode == "any" and len(names) == 1:
        return tools, ToolChoice("tool", names[0]), ()
    if names:
        tools = tuple(tool for tool in tools if tool.name in names)
    return tools, ToolChoice(mode), ("toolConfig.VALIDATED",) if word == "VALIDATED" else ()


def _answer_form(config: Fields) -> tuple[msgspec.Raw | None, bool]:
    kind = text_of(config, "responseMimeType", "generationConfig").partition(";")[0]
    given, where = config.get("responseJsonSchema"), "responseJsonSchema"
    if given is None:
        given, where = config.get("responseSchema"), "responseSchema"
    if kind not in ("", "text/plain", "application/json"):
        raise InvalidRequest(
            f"generationConfig.responseMimeType: the model that serves this request cannot answer as {kind[:50]}.",
            action="Use application/json with a schema, or ask for a model that Google serves.",
        )
    if given is not None:
        if kind != "application/json":
            raise fail(f"generationConfig.{where}", "needs the responseMimeType application/json")
        return json_schema(given, f"generationConfig.{where}"), False
    return None, kind == "application/json"
