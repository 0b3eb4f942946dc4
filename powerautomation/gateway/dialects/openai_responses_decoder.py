"""Reads the stream of a Responses host as events."""

import msgspec

from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    UsageReported,
)
from powerautomation.gateway.dialects.openai_failure import failure_of_error
from powerautomation.gateway.dialects.openai_responses_answer import (
    BROKEN,
    EMPTY,
    TOO_LARGE,
    UNREADABLE,
    OutputItem,
    WireResponse,
    arguments_text,
    called_name,
    failure_of,
    finished_of,
    seal_of,
    thought_of,
    usage_of,
)
from powerautomation.gateway.dialects.openai_responses_tools import FREEFORM_PROPERTY, freeform_arguments
from powerautomation.gateway.dialects.ports import Reply
from powerautomation.gateway.dialects.sse import EventSplitter
from powerautomation.gateway.dialects.tool_ids import AnswerIds

_Raw = msgspec.Raw
_CALLS = ("function_call", "custom_tool_call")
_NAMELESS = UpstreamFailure("invalid_answer", "it called a tool without naming it", 200)


class Frame(msgspec.Struct, gc=False):
    """One event of a stream. An ``error`` event has its words beside its type, or inside ``error``."""

    type: str
    output_index: int = 0
    delta: str = ""
    item: OutputItem | None = None
    response: WireResponse | None = None
    error: _Raw = _Raw()
    message: str | None = None
    code: str | int | None = None


frames = msgspec.json.Decoder(Frame, strict=False)


def failure_of_frame(frame: Frame) -> UpstreamFailure:
    """Return what an ``error`` event means."""
    if len(memoryview(frame.error)) > 4:
        return failure_of_error(frame.error)
    return failure_of_error(msgspec.json.encode({"message": frame.message, "code": frame.code}))


class _Item:
    """An output item under way: ``said`` is true once any of it became events."""

    __slots__ = ("kind", "number", "said", "sealed", "told_reasoning")

    def __init__(self, kind: str, number: int = -1) -> None:
        self.kind = kind
        self.number = number
        self.said = self.sealed = False
        self.told_reasoning = ""


