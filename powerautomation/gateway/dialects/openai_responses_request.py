"""Reads requests of Responses clients: their gist on the hot path, or the whole of them into the typed model."""

import re

import msgspec

from powerautomation.gateway.dialects.entities import ChatRequest, Message, Text, ThinkingOptions, Tool, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_responses_body import Count, NamedTool, Reasoning, Request
from powerautomation.gateway.dialects.openai_responses_history import UNREADABLE, declare_among_input, read_items
from powerautomation.gateway.dialects.openai_responses_tools import ToolTable
from powerautomation.gateway.dialects.ports import Peek, wished

_Raw = msgspec.Raw
_EFFORTS = {
    "minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high",
}  # fmt: skip


class _ToolGist(msgspec.Struct, gc=False):
    type: str = ""
    tools: list[_Raw] | None = None


class _Gist(msgspec.Struct, gc=False):
    model: str
    input: str | list[_Raw] = ""
    stream: bool | None = None
    tools: list[_ToolGist] | None = None
    prompt: _Raw = _Raw()
    previous_response_id: str | None = None
    conversation: _Raw = _Raw()
    max_output_tokens: Count | None = None
    reasoning: Reasoning | None = None
    prompt_cache_key: str | None = None
    user: str | None = None
    service_tier: object = None


class _TypedPart(msgspec.Struct, gc=False):
    type: str = ""
    file_data: _Raw = _Raw()


class _Bodied(msgspec.Struct, gc=False):
    type: str = ""
    content: str | list[_TypedPart] | None = None
    output: str | list[_TypedPart] | None = None
    tools: list[_ToolGist] | None = None


class _Declared(msgspec.Struct, gc=False):
    tools: list[_Raw] | None = None
    input: str | list[_Raw] = ""


_gists = msgspec.json.Decoder(_Gist)
_bodied = msgspec.json.Decoder(_Bodied)
_TEXT_FILE = re.compile(rb'"data:(text|application\\?/json)\b')
_declared = msgspec.json.Decoder(_Declared)
_requests = msgspec.json.Decoder(Request)
# Searches for these are safe: inside JSON strings quotes are escaped, so words between bare quotes are keys or values.
_LOOK_CLOSER = (b'"input_image"', b'"input_file"', b'"additional_tools"', b'"tool_search_output"')


