"""Whole answers in Google's format: into events, and from events."""

from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.blocks import ordered
from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    RedactedThinking,
    Started,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.gemini_failure import UNREADABLE, failure_of_error
from powerautomation.gateway.dialects.gemini_signatures import pack
from powerautomation.gateway.dialects.gemini_wire import (
    EMPTY,
    UNREADABLE_ANSWER,
    PartReader,
    WireAnswer,
    blocked,
    decode_chunk,
    usage_of,
)
from powerautomation.gateway.dialects.ports import Reply

Json = dict[str, object]
_arrays = msgspec.json.Decoder(list[WireAnswer], strict=False)
_FINISH_WORDS = {"length": "MAX_TOKENS", "refusal": "SAFETY"}


def _pieces(body: bytes) -> list[WireAnswer] | None:
    """Return an answer in pieces: one, or all events of a stream that came as an array."""
    try:
        return _arrays.decode(body) if body.lstrip()[:1] == b"[" else [decode_chunk(body)]
    except UNREADABLE:
        return None


def answer_events(body: bytes, reply: Reply) -> list[Event]:
    """Return a whole answer as events; the last is Finished or Failed."""
    pieces = _pieces(body)
    if not pieces:
        return [Failed(UNREADABLE_ANSWER)]
    first = pieces[0]
    events: list[Event] = [Started(first.response_id or "", first.model_version or "")]
    reader = PartReader(reply.request_id)
    last = None
    usage = None
    for piece in pieces:
        failure = failure_of_error(piece.error) if piece.error is not None else blocked(piece)
        if piece.candidates:
            last = piece.candidates[0]
            failure = failure or reader.read(last, events)
        usage = piece.usage_metadata or usage
        if failure is not None:
            return [Failed(failure)]
    if last is None:
        return [Failed(EMPTY)]
    if usage is not None:
        events.append(UsageReported(usage_of(usage)))
    ending = reader.ending(last)
    return [ending] if isinstance(ending, Failed) else [*events, ending]


def answer_usage(body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
    """Return the usage of a whole answer, a failure it hides, and whether it is good."""
    pieces = _pieces(body)
    usage = next((piece.usage_metadata for piece in reversed(pieces or ()) if piece.usage_metadata is not None), None)
    events = answer_events(body, Reply("", ""))
    failure = events[-1].failure if isinstance(events[-1], Failed) else None
    return (usage_of(usage) if usage is not None else None), failure, failure is None


def usage_object(usage: Usage) -> Json:
    """Return usage as a Gemini client expects it: the prompt includes cached tokens, the answer excludes thinking."""
    prompt = usage.input_tokens + usage.cached_input_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    told: Json = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": max(usage.output_tokens - usage.reasoning_tokens, 0),
        "totalTokenCount": prompt + usage.output_tokens,
    }
    if usage.cached_input_tokens:
        told["cachedContentTokenCount"] = usage.cached_input_tokens
    if usage.reasoning_tokens:
        told["thoughtsTokenCount"] = usage.reasoning_tokens
    return told


def finish_word(finished: Finished) -> str:
    """Return the ``finishReason`` a Gemini client is told."""
    return _FINISH_WORDS.get(finished.reason, "STOP")


class _ThinkingConfig(msgspec.Struct, gc=False):
    includeThoughts: bool = False  # noqa: N815 - as Google writes it
    include_thoughts: bool = False


class _GenerationConfig(msgspec.Struct, gc=False):
    thinkingConfig: _ThinkingConfig | None = None  # noqa: N815 - as Google writes it
    thinking_config: _ThinkingConfig | None = None


class _Wishes(msgspec.Struct, gc=False):
    generationConfig: _GenerationConfig | None = None  # noqa: N815 - as Google writes it
    generation_config: _GenerationConfig | None = None


_wishes = msgspec.json.Decoder(_Wishes)


