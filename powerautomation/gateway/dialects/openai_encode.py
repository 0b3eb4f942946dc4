"""Writes a request of the typed model as a chat completion request that the target model accepts."""

from hashlib import blake2s

import msgspec

from powerautomation.gateway.dialects.client_words import client_word
from powerautomation.gateway.dialects.entities import ChatRequest, Tool, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_schemas import gemini_schema
from powerautomation.gateway.dialects.openai_history import wire_messages
from powerautomation.gateway.dialects.openai_wishes import (
    check_answer_schema,
    check_stops,
    check_tool_count,
    fit_choice,
    left_out,
    output_limit,
    resolve,
    sampling,
)
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.dialects.tool_names import check_tool_names
from powerautomation.gateway.dialects.tool_schemas import moonshot_schema
from powerautomation.gateway.families import Family

Json = dict[str, object]

_WEAKENED = (("any", "auto"), ("tool", "auto"), ("tool", "required"))


def encode_request(request: ChatRequest, target: Target) -> bytes:
    """Return the request in this dialect, adapted to the model's family; what is weakened or stays behind is noted in
    the target. Raises InvalidRequest for what the model cannot do; nothing is sent then."""
    family = target.family
    check_tool_count(len(request.tools), target.model, family)
    check_tool_names(request, family, "openai-chat")
    check_stops(request.stop, target.model, family)
    asked = possible_choice(request)
    choice, which = fit_choice(asked, family)
    wanted = asked.name if asked is not None and which == "named" else ""
    tools = [tool for tool in request.tools if which == "all" or tool.name == wanted]
    if asked is not None and asked.mode in ("any", "tool") and choice is not None and choice.mode == "auto":
        target.adapted.append(client_word(request.client, "tool_choice"))
    thinking, effort, wire_choice, enabled = resolve(request.thinking, choice, family)
    body: Json = {"model": target.model, "messages": wire_messages(request, target)}
    if tools:
        body["tools"] = [_tool(tool, family) for tool in tools]
        if wire_choice is not None:
            body["tool_choice"] = wire_choice
        if choice is not None and (choice.mode, wire_choice) in _WEAKENED:
            target.adapted.append(client_word(request.client, "tool_choice"))
        if choice is not None and choice.parallel is not None:
            body["parallel_tool_calls"] = choice.parallel
    if thinking is not None:
        body["thinking"] = thinking
    if enabled is not None:
        body["enable_thinking"] = enabled
    if effort is not None:
        body["reasoning_effort"] = effort
    body.update(sampling(request.temperature, request.top_p, family))
    limit = output_limit(request, target)
    if limit is not None:
        body[family.output_limit_field] = limit
    if request.stop:
        body["stop"] = request.stop
    for field in ("presence_penalty", "frequency_penalty", "seed"):
        value = getattr(request, field)
        if value is not None and field not in family.refused_hints:
            body[field] = value
    target.adapted.extend(left_out(request, body, ("temperature", "top_p", "top_k", *family.refused_hints)))
    if request.response_schema is not None:
        check_answer_schema(family, target.model, request.client)
        form: Json = {"name": request.response_schema_name or "answer", "schema": request.response_schema}
        if request.response_schema_strict is not None:
            form["strict"] = request.response_schema_strict
        if request.response_schema_description:
            form["description"] = request.response_schema_description
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    elif request.json_mode:
        body["response_format"] = {"type": "json_object"}
    if request.end_user:
        # A vendor may tell people apart, but who they are is none of its business.
        body["user"] = blake2s(request.end_user.encode(), digest_size=16).hexdigest()
    if request.stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode(body)


def possible_choice(request: ChatRequest) -> ToolChoice | None:
    """Return the tool choice without what cannot be meant: no tools at all, or a server tool, which only the vendor
    that runs it has."""
    choice = request.tool_choice
    if choice is None or not request.tools:
        return None
    if choice.mode == "tool" and all(tool.name != choice.name for tool in request.tools):
        if choice.name in request.server_tools:
            return ToolChoice("auto", "", choice.parallel)
        raise InvalidRequest(f"tool_choice names “{choice.name}”, which is not among the tools.")
    return choice


def _tool(tool: Tool, family: Family) -> Json:
    schema = tool.schema
    if family.schemas == "moonshot":
        schema = msgspec.Raw(moonshot_schema(bytes(schema)))
    elif family.schemas == "gemini":
        schema = msgspec.Raw(gemini_schema(bytes(schema)))
    function: Json = {"name": tool.name, "description": tool.description, "parameters": schema}
    if not tool.description:
        del function["description"]
    if tool.strict is not None and family.strict_tools and family.schemas == "plain":
        function["strict"] = tool.strict
    return {"type": "function", "function": function}
