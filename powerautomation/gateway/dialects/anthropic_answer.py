"""Whole answers, usage, stop reasons and errors in Anthropic's Messages format."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from powerautomation.gateway.dialects.blocks import ordered
from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    FailureKind,
    Finished,
    RedactedThinking,
    Started,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    Usage,
    UsageReported,
    without_words,
)
from powerautomation.gateway.dialects.ports import Reply, wished
from powerautomation.gateway.dialects.retry_after import retry_after_seconds
from powerautomation.kernel.errors import Problem

MOST_MESSAGE_CHARACTERS = 500
# What decoding bytes of strangers may raise: broken JSON, other types than expected, broken text, endless nesting.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_Reason = Literal["stop", "length", "tool_calls", "stop_sequence", "refusal", "pause"]
_REASONS: dict[str, _Reason] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    "pause_turn": "pause",
}
_STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "stop_sequence": "stop_sequence",
    "refusal": "refusal",
    "pause": "pause_turn",
}
_KIND_OF_TYPE: dict[str, FailureKind] = {
    "invalid_request_error": "caller",
    "not_found_error": "caller",
    "request_too_large": "caller",
    "authentication_error": "credential",
    "permission_error": "credential",
    "billing_error": "credential",
    "rate_limit_error": "rate_limited",
    "overloaded_error": "overloaded",
    "timeout_error": "timeout",
    "api_error": "server",
}
_TYPE_OF_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class _CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class WireUsage(msgspec.Struct, gc=False):
    """Usage as it stands in an answer; every count may be missing or null."""

    input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation: _CacheCreation | None = None
    service_tier: object = None


class Usages:
    """Merges what a stream reports bit by bit: the last word on each count wins."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = Usage()

    def add(self, wire: WireUsage) -> Usage:
        """Take one report; return what is known now."""
        known = self.value
        write_5m, write_1h = known.cache_write_5m_tokens, known.cache_write_1h_tokens
        if wire.cache_creation is not None:
            write_5m = wire.cache_creation.ephemeral_5m_input_tokens
            write_1h = wire.cache_creation.ephemeral_1h_input_tokens
        elif wire.cache_creation_input_tokens is not None and wire.cache_creation_input_tokens != write_5m + write_1h:
            write_5m, write_1h = wire.cache_creation_input_tokens, 0
        self.value = Usage(
            input_tokens=_known(wire.input_tokens, known.input_tokens),
            cached_input_tokens=_known(wire.cache_read_input_tokens, known.cached_input_tokens),
            cache_write_5m_tokens=max(0, write_5m),
            cache_write_1h_tokens=max(0, write_1h),
            output_tokens=_known(wire.output_tokens, known.output_tokens),
            service_tier=wished(wire.service_tier) or known.service_tier,
        )
        return self.value


def _known(new: int | None, old: int) -> int:
    return old if new is None else max(0, new)


def usage_of(usage: Usage) -> dict[str, int]:
    """Return usage as clients of this format read it: every count a whole number."""
    return {
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        "cache_read_input_tokens": usage.cached_input_tokens,
        "output_tokens": usage.output_tokens,
    }


def stop_reason_of(reason: str | None) -> _Reason:
    """Return a wire stop reason in the typed model's words; an unknown one counts as a normal end."""
    return _REASONS.get(reason or "end_turn", "stop")


class StopReasons:
    """Finds the stop reason that is true: calls were made, or it was cut, or it ended."""

    __slots__ = ("called_tool",)

    def __init__(self) -> None:
        self.called_tool = False

    def final(self, event: Finished) -> tuple[str, str | None]:
        """Return stop_reason and stop_sequence."""
        reason = event.reason
        if self.called_tool and reason in ("stop", "tool_calls", "stop_sequence"):
            return "tool_use", None
        if reason == "tool_calls":
            return "end_turn", None
        return _STOP_REASONS[reason], event.stop_sequence or None


# A field that may be missing: a union of Raw and None decodes nothing but null.
_NOTHING = msgspec.Raw()


class _Content(msgspec.Struct, gc=False):
    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = _NOTHING


class _Error(msgspec.Struct, gc=False):
    type: str = ""
    message: str = ""


