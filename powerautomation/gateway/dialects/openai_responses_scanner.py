"""Watches a Responses stream that passes through to a client of the same dialect."""

import re

from powerautomation.gateway.dialects.entities import UpstreamFailure, Usage
from powerautomation.gateway.dialects.openai_responses_answer import (
    BROKEN,
    EMPTY,
    TOO_LARGE,
    UNREADABLE,
    failure_of,
    usage_of,
)
from powerautomation.gateway.dialects.openai_responses_decoder import Frame, failure_of_frame, frames
from powerautomation.gateway.dialects.sse import MOST_EVENT_BYTES, payload_of

_FRAME_BYTES = 230
# An answer begins with its first delta or with a call. What the first events repeat of the request has neither type.
_TOKEN = re.compile(rb'"type":\s*"(?:response\.[a-z_.]+\.delta|[a-z_]+_call)"')
_ID = re.compile(rb'"id":\s*"(resp[A-Za-z0-9_-]{1,200})"')
_NUMBER = re.compile(rb'"sequence_number":\s*(\d{1,9})')
# Events that say something the ledger or the router must know. In JSON text quotes are escaped, so these cannot be
# fooled by an answer.
_LOOK = (b'"response.completed"', b'"response.incomplete"', b'"response.failed"', b'"type":"error"', b'"type": "error"')


class ResponsesStreamScanner:
    """Hands whole events on untouched, and reads only those that matter. What comes before the first token repeats the
    whole request several times over; it is kept here until a token commits the answer."""

    __slots__ = (
        "_held", "_passed", "_rest", "failure", "finished", "first_token", "frame_bytes", "other_bytes",
        "output_events", "response_id", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self._held = b""
        self._rest = b""
        self._passed = b""
        self.response_id = ""
        self.first_token = False
        self.finished = False
        self.usage: Usage | None = None
        self.failure: UpstreamFailure | None = None
        self.output_events = 0
        self.other_bytes = 0
        self.frame_bytes = _FRAME_BYTES

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes to hand on now: whole events only, nothing after the end or a failure."""
        if self.finished or self.failure is not None:
            return b""
        if self._rest:
            chunk = self._rest + chunk
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n")
        end = chunk.rfind(b"\n\n") + 2
        if end == 1:
            end = 0
        self._rest = chunk[end:]
        if len(self._rest) > MOST_EVENT_BYTES:
            self.failure = TOO_LARGE
            return b""
        return self._pass(chunk[:end]) if end else b""

    def finish(self) -> bytes:
        """Return what is left when the socket ended: a stream that did not say how it ended was cut."""
        if self.finished or self.failure is not None:
            return b""
        rest, self._rest = self._rest.rstrip(b"\r\n"), b""
        part = self._pass(rest + b"\n\n") if rest else b""
        if not self.finished and self.failure is None:
            self.failure = BROKEN
        return part

    def _pass(self, whole: bytes) -> bytes:
        self.output_events += whole.count(b'.delta"')
        if not self.first_token and _TOKEN.search(whole) is not None:
            self.first_token = True
        if any(sign in whole for sign in _LOOK):
            whole = self._look(whole)
        if self.failure is not None:
            return b""
        if not self.first_token:
            self._held += whole
            if len(self._held) > MOST_EVENT_BYTES:
                self.failure = TOO_LARGE
            return b""
        if self._held:
            whole, self._held = self._held + whole, b""
        if not self.response_id and (found := _ID.search(whole)) is not None:
            self.response_id = found[1].decode()
        self._passed = whole
        return whole

    def next_number(self) -> int:
        """Return the number of the event that would come next, by those that were handed on."""
        numbers = _NUMBER.findall(self._passed)
        return int(numbers[-1]) + 1 if numbers else 0

    def _look(self, whole: bytes) -> bytes:
        """Read the events; return those up to the end."""
        passed: list[bytes] = []
        for event in whole.split(b"\n\n"):
            if not event:
                continue
            passed.append(event + b"\n\n")
            payload = payload_of(event)
            if payload is None or not any(sign in payload for sign in _LOOK):
                continue
            try:
                frame = frames.decode(payload)
            except UNREADABLE:
                continue
            self._note(frame)
            if self.finished or self.failure is not None:
                break
        return b"".join(passed)

    def _note(self, frame: Frame) -> None:
        if frame.type == "error":
            self.failure = failure_of_frame(frame)
            return
        response = frame.response
        if response is None or not frame.type.startswith(
            ("response.completed", "response.incomplete", "response.fail")
        ):
            return
        if response.usage is not None:
            self.usage = usage_of(response.usage, response.service_tier)
        self.failure = failure_of(response)
        if self.failure is None and not self.first_token:
            if response.output or response.status == "incomplete":
                self.first_token = True
            else:
                self.failure = EMPTY
        self.finished = self.failure is None
