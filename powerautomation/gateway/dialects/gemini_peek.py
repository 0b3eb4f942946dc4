"""The gist of a request in Google's format, without decoding what routing need not know."""

import msgspec

from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_failure import UNREADABLE
from powerautomation.gateway.dialects.ports import Peek

_Raw = msgspec.Raw
_NOTHING = _Raw()
# In JSON text quotes are escaped, so these words between bare quotes are names of fields.
_MEDIA = (b'"inlineData"', b'"inline_data"', b'"fileData"', b'"file_data"')


class _ThinkingConfig(msgspec.Struct, gc=False):
    thinkingBudget: int | None = None  # noqa: N815 - as Google writes it
    thinking_budget: int | None = None


class _Config(msgspec.Struct, gc=False):
    maxOutputTokens: int | None = None  # noqa: N815 - as Google writes it
    max_output_tokens: int | None = None
    thinkingConfig: _ThinkingConfig | None = None  # noqa: N815 - as Google writes it
    thinking_config: _ThinkingConfig | None = None


class _Tool(msgspec.Struct, gc=False):
    functionDeclarations: list[_Raw] | None = None  # noqa: N815 - as Google writes it
    function_declarations: list[_Raw] | None = None


class _Gist(msgspec.Struct, gc=False):
    contents: _Raw = _NOTHING
    tools: list[_Tool] | _Tool | None = None
    generationConfig: _Config | None = None  # noqa: N815 - as Google writes it
    generation_config: _Config | None = None


class _Media(msgspec.Struct, gc=False):
    mimeType: str = ""  # noqa: N815 - as Google writes it
    mime_type: str = ""


class _Response(msgspec.Struct, gc=False):
    parts: "list[_Part] | None" = None


class _Part(msgspec.Struct, gc=False):
    inlineData: _Media | None = None  # noqa: N815 - as Google writes it
    inline_data: _Media | None = None
    fileData: _Media | None = None  # noqa: N815 - as Google writes it
    file_data: _Media | None = None
    functionResponse: _Response | None = None  # noqa: N815 - as Google writes it
    function_response: _Response | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | _Part | None = None


_gists = msgspec.json.Decoder(_Gist, strict=False)
_contents = msgspec.json.Decoder(list[_Content] | _Content)


def malformed(error: Exception) -> InvalidRequest:
    """Return the refusal of a body that is not a request."""
    if isinstance(error, msgspec.ValidationError):
        return InvalidRequest(f"The request is not valid: {error}")
    if isinstance(error, RecursionError):
        return InvalidRequest("The request is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return InvalidRequest("The request is not valid UTF-8.")
    return InvalidRequest(f"The body is not valid JSON: {error}")


def peek(body: bytes) -> Peek:
    """Return the gist of a request, without the model and the wish to stream, which the address says. Raises
    InvalidRequest for what cannot be one."""
    try:
        gist = _gists.decode(body)
        if not body.isascii():
            # Skipped parts are not checked by the decoder, and an upstream must never get broken text from us.
            body.decode()
    except UNREADABLE as error:
        raise malformed(error) from None
    if not len(memoryview(gist.contents)):
        raise InvalidRequest("contents: is required")
    images = documents = False
    if any(word in body for word in _MEDIA):
        images, documents = _media_in(gist.contents)
    config = gist.generationConfig or gist.generation_config or _Config()
    thinking = config.thinkingConfig or config.thinking_config
    tools = gist.tools if isinstance(gist.tools, list) else [gist.tools] if gist.tools is not None else []
    return Peek(
        "",
        tools=sum(len(tool.functionDeclarations or tool.function_declarations or ()) for tool in tools),
        images=images,
        documents=documents,
        thinking=thinking is not None and 0 not in (thinking.thinkingBudget, thinking.thinking_budget),
        max_output_tokens=config.maxOutputTokens or config.max_output_tokens,
    )


def _media_in(contents: _Raw) -> tuple[bool, bool]:
    """Say whether the conversation holds images or documents, also inside what functions answered."""
    kinds: list[str] = []

    def look(parts: list[_Part] | _Part | None) -> None:
        for part in parts if isinstance(parts, list) else [parts] if parts is not None else []:
            media = part.inlineData or part.inline_data or part.fileData or part.file_data
            if media is not None:
                kinds.append(media.mimeType or media.mime_type)
            response = part.functionResponse or part.function_response
            if response is not None:
                look(response.parts)

    try:
        found = _contents.decode(contents)
        for content in found if isinstance(found, list) else [found]:
            look(content.parts)
    except UNREADABLE as error:
        raise malformed(error) from None
    # A document that is text already goes on as text, which every model reads; sound and films are no documents, and a
    # file that does not say what it is may be one of those.
    return any(kind.startswith("image/") for kind in kinds), any(
        kind and not kind.startswith(("image/", "audio/", "video/", "text/", "application/json")) for kind in kinds
    )
