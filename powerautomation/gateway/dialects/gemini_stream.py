"""Streams in Google's format: into events, and from events. Every event is a GenerateContentResponse; the last one says
why the answer ended. An error in the middle stands bare between the events, as JSON."""

from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.blocks import BlockOrder
from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    UpstreamFailure,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.gemini_answer import PartWriter, finish_word, usage_object, wants_thoughts
from powerautomation.gateway.dialects.gemini_failure import UNREADABLE, error_in, error_object, failure_of_error
from powerautomation.gateway.dialects.gemini_wire import (
    BROKEN,
    EMPTY,
    TOO_LARGE,
    Candidate,
    PartReader,
    blocked,
    decode_chunk,
    usage_of,
)
from powerautomation.gateway.dialects.ports import Reply
from powerautomation.gateway.dialects.sse import MOST_EVENT_BYTES, payload_of
from powerautomation.kernel.errors import Problem


def payload_in(block: bytes) -> bytes | None:
    """Return the JSON of one event, or of an error that stands bare; None for a comment."""
    if block.startswith(b"data: ") and b"\n" not in block:
        return block[6:]
    return block if block[:1] in (b"{", b"[") else payload_of(block)


class GeminiStreamDecoder:
    """Turns a stream of GenerateContentResponses into events."""

    __slots__ = ("_begun", "_ended", "_last", "_reader", "_rest")

    def __init__(self, reply: Reply) -> None:
        self._reader = PartReader(reply.request_id)
        self._rest = b""
        self._begun = False
        self._ended = False
        self._last: Candidate | None = None

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that became complete. After Finished or Failed nothing more comes."""
        events: list[Event] = []
        if self._ended:
            return events
        if self._rest:
            chunk = self._rest + chunk
        if b"\r" in chunk:
            # A CR at the very end may be half of a CR LF, so it stays as it is until the next bytes come.
            chunk = chunk.replace(b"\r\n", b"\n")
        blocks = chunk.split(b"\n\n")
        self._rest = blocks.pop()
        if len(self._rest) > MOST_EVENT_BYTES:
            return self._fail(TOO_LARGE, events)
        for block in blocks:
            self._read(block, events)
            if self._ended:
                break
        return events

    def finish(self) -> list[Event]:
        """Return what is left when the socket ended. A stream that said why it finished is complete."""
        events: list[Event] = []
        if self._ended:
            return events
        rest, self._rest = self._rest.rstrip(b"\r\n"), b""
        if rest:
            self._read(rest, events)
        if self._ended:
            return events
        if self._last is None:
            return self._fail(BROKEN, events)
        events.append(self._reader.ending(self._last))
        self._ended = True
        return events

    def _read(self, block: bytes, events: list[Event]) -> None:
        payload = payload_in(block.lstrip(b"\n"))
        if payload is None:
            return
        try:
            chunk = decode_chunk(payload)
        except UNREADABLE:
            # A line a vendor broke does not end a stream, unless it is an error in another wrapping.
            error = error_in(payload)
            if error is not None:
                self._fail(failure_of_error(error), events)
            return
        if not self._begun:
            self._begun = True
            events.append(Started(chunk.response_id or "", chunk.model_version or ""))
        failure = failure_of_error(chunk.error) if chunk.error is not None else blocked(chunk)
        candidate = chunk.candidates[0] if chunk.candidates else None
        if failure is None and candidate is not None:
            failure = self._reader.read(candidate, events)
        if chunk.usage_metadata is not None:
            events.append(UsageReported(usage_of(chunk.usage_metadata)))
        if failure is not None:
            self._fail(failure, events)
        elif candidate is not None and candidate.finish_reason:
            self._last = candidate
            if chunk.usage_metadata is not None:
                events.append(self._reader.ending(candidate))
                self._ended = True

    def _fail(self, failure: UpstreamFailure, events: list[Event]) -> list[Event]:
        self._ended = True
        events.append(Failed(failure))
        return events


_encode = msgspec.json.encode


class GeminiStreamEncoder:
    """Turns events into a stream of GenerateContentResponses. A call goes out whole once its arguments are complete."""

    __slots__ = ("_after", "_order", "_text_after", "_usage", "_writer")

    _BEFORE = b'data: {"candidates":[{"content":{"parts":['
    _TEXT_BEFORE = b'data: {"candidates":[{"content":{"parts":[{"text":'

    def __init__(self, reply: Reply) -> None:
        self._order = BlockOrder()
        self._writer = PartWriter(shows_thoughts=wants_thoughts(reply.request))
        self._usage: Usage | None = None
        tail = _encode({"modelVersion": reply.model, "responseId": reply.request_id})[1:]
        self._after = b'],"role":"model"},"index":0}],' + tail + b"\n\n"
        self._text_after = b"}" + self._after

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return whole server-sent events, possibly none."""
        out: list[bytes] = []
        for event in events:
            kind = event.__class__
            # Types are silenced below: classes are compared by identity, for speed, and mypy cannot follow that.
            if kind is UsageReported:
                self._usage = event.usage  # type: ignore[union-attr]
            elif kind is Finished:
                self._end(event, out)  # type: ignore[arg-type]
            elif kind is Failed:
                failure = event.failure  # type: ignore[union-attr]
                out.append(self.problem(Problem(failure.message, code=f"gateway.upstream_{failure.kind}", status=502)))
            elif kind is not Started:
                for content in self._order.add(event):
                    self._content(content, out)
        return b"".join(out)

    def keepalive(self) -> bytes:
        """Return an empty line: Google's clients take nothing else for nothing."""
        return b"\n\n"

    def problem(self, problem: Problem) -> bytes:
        """Return the error that ends a stream in the middle."""
        return _encode({"error": error_object(problem)}) + b"\n\n"

    def _content(self, event: Event, out: list[bytes]) -> None:
        parts = self._writer.write(event)
        if len(parts) == 1 and event.__class__ is TextDelta:
            out += (self._TEXT_BEFORE, _encode(event.text), self._text_after)
            return
        for part in parts:
            out += (self._BEFORE, _encode(part), self._after)

    def _end(self, finished: Finished, out: list[bytes]) -> None:
        for content in self._order.flush():
            self._content(content, out)
        for part in self._writer.close():
            out += (self._BEFORE, _encode(part), self._after)
        ending = b'],"role":"model"},"finishReason":%b,"index":0}],"usageMetadata":%b,' % (
            _encode(finish_word(finished)),
            _encode(usage_object(self._usage or Usage())),
        )
        # The last event repeats nothing; clients want a part in it nevertheless.
        out += (self._TEXT_BEFORE, b'""}', ending, self._after.partition(b'"index":0}],')[2])


