"""Puts the events of an answer in order: blocks open once, close once, one after the other.

Upstreams interleave: parallel calls with mixed indexes, text between the parts of a call. Anthropic's format knows only
one open block at a time. The block that is open streams on; what belongs to others waits until it can be closed.
"""

from collections.abc import Iterable

import msgspec

from powerautomation.gateway.dialects.entities import (
    Event,
    RedactedThinking,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
)

MOST_HELD_BYTES = 16 * 1024 * 1024


def is_complete_json(text: str) -> bool:
    """Say whether text is one complete JSON object."""
    if not text.rstrip().endswith("}"):
        return False
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.MsgspecError, RecursionError):
        return False


class _Call:
    __slots__ = ("held", "seen", "started")

    def __init__(self, started: ToolCallStarted) -> None:
        self.started = started
        self.held: list[Event] = []
        self.seen: list[str] = []


class BlockOrder:
    """Reorders content events. ``add`` returns what may be sent now, ``flush`` what waited for the end.

    The result never has parts of two blocks mixed: a tool call's arguments follow its start without anything between.
    """

    __slots__ = ("_calls", "_closed", "_held_bytes", "_open", "_waiting")

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._closed: set[int] = set()
        self._open: int | None = None
        self._waiting: list[Event] = []
        self._held_bytes = 0

    def add(self, event: Event) -> list[Event]:
        """Return the events that may be sent now, in order."""
        if type(event) is ToolArgumentsDelta:
            return self._add_arguments(event)
        if type(event) is ToolCallStarted:
            return self._start(event)
        if self._open is None or type(event) not in (TextDelta, ThinkingDelta, ThinkingSignature, RedactedThinking):
            return [event]
        return self._after_open([event], len(getattr(event, "text", "")))

    def _start(self, event: ToolCallStarted) -> list[Event]:
        if event.index in self._calls:
            return []
        call = self._calls[event.index] = _Call(event)
        if self._open is None or self._close_if_complete():
            self._open = event.index
            return [*self._take_waiting(), event]
        call.held.append(event)
        return []

    def _add_arguments(self, event: ToolArgumentsDelta) -> list[Event]:
        call = self._calls.get(event.index)
        # What follows a complete object belongs to nothing: its block has been closed.
        if call is None or not event.partial_json or event.index in self._closed:
            return []
        call.seen.append(event.partial_json)
        if event.index == self._open:
            return [event]
        self._hold(len(event.partial_json))
        call.held.append(event)
        return []

    def _after_open(self, events: list[Event], size: int) -> list[Event]:
        if self._close_if_complete():
            self._open = None
            return [*self._take_waiting(), *events]
        self._hold(size)
        self._waiting += events
        return []

    def _close_if_complete(self) -> bool:
        """Say whether the open call has all its arguments, so that another block may begin."""
        assert self._open is not None
        if not is_complete_json("".join(self._calls[self._open].seen)):
            return False
        self._closed.add(self._open)
        return True

    def _take_waiting(self) -> list[Event]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def _hold(self, size: int) -> None:
        self._held_bytes += size
        if self._held_bytes > MOST_HELD_BYTES:
            raise ValueError("the answer interleaves more than can be held")

    def flush(self) -> list[Event]:
        """Return everything that still waits, call by call, then the text that came after."""
        self._open = None
        events: list[Event] = []
        for index in sorted(self._calls):
            call = self._calls[index]
            events += call.held
            call.held = []
        return events + self._take_waiting()


def ordered(events: Iterable[Event]) -> list[Event]:
    """Return the content events of a complete answer in order."""
    order = BlockOrder()
    result: list[Event] = []
    for event in events:
        result += order.add(event)
    return result + order.flush()
