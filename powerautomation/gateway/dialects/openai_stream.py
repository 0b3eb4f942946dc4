"""Streams of OpenAI-style upstreams: into events, from events, and passing through."""

import time
from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.openai_answer import (
    WireCall,
    WireMessage,
    WireUsage,
    arguments_of,
    finish_word,
    finished_of,
    text_of,
    usage_object,
    usage_of,
)
from powerautomation.gateway.dialects.openai_calls import CallForms, call_forms
from powerautomation.gateway.dialects.openai_failure import error_object, failure_of_error
from powerautomation.gateway.dialects.openai_signatures import signature_of
from powerautomation.gateway.dialects.ports import Reply
from powerautomation.gateway.dialects.sse import EventSplitter
from powerautomation.gateway.dialects.tool_ids import AnswerIds
from powerautomation.gateway.dialects.tool_markup import MarkupReader
from powerautomation.gateway.families import Family
from powerautomation.kernel.errors import Problem


class _ChunkChoice(msgspec.Struct, gc=False):
    delta: WireMessage | None = None
    finish_reason: str | None = None
    usage: WireUsage | None = None


class Chunk(msgspec.Struct, gc=False):
    """One event of a stream."""

    id: str | None = None
    model: str | None = None
    choices: list[_ChunkChoice] | None = None
    usage: WireUsage | None = None
    service_tier: object = None
    error: msgspec.Raw = msgspec.Raw()  # a union with None would decode nothing but null


decode_chunk = msgspec.json.Decoder(Chunk, strict=False).decode

BROKEN = UpstreamFailure("connection", "the stream ended in the middle", 200, code="stream_cut")
EMPTY = UpstreamFailure("invalid_answer", "its answer was empty", 200)
TOO_LARGE = UpstreamFailure("invalid_answer", "it sent an event larger than 8 MB", 200)
NAMELESS = UpstreamFailure("invalid_answer", "it called a tool without naming it", 200)
GAVE_UP = UpstreamFailure("server", "it stopped with an error", 200)


class _Call:
    """A call under way. Arguments that come before its name wait in ``early``."""

    __slots__ = ("early", "freeform", "given_id", "number", "signature", "wrote")

    def __init__(self) -> None:
        self.number = -1
        self.given_id = ""
        self.early = ""
        self.freeform = False
        self.signature = ""
        self.wrote = False


