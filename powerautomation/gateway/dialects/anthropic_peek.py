"""The gist of a request in Anthropic's Messages format, without decoding what routing need not know."""

import re

import msgspec

from powerautomation.gateway.dialects.anthropic_answer import UNREADABLE
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.ports import Peek, wished

_SESSION = re.compile(r"session_([0-9a-f-]{8,64})")


class _Metadata(msgspec.Struct, gc=False):
    user_id: str | None = None


class _Thinking(msgspec.Struct, gc=False):
    type: str
    budget_tokens: int | None = None


class _Peek(msgspec.Struct):
    model: str
    messages: msgspec.Raw
    max_tokens: int | None = None
    stream: bool | None = None
    metadata: _Metadata | None = None
    thinking: _Thinking | None = None
    tools: list[msgspec.Raw] | None = None
    service_tier: object = None
    inference_geo: object = None


_peek_decoder = msgspec.json.Decoder(_Peek)


def peek(body: bytes) -> Peek:
    """Return the gist of a request: a partial decode that builds nothing for the messages."""
    try:
        request = _peek_decoder.decode(body)
        if not body.isascii():
            # Skipped parts are not checked by the decoder, and an upstream must never get broken text from us.
            body.decode()
    except UNREADABLE as error:
        raise malformed(error) from None
    if not request.model:
        raise InvalidRequest("model: must not be empty")
    messages = memoryview(request.messages)
    if not len(messages) or messages[0] != 91:  # "["
        raise InvalidRequest("messages: must be an array")
    images = documents = False
    # Inside a string the quotes are escaped, so the bare words only stand where a block names its type.
    if b'"image"' in body or b'"document"' in body:
        images, documents = _media(request.messages)
    return Peek(
        model=request.model,
        stream=request.stream is True,
        tools=len(request.tools) if request.tools else 0,
        images=images,
        documents=documents,
        thinking=request.thinking is not None and request.thinking.type != "disabled",
        max_output_tokens=request.max_tokens,
        include_usage=True,
        session=_session_of(request.metadata),
        service_tier=wished(request.service_tier),
        region=wished(request.inference_geo),
    )


def malformed(error: Exception) -> InvalidRequest:
    """Return the refusal of a body that is not a request."""
    if isinstance(error, msgspec.ValidationError):
        return InvalidRequest(f"The request is not valid: {error}")
    if isinstance(error, RecursionError):
        return InvalidRequest("The request is nested too deeply.")
    return InvalidRequest(f"The body is not valid JSON: {error}")


def _session_of(metadata: _Metadata | None) -> str:
    if metadata is None or not metadata.user_id:
        return ""
    user_id = metadata.user_id
    if user_id.startswith("{"):
        try:
            told = msgspec.json.decode(user_id)
        except UNREADABLE:
            return ""
        session = told.get("session_id") if isinstance(told, dict) else None
        return session[:64] if isinstance(session, str) else ""
    found = _SESSION.search(user_id)
    return found.group(1) if found else ""


# A field that may be missing: a union of Raw and None decodes nothing but null.
NOTHING = msgspec.Raw()


class _Source(msgspec.Struct, gc=False):
    type: str = ""


class _Typed(msgspec.Struct, gc=False):
    type: str = ""
    content: msgspec.Raw = NOTHING
    source: _Source | str | None = None


class _MediaMessage(msgspec.Struct):
    content: msgspec.Raw = NOTHING


def _media(messages: msgspec.Raw) -> tuple[bool, bool]:
    """Say whether any message holds images or documents, also inside tool results."""
    images = documents = False

    def look(content: msgspec.Raw, depth: int) -> None:
        nonlocal images, documents
        if depth > 2 or bytes(memoryview(content)[:1]) != b"[":
            return
        for block in msgspec.json.decode(content, type=list[_Typed]):
            images |= block.type == "image"
            # A document that is text already goes on as text, which every model reads.
            is_text = isinstance(block.source, _Source) and block.source.type == "text"
            documents |= block.type == "document" and not is_text
            if block.type == "tool_result":
                look(block.content, depth + 1)

    try:
        for message in msgspec.json.decode(messages, type=list[_MediaMessage]):
            look(message.content, 0)
    except UNREADABLE as error:
        raise malformed(error) from None
    return images, documents
