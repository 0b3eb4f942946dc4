"""Tools of a Responses request: functions, freeform tools, namespaces, the client's tool search, hosted tools.

Other vendors know functions alone, named with at most 64 of ``[A-Za-z0-9_-]``. So every tool gets such a name and such
a form here, and the way back is the table of the same request: a name that was made from ``(namespace, name)`` leads to
it again on any replica, because the client sends its tools with every turn.
"""

import re
from collections.abc import Iterable
from hashlib import blake2s
from typing import Literal, NamedTuple

import msgspec

from powerautomation.gateway.dialects.entities import Tool
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_responses_body import WireTool

SEARCH = "tool_search"
FREEFORM_PROPERTY = "input"
_SEARCH_SCHEMA = msgspec.Raw(b'{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}')
_NO_SCHEMA = msgspec.Raw(b'{"type":"object","properties":{}}')
_FREEFORM_SCHEMA = msgspec.Raw(
    b'{"type":"object","properties":{"input":{"type":"string","description":"The text the tool takes, as it is."}},'
    b'"required":["input"],"additionalProperties":false}'
)
_LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}\Z")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")
_HASHED_HEAD = 54
# Tools that the vendor runs. Another vendor's model cannot have them.
_HOSTED = (
    "web_search", "web_search_preview", "file_search", "code_interpreter", "image_generation", "mcp",
    "programmatic_tool_calling",
)  # fmt: skip

_wire_tools = msgspec.json.Decoder(WireTool)


class Declared(NamedTuple):
    """A tool under the name every vendor takes, and what the client called it."""

    tool: Tool
    name: str
    namespace: str
    kind: Literal["function", "freeform", "search"]


class ToolTable:
    """The tools of one request. ``by_name`` has the names vendors see, ``hosted`` names what was left out."""

    __slots__ = ("_by_origin", "by_name", "hosted")

    def __init__(self) -> None:
        self.by_name: dict[str, Declared] = {}
        self._by_origin: dict[tuple[str, str], str] = {}
        self.hosted: list[str] = []

    def add(self, raw_tools: Iterable[msgspec.Raw], namespace: str = "") -> list[str]:
        """Take tools in; return the names of those a client runs. A tool declared again replaces the first. Raises
        InvalidRequest for types nobody but OpenAI's own models could use."""
        names: list[str] = []
        for raw in raw_tools:
            try:
                wire = _wire_tools.decode(raw)
            except (msgspec.DecodeError, RecursionError) as error:
                raise InvalidRequest(f"The tools of the request cannot be read: {error}.") from None
            if wire.type == "namespace" and not namespace:
                # What the namespace is for belongs to each of its tools, which stand alone elsewhere.
                names += self.add(wire.tools or (), wire.name)
            elif wire.type.startswith(_HOSTED):
                self.hosted.append(wire.type)
            elif wire.type == SEARCH and wire.execution != "client":
                # The vendor would search among deferred tools; all of them are shown instead.
                self.hosted.append(wire.type)
            else:
                names.append(self._declare(wire, raw, namespace))
        return names

    def name_of(self, namespace: str, name: str) -> str:
        """Return the name vendors see for a tool of the client's, also for one that is no longer declared."""
        return self._by_origin.get((namespace, name)) or flat_name(namespace, name)

    def _declare(self, wire: WireTool, raw: msgspec.Raw, namespace: str) -> str:
        kind: Literal["function", "freeform", "search"]
        if wire.type == "function":
            kind, schema = "function", wire.parameters.copy() if _is_object(wire.parameters) else _NO_SCHEMA
        elif wire.type == "custom":
            kind, schema = "freeform", _FREEFORM_SCHEMA
        elif wire.type == SEARCH:
            kind, schema = "search", wire.parameters.copy() if _is_object(wire.parameters) else _SEARCH_SCHEMA
        else:
            raise InvalidRequest(
                f"A tool of type “{wire.type}” cannot be given to the model that serves this request.",
                action="Declare it as a function or a custom tool, or ask for a model of OpenAI.",
            )
        name = wire.name or (SEARCH if kind == "search" else "")
        if not name:
            raise InvalidRequest(f"A tool of type “{wire.type}” has no name.")
        flat = self._free_name(namespace, name)
        description = wire.description or ""
        tool = Tool(flat, description, schema, wire.strict, namespace=namespace)
        if kind == "freeform":
            tool = freeform_tool(flat, description, wire.format.copy() if _is_object(wire.format) else None, namespace)
        self.by_name[flat] = Declared(tool, name, namespace, kind)
        self._by_origin[namespace, name] = flat
        return flat

    def _free_name(self, namespace: str, name: str) -> str:
        flat = flat_name(namespace, name)
        taken = self.by_name.get(flat)
        if taken is not None and (taken.namespace, taken.name) != (namespace, name):
            return _hashed(namespace, name)
        return flat


