"""Streams in Anthropic's Messages format. Facts: https://platform.claude.com/docs/en/build-with-claude/streaming
(read 2026-11)."""

from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.anthropic_answer import (
    UNREADABLE,
    StopReasons,
    Usages,
    WireUsage,
    failure_of_error,
    problem_type,
    stop_reason_of,
    usage_of,
    worded,
)
from powerautomation.gateway.dialects.blocks import BlockOrder
from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
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
)
from powerautomation.gateway.dialects.ports import Reply
from powerautomation.gateway.dialects.sse import EventSplitter
from powerautomation.kernel.errors import Problem

_encode = msgspec.json.encode
_FRAME_BYTES = 120
_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_BROKEN = UpstreamFailure("connection", "the stream ended in the middle", code="stream_broken")
_EMPTY = UpstreamFailure("invalid_answer", "its answer was empty", code="empty_answer")


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    id: str = ""
    name: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""


class _Delta(msgspec.Struct, gc=False):
    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    stop_reason: str | None = None
    stop_sequence: str | None = None


class _Message(msgspec.Struct, gc=False):
    id: str = ""
    model: str = ""
    usage: WireUsage | None = None


class _Error(msgspec.Struct, gc=False):
    type: str = ""
    message: str = ""


class Frame(msgspec.Struct):
    """One event of a stream."""

    type: str
    index: int = 0
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: WireUsage | None = None
    error: _Error | None = None


decode_frame = msgspec.json.Decoder(Frame).decode


