"""Reads requests of OpenAI clients: their gist on the hot path, or the whole of them into the typed model."""

import re
from typing import Literal

import msgspec

from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ThinkingOptions,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_body import (
    AssistantTurn,
    Content,
    Count,
    DeveloperTurn,
    File,
    FilePart,
    FunctionTurn,
    ImagePart,
    ImageUrl,
    RefusalPart,
    Request,
    StreamOptions,
    SystemTurn,
    TextPart,
    ThinkingWish,
    ToolTurn,
    Turn,
)
from powerautomation.gateway.dialects.openai_tools import OlderCalls, call_of, choice_of, tools_of
from powerautomation.gateway.dialects.ports import Peek, wished

_Raw = msgspec.Raw


class _ToolGist(msgspec.Struct, gc=False):
    type: str = ""


class _Gist(msgspec.Struct, gc=False):
    model: str
    messages: list[_Raw]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[_ToolGist] | None = None
    functions: list[_Raw] | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    reasoning_effort: str | None = None
    thinking: ThinkingWish | None = None
    prompt_cache_key: str | None = None
    user: str | None = None
    service_tier: object = None


class _TypedPart(msgspec.Struct, gc=False):
    type: str = ""
    file: _Raw = _Raw()


class _Bodied(msgspec.Struct, gc=False):
    content: str | list[_TypedPart] | None = None


_gists = msgspec.json.Decoder(_Gist)
_bodied = msgspec.json.Decoder(_Bodied)
_TEXT_FILE = re.compile(rb'"file_data"\s*:\s*"data:(text|application\\?/json)\b')


