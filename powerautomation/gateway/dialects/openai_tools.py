"""Tools of chat completion requests: functions, freeform tools, a choice among some, and the older form of all that
(``functions``, ``function_call``), into the typed model.

Format: https://platform.openai.com/docs/api-reference/chat/create, read 2026-11.
"""

import msgspec

from powerautomation.gateway.dialects.entities import Tool, ToolCall, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_body import (
    CallMade,
    Function,
    NamedChoice,
    Request,
    ToolFunction,
    WireTool,
)
from powerautomation.gateway.dialects.openai_responses_tools import freeform_arguments, freeform_tool

_EMPTY_SCHEMA = msgspec.Raw(b'{"type":"object","properties":{}}')


class _Grammar(msgspec.Struct):
    definition: str = ""
    syntax: str = ""


class _Format(msgspec.Struct):
    type: str = "text"
    grammar: _Grammar | None = None


def tools_of(request: Request) -> tuple[Tool, ...]:
    """Return the tools of a request. Raises InvalidRequest for a kind nobody knows."""
    if request.functions and request.tools:
        raise InvalidRequest("functions is the older form of tools; a request can hold one of them only.")
    functions = (_function(one) for one in request.functions or ())
    return (*functions, *(_tool(one, place) for place, one in enumerate(request.tools or ())))


def _tool(tool: WireTool, place: int) -> Tool:
    if tool.type == "function" and tool.function is not None:
        return _function(tool.function)
    if tool.type == "custom" and tool.custom is not None:
        custom = tool.custom
        return freeform_tool(custom.name, custom.description or "", _grammar(custom.format, place))
    if tool.type in ("function", "custom"):
        raise InvalidRequest(f"tools[{place}] is of the type {tool.type} and has no “{tool.type}”.")
    raise InvalidRequest(
        f"tools[{place}] is of the type “{tool.type[:80]}”, which the model that serves this request cannot be given.",
        action="Declare it as a function or a custom tool.",
    )


def _function(function: ToolFunction) -> Tool:
    schema = function.parameters if bytes(function.parameters) not in (b"", b"null") else _EMPTY_SCHEMA
    return Tool(function.name, function.description or "", schema, function.strict)


def _grammar(raw: msgspec.Raw, place: int) -> msgspec.Raw | None:
    """Return the form of a freeform tool's text as the typed model keeps it, with syntax and definition beside the
    type."""
    if bytes(raw) in (b"", b"null"):
        return None
    try:
        form = msgspec.json.decode(raw, type=_Format)
    except msgspec.DecodeError as error:
        raise InvalidRequest(f"tools[{place}].custom.format cannot be read: {error}.") from None
    if form.grammar is None:
        return msgspec.Raw(msgspec.json.encode({"type": form.type}))
    grammar = {"type": form.type, "syntax": form.grammar.syntax, "definition": form.grammar.definition}
    return msgspec.Raw(msgspec.json.encode(grammar))


def choice_of(request: Request, tools: tuple[Tool, ...]) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    """Return what the client demands, and the tools that may be called. Raises InvalidRequest for a choice that names
    what is not there."""
    parallel = request.parallel_tool_calls
    if request.functions:
        return _older_choice(request, tools), tools
    choice = request.tool_choice
    if choice is None:
        return (None if parallel is None else ToolChoice("auto", "", parallel)), tools
    if isinstance(choice, NamedChoice):
        if choice.allowed_tools is None:
            return ToolChoice("tool", _named(choice, tools), parallel), tools
        allowed = {_named(one, tools) for one in choice.allowed_tools.tools}
        kept = tuple(tool for tool in tools if tool.name in allowed)
        return ToolChoice("any" if choice.allowed_tools.mode == "required" and kept else "auto", "", parallel), kept
    if choice == "required":
        if not tools:
            raise InvalidRequest("tool_choice requires a tool, and there are no tools.")
        return ToolChoice("any", "", parallel), tools
    return ToolChoice(choice, "", parallel), tools


def _older_choice(request: Request, tools: tuple[Tool, ...]) -> ToolChoice:
    # An answer in the older form holds one call.
    given = request.function_call
    if given is None or isinstance(given, str):
        return ToolChoice(given or "auto", "", parallel=False)
    if all(tool.name != given.name for tool in tools):
        raise InvalidRequest(f"function_call names “{given.name[:80]}”, which is not among the functions.")
    return ToolChoice("tool", given.name, parallel=False)


def _named(choice: NamedChoice, tools: tuple[Tool, ...]) -> str:
    named = choice.custom if choice.type == "custom" else choice.function if choice.type == "function" else None
    if named is None:
        raise InvalidRequest(
            f"tool_choice of the type “{choice.type[:80]}” cannot be told to the model that serves this request.",
            action="Use auto, none, required, a function, a custom tool or allowed_tools.",
        )
    if all(tool.name != named.name for tool in tools):
        raise InvalidRequest(f"tool_choice names “{named.name[:80]}”, which is not among the tools.")
    return named.name


def call_of(call: CallMade) -> ToolCall:
    """Return a call of the history. Raises InvalidRequest for one that calls nothing."""
    if call.custom is not None and call.type == "custom":
        return ToolCall(call.id, call.custom.name, freeform_arguments(call.custom.input))
    if call.function is None:
        raise InvalidRequest(f"The tool call “{call.id[:80]}” in the messages calls no function and no custom tool.")
    return ToolCall(call.id, call.function.name, call.function.arguments)


class OlderCalls:
    """Gives the calls of the older form ids, which depend on nothing but what stands before them, so that prompt caches
    hold. A result answers the last call of its function's name."""

    __slots__ = ("_count", "_open")

    def __init__(self) -> None:
        self._count = 0
        self._open: dict[str, str] = {}

    def call(self, function: Function) -> ToolCall:
        """Return a call of the history."""
        identifier = self._open[function.name] = f"call_fn_{self._count}"
        self._count += 1
        return ToolCall(identifier, function.name, function.arguments)

    def answered(self, name: str) -> str:
        """Return the id of the call that a result of a function answers. Raises InvalidRequest when there is none."""
        identifier = self._open.pop(name, None)
        if identifier is None:
            raise InvalidRequest(f"A message of the function “{name[:80]}” answers no function_call before it.")
        return identifier