class AnthropicStreamDecoder:
    """Anthropic's stream as events. Without ``signed`` the signatures are not Anthropic's, so they are left out."""

    __slots__ = ("_called", "_finished", "_has_content", "_signed", "_splitter", "_stop", "_stop_sequence", "_usages")

    def __init__(self, *, signed: bool = True) -> None:
        self._splitter = EventSplitter()
        self._signed = signed
        self._called: set[int] = set()
        self._usages = Usages()
        self._stop: str | None = None
        self._stop_sequence = ""
        self._finished = False
        self._has_content = False

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that became complete."""
        events: list[Event] = []
        for payload in self._splitter.feed(chunk):
            if self._finished:
                break
            try:
                frame = decode_frame(payload)
            except UNREADABLE:
                # One malformed line does not end an answer.
                continue
            self._read(frame, events)
        return events

    def _read(self, frame: Frame, events: list[Event]) -> None:
        kind = frame.type
        if kind == "content_block_delta" and frame.delta is not None:
            self._delta(frame.index, frame.delta, events)
        elif kind == "content_block_start" and frame.content_block is not None:
            self._start(frame.index, frame.content_block, events)
        elif kind == "message_start" and frame.message is not None:
            events.append(Started(frame.message.id, frame.message.model))
            self._report(frame.message.usage, events)
        elif kind == "message_delta":
            if frame.delta is not None:
                self._stop = frame.delta.stop_reason or self._stop
                self._stop_sequence = frame.delta.stop_sequence or self._stop_sequence
            self._report(frame.usage, events)
        elif kind == "message_stop":
            self._finish(events)
        elif kind == "error":
            error = frame.error or _Error()
            self._finished = True
            events.append(Failed(failure_of_error(error.type, error.message)))

    def _report(self, usage: WireUsage | None, events: list[Event]) -> None:
        if usage is not None:
            events.append(UsageReported(self._usages.add(usage)))

    def _start(self, index: int, block: _Block, events: list[Event]) -> None:
        if block.type == "tool_use":
            self._has_content = True
            self._called.add(index)
            events.append(ToolCallStarted(index, block.id, block.name))
        elif block.type == "redacted_thinking" and self._signed:
            self._has_content = True
            events.append(RedactedThinking(block.data))
        elif block.type == "text" and block.text:
            self._has_content = True
            events.append(TextDelta(block.text))
        elif block.type == "thinking" and block.thinking:
            events.append(ThinkingDelta(block.thinking))

    def _delta(self, index: int, delta: _Delta, events: list[Event]) -> None:
        kind = delta.type
        if kind == "text_delta":
            if delta.text:
                self._has_content = True
                events.append(TextDelta(delta.text))
        elif kind == "input_json_delta":
            # Calls of the vendor's own tools have arguments too, but nobody here to make them.
            if delta.partial_json and index in self._called:
                events.append(ToolArgumentsDelta(index, delta.partial_json))
        elif kind == "thinking_delta":
            if delta.thinking:
                self._has_content = True
                events.append(ThinkingDelta(delta.thinking))
        elif kind == "signature_delta" and self._signed:
            events.append(ThinkingSignature(delta.signature))

    def _finish(self, events: list[Event]) -> None:
        self._finished = True
        if not self._has_content and self._stop in (None, "end_turn") and not self._usages.value.output_tokens:
            events.append(Failed(_EMPTY))
        else:
            events.append(Finished(stop_reason_of(self._stop), self._stop_sequence))

    def finish(self) -> list[Event]:
        """Return what is left when the socket ended."""
        if self._finished:
            return []
        self._finished = True
        return [Failed(_BROKEN)]


class AnthropicStreamEncoder:
    """Events as Anthropic's stream: one block after the other, usage in whole numbers, a stop reason that is true."""

    __slots__ = ("_index", "_open", "_order", "_reply", "_started", "_stops", "_usage")

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._order = BlockOrder()
        self._started = False
        self._open = ""
        self._index = -1
        self._usage = Usage()
        self._stops = StopReasons()

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return whole server-sent events."""
        out: list[bytes] = []
        for event in events:
            # Types are silenced below: classes are compared by identity, for speed, and mypy cannot follow that.
            kind = type(event)
            if kind is UsageReported:
                self._usage = event.usage  # type: ignore[union-attr]
            elif kind is Started:
                self._begin(out)
            elif kind is Finished:
                self._end(event, out)  # type: ignore[arg-type]
            elif kind is Failed:
                failure = event.failure  # type: ignore[union-attr]
                out.append(self.problem(Problem(failure.message, status=502)))
            else:
                for content in self._order.add(event):
                    self._content(content, out)
        return b"".join(out)

    def resume(self, index: int, kind: str) -> bytes:
        """Go on with a stream whose block ``index`` was its last, open still where ``kind`` names its type. Thinking
        that was cut stays as it is, without a signature: the bytes that close it are returned."""
        out: list[bytes] = []
        self._started = True
        self._index = index
        self._open = kind
        if kind and kind != "text":
            self._close_block(out)
        return b"".join(out)

    def _begin(self, out: list[bytes]) -> None:
        if self._started:
            return
        self._started = True
        message: dict[str, object] = {
            "id": "msg_" + self._reply.request_id.removeprefix("req_"),
            "type": "message",
            "role": "assistant",
            "model": self._reply.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage_of(self._usage),
        }
        out.append(b'event: message_start\ndata: {"type":"message_start","message":' + _encode(message) + b"}\n\n")

    def _content(self, event: Event, out: list[bytes]) -> None:
        # Types are silenced below: classes are compared by identity, for speed, and mypy cannot follow that.
        kind = type(event)
        if kind is TextDelta:
            if self._open != "text":
                self._open_block("text", b'{"type":"text","text":""}', out)
            out.append(
                b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
                b'{"type":"text_delta","text":%b}}\n\n' % (self._index, _encode(event.text))  # type: ignore[union-attr]
            )
        elif kind is ToolArgumentsDelta:
            out.append(
                b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
                b'{"type":"input_json_delta","partial_json":%b}}\n\n' % (self._index, _encode(event.partial_json))  # type: ignore[union-attr]
            )
        elif kind is ThinkingDelta:
            if self._open != "thinking":
                self._open_block("thinking", b'{"type":"thinking","thinking":"","signature":""}', out)
            out.append(
                b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
                b'{"type":"thinking_delta","thinking":%b}}\n\n' % (self._index, _encode(event.text))  # type: ignore[union-attr]
            )
        elif kind is ToolCallStarted:
            self._stops.called_tool = True
            block = _encode({"type": "tool_use", "id": event.id, "name": event.name, "input": {}})  # type: ignore[union-attr]
            self._open_block("tool", block, out)
        elif kind is ThinkingSignature:
            # Another vendor's has no place in this format: Anthropic would take it for its own.
            if self._open == "thinking" and event.vendor == "anthropic":  # type: ignore[union-attr]
                out.append(
                    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
                    b'{"type":"signature_delta","signature":%b}}\n\n' % (self._index, _encode(event.signature))  # type: ignore[union-attr]
                )
        elif kind is RedactedThinking:
            block = _encode({"type": "redacted_thinking", "data": event.data})  # type: ignore[union-attr]
            self._open_block("redacted", block, out)

    def _open_block(self, kind: str, block: bytes, out: list[bytes]) -> None:
        self._begin(out)
        self._close_block(out)
        self._open = kind
        self._index += 1
        out.append(
            b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,"content_block":%b}\n\n'
            % (self._index, block)
        )

    def _close_block(self, out: list[bytes]) -> None:
        if self._open:
            self._open = ""
            out.append(b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n' % self._index)

    def _end(self, event: Finished, out: list[bytes]) -> None:
        self._begin(out)
        for content in self._order.flush():
            self._content(content, out)
        self._close_block(out)
        reason, sequence = self._stops.final(event)
        delta = {"stop_reason": reason, "stop_sequence": sequence}
        out.append(
            b'event: message_delta\ndata: {"type":"message_delta","delta":%b,"usage":%b}\n\n'
            b'event: message_stop\ndata: {"type":"message_stop"}\n\n' % (_encode(delta), _encode(usage_of(self._usage)))
        )

    def keepalive(self) -> bytes:
        """Return a ping."""
        return _PING

    def problem(self, problem: Problem) -> bytes:
        """Return the error that ends a stream in the middle."""
        error = {"type": problem_type(problem.status), "message": worded(problem)}
        body = {"type": "error", "error": error, "request_id": self._reply.request_id}
        return b"event: error\ndata: " + _encode(body) + b"\n\n"


class AnthropicStreamScanner:
    """Watches Anthropic's stream on its way: usage, first token, end, errors. Only whole events are handed on."""

    __slots__ = (
        "_learned", "_rest", "_usages", "failure", "finished", "first_token", "frame_bytes", "other_bytes",
        "output_events", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self._learned = False
        self._rest = b""
        self.other_bytes = 0
        self._usages = Usages()
        self.first_token = False
        self.finished = False
        self.usage: Usage | None = None
        self.failure: UpstreamFailure | None = None
        self.output_events = 0
        self.frame_bytes = _FRAME_BYTES

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes to hand on now, nothing from an error on."""
        data = self._rest + chunk if self._rest else chunk
        end = data.rfind(b"\n\n") + 2
        if end == 1:
            end = data.rfind(b"\r\n\r\n") + 4
            if end == 3:
                self._rest = data
                if len(data) > 8 * 1024 * 1024:
                    self.failure = UpstreamFailure("invalid_answer", "it sent an event that is too large")
                return b""
        whole, self._rest = (data, b"") if end == len(data) else (data[:end], data[end:])
        deltas = whole.count(b"event: content_block_delta")
        self.output_events += deltas
        if deltas:
            self.first_token = True
        if not self._learned or deltas != whole.count(b"event: "):
            self._weigh(whole)
        # Names of fields only stand unescaped outside of strings, so these cheap looks cannot be fooled by an answer.
        if b'"usage"' in whole or b'"error"' in whole or b'"message_stop"' in whole or b'"tool_use"' in whole:
            return self._look(whole)
        return whole

    def _weigh(self, whole: bytes) -> None:
        """Weigh the events that carry no answer, and learn from one that does what it weighs without its text: hosts
        differ in spaces. Only looked at when a stream breaks off before its usage came."""
        for event in whole.replace(b"\r\n", b"\n").split(b"\n\n"):
            if not event.startswith(b"event: content_block_delta"):
                self.other_bytes += len(event) + 2 if event else 0
            elif not self._learned:
                payload = event.partition(b"data:")[2].strip()
                try:
                    delta = decode_frame(payload).delta
                except UNREADABLE:
                    continue
                text = "" if delta is None else delta.text or delta.thinking or delta.partial_json
                if text:
                    self.frame_bytes = len(event) + 2 - (len(_encode(text)) - 2)
                    self._learned = True

    def _look(self, whole: bytes) -> bytes:
        splitter = EventSplitter()
        for payload in splitter.feed(whole):
            try:
                frame = decode_frame(payload)
            except UNREADABLE:
                continue
            usage = frame.message.usage if frame.message is not None else frame.usage
            if usage is not None:
                self.usage = self._usages.add(usage)
            if frame.type == "message_stop":
                self.finished = True
            elif frame.type == "content_block_start":
                self.first_token = self.first_token or (
                    frame.content_block is not None and frame.content_block.type == "tool_use"
                )
            elif frame.type == "error":
                error = frame.error or _Error()
                self.failure = failure_of_error(error.type, error.message)
                before = whole.rfind(b"\n\n", 0, whole.find(payload))
                return whole[: before + 2] if before >= 0 else b""
        return whole

    def finish(self) -> bytes:
        """Return nothing more: an event that never became whole is not handed on."""
        return b""