def wants_thoughts(body: bytes) -> bool:
    """Say whether the client of a request asked to see the thinking: otherwise it would take it for the answer."""
    try:
        wishes = _wishes.decode(body)
    except UNREADABLE:
        return False
    config = wishes.generationConfig or wishes.generation_config
    thinking = (config.thinkingConfig or config.thinking_config) if config is not None else None
    return thinking is not None and (thinking.includeThoughts or thinking.include_thoughts)


class PartWriter:
    """Turns content events, in order, into the parts a Gemini client reads. A call is one part, so its arguments are
    collected; the thinking before it travels in its signature, for the vendor that needs to see it again."""

    __slots__ = ("_arguments", "_call", "_redacted", "_shows", "_signature", "_thoughts")

    def __init__(self, *, shows_thoughts: bool) -> None:
        self._shows = shows_thoughts
        self._call: ToolCallStarted | None = None
        self._arguments: list[str] = []
        self._thoughts: list[str] = []
        self._signature: ThinkingSignature | None = None
        self._redacted = ""

    def write(self, event: Event) -> list[Json]:
        """Return the parts that are complete with this event."""
        if isinstance(event, ToolArgumentsDelta):
            self._arguments.append(event.partial_json)
            return []
        parts = self.close()
        if isinstance(event, TextDelta):
            parts.append({"text": event.text})
        elif isinstance(event, ThinkingDelta):
            if self._signature:
                self._forget()
            self._thoughts.append(event.text)
            if self._shows:
                parts.append({"text": event.text, "thought": True})
        elif isinstance(event, ThinkingSignature):
            self._signature = event
        elif isinstance(event, RedactedThinking):
            self._redacted = event.data
        elif isinstance(event, ToolCallStarted):
            self._call = event
        return parts

    def close(self) -> list[Json]:
        """Return the part of the call under way, if there is one."""
        call, self._call = self._call, None
        if call is None:
            return []
        text = "".join(self._arguments).strip()
        self._arguments = []
        part: Json = {"functionCall": {"id": call.id, "name": call.name, "args": _object(text)}}
        signature = call.signature or self._carried()
        if signature:
            part["thoughtSignature"] = signature
        self._forget()
        return [part]

    def _carried(self) -> str:
        text = "".join(self._thoughts)
        signed = self._signature
        if signed is not None:
            return pack(Thinking(text, signed.signature, self._redacted, signed.vendor, signed.id))
        if not text and not self._redacted:
            return ""
        return pack(Thinking(text, "", self._redacted, "anthropic" if self._redacted else ""))

    def _forget(self) -> None:
        self._thoughts = []
        self._signature = None
        self._redacted = ""


def _object(text: str) -> msgspec.Raw | Json:
    """Return arguments as an object; what was cut in the middle is kept as text."""
    if not text:
        return {}
    try:
        decoded = msgspec.json.decode(text)
    except UNREADABLE:
        decoded = None
    return msgspec.Raw(text.encode()) if isinstance(decoded, dict) else {"_partial_json": text}


def encode_answer(events: Sequence[Event], reply: Reply) -> bytes:
    """Return the events of a good answer as one GenerateContentResponse."""
    writer = PartWriter(shows_thoughts=wants_thoughts(reply.request))
    usage = Usage()
    finished = Finished("stop")
    content: list[Event] = []
    for event in events:
        if isinstance(event, UsageReported):
            usage = event.usage
        elif isinstance(event, Finished):
            finished = event
        elif not isinstance(event, Started | Failed):
            content.append(event)
    parts: list[Json] = []
    for event in ordered(content):
        for part in writer.write(event):
            _grow(parts, part)
    parts += writer.close()
    candidate = {
        "content": {"parts": parts, "role": "model"},
        "finishReason": finish_word(finished),
        "index": 0,
    }
    return msgspec.json.encode(
        {
            "candidates": [candidate],
            "usageMetadata": usage_object(usage),
            "modelVersion": reply.model,
            "responseId": reply.request_id,
        }
    )


def _grow(parts: list[Json], part: Json) -> None:
    if parts and "text" in part and "text" in parts[-1] and part.get("thought") == parts[-1].get("thought"):
        parts[-1]["text"] = f"{parts[-1]['text']}{part['text']}"
    else:
        parts.append(part)
