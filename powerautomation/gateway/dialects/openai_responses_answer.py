"""Whole answers, usage and the objects of answers in the Responses format."""

import time

import msgspec

from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.openai_failure import failure_of_error
from powerautomation.gateway.dialects.openai_responses_thinking import OPENAI
from powerautomation.gateway.dialects.openai_responses_tools import SEARCH, flat_name, freeform_arguments
from powerautomation.gateway.dialects.ports import Reply, wished
from powerautomation.gateway.dialects.tool_ids import AnswerIds

_Raw = msgspec.Raw
NO_ERROR = (b"", b"null")
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
BROKEN = UpstreamFailure("connection", "the stream ended in the middle", 200, code="stream_cut")
EMPTY = UpstreamFailure("invalid_answer", "its answer was empty", 200)
ILLEGIBLE = UpstreamFailure("invalid_answer", "its answer is not a response", 200)
TOO_LARGE = UpstreamFailure("invalid_answer", "it sent an event larger than 8 MB", 200)
_FAILED = UpstreamFailure("server", "it stopped with an error", 200)


class _InputDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class WireUsage(msgspec.Struct, gc=False):
    """Usage as it is on the wire; ``input_tokens`` includes cached ones."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


def usage_of(wire: WireUsage, service_tier: object = None) -> Usage:
    """Return token counts as the ledger wants them: cached tokens apart, always integers, never negative.
    ``service_tier`` is what the answer says, whatever it is."""
    cached = max((wire.input_tokens_details and wire.input_tokens_details.cached_tokens) or 0, 0)
    output = wire.output_tokens_details
    return Usage(
        max((wire.input_tokens or 0) - cached, 0),
        cached,
        0,
        0,
        max(wire.output_tokens or 0, 0),
        max((output and output.reasoning_tokens) or 0, 0),
        service_tier=wished(service_tier),
    )


def usage_object(usage: Usage) -> dict[str, object]:
    """Return usage as a Responses client expects it: the input includes cached and cache-written tokens."""
    written = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    given = usage.input_tokens + usage.cached_input_tokens + written
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": usage.cached_input_tokens, "cache_write_tokens": written},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": given + usage.output_tokens,
    }


class TextPiece(msgspec.Struct, gc=False):
    """A part of a message or of reasoning."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None


class OutputItem(msgspec.Struct, gc=False):
    """One item of an answer: those fields we read of the types we know."""

    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: _Raw = _Raw()
    input: str | None = None
    content: list[TextPiece] | None = None
    summary: list[TextPiece] | None = None
    encrypted_content: str | None = None


class _Incomplete(msgspec.Struct, gc=False):
    reason: str | None = None