class GeminiStreamScanner:
    """Hands whole events on untouched, and reads them for what the ledger and the router must know."""

    __slots__ = (
        "_ended_with", "_reader", "_rest", "failure", "finished", "first_token", "frame_bytes", "other_bytes",
        "output_events", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self._rest = b""
        self._reader = PartReader("")
        self._ended_with: Candidate | None = None
        self.first_token = False
        self.finished = False
        self.usage: Usage | None = None
        self.failure: UpstreamFailure | None = None
        self.output_events = 0
        self.frame_bytes = 0
        self.other_bytes = 0

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes to hand on now: whole events only, nothing after the end or a failure."""
        if self._rest:
            chunk = self._rest + chunk
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n")
        blocks = chunk.split(b"\n\n")
        self._rest = blocks.pop()
        if len(self._rest) > MOST_EVENT_BYTES:
            self.failure = self.failure or TOO_LARGE
        return self._pass(blocks)

    def finish(self) -> bytes:
        """Return what is left when the socket ended: a stream that did not say why it finished was cut."""
        if self.finished or self.failure is not None:
            return b""
        rest, self._rest = self._rest.rstrip(b"\r\n"), b""
        part = self._pass([rest]) if rest else b""
        if self.finished or self.failure is not None:
            return part
        if self._ended_with is None:
            self.failure = BROKEN if self._reader.calls or self._rest or self.first_token else EMPTY
        else:
            self._end(self._ended_with)
        return part

    def _pass(self, blocks: list[bytes]) -> bytes:
        passed: list[bytes] = []
        for block in blocks:
            if self.finished or self.failure is not None:
                break
            payload = payload_in(block.lstrip(b"\n"))
            if payload is not None:
                self._read(payload)
                if self.failure is not None:
                    break
            passed += (block, b"\n\n")
        return b"".join(passed)

    def _read(self, payload: bytes) -> None:
        try:
            chunk = decode_chunk(payload)
        except UNREADABLE:
            error = error_in(payload)
            if error is not None:
                self.failure = failure_of_error(error)
            return
        self.failure = failure_of_error(chunk.error) if chunk.error is not None else blocked(chunk)
        if chunk.usage_metadata is not None:
            self.usage = usage_of(chunk.usage_metadata)
        candidate = chunk.candidates[0] if chunk.candidates else None
        said: list[Event] = []
        if candidate is not None and self.failure is None:
            self.failure = self._reader.read(candidate, said)
        if not said:
            self.other_bytes += len(payload) + 8
        else:
            self.output_events += 1
            if not self.first_token:
                self.first_token = True
                self.frame_bytes = max(0, len(payload) + 8 - sum(_weight(event) for event in said))
        if candidate is not None and candidate.finish_reason and self.failure is None:
            self._ended_with = candidate
            if chunk.usage_metadata is not None:
                self._end(candidate)

    def _end(self, candidate: Candidate) -> None:
        ending = self._reader.ending(candidate)
        if isinstance(ending, Failed):
            self.failure = ending.failure
        else:
            # A refusal is an answer too, although it has no token.
            self.finished = self.first_token = True


def _weight(event: Event) -> int:
    text = getattr(event, "text", "") or getattr(event, "partial_json", "")
    return len(text.encode(errors="replace"))
