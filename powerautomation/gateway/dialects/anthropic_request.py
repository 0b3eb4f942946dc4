"""Requests in Anthropic's Messages format. Facts: https://platform.claude.com/docs/en/api/messages (read 2026-11)."""

from collections.abc import Callable
from typing import Any

import msgspec

from powerautomation.gateway.dialects.anthropic_answer import UNREADABLE
from powerautomation.gateway.dialects.anthropic_peek import NOTHING, malformed
from powerautomation.gateway.dialects.anthropic_told import told_search_result, told_server_tool, wishes_in_blocks
from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ThinkingOptions,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest

MOST_MESSAGES = 100_000
# Claude Code's first system block; its hash changes with every prompt, so elsewhere it would break prompt caches.
BILLING_HEADER = "x-anthropic-billing-header"
_EFFORT_BY_BUDGET = ((4_000, "low"), (16_000, "medium"))
# Every other field changes nothing about the meaning of the answer, or is not known yet: it stays behind and is noted.
_CARRIED = frozenset(
    {
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "max_tokens",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "stream",
        "thinking",
        "output_config",
        "output_format",
    }
)
# Bookkeeping of the vendor's own: who calls, and how it manages its memory of the conversation.
_BOOKKEEPING = frozenset({"metadata", "context_management", "betas", "cache_control", "diagnostics"})


def decode_request(body: bytes) -> ChatRequest:
    """Return the whole request in the typed model. Raises InvalidRequest that names the place."""
    try:
        root = msgspec.json.decode(body)
    except UNREADABLE as error:
        raise malformed(error) from None
    if not isinstance(root, dict):
        raise InvalidRequest("The body must be a JSON object.")
    _refuse_what_only_anthropic_runs(root)
    raw_tools = _raw_schemas(body) if root.get("tools") else {}
    tools, server_tools = _tools(root.get("tools"), raw_tools)
    response_schema, json_mode = _response_schema(root)
    return ChatRequest(
        model=_text(root, "model", required=True),
        messages=_messages(root.get("messages")),
        system=_system(root.get("system")),
        tools=tools,
        server_tools=server_tools,
        tool_choice=_tool_choice(root.get("tool_choice"), {tool.name for tool in tools}, server_tools),
        max_output_tokens=_number(root, "max_tokens", int),
        temperature=_number(root, "temperature", float),
        top_p=_number(root, "top_p", float),
        top_k=_number(root, "top_k", int),
        stop=_stop(root.get("stop_sequences")),
        thinking=_thinking(root.get("thinking"), root.get("output_config")),
        response_schema=response_schema,
        json_mode=json_mode,
        stream=root.get("stream") is True,
        include_usage=True,
        client="anthropic-messages",
        ignored=(
            *(
                name[:50]
                for name, value in root.items()
                if value is not None and name not in _CARRIED and name not in _BOOKKEEPING
            ),
            *(name[:50] for name in server_tools),
            *wishes_in_blocks(root),
        ),
    )


def _refuse_what_only_anthropic_runs(root: dict[str, Any]) -> None:
    for name, what in (("mcp_servers", "tools of MCP servers"), ("container", "a container")):
        if root.get(name):
            raise InvalidRequest(
                f"{name}: {what} can only be run by Anthropic, and another provider serves this request.",
                action=f"Leave {name} out, or ask for a model that Anthropic serves.",
            )


def _fail(path: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"{path}: {why}")


def _text(holder: dict[str, Any], name: str, path: str = "", *, required: bool = False) -> str:
    value = holder.get(name)
    where = f"{path}.{name}" if path else name
    if value is None:
        if required:
            raise _fail(where, "is required")
        return ""
    if not isinstance(value, str):
        raise _fail(where, "must be a string")
    return value


def _number(holder: dict[str, Any], name: str, kind: Callable[[Any], Any]) -> Any:
    value = holder.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or (kind is int and not isinstance(value, int)):
        raise _fail(name, "must be a number" if kind is float else "must be a whole number")
    if value < 0 or (kind is int and value > 2**31):
        raise _fail(name, "is out of range")
    return kind(value)