class ResponsesStreamDecoder:
    """Turns a stream of response events into the typed model's events."""

    __slots__ = ("_begun", "_calls", "_ended", "_ids", "_items", "_refused", "_splitter", "_token")

    def __init__(self, reply: Reply) -> None:
        self._splitter = EventSplitter()
        self._ids = AnswerIds(reply.request_id)
        self._begun = False
        self._token = False
        self._ended = False
        self._refused = False
        self._calls = 0
        self._items: dict[int, _Item] = {}

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that became complete. After Finished or Failed nothing more comes."""
        events: list[Event] = []
        if self._ended:
            return events
        try:
            payloads = self._splitter.feed(chunk)
        except ValueError:
            self._fail(TOO_LARGE, events)
            return events
        for payload in payloads:
            self._read_payload(payload, events)
            if self._ended:
                break
        return events

    def finish(self) -> list[Event]:
        """Return what is left when the socket ended."""
        events: list[Event] = []
        if self._ended:
            return events
        for payload in self._splitter.finish():
            self._read_payload(payload, events)
        if not self._ended:
            self._fail(BROKEN, events)
        return events

    def _read_payload(self, payload: bytes, events: list[Event]) -> None:
        try:
            frame = frames.decode(payload)
        except UNREADABLE:
            # A line a vendor broke does not end a stream.
            return
        self._read(frame, events)

    def _read(self, frame: Frame, events: list[Event]) -> None:
        kind = frame.type
        if kind.endswith(".delta"):
            self._read_delta(kind, frame, events)
        elif kind == "response.output_item.added" and frame.item is not None:
            self._begin_item(frame.output_index, frame.item, events)
        elif kind == "response.output_item.done" and frame.item is not None:
            self._end_item(frame.output_index, frame.item, events)
        elif kind == "response.reasoning_summary_part.added":
            self._next_summary(frame.output_index, events)
        elif kind in ("response.completed", "response.incomplete", "response.failed", "response.cancelled"):
            self._end(frame.response or WireResponse(), events)
        elif kind == "error":
            self._fail(failure_of_frame(frame), events)
        elif not self._begun and frame.response is not None:
            self._begun = True
            events.append(Started(frame.response.id or "", frame.response.model or ""))

    def _read_delta(self, kind: str, frame: Frame, events: list[Event]) -> None:
        delta = frame.delta
        if not delta:
            return
        item = self._items.get(frame.output_index)
        if item is None:
            item = self._items[frame.output_index] = _Item("")
        if kind == "response.output_text.delta" or kind == "response.refusal.delta":
            self._refused = self._refused or kind == "response.refusal.delta"
            events.append(TextDelta(delta))
        elif kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            # A host that tells both the reasoning and its summary tells the same twice.
            if item.told_reasoning not in ("", kind):
                return
            item.told_reasoning = kind
            events.append(ThinkingDelta(delta))
        elif kind == "response.function_call_arguments.delta" and item.number >= 0:
            events.append(ToolArgumentsDelta(item.number, delta))
        elif kind == "response.custom_tool_call_input.delta" and item.number >= 0:
            opening = "" if item.said else f'{{"{FREEFORM_PROPERTY}":"'
            escaped = msgspec.json.encode(delta).decode()[1:-1]
            events.append(ToolArgumentsDelta(item.number, opening + escaped))
        else:
            return
        item.said = True
        self._token = True

    def _next_summary(self, index: int, events: list[Event]) -> None:
        item = self._items.get(index)
        if item is not None and item.said and item.told_reasoning == "response.reasoning_summary_text.delta":
            events.append(ThinkingDelta("\n\n"))

    def _begin_item(self, index: int, wire: OutputItem, events: list[Event]) -> None:
        if index in self._items:
            return
        item = self._items[index] = _Item(wire.type)
        if wire.type in _CALLS:
            name = called_name(wire)
            if not name:
                self._fail(_NAMELESS, events)
                return
            item.number = self._calls
            self._calls += 1
            self._token = True
            events.append(ToolCallStarted(item.number, self._ids.of_call(wire.call_id or "", name, item.number), name))

    def _end_item(self, index: int, wire: OutputItem, events: list[Event]) -> None:
        """Close an item; hosts that stream no parts say all of it here."""
        self._begin_item(index, wire, events)
        item = self._items[index]
        if item.said and wire.type == "custom_tool_call":
            events.append(ToolArgumentsDelta(item.number, '"}'))
        if wire.type == "reasoning" and wire.encrypted_content and not item.sealed and not self._ended:
            if not item.said and (thought := thought_of(wire)):
                self._token = True
                events.append(ThinkingDelta(thought))
            item.said = item.sealed = True
            events.append(seal_of(wire))
        if item.said or self._ended:
            return
        item.said = True
        if wire.type == "message":
            text = "".join(part.text or part.refusal or "" for part in wire.content or ())
            self._refused = self._refused or any(part.refusal for part in wire.content or ())
            if text:
                self._token = True
                events.append(TextDelta(text))
        elif wire.type == "reasoning":
            thought = thought_of(wire)
            if thought:
                self._token = True
                events.append(ThinkingDelta(thought))
        elif wire.type == "function_call":
            events.append(ToolArgumentsDelta(item.number, arguments_text(wire.arguments) or "{}"))
        elif wire.type == "custom_tool_call":
            events.append(ToolArgumentsDelta(item.number, freeform_arguments(wire.input or "")))

    def _end(self, response: WireResponse, events: list[Event]) -> None:
        failure = failure_of(response)
        if failure is None:
            for index, item in enumerate(response.output or ()):
                known = self._items.get(index)
                if known is None or not known.said:
                    self._end_item(index, item, events)
            if not self._token and response.status != "incomplete":
                failure = EMPTY
        if response.usage is not None:
            events.append(UsageReported(usage_of(response.usage, response.service_tier)))
        if failure is not None:
            self._fail(failure, events)
        elif not self._ended:
            self._ended = True
            events.append(finished_of(response, called=self._calls > 0, refused=self._refused))

    def _fail(self, failure: UpstreamFailure, events: list[Event]) -> None:
        self._ended = True
        events.append(Failed(failure))