class OpenAiStreamDecoder:
    """Turns a stream of chat completion chunks into events. Calls are numbered anew in the order they become known,
    because hosts leave indexes out, repeat them, or mix calls that leaked as text with proper ones."""

    __slots__ = (
        "_begun", "_calls", "_ended", "_ids", "_last", "_markup", "_reason", "_splitter", "_started", "_tier", "_token",
    )  # fmt: skip

    def __init__(self, reply: Reply, family: Family) -> None:
        self._splitter = EventSplitter()
        self._ids = AnswerIds(reply.request_id)
        self._markup = MarkupReader(self._ids) if family.leaks_tool_markup else None
        self._begun = False
        self._token = False
        self._tier: object = None
        self._ended = False
        self._reason: str | None = None
        self._calls: dict[int, _Call] = {}
        self._last = -1
        self._started = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that became complete. After Finished or Failed nothing more comes."""
        events: list[Event] = []
        if self._ended:
            return events
        try:
            payloads = self._splitter.feed(chunk)
        except ValueError:
            return self._fail(TOO_LARGE, events)
        for payload in payloads:
            self._read(payload, events)
            if self._ended:
                break
        return events

    def finish(self) -> list[Event]:
        """Return what is left when the socket ended. A stream that said why it finished is complete without [DONE]."""
        events: list[Event] = []
        if self._ended:
            return events
        for payload in self._splitter.finish():
            self._read(payload, events)
        if self._ended:
            return events
        if self._reason is None:
            return self._fail(BROKEN, events)
        self._end(events)
        return events

    def _read(self, payload: bytes, events: list[Event]) -> None:
        try:
            chunk = decode_chunk(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # [DONE], or a line a vendor broke: one of those does not end a stream.
            if payload.strip() == b"[DONE]":
                self._end(events)
            return
        if not self._begun:
            self._begun = True
            events.append(Started(chunk.id or "", chunk.model or ""))
        if bytes(chunk.error) not in (b"", b"null"):
            self._fail(failure_of_error(chunk.error), events)
            return
        usage = chunk.usage
        self._tier = chunk.service_tier or self._tier
        if chunk.choices:
            choice = chunk.choices[0]
            if choice.delta is not None:
                self._read_delta(choice.delta, events)
            if choice.finish_reason:
                self._reason = choice.finish_reason
            usage = usage or choice.usage
        if usage is not None:
            events.append(UsageReported(usage_of(usage, self._tier)))

    def _read_delta(self, delta: WireMessage, events: list[Event]) -> None:
        thought = delta.reasoning_content or delta.reasoning
        text = delta.content or delta.refusal
        markup = self._markup
        if thought:
            self._token = True
            if markup is None:
                events.append(ThinkingDelta(thought))
            else:
                self._read_markup(markup, events, thinking=thought)
        if text:
            self._token = True
            if text.__class__ is not str:
                text = text_of(text)
            if markup is None:
                events.append(TextDelta(text))
            else:
                self._read_markup(markup, events, text=text)
        if delta.tool_calls:
            self._token = True
            for call in delta.tool_calls:
                self._read_call(call, events)
        elif delta.function_call is not None:
            self._token = True
            self._read_call(WireCall(0, function=delta.function_call), events)

    def _read_markup(self, markup: MarkupReader, events: list[Event], *, text: str = "", thinking: str = "") -> None:
        markup.calls = self._started
        events += markup.read_text(text) if text else markup.read_thinking(thinking)
        self._started = markup.calls

    def _read_call(self, wire: WireCall, events: list[Event]) -> None:
        name = wire.function.name if wire.function is not None else None
        arguments = arguments_of(wire.function.arguments) if wire.function is not None else ""
        if wire.custom is not None:
            name = wire.custom.name
        call = self._call_of(wire, name)
        if wire.custom is not None:
            # Its text travels in the arguments of the function that stands for the tool, piece by piece.
            arguments = _encode(wire.custom.input or "").decode()[1:-1]
            if not call.freeform:
                call.freeform = True
                arguments = _FREEFORM_HEAD + arguments
        if wire.id and not call.given_id:
            call.given_id = wire.id
        if wire.extra_content:
            call.signature = signature_of(wire.extra_content)
        if call.number < 0:
            if not name:
                call.early += arguments
                return
            call.number = self._started
            self._started += 1
            identifier = self._ids.of_call(call.given_id, name, call.number)
            events.append(ToolCallStarted(call.number, identifier, name, call.signature))
            arguments = call.early + arguments
            call.early = ""
        if arguments:
            call.wrote = True
            events.append(ToolArgumentsDelta(call.number, arguments))

    def _call_of(self, wire: WireCall, name: str | None) -> _Call:
        index = wire.index
        if index is None:
            # Without an index, a new id begins a new call and everything else continues the last one.
            known = self._calls.get(self._last)
            index = self._last if known is not None and not (wire.id and wire.id != known.given_id) else self._last + 1
        call = self._calls.get(index)
        if call is not None and name and call.number >= 0 and wire.id and wire.id != call.given_id:
            # Some hosts give every call the same index: another id with a name is another call.
            call = None
        if call is None:
            call = self._calls[index] = _Call()
        self._last = index
        return call

    def _end(self, events: list[Event]) -> None:
        if self._markup is not None:
            self._markup.calls = self._started
            events += self._markup.finish()
        for call in self._calls.values():
            if call.number < 0:
                self._fail(NAMELESS, events)
                return
            if call.freeform:
                events.append(ToolArgumentsDelta(call.number, '"}'))
            elif not call.wrote and self._reason != "length":
                events.append(ToolArgumentsDelta(call.number, "{}"))
        if self._reason == "error":
            self._fail(GAVE_UP, events)
        elif not self._token:
            self._fail(EMPTY, events)
        else:
            self._ended = True
            events.append(finished_of(self._reason, called=self._started > 0))

    def _fail(self, failure: UpstreamFailure, events: list[Event]) -> list[Event]:
        self._ended = True
        events.append(Failed(failure))
        return events


_encode = msgspec.json.encode
_FREEFORM_HEAD = '{"input":"'
_DONE = b"data: [DONE]\n\n"
_KEEPALIVE = b": keep-alive\n\n"
_AFTER = b',"finish_reason":null}]}\n\n'


class OpenAiStreamEncoder:
    """Turns events into a stream of chat completion chunks."""

    __slots__ = ("_before", "_forms", "_head", "_include_usage", "_numbers", "_opened", "_usage")

    def __init__(self, reply: Reply) -> None:
        self._set_head(f"chatcmpl-{reply.request_id}", int(time.time()), reply.model)
        self._include_usage = reply.include_usage
        self._forms = call_forms(reply.request)
        self._opened = False
        # Clients want their calls counted from 0; other dialects count text blocks too.
        self._numbers: dict[int, int] = {}
        self._usage: Usage | None = None

    def _set_head(self, id: str, created: int, model: str) -> None:
        head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
        self._head = b"data: " + _encode(head)[:-1]
        self._before = self._head + b',"choices":[{"index":0,"delta":'

    def resume(self, id: str, created: int, model: str) -> None:
        """Go on with a stream whose chunks say this of themselves."""
        self._set_head(id, created, model)
        self._opened = True

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return whole server-sent events, possibly none."""
        parts: list[bytes] = []
        before = self._before
        for event in events:
            # Types are silenced below: classes are compared by identity, for speed, and mypy cannot follow that.
            kind = event.__class__
            if kind is TextDelta:
                delta = b'{"content":' + _encode(event.text) + b"}"  # type: ignore[union-attr]
            elif self._forms is not None and isinstance(event, ToolCallStarted | ToolArgumentsDelta):
                formed = self._formed(self._forms, event)
                if formed is None:
                    continue
                delta = formed
            elif kind is ToolArgumentsDelta:
                delta = (
                    b'{"tool_calls":[{"index":%d,"function":{"arguments":' % self._numbers[event.index]  # type: ignore[union-attr]
                    + _encode(event.partial_json)  # type: ignore[union-attr]
                    + b"}}]}"
                )
            elif kind is ThinkingDelta:
                delta = b'{"reasoning_content":' + _encode(event.text) + b"}"  # type: ignore[union-attr]
            elif isinstance(event, ToolCallStarted):
                number = self._numbers[event.index] = len(self._numbers)
                function = {"name": event.name, "arguments": ""}
                call = {"index": number, "id": event.id, "type": "function", "function": function}
                delta = _encode({"tool_calls": [call]})
            else:
                self._encode_rest(event, parts)
                continue
            if not self._opened:
                self._open(parts)
            parts += (before, delta, _AFTER)
        return b"".join(parts)

    def keepalive(self) -> bytes:
        """Return a comment, which clients skip."""
        return _KEEPALIVE

    def problem(self, problem: Problem) -> bytes:
        """Return the error that ends a stream in the middle."""
        return b"data: " + _encode({"error": error_object(problem)}) + b"\n\n" + _DONE

    def _open(self, parts: list[bytes]) -> None:
        if not self._opened:
            self._opened = True
            parts += (self._before, b'{"role":"assistant","content":""}', _AFTER)

    def _formed(self, forms: CallForms, event: ToolCallStarted | ToolArgumentsDelta) -> bytes | None:
        """Return the delta of a call in the form the client asked for, None when there is nothing to say."""
        if isinstance(event, ToolCallStarted):
            number = self._numbers[event.index] = len(self._numbers)
            delta = forms.start(event, number)
        else:
            delta = forms.more(event.index, self._numbers[event.index], event.partial_json)
        return None if delta is None else _encode(delta)

    def _encode_rest(self, event: Event, parts: list[bytes]) -> None:
        # Signatures and redacted thinking have no place in this dialect and stay behind.
        if isinstance(event, UsageReported):
            self._usage = event.usage
        elif isinstance(event, Started):
            self._open(parts)
        elif isinstance(event, Finished):
            self._open(parts)
            word = finish_word(event, called=bool(self._numbers)).encode()
            if self._forms is not None:
                for delta in self._forms.rest():
                    parts += (self._before, _encode(delta), _AFTER)
                word = b"function_call" if self._forms.older and word == b"tool_calls" else word
            parts += (self._before, b'{},"finish_reason":"', word, b'"}]}\n\n')
            if self._include_usage:
                usage = _encode(usage_object(self._usage or Usage()))
                parts += (self._head, b',"choices":[],"usage":', usage, b"}\n\n")
            parts.append(_DONE)
        elif isinstance(event, Failed):
            failure = event.failure
            parts.append(self.problem(Problem(failure.message, code=f"gateway.upstream_{failure.kind}", status=502)))