class _Answer(msgspec.Struct):
    id: str = ""
    model: str = ""
    type: str = ""
    content: list[_Content] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: WireUsage | None = None
    error: _Error | None = None


class _AnswerGist(msgspec.Struct):
    type: str = ""
    content: msgspec.Raw = _NOTHING
    stop_reason: str | None = None
    usage: WireUsage | None = None
    error: _Error | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error | None = None


_answers = msgspec.json.Decoder(_Answer)
_gists = msgspec.json.Decoder(_AnswerGist)
_error_bodies = msgspec.json.Decoder(_ErrorBody)
_UNREADABLE = UpstreamFailure("invalid_answer", "its answer could not be read", code="unreadable_answer")
_EMPTY = UpstreamFailure("invalid_answer", "its answer was empty", code="empty_answer")


def answer_events(body: bytes, *, signed: bool = True) -> list[Event]:
    """Return a whole answer as events. Without ``signed`` the signatures are not Anthropic's, so they are left out."""
    try:
        answer = _answers.decode(body)
    except UNREADABLE:
        return [Failed(_UNREADABLE)]
    if answer.error is not None or answer.type == "error":
        error = answer.error or _Error()
        return [Failed(failure_of_error(error.type, error.message))]
    events: list[Event] = [Started(answer.id, answer.model)]
    for index, block in enumerate(answer.content or ()):
        if block.type == "text" and block.text:
            events.append(TextDelta(block.text))
        elif block.type == "thinking":
            events.append(ThinkingDelta(block.thinking))
            if block.signature and signed:
                events.append(ThinkingSignature(block.signature))
        elif block.type == "redacted_thinking" and signed:
            events.append(RedactedThinking(block.data))
        elif block.type == "tool_use":
            events.append(ToolCallStarted(index, block.id, block.name))
            events.append(ToolArgumentsDelta(index, bytes(block.input).decode() or "{}"))
    if len(events) == 1 and answer.stop_reason in (None, "end_turn"):
        return [Failed(_EMPTY)]
    if answer.usage is not None:
        events.append(UsageReported(Usages().add(answer.usage)))
    events.append(Finished(stop_reason_of(answer.stop_reason), answer.stop_sequence or ""))
    return events