def refusal(error: Exception) -> InvalidRequest:
    """Return what is wrong with a body that could not be decoded."""
    if isinstance(error, RecursionError):
        return InvalidRequest("The request body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return InvalidRequest("The request body is not valid UTF-8.")
    if isinstance(error, msgspec.ValidationError):
        return InvalidRequest(f"The request body is not a Responses request: {error}.")
    return InvalidRequest(f"The request body is not valid JSON: {error}.")


def peek(body: bytes) -> Peek:
    """Return the gist of a request. Raises InvalidRequest for what cannot be one."""
    try:
        gist = _gists.decode(body)
        if not body.isascii():
            # Skipped parts are not checked by the decoder, and an upstream must never get broken text from us.
            body.decode()
    except UNREADABLE as error:
        raise refusal(error) from None
    # What the vendor keeps, a prompt or a conversation, may be all there is to say.
    kept = gist.previous_response_id or _is_given(gist.prompt) or _is_given(gist.conversation)
    if not gist.model or not (gist.input or kept):
        raise InvalidRequest(f"The request has no {'input' if gist.model else 'model'}.")
    images = documents = False
    tools = _count(gist.tools)
    if not isinstance(gist.input, str) and any(word in body for word in _LOOK_CLOSER):
        for raw in gist.input:
            item = _bodied_item(raw)
            for part in (part for parts in (item.content, item.output) if isinstance(parts, list) for part in parts):
                images |= part.type == "input_image"
                # A file of text goes on as text, which every model reads.
                documents |= part.type == "input_file" and not _TEXT_FILE.match(memoryview(part.file_data))
            tools += _count(item.tools)
    effort = gist.reasoning.effort if gist.reasoning is not None else None
    return Peek(
        gist.model,
        gist.stream is True,
        tools,
        images,
        documents,
        effort not in (None, "none"),
        gist.max_output_tokens,
        True,
        gist.prompt_cache_key or gist.user or "",
        service_tier=wished(gist.service_tier),
    )


def _count(tools: list[_ToolGist] | None) -> int:
    return sum(len(tool.tools) if tool.tools else 1 for tool in tools) if tools else 0


def _bodied_item(raw: _Raw) -> _Bodied:
    try:
        return _bodied.decode(raw)
    except UNREADABLE:
        # Whoever reads the whole item says what is wrong with it.
        return _Bodied()


def tool_table(body: bytes) -> ToolTable:
    """Return the tools of a request. Raises InvalidRequest."""
    try:
        declared = _declared.decode(body)
    except UNREADABLE as error:
        raise refusal(error) from None
    table = ToolTable()
    table.add(declared.tools or ())
    if not isinstance(declared.input, str):
        declare_among_input(declared.input, table)
    return table


def decode_request(body: bytes) -> ChatRequest:
    """Return the whole request. Raises InvalidRequest for what is malformed or has no meaning elsewhere."""
    try:
        request = _requests.decode(body)
        if not body.isascii():
            body.decode()
    except UNREADABLE as error:
        raise refusal(error) from None
    _refuse_untranslatable(request)
    table = ToolTable()
    table.add(request.tools or ())
    if isinstance(request.input, str):
        messages: tuple[Message, ...] = (Message("user", (Text(request.input),)),)
    else:
        declare_among_input(request.input, table)
        messages = read_items(request.input, table)
    choice, tools = _tool_choice(request, table)
    wanted = request.text.format if request.text is not None else None
    form = wanted if wanted is not None and wanted.type == "json_schema" else None
    if form is not None and not len(memoryview(form.schema)):
        raise InvalidRequest("text.format of type json_schema needs a schema.")
    return ChatRequest(
        model=request.model,
        messages=messages,
        system=(Text(request.instructions),) if request.instructions else (),
        tools=tools,
        server_tools=tuple(table.hosted),
        tool_choice=choice,
        max_output_tokens=request.max_output_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        thinking=_thinking(request.reasoning),
        response_schema=form.schema.copy() if form is not None else None,
        json_mode=wanted is not None and wanted.type == "json_object",
        stream=request.stream is True,
        end_user=request.safety_identifier or request.user or "",
        ignored=_ignored(request, table),
        response_schema_name=(form.name or "") if form is not None else "",
        response_schema_strict=form.strict if form is not None else None,
        response_schema_description=(form.description or "") if form is not None else "",
        client="openai-responses",
    )


def _ignored(request: Request, table: ToolTable) -> tuple[str, ...]:
    """Name the wishes that no other vendor knows, tools that OpenAI runs itself among them."""
    given = {
        "verbosity": request.text is not None and request.text.verbosity,
        "service_tier": request.service_tier,
        "truncation": request.truncation == "auto",
        "max_tool_calls": request.max_tool_calls,
    }
    return (*(name for name, value in given.items() if value), *table.hosted)


def _is_given(raw: _Raw) -> bool:
    return bytes(raw) not in (b"", b"null", b"[]")


def _refuse_untranslatable(request: Request) -> None:
    no_place = ""
    if request.previous_response_id:
        no_place = "previous_response_id: no memory of earlier answers"
    elif _is_given(request.conversation):
        no_place = "conversation: no stored conversations"
    elif _is_given(request.prompt):
        no_place = "prompt: no stored prompts"
    elif request.background:
        no_place = "background: no answers in the background"
    elif _is_given(request.context_management):
        no_place = "context_management: no compaction by the vendor"
    elif _is_given(request.moderation):
        no_place = "moderation: no moderation by the vendor"
    elif request.top_logprobs or "message.output_text.logprobs" in (request.include or ()):
        no_place = "logprobs: no token probabilities"
    if no_place:
        field, what = no_place.split(": ")
        raise InvalidRequest(
            f"The model that serves this request speaks another API, which has {what}.",
            action=f"Leave out {field}, or ask for a model of an OpenAI-style provider.",
            fields={field: f"{what} can be had"},
        )


def _tool_choice(request: Request, table: ToolTable) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    tools = tuple(declared.tool for declared in table.by_name.values())
    choice = request.tool_choice
    parallel = request.parallel_tool_calls
    if choice is None or choice == "auto":
        return (None if choice is None and parallel is None else ToolChoice("auto", "", parallel)), tools
    if isinstance(choice, str):
        if choice == "none":
            return ToolChoice("none", "", parallel), tools
        if choice != "required":
            raise InvalidRequest(f"tool_choice must be auto, none, required or an object, not “{choice[:80]}”.")
        if not tools and not table.hosted:
            raise InvalidRequest("tool_choice requires a tool, and there are no tools.")
        return ToolChoice("any" if tools else "auto", "", parallel), tools
    if choice.type == "allowed_tools":
        allowed = {_chosen(one, table) for one in choice.tools or ()}
        tools = tuple(tool for tool in tools if tool.name in allowed)
        return ToolChoice("any" if choice.mode == "required" and tools else "auto", "", parallel), tools
    name = _chosen(choice, table)
    return (ToolChoice("tool", name, parallel) if name else ToolChoice("auto", "", parallel)), tools


def _chosen(choice: NamedTool, table: ToolTable) -> str:
    """Return the name of the tool a choice means; empty for one the vendor runs. Raises InvalidRequest."""
    if choice.type not in ("function", "custom"):
        # A hosted tool is removed on the way to others, so a choice that names it is reset.
        return ""
    name = table.name_of(choice.namespace or "", choice.name)
    if name not in table.by_name:
        raise InvalidRequest(f"tool_choice names “{choice.name[:80]}”, which is not among the tools.")
    return name


def _thinking(wish: Reasoning | None) -> ThinkingOptions:
    effort = wish.effort if wish is not None else None
    if effort is None:
        return ThinkingOptions()
    if effort == "none":
        return ThinkingOptions("off")
    if effort not in _EFFORTS:
        raise InvalidRequest(f"reasoning.effort must be one of none, {', '.join(_EFFORTS)}.")
    return ThinkingOptions("on", None, _EFFORTS[effort])