def _objects(value: Any, path: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise _fail(path, "must be an array")
    for position, item in enumerate(value):
        if not isinstance(item, dict):
            raise _fail(f"{path}.{position}", "must be an object")
    return value


def _stop(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _fail("stop_sequences", "must be an array of strings")
    return tuple(value)


def _system(value: Any) -> tuple[Text, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (Text(value),)
    blocks = []
    for position, block in enumerate(_objects(value, "system")):
        path = f"system.{position}"
        if block.get("type") != "text":
            raise _fail(path, "only text blocks are possible")
        text = _text(block, "text", path, required=True)
        if not text.startswith(BILLING_HEADER):
            blocks.append(Text(text))
    return tuple(blocks)


def _messages(value: Any) -> tuple[Message, ...]:
    messages = _objects(value, "messages")
    if not messages:
        raise _fail("messages", "must not be empty")
    if len(messages) > MOST_MESSAGES:
        raise _fail("messages", f"holds more than {MOST_MESSAGES}")
    return tuple(_message(message, f"messages.{position}") for position, message in enumerate(messages))


def _message(message: dict[str, Any], path: str) -> Message:
    role = message.get("role")
    if role not in ("user", "assistant", "system"):
        raise _fail(f"{path}.role", "must be user, assistant or system")
    content = message.get("content")
    if isinstance(content, str):
        return Message(role, (Text(content),))
    blocks = _objects(content, f"{path}.content")
    parts = [
        part
        for position, block in enumerate(blocks)
        for part in _part(block, f"{path}.content.{position}", assistant=role == "assistant")
    ]
    return Message(role, tuple(parts))


def _part(block: dict[str, Any], path: str, *, assistant: bool) -> tuple[Part, ...]:
    kind = block.get("type")
    if kind == "text":
        return (Text(_text(block, "text", path, required=True)),)
    if kind == "image":
        return (_image(block, path),)
    if kind == "document":
        return _document(block, path)
    if kind == "thinking":
        return (Thinking(_text(block, "thinking", path), signature=_text(block, "signature", path)),)
    if kind == "redacted_thinking":
        return (Thinking(redacted_data=_text(block, "data", path)),)
    if kind == "tool_use" and assistant:
        return (_tool_call(block, path),)
    if kind == "tool_result" and not assistant:
        return (_tool_result(block, path),)
    if kind in ("server_tool_use",) or (isinstance(kind, str) and kind.endswith("_tool_result")):
        # A tool Anthropic ran on its own servers: what it did is told as text, so that the story stays whole.
        return (Text(told_server_tool(block)),)
    if kind == "tool_reference":
        return (Text(f"[tool {_text(block, 'tool_name', path)} is available]"),)
    if kind == "search_result":
        title, source = _text(block, "title", path), _text(block, "source", path)
        return (Text(told_search_result(title, source, block.get("content"))),)
    raise _fail(path, f"content of type {kind!r} cannot be carried to the chosen model")


def _image(block: dict[str, Any], path: str) -> Image:
    source = block.get("source")
    if not isinstance(source, dict):
        raise _fail(f"{path}.source", "must be an object")
    if source.get("type") == "base64":
        return Image(
            media_type=_text(source, "media_type", f"{path}.source", required=True),
            data=_text(source, "data", f"{path}.source", required=True),
        )
    if source.get("type") == "url":
        return Image(url=_text(source, "url", f"{path}.source", required=True))
    raise _fail(f"{path}.source", "only base64 and url sources can be carried to the chosen model")


def _document(block: dict[str, Any], path: str) -> tuple[Text | Document, ...]:
    source = block.get("source")
    if not isinstance(source, dict):
        raise _fail(f"{path}.source", "must be an object")
    title = _text(block, "title", path)
    context = _text(block, "context", path)
    # No other vendor has a place for what a document is about, so it stands before it.
    about = (Text(f"About the document {f'“{title}” ' if title else ''}that follows: {context}"),) if context else ()
    kind = source.get("type")
    if kind == "text":
        text = _text(source, "data", f"{path}.source", required=True)
        return (*about, Text(f"{title}\n{text}" if title else text))
    if kind == "base64":
        media_type = _text(source, "media_type", f"{path}.source", required=True)
        data = _text(source, "data", f"{path}.source", required=True)
        return (*about, Document(media_type=media_type, data=data, title=title))
    if kind == "url":
        return (*about, Document(url=_text(source, "url", f"{path}.source", required=True), title=title))
    raise _fail(f"{path}.source", "this kind of document cannot be carried to the chosen model")


def _tool_call(block: dict[str, Any], path: str) -> ToolCall:
    arguments = block.get("input", {})
    if not isinstance(arguments, dict):
        raise _fail(f"{path}.input", "must be an object")
    return ToolCall(
        id=_text(block, "id", path, required=True),
        name=_text(block, "name", path, required=True),
        arguments=msgspec.json.encode(arguments).decode(),
    )


def _tool_result(block: dict[str, Any], path: str) -> ToolResult:
    content = block.get("content")
    parts: list[Text | Image | Document] = []
    if isinstance(content, str):
        parts.append(Text(content))
    elif content is not None:
        for position, inner in enumerate(_objects(content, f"{path}.content")):
            for part in _part(inner, f"{path}.content.{position}", assistant=False):
                if not isinstance(part, Text | Image | Document):
                    raise _fail(f"{path}.content.{position}", "cannot stand in a tool result")
                parts.append(part)
    return ToolResult(
        call_id=_text(block, "tool_use_id", path, required=True),
        parts=tuple(parts),
        is_error=block.get("is_error") is True,
    )


class _ToolSchema(msgspec.Struct):
    name: str = ""
    input_schema: msgspec.Raw = NOTHING


class _ToolSchemas(msgspec.Struct):
    tools: list[_ToolSchema]


def _raw_schemas(body: bytes) -> dict[str, msgspec.Raw]:
    """Return each tool's schema as the client wrote it: re-encoding could change numbers or the order of keys."""
    try:
        decoded = msgspec.json.decode(body, type=_ToolSchemas)
    except UNREADABLE as error:
        raise malformed(error) from None
    return {tool.name: tool.input_schema.copy() for tool in decoded.tools if len(memoryview(tool.input_schema))}


def _tools(value: Any, schemas: dict[str, msgspec.Raw]) -> tuple[tuple[Tool, ...], tuple[str, ...]]:
    if value is None:
        return (), ()
    tools = []
    server_tools = []
    for position, tool in enumerate(_objects(value, "tools")):
        path = f"tools.{position}"
        name = _text(tool, "name", path, required=True)
        if tool.get("type") not in (None, "custom"):
            # web_search_…, code_execution_…, computer_…: Anthropic's own, unknown to every other vendor.
            server_tools.append(name)
            continue
        if name not in schemas:
            raise _fail(f"{path}.input_schema", "is required")
        strict = tool.get("strict")
        tools.append(
            Tool(name, _text(tool, "description", path), schemas[name], strict if isinstance(strict, bool) else None)
        )
    return tuple(tools), tuple(server_tools)


def _tool_choice(value: Any, names: set[str], server_tools: tuple[str, ...]) -> ToolChoice | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _fail("tool_choice", "must be an object")
    parallel = False if value.get("disable_parallel_tool_use") is True else None
    mode = value.get("type")
    if mode == "tool":
        name = _text(value, "name", "tool_choice", required=True)
        if name in server_tools:
            # A server tool is removed on the way to others, so a choice that names it is reset.
            return ToolChoice("auto", "", parallel)
        if name not in names:
            raise _fail("tool_choice.name", f"there is no tool “{name[:64]}”")
        return ToolChoice("tool", name, parallel)
    if mode in ("auto", "any", "none"):
        return ToolChoice(mode, "", parallel)
    raise _fail("tool_choice.type", "must be auto, any, tool or none")


def _thinking(value: Any, output_config: Any) -> ThinkingOptions:
    effort = output_config.get("effort") if isinstance(output_config, dict) else None
    words = effort if isinstance(effort, str) else ""
    if value is None:
        # Unasked, the models of this format do not think; others would, and would bill it.
        return ThinkingOptions("off", effort=words)
    if not isinstance(value, dict):
        raise _fail("thinking", "must be an object")
    kind = value.get("type")
    if kind == "disabled":
        return ThinkingOptions("off")
    if kind == "adaptive":
        return ThinkingOptions("adaptive", effort=words)
    if kind == "enabled":
        budget = value.get("budget_tokens")
        if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < 0):
            raise _fail("thinking.budget_tokens", "must be a whole number")
        if not words and budget is not None:
            words = next((name for limit, name in _EFFORT_BY_BUDGET if budget <= limit), "high")
        return ThinkingOptions("on", budget, words)
    raise _fail("thinking.type", "must be enabled, adaptive or disabled")


def _response_schema(root: dict[str, Any]) -> tuple[msgspec.Raw | None, bool]:
    config = root.get("output_config")
    wanted = root.get("output_format") or (config.get("format") if isinstance(config, dict) else None)
    if wanted is None:
        return None, False
    if (
        not isinstance(wanted, dict)
        or wanted.get("type") != "json_schema"
        or not isinstance(wanted.get("schema"), dict)
    ):
        raise _fail("output_format", "must be a json_schema with a schema")
    return msgspec.Raw(msgspec.json.encode(wanted["schema"])), False