def answer_usage(body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
    """Return usage, a failure hidden in a good status, and whether the answer is good: without reading the content."""
    try:
        gist = _gists.decode(body)
    except UNREADABLE:
        return None, _UNREADABLE, False
    if gist.error is not None or gist.type == "error":
        error = gist.error or _Error()
        return None, failure_of_error(error.type, error.message), False
    usage = Usages().add(gist.usage) if gist.usage is not None else None
    length = len(memoryview(gist.content))
    # Two bytes are an empty array: anything else has content, and need not be looked at.
    if not length or (length == 2 and gist.stop_reason in (None, "end_turn")):
        return usage, _EMPTY, False
    return usage, None, True


def encode_answer(events: Sequence[Event], reply: Reply) -> bytes:
    """Return events as one whole message."""
    usage = Usage()
    finished = Finished("stop")
    content_events = []
    for event in events:
        if isinstance(event, UsageReported):
            usage = event.usage
        elif isinstance(event, Finished):
            finished = event
        elif not isinstance(event, Started | Failed):
            content_events.append(event)
    content: list[dict[str, Any]] = []
    stops = StopReasons()
    arguments: list[str] = []
    for event in ordered(content_events):
        if isinstance(event, ToolArgumentsDelta):
            arguments.append(event.partial_json)
            continue
        _close_call(content, arguments)
        if isinstance(event, TextDelta):
            _grow(content, "text", "text", event.text)
        elif isinstance(event, ThinkingDelta):
            _grow(content, "thinking", "thinking", event.text)
        elif isinstance(event, ThinkingSignature):
            if content and content[-1]["type"] == "thinking" and event.vendor == "anthropic":
                content[-1]["signature"] = event.signature
        elif isinstance(event, RedactedThinking):
            content.append({"type": "redacted_thinking", "data": event.data})
        elif isinstance(event, ToolCallStarted):
            stops.called_tool = True
            content.append({"type": "tool_use", "id": event.id, "name": event.name, "input": {}})
    _close_call(content, arguments)
    reason, sequence = stops.final(finished)
    message = {
        "id": "msg_" + reply.request_id.removeprefix("req_"),
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": usage_of(usage),
    }
    return msgspec.json.encode(message)


def _grow(content: list[dict[str, Any]], kind: str, field: str, text: str) -> None:
    if content and content[-1]["type"] == kind and not content[-1].get("signature"):
        content[-1][field] += text
        return
    block: dict[str, Any] = {"type": kind, field: text}
    if kind == "thinking":
        block["signature"] = ""
    content.append(block)


def _close_call(content: list[dict[str, Any]], arguments: list[str]) -> None:
    """Give the last call its arguments. A whole answer holds an object: what was cut in the middle is kept as text."""
    if not arguments or not content or content[-1]["type"] != "tool_use":
        arguments.clear()
        return
    text = "".join(arguments).strip()
    arguments.clear()
    try:
        decoded = msgspec.json.decode(text) if text else {}
    except UNREADABLE:
        decoded = None
    if isinstance(decoded, dict):
        content[-1]["input"] = msgspec.Raw(text.encode()) if text else {}
    else:
        content[-1]["input"] = {"_partial_json": text}


# --- errors -------------------------------------------------------------------------------------------------------


# An account without money is told so as if the request were wrong (anthropics/claude-code issue 66314, 2026-06).
_SPENT = "Your credit balance is too low"


def _is_too_long(message: str) -> bool:
    lowered = message.lower()
    return "prompt is too long" in lowered or "context window" in lowered or "context limit" in lowered


def failure_of_error(kind: str, message: str, status: int = 200) -> UpstreamFailure:
    """Return what an error object means."""
    failure_kind = _KIND_OF_TYPE.get(kind, "server")
    code = "context_length_exceeded" if failure_kind == "caller" and _is_too_long(message) else kind
    return UpstreamFailure(failure_kind, message[:MOST_MESSAGE_CHARACTERS] or kind or "unknown error", status, code)


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
    """Return what a refusal with an HTTP status means. The status decides; the body's type and words explain."""
    try:
        error = _error_bodies.decode(body).error or _Error()
    except UNREADABLE:
        error = _Error()
    kind = kind_of_status(status)
    if error.type == "overloaded_error":
        kind = "overloaded"
    spent = status == 400 and error.message.startswith(_SPENT)
    if spent:
        kind = "rate_limited"
    message = error.message[:MOST_MESSAGE_CHARACTERS] or without_words(kind, status)
    code = "context_length_exceeded" if kind == "caller" and _is_too_long(message) else error.type
    if spent:
        code = "billing_error"
    if status == 404:
        code = "model_not_found"
    # What is no error of this dialect would not be understood by its clients.
    unchanged = body if kind == "caller" and error.message else b""
    return UpstreamFailure(kind, message, status, code, retry_after_seconds(headers), unchanged)


def kind_of_status(status: int) -> FailureKind:
    """Return what an HTTP status says about whose failure it is."""
    if status in (401, 403):
        return "credential"
    if status in (402, 429):
        return "rate_limited"
    if status in (408, 504):
        return "timeout"
    if status in (503, 529):
        return "overloaded"
    return "caller" if 400 <= status < 500 else "server"


def problem_type(status: int) -> str:
    """Return the error type clients of this format expect for a status."""
    return _TYPE_OF_STATUS.get(status, "invalid_request_error" if 400 <= status < 500 else "api_error")


def worded(problem: Problem) -> str:
    """Return a problem in one text. Claude Code compacts a conversation when it reads "prompt is too long"."""
    message = problem.message
    if problem.code == "context_length_exceeded" and "prompt is too long" not in message:
        message = f"prompt is too long: {message}"
    return f"{message} {problem.action}".strip()


def encode_problem(problem: Problem, request_id: str) -> tuple[int, bytes]:
    """Return HTTP status and error body."""
    error = {"type": problem_type(problem.status), "message": worded(problem)}
    return problem.status, msgspec.json.encode({"type": "error", "error": error, "request_id": request_id})