def _is_object(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:1]) == b"{"


def flat_name(namespace: str, name: str) -> str:
    """Return a name for a tool that every vendor takes; the same for the same tool in every turn."""
    flat = f"{namespace}__{name}" if namespace else name
    return flat if _LEGAL.match(flat) else _hashed(namespace, name)


def _hashed(namespace: str, name: str) -> str:
    readable = _ILLEGAL.sub("_", f"{namespace}__{name}" if namespace else name)
    if not _LEGAL.match(readable[:1]):
        readable = "_" + readable
    digest = blake2s(msgspec.json.encode([namespace, name]), digest_size=4).hexdigest()
    return f"{readable[:_HASHED_HEAD]}_{digest}"


def freeform_tool(name: str, description: str, grammar: msgspec.Raw | None, namespace: str = "") -> Tool:
    """Return a tool that takes plain text, maybe of a ``grammar`` (a Responses ``format``). Raises InvalidRequest."""
    described = _freeform_description(description, grammar)
    return Tool(name, described, _FREEFORM_SCHEMA, None, "freeform", grammar, namespace)


class _Grammar(msgspec.Struct, gc=False):
    type: str = ""
    syntax: str = ""
    definition: str = ""


def _freeform_description(description: str, grammar: msgspec.Raw | None) -> str:
    parts = [description] if description else []
    parts.append(f"Here it is a function: put the tool's text, as it is, into the string “{FREEFORM_PROPERTY}”.")
    if grammar is not None:
        try:
            told = msgspec.json.decode(grammar, type=_Grammar)
        except msgspec.DecodeError as error:
            raise InvalidRequest(f"The format of a custom tool cannot be read: {error}.") from None
        if told.definition:
            parts.append(f"The text must follow this {told.syntax or 'formal'} grammar:\n{told.definition}")
    return "\n\n".join(parts)


def freeform_arguments(text: str) -> str:
    """Return the text of a freeform call as the arguments of the function that stands for the tool."""
    return msgspec.json.encode({FREEFORM_PROPERTY: text}).decode()


def freeform_text(arguments: str) -> str:
    """Return the text that a model put into the function of a freeform tool; a model that forgot the wrapping, or
    called the property something else, is understood too."""
    try:
        given = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        head = _HEAD.match(arguments)
        if head is None:
            return arguments
        return _unescaped(arguments[head.end() : _end_of_text(arguments, head.end())])
    if isinstance(given, str):
        return given
    if isinstance(given, dict):
        texts = [value for value in given.values() if isinstance(value, str)]
        text = given.get(FREEFORM_PROPERTY, texts[0] if len(texts) == 1 and len(given) == 1 else None)
        if isinstance(text, str):
            return text
        if not given:
            return ""
    return arguments


_HEAD = re.compile(r'\s*\{\s*"input"\s*:\s*"')
# One character of a JSON string that stands on its own: no escape that was cut, no half of a surrogate pair.
_CHARACTER = re.compile(
    r'[^"\\]|\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89abAB])[0-9a-fA-F]{4}|[^u])'
)
_ESCAPE = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)", re.S)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}


def _unescaped(text: str) -> str:
    """Return what stands in a JSON string. Models now and then forget to escape, or escape what needs none."""
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(found: re.Match[str]) -> str:
    if found[1]:
        return chr(0x10000 + ((int(found[1], 16) - 0xD800) << 10) + int(found[2], 16) - 0xDC00)
    if found[3]:
        code = int(found[3], 16)
        return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)
    return _ESCAPES.get(found[4], found[0])


def _end_of_text(arguments: str, position: int) -> int:
    """Return where the string that began before ``position`` stops for now: at its quote or where it was cut."""
    while (piece := _CHARACTER.match(arguments, position)) is not None:
        position = piece.end()
    return position


class FreeformReader:
    """Reads the text out of a freeform call's arguments while they come."""

    __slots__ = ("_at", "_parts", "_rest", "_told")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._rest = ""
        self._at = False
        self._told = 0

    def feed(self, partial_json: str) -> str:
        """Return the text that became certain."""
        self._parts.append(partial_json)
        self._rest += partial_json
        start = 0
        if not self._at:
            head = _HEAD.match(self._rest)
            if head is None:
                return ""
            self._at = True
            start = head.end()
        end = _end_of_text(self._rest, start)
        text = _unescaped(self._rest[start:end])
        # What follows the closing quote begins with that quote, so nothing more is ever taken from there.
        self._rest = self._rest[end:]
        self._told += len(text)
        return text

    def finish(self) -> tuple[str, str]:
        """Return the whole text and what of it was not told yet."""
        text = freeform_text("".join(self._parts))
        return text, text[self._told :]