class WireResponse(msgspec.Struct, gc=False):
    """An answer, or what is known of it so far."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[OutputItem] | None = None
    usage: WireUsage | None = None
    service_tier: object = None
    incomplete_details: _Incomplete | None = None
    error: _Raw = _Raw()  # a union with None would decode nothing but null


_answers = msgspec.json.Decoder(WireResponse, strict=False)


def arguments_text(raw: _Raw) -> str:
    """Return arguments as JSON text, also where a host sends them as an object."""
    if not len(memoryview(raw)):
        return ""
    if bytes(memoryview(raw)[:1]) == b'"':
        return str(msgspec.json.decode(raw))
    return bytes(raw).decode()


def failure_of(response: WireResponse) -> UpstreamFailure | None:
    """Return what went wrong, when the answer says that something did."""
    if bytes(response.error) not in NO_ERROR:
        return failure_of_error(response.error)
    return _FAILED if response.status in ("failed", "cancelled") else None


def finished_of(response: WireResponse, *, called: bool, refused: bool) -> Finished:
    """Return how an answer ended."""
    if response.status == "incomplete":
        reason = response.incomplete_details.reason if response.incomplete_details is not None else None
        return Finished("refusal" if reason == "content_filter" else "length")
    if called:
        return Finished("tool_calls")
    return Finished("refusal" if refused else "stop")


def called_name(item: OutputItem) -> str:
    """Return the name of the tool an item calls; empty when it names none."""
    if item.type == "tool_search_call":
        return SEARCH
    return flat_name(item.namespace or "", item.name) if item.name else ""


def thought_of(item: OutputItem) -> str:
    """Return what a reasoning item says: the reasoning itself where the host tells it, else its summary."""
    told = item.content or item.summary or ()
    return "\n\n".join(part.text for part in told if part.text)


def seal_of(item: OutputItem) -> ThinkingSignature:
    """Return what OpenAI sealed of a reasoning item, which it alone can read again."""
    return ThinkingSignature(item.encrypted_content or "", OPENAI, item.id or "")


def _decode(body: bytes) -> tuple[WireResponse | None, UpstreamFailure | None]:
    try:
        answer = _answers.decode(body)
    except UNREADABLE:
        return None, ILLEGIBLE
    failure = failure_of(answer)
    if failure is None and answer.output is None:
        failure = ILLEGIBLE
    return answer, failure


def answer_usage(body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
    """Return the usage of a whole answer, a failure it hides, and whether it is good."""
    answer, failure = _decode(body)
    if answer is None:
        return None, failure, False
    usage = usage_of(answer.usage, answer.service_tier) if answer.usage is not None else None
    if failure is None and not answer.output and answer.status != "incomplete":
        failure = EMPTY
    return usage, failure, failure is None


def answer_events(body: bytes, reply: Reply) -> list[Event]:
    """Return a whole answer as events; the last is Finished or Failed. What the vendor's own tools did stays behind:
    the text says what came of it."""
    answer, failure = _decode(body)
    if answer is None or failure is not None:
        return [Failed(failure or ILLEGIBLE)]
    events: list[Event] = [Started(answer.id or "", answer.model or "")]
    ids = AnswerIds(reply.request_id)
    calls = 0
    refused = False
    for item in answer.output or ():
        if item.type == "reasoning":
            thought = thought_of(item)
            if thought:
                events.append(ThinkingDelta(thought))
            if item.encrypted_content:
                events.append(seal_of(item))
        elif item.type == "message":
            for part in item.content or ():
                refused = refused or bool(part.refusal)
                text = part.text or part.refusal
                if text:
                    events.append(TextDelta(text))
        elif item.type in ("function_call", "custom_tool_call"):
            name = called_name(item)
            if not name:
                return [Failed(UpstreamFailure("invalid_answer", "it called a tool without naming it", 200))]
            given = arguments_text(item.arguments) or "{}"
            events.append(ToolCallStarted(calls, ids.of_call(item.call_id or "", name, calls), name))
            arguments = freeform_arguments(item.input or "") if item.type == "custom_tool_call" else given
            events.append(ToolArgumentsDelta(calls, arguments))
            calls += 1
    if len(events) == 1 and answer.status != "incomplete":
        return [Failed(EMPTY)]
    if answer.usage is not None:
        events.append(UsageReported(usage_of(answer.usage, answer.service_tier)))
    events.append(finished_of(answer, called=calls > 0, refused=refused))
    return events


class _Echo(msgspec.Struct, gc=False):
    """What an answer repeats of its request."""

    instructions: _Raw = _Raw(b"null")
    max_output_tokens: _Raw = _Raw(b"null")
    max_tool_calls: _Raw = _Raw(b"null")
    metadata: _Raw = _Raw(b"{}")
    parallel_tool_calls: bool | None = None
    previous_response_id: _Raw = _Raw(b"null")
    prompt_cache_key: _Raw = _Raw(b"null")
    reasoning: _Raw = _Raw(b'{"effort":null,"summary":null}')
    safety_identifier: _Raw = _Raw(b"null")
    store: bool | None = None
    temperature: _Raw = _Raw(b"null")
    text: _Raw = _Raw(b'{"format":{"type":"text"}}')
    tool_choice: _Raw = _Raw(b'"auto"')
    tools: _Raw = _Raw(b"[]")
    top_p: _Raw = _Raw(b"null")
    truncation: _Raw = _Raw(b'"disabled"')
    user: _Raw = _Raw(b"null")


_echoes = msgspec.json.Decoder(_Echo)
_NOT_NULL = {"tools": b"[]", "tool_choice": b'"auto"', "metadata": b"{}"}


def response_object(reply: Reply) -> dict[str, object]:
    """Return an answer that has just begun, with what it repeats of its request."""
    try:
        echo = _echoes.decode(reply.request) if reply.request else _Echo()
    except UNREADABLE:
        echo = _Echo()
    shown: dict[str, object] = {name: getattr(echo, name) for name in _Echo.__struct_fields__}
    for name, empty in _NOT_NULL.items():
        if bytes(getattr(echo, name)) == b"null":
            shown[name] = msgspec.Raw(empty)
    shown["parallel_tool_calls"] = echo.parallel_tool_calls is not False
    shown["store"] = echo.store is not False
    return {
        "id": "resp_" + reply.request_id.removeprefix("req_"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": reply.model,
        "output": [],
        "usage": None,
        **shown,
    }
