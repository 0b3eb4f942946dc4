"""What the client of a stream was sent, kept where its route asks for streams that survive their upstream."""

import re
from collections.abc import Sequence

from powerautomation.gateway.dialects import Event, ToolCallStarted

MOST_BYTES = 8 * 1024 * 1024


class Transcript:
    """Collects what is sent, and holds tool calls back until the answer is whole: what a client has seen of a call
    cannot be taken back, and nobody else can finish it. ``lost``: there was more than is kept."""

    __slots__ = ("_call_mark", "_events", "_held", "_held_bytes", "_holds", "_parts", "_size", "lost")

    def __init__(self, call_mark: re.Pattern[bytes]) -> None:
        self._call_mark = call_mark
        self._parts: list[bytes] = []
        self._size = 0
        self._holds = False
        self._held: list[bytes] = []
        self._events: list[Event] = []
        self._held_bytes = 0
        self.lost = False

    def note(self, part: bytes) -> None:
        """Remember what was sent."""
        if self.lost:
            return
        self._parts.append(part)
        self._size += len(part)
        if self._size > MOST_BYTES:
            self._lose()

    def sent(self) -> bytes:
        """Return everything that was sent: whole events."""
        return b"".join(self._parts)

    def drop_held(self) -> None:
        """Forget what was held back: its upstream never finished it."""
        self._holds = False
        self._held.clear()
        self._events.clear()
        self._held_bytes = 0

    def before_call(self, part: bytes, *, ended: bool) -> bytes:
        """Return what of these whole events may be sent now: everything once the answer ``ended``, else nothing from a
        tool call on."""
        if ended or self.lost:
            part = b"".join([*self._held, part])
            self.drop_held()
            return part
        start = 0
        if not self._holds:
            found = self._call_mark.search(part)
            if found is None:
                return part
            self._holds = True
            start = max(part.rfind(b"\n\n", 0, found.start()) + 2, part.rfind(b"\r\n\r\n", 0, found.start()) + 4)
            start = start if start >= 4 else 0
        self._held.append(part[start:])
        return part[:start] + self._weigh(len(part) - start)

    def _weigh(self, size: int) -> bytes:
        self._held_bytes += size
        if self._held_bytes <= MOST_BYTES:
            return b""
        self._lose()
        released = b"".join(self._held)
        self.drop_held()
        return released

    def events_before_call(self, events: Sequence[Event], *, ended: bool) -> list[Event]:
        """The same for events."""
        if ended or self.lost:
            released = [*self._events, *events]
            self.drop_held()
            return released
        start = 0
        if not self._holds:
            start = next((at for at, event in enumerate(events) if type(event) is ToolCallStarted), len(events))
            self._holds = start < len(events)
        self._events += events[start:]
        for event in events[start:]:
            self._held_bytes += len(getattr(event, "partial_json", "")) + 64
        passed = list(events[:start])
        if self._held_bytes > MOST_BYTES:
            self._lose()
            passed += self._events
            self.drop_held()
        return passed

    def _lose(self) -> None:
        self.lost = True
        self._parts.clear()
