"""Puts the originals back where an answer repeats placeholders, also when one comes in pieces."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from powerautomation.gateway.dialects import (
    Event,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    UsageReported,
)

_PLACEHOLDER = re.compile(r"\[[a-z_]{2,24}_[0-9a-f]{12}\]")
_LONGEST = 40


class Restorer:
    """Restores the events of one answer. What may be the beginning of a placeholder is held back until it is one or
    cannot be any more; nothing else waits."""

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._originals = originals
        self._escaped = {mark: msgspec.json.encode(value).decode()[1:-1] for mark, value in originals.items()}
        self._held = ""
        self._held_kind: type[TextDelta] | type[ThinkingDelta] = TextDelta
        self._held_arguments: dict[int, str] = {}

    def restore(self, events: Sequence[Event]) -> list[Event]:
        """Return the events with originals in the place of placeholders."""
        restored: list[Event] = []
        for event in events:
            if isinstance(event, TextDelta | ThinkingDelta):
                if type(event) is not self._held_kind:
                    self._flush_text(restored)
                    self._held_kind = type(event)
                text, self._held = self._split(self._held + event.text, self._originals)
                if text:
                    restored.append(self._held_kind(text))
            elif isinstance(event, ToolArgumentsDelta):
                self._flush_text(restored)
                waiting = self._held_arguments.pop(event.index, "")
                text, held = self._split(waiting + event.partial_json, self._escaped)
                if held:
                    self._held_arguments[event.index] = held
                if text:
                    restored.append(ToolArgumentsDelta(event.index, text))
            elif isinstance(event, UsageReported):
                # Some vendors count along with every piece, also in the middle of a placeholder.
                restored.append(event)
            else:
                self._flush_text(restored)
                if isinstance(event, ToolCallStarted) or type(event).__name__ in ("Finished", "Failed"):
                    self._flush_arguments(restored)
                restored.append(event)
        return restored

    def _split(self, text: str, originals: Mapping[str, str]) -> tuple[str, str]:
        """Return what can be said now, and the end that may become a placeholder."""
        start = text.rfind("[", -_LONGEST)
        held = ""
        if start >= 0 and "]" not in text[start:] and any(mark.startswith(text[start:]) for mark in originals):
            text, held = text[:start], text[start:]
        return _PLACEHOLDER.sub(lambda found: originals.get(found.group(), found.group()), text), held

    def _flush_text(self, restored: list[Event]) -> None:
        if self._held:
            restored.append(self._held_kind(self._held))
            self._held = ""

    def _flush_arguments(self, restored: list[Event]) -> None:
        restored += (ToolArgumentsDelta(index, held) for index, held in self._held_arguments.items())
        self._held_arguments.clear()