def _refusal(error: Exception) -> InvalidRequest:
    if isinstance(error, RecursionError):
        return InvalidRequest("The request body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return InvalidRequest("The request body is not valid UTF-8.")
    if isinstance(error, msgspec.ValidationError):
        return InvalidRequest(f"The request body is not a chat completion request: {error}.")
    return InvalidRequest(f"The request body is not valid JSON: {error}.")


_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def peek(body: bytes) -> Peek:
    """Return the gist of a request. Raises InvalidRequest for what cannot be one."""
    try:
        gist = _gists.decode(body)
        if not body.isascii():
            # Skipped parts are not checked by the decoder, and an upstream must never get broken text from us.
            body.decode()
    except _UNREADABLE as error:
        raise _refusal(error) from None
    if not gist.model or not gist.messages:
        raise InvalidRequest(f"The request has no {'messages' if gist.model else 'model'}.")
    images = documents = False
    if b'"image_url"' in body or b'"file"' in body:
        images, documents = _media(gist.messages)
    options = gist.stream_options
    thinking = gist.thinking
    stream = gist.stream is True
    return Peek(
        gist.model,
        stream,
        len(gist.tools or gist.functions or ()),
        images,
        documents,
        thinking.type == "enabled" if thinking is not None else gist.reasoning_effort not in (None, "none"),
        gist.max_completion_tokens or gist.max_tokens,
        (options is not None and options.include_usage is True) if stream else True,
        gist.prompt_cache_key or gist.user or "",
        service_tier=wished(gist.service_tier),
        restated_tools=bool(gist.functions)
        or (b'"custom"' in body and any(tool.type == "custom" for tool in gist.tools or ())),
    )


def _media(messages: list[_Raw]) -> tuple[bool, bool]:
    images = documents = False
    for message in messages:
        try:
            content = _bodied.decode(message).content
        except _UNREADABLE as error:
            raise _refusal(error) from None
        for part in content if isinstance(content, list) else ():
            images |= part.type == "image_url"
            # A file of text goes on as text, which every model reads.
            documents |= part.type == "file" and not _TEXT_FILE.search(memoryview(part.file))
    return images, documents


_requests = msgspec.json.Decoder(Request)
_EFFORTS = {"minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}


def decode_request(body: bytes) -> ChatRequest:
    """Return the whole request in the typed model. Raises InvalidRequest for what is malformed and for what cannot be
    carried to another dialect; nothing is dropped silently."""
    try:
        request = _requests.decode(body)
        body.decode()
    except _UNREADABLE as error:
        raise _refusal(error) from None
    if not request.model:
        raise InvalidRequest("The request has no model.")
    _refuse_untranslatable(request)
    wanted = request.response_format
    form = None
    if wanted is not None and wanted.type == "json_schema":
        form = wanted.json_schema
        if form is None or bytes(form.schema) in (b"", b"null"):
            raise InvalidRequest("response_format of type json_schema has no json_schema.schema.")
    stop = request.stop
    choice, tools = choice_of(request, tools_of(request))
    return ChatRequest(
        model=request.model,
        messages=_messages(request.messages),
        tools=tools,
        tool_choice=choice,
        max_output_tokens=request.max_completion_tokens or request.max_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k,
        stop=(stop,) if isinstance(stop, str) else tuple(stop or ()),
        thinking=_thinking(request),
        response_schema=form.schema if form is not None else None,
        json_mode=wanted is not None and wanted.type == "json_object",
        stream=request.stream is True,
        include_usage=(
            request.stream_options is not None and request.stream_options.include_usage is True
            if request.stream
            else True
        ),
        end_user=request.safety_identifier or request.user or "",
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        seed=request.seed,
        ignored=_ignored(request),
        response_schema_name=(form.name or "") if form is not None else "",
        response_schema_strict=form.strict if form is not None else None,
        response_schema_description=(form.description or "") if form is not None else "",
        client="openai-chat",
    )


def _ignored(request: Request) -> tuple[str, ...]:
    given = {
        "service_tier": request.service_tier,
        "prediction": bytes(request.prediction) or None,
        "verbosity": request.verbosity,
        "store": request.store or None,
        "metadata": None if bytes(request.metadata) in (b"", b"null", b"{}") else True,
        # The others' words can say who speaks; in the model's own mouth it would be taken for a part of the answer.
        "messages.name": any(isinstance(turn, AssistantTurn) and turn.name for turn in request.messages) or None,
    }
    return tuple(name for name, value in given.items() if value is not None)


def _refuse_untranslatable(request: Request) -> None:
    no_place = ""
    if request.n not in (None, 1):
        no_place = "n: only one choice"
    elif request.logprobs or request.top_logprobs:
        no_place = "logprobs: no token probabilities"
    elif request.logit_bias:
        no_place = "logit_bias: no bias on tokens"
    elif request.modalities not in (None, ["text"]):
        no_place = "modalities: only text"
    elif bytes(request.audio) not in (b"", b"null"):
        no_place = "audio: only text"
    elif bytes(request.web_search_options) not in (b"", b"null"):
        no_place = "web_search_options: no search of the web"
    if no_place:
        field, what = no_place.split(": ")
        raise InvalidRequest(
            f"The model that serves this request speaks another API, which has {what}.",
            action=f"Leave out {field}, or ask for a model of an OpenAI-style provider.",
            fields={field: f"{what} can be had"},
        )


def _thinking(request: Request) -> ThinkingOptions:
    effort = request.reasoning_effort
    wish = request.thinking
    if effort not in (None, "none", *_EFFORTS):
        raise InvalidRequest(f"reasoning_effort must be one of none, {', '.join(_EFFORTS)}.")
    if wish is not None:
        if wish.type not in ("enabled", "disabled"):
            raise InvalidRequest("thinking.type must be enabled or disabled.")
        mode: Literal["on", "off"] = "on" if wish.type == "enabled" else "off"
        return ThinkingOptions(mode, wish.budget_tokens, _EFFORTS.get(effort or "", ""))
    if effort is None:
        return ThinkingOptions()
    return ThinkingOptions("off") if effort == "none" else ThinkingOptions("on", None, _EFFORTS[effort])


def _messages(turns: list[Turn]) -> tuple[Message, ...]:
    messages: list[Message] = []
    after_result = False
    older = OlderCalls()
    for turn in turns:
        if isinstance(turn, ToolTurn):
            parts: tuple[Part, ...] = (ToolResult(turn.tool_call_id, _result_parts(turn.content)),)
        elif isinstance(turn, FunctionTurn):
            parts = (ToolResult(older.answered(turn.name), _result_parts(turn.content)),)
        elif isinstance(turn, AssistantTurn):
            parts = _assistant_parts(turn, older)
        else:
            parts = tuple(_parts(turn.content))
            if turn.name:
                parts = _spoken_by(turn.name, parts)
        role: Literal["system", "user", "assistant"] = "user"
        if isinstance(turn, SystemTurn | DeveloperTurn):
            role = "system"
            if not all(isinstance(part, Text) for part in parts):
                raise InvalidRequest("A system message can hold only text.")
        elif isinstance(turn, AssistantTurn):
            role = "assistant"
        if role == "user" and after_result:
            # Results of one turn belong together, and so does what the person said with them.
            parts = messages.pop().parts + parts
        after_result = role == "user" and isinstance(parts[0] if parts else None, ToolResult)
        messages.append(Message(role, parts))
    return tuple(messages)


def _spoken_by(name: str, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Say in words who speaks: no other dialect has a place for the name of a speaker."""
    for place, part in enumerate(parts):
        if isinstance(part, Text) and part.text:
            return (*parts[:place], msgspec.structs.replace(part, text=f"{name}: {part.text}"), *parts[place + 1 :])
    return (Text(f"{name}:"), *parts) if parts else parts


def _assistant_parts(turn: AssistantTurn, older: OlderCalls) -> tuple[Part, ...]:
    if bytes(turn.audio) not in (b"", b"null"):
        raise InvalidRequest(
            "An answer given as audio cannot be told to the model that serves this request.",
            action="Send its text as the content of the message.",
        )
    parts: list[Part] = []
    thought = turn.reasoning_content or turn.reasoning
    if thought:
        parts.append(Thinking(thought))
    parts += _parts(turn.content)
    if turn.refusal:
        parts.append(Text(turn.refusal))
    parts += (call_of(call) for call in turn.tool_calls or ())
    if turn.function_call is not None:
        parts.append(older.call(turn.function_call))
    return tuple(parts)


def _result_parts(content: Content | None) -> tuple[Text | Image | Document, ...]:
    return tuple(_parts(content))


def _parts(content: Content | None) -> list[Text | Image | Document]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [Text(content)]
    parts: list[Text | Image | Document] = []
    for part in content:
        if isinstance(part, TextPart):
            parts.append(Text(part.text, part.cache_control or None))
        elif isinstance(part, ImagePart):
            parts.append(_image(part.image_url))
        elif isinstance(part, FilePart):
            parts.append(file_document(part.file))
        elif isinstance(part, RefusalPart):
            parts.append(Text(part.refusal))
        else:
            raise InvalidRequest(
                "Audio input (input_audio) cannot be sent to the model that serves this request.",
                action="Send text, images or files, or ask for a model of an OpenAI-style provider that hears.",
            )
    return parts


def data_url(url: str) -> tuple[str, str] | None:
    """Return media type and base64 data of a ``data:`` URL, None for another URL."""
    if not url.startswith("data:"):
        return None
    head, comma, data = url[5:].partition(",")
    if not comma or not head.endswith(";base64"):
        raise InvalidRequest("A data: URL must have the form data:<media type>;base64,<data>.")
    return head.removesuffix(";base64").partition(";")[0], data


def _image(given: ImageUrl | str) -> Image:
    url, detail = (given, "") if isinstance(given, str) else (given.url, given.detail or "")
    data = data_url(url)
    if data is not None:
        return Image(media_type=data[0], data=data[1], detail=detail)
    if not url.startswith(("https://", "http://")):
        raise InvalidRequest("An image_url must be a data: or an http(s): URL.")
    return Image(url=url, detail=detail)


def file_document(file: File) -> Document:
    """Return a file of the wire as a document. Raises InvalidRequest for one the vendor keeps."""
    if not file.file_data:
        raise InvalidRequest(
            "A file given by file_id cannot be sent to the model that serves this request.",
            action="Send the file itself in file_data.",
        )
    media_type, data = data_url(file.file_data) or ("application/pdf", file.file_data)
    return Document(media_type=media_type, data=data, title=file.filename or "")
