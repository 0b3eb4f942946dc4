"""The forms in which a client of chat completions wants the calls of its tools: as functions, as freeform tools
(``custom``), or in the older form of one ``function_call``.

Format: https://platform.openai.com/docs/api-reference/chat/object and /chat-streaming, read 2026-11.
"""

from collections.abc import Iterable

import msgspec

from powerautomation.gateway.dialects.entities import ToolCallStarted
from powerautomation.gateway.dialects.openai_responses_tools import FreeformReader, freeform_text

Json = dict[str, object]


class _Named(msgspec.Struct, gc=False):
    name: str = ""


class _Tool(msgspec.Struct, gc=False):
    type: str = "function"
    custom: _Named | None = None


class _Asked(msgspec.Struct, gc=False):
    tools: list[_Tool] | None = None
    functions: list[_Named] | None = None


_decode = msgspec.json.Decoder(_Asked).decode


class CallForms:
    """Writes the calls of one answer. ``older``: there is room for one call only; others stay behind."""

    __slots__ = ("_freeform", "_readers", "_told", "older")

    def __init__(self, freeform: frozenset[str], *, older: bool) -> None:
        self.older = older
        self._freeform = freeform
        self._readers: dict[int, FreeformReader | None] = {}
        self._told: int | None = None

    def message(self, calls: Iterable[tuple[ToolCallStarted, str]]) -> Json:
        """Return the fields of a whole message that say which tools were called with which arguments."""
        given = list(calls)
        if self.older:
            call, arguments = given[0]
            return {"function_call": {"name": call.name, "arguments": arguments}}
        return {"tool_calls": [self._whole(call, arguments) for call, arguments in given]}

    def _whole(self, call: ToolCallStarted, arguments: str) -> Json:
        if call.name in self._freeform:
            return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": freeform_text(arguments)}}
        return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}

    def start(self, call: ToolCallStarted, number: int) -> Json | None:
        """Return the delta that begins a call, None for one that stays behind."""
        if self.older:
            if self._told is not None:
                return None
            self._told = call.index
            return {"function_call": {"name": call.name, "arguments": ""}}
        if call.name in self._freeform:
            self._readers[number] = FreeformReader()
            begun: Json = {"type": "custom", "custom": {"name": call.name, "input": ""}}
        else:
            begun = {"type": "function", "function": {"name": call.name, "arguments": ""}}
        return {"tool_calls": [{"index": number, "id": call.id, **begun}]}

    def more(self, index: int, number: int, partial_json: str) -> Json | None:
        """Return the delta that says more of a call: ``index`` as the events count, ``number`` as the client does."""
        if self.older:
            return {"function_call": {"arguments": partial_json}} if index == self._told else None
        reader = self._readers.get(number)
        if reader is None:
            return {"tool_calls": [{"index": number, "function": {"arguments": partial_json}}]}
        text = reader.feed(partial_json)
        return _input(number, text) if text else None

    def rest(self) -> list[Json]:
        """Return what was not told yet of the texts, at the end of the answer."""
        left = ((number, reader.finish()[1]) for number, reader in self._readers.items() if reader is not None)
        return [_input(number, text) for number, text in left if text]


def _input(number: int, text: str) -> Json:
    return {"tool_calls": [{"index": number, "custom": {"input": text}}]}


def call_forms(request: bytes) -> CallForms | None:
    """Return how the client of a request wants calls, None for functions alone."""
    if b'"custom"' not in request and b'"functions"' not in request:
        return None
    try:
        asked = _decode(request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    freeform = frozenset(tool.custom.name for tool in asked.tools or () if tool.type == "custom" and tool.custom)
    return CallForms(freeform, older=bool(asked.functions)) if freeform or asked.functions else None
