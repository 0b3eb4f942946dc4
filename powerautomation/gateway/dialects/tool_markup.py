"""Turns tool markup that a Kimi host left in the text into the tool calls it stands for.

The model writes ``<|tool_calls_section_begin|><|tool_call_begin|>functions.NAME:N<|tool_call_argument_begin|>JSON
<|tool_call_end|><|tool_calls_section_end|>`` (Kimi-K2-Instruct, docs/tool_call_guidance.md on huggingface.co, 2026-10);
hosts whose parser misses it, or that lose the outer pair, hand it on as text, cut anywhere.
"""

import re
from typing import Literal

from powerautomation.gateway.dialects.entities import (
    Event,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from powerautomation.gateway.dialects.tool_ids import AnswerIds

_SECTION_BEGIN = ("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>")
_SECTION_END = ("<|tool_calls_section_end|>", "<|tool_call_section_end|>")
_CALL_BEGIN = "<|tool_call_begin|>"
_ARGUMENTS = "<|tool_call_argument_begin|>"
_CALL_END = "<|tool_call_end|>"
_MARKERS = (*_SECTION_BEGIN, *_SECTION_END, _CALL_BEGIN, _ARGUMENTS, _CALL_END)
_MARKER = re.compile("|".join(re.escape(marker) for marker in _MARKERS))
_LONGEST_HEAD = 512


def _held_back(text: str) -> int:
    """Return how many characters at the end of ``text`` may be the beginning of a marker."""
    start = text.rfind("<")
    if start < 0:
        return 0
    tail = text[start:]
    return len(tail) if any(marker.startswith(tail) for marker in _MARKERS) else 0


class MarkupReader:
    """Reads the text and the thinking of one answer piece by piece. ``calls`` counts the calls found so far; all calls
    of the answer share one count, so callers who add calls of their own raise it."""

    __slots__ = ("_current", "_head", "_ids", "_in_section", "_pending", "_state", "_thinking", "_wrote", "calls")

    def __init__(self, ids: AnswerIds) -> None:
        self._ids = ids
        self._pending = ""
        self._head = ""
        self._state: Literal["text", "section", "head", "arguments"] = "text"
        self._in_section = False
        self._thinking = False
        self._wrote = False
        self._current = 0
        self.calls = 0

    def read_text(self, text: str) -> list[Event]:
        """Return the events of more answer text."""
        if self._state == "text" and not self._pending and "<" not in text:
            return [TextDelta(text)] if text else []
        return self._read(text, thinking=False)

    def read_thinking(self, text: str) -> list[Event]:
        """Return the events of more reasoning text."""
        if self._state == "text" and not self._pending and "<" not in text:
            return [ThinkingDelta(text)] if text else []
        return self._read(text, thinking=True)

    def finish(self) -> list[Event]:
        """Return what was held back; an unfinished call keeps its arguments, half a call's head is dropped."""
        events: list[Event] = []
        pending, self._pending = self._pending, ""
        self._emit(pending, events)
        self._end_call(events)
        self._head = ""
        self._state = "text"
        self._in_section = False
        return events

    def _read(self, text: str, *, thinking: bool) -> list[Event]:
        if not text:
            return []
        events: list[Event] = []
        if thinking is not self._thinking:
            events += self.finish()
            self._thinking = thinking
        if self._pending:
            text = self._pending + text
        position = 0
        for match in _MARKER.finditer(text):
            self._emit(text[position : match.start()], events)
            self._pass(match[0], events)
            position = match.end()
        end = len(text) - _held_back(text[position:])
        self._emit(text[position:end], events)
        self._pending = text[end:]
        return events

    def _emit(self, text: str, events: list[Event]) -> None:
        if not text:
            return
        if self._state == "arguments":
            if not self._wrote:
                text = text.lstrip()
            if text:
                self._wrote = True
                events.append(ToolArgumentsDelta(self._current, text))
        elif self._state == "head":
            self._head += text
            if len(self._head) > _LONGEST_HEAD:
                text, self._head = self._head, ""
                self._state = "section"
                self._emit(text, events)
        elif self._state == "text" or text.strip():
            events.append(ThinkingDelta(text) if self._thinking else TextDelta(text))

    def _pass(self, marker: str, events: list[Event]) -> None:
        head, self._head = self._head, ""
        in_head = self._state == "head"
        self._end_call(events)
        if marker == _ARGUMENTS:
            if in_head:
                self._start_call(head.strip(), events)
            return
        if marker == _CALL_BEGIN:
            self._state = "head"
            return
        if marker in _SECTION_BEGIN or marker in _SECTION_END:
            self._in_section = marker in _SECTION_BEGIN
        self._state = "section" if self._in_section else "text"

    def _start_call(self, head: str, events: list[Event]) -> None:
        name = re.sub(r":\d+\Z", "", head.removeprefix("functions."))
        if not name:
            self._state = "section"
            return
        index = self._current = self.calls
        self.calls += 1
        number = head.rpartition(":")[2]
        given = f"functions.{name}:{number}" if number.isdecimal() else ""
        events.append(ToolCallStarted(index, self._ids.of_call(given, name, index), name))
        self._state = "arguments"
        self._wrote = False

    def _end_call(self, events: list[Event]) -> None:
        if self._state == "arguments":
            if not self._wrote:
                events.append(ToolArgumentsDelta(self._current, "{}"))
            self._state = "section" if self._in_section else "text"
