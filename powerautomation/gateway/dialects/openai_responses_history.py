"""Reads the input items of a Responses request as turns of the typed model."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from powerautomation.gateway.dialects.entities import (
    Document,
    Image,
    Message,
    Part,
    Text,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_request import data_url
from powerautomation.gateway.dialects.openai_responses_body import (
    AdditionalTools,
    CallOutput,
    Content,
    CustomToolCall,
    FunctionCall,
    InputAudio,
    InputFile,
    InputImage,
    MessageItem,
    ReasoningItem,
    Refusal,
    SearchCall,
    SearchOutput,
)
from powerautomation.gateway.dialects.openai_responses_thinking import unpack
from powerautomation.gateway.dialects.openai_responses_tools import SEARCH, ToolTable, freeform_arguments

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_Role = Literal["system", "user", "assistant"]
_Inner = Text | Image | Document
# What the vendor did on its own servers is told as text, so that the story stays whole.
_HOSTED_ITEMS = frozenset({
    "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call",
    "mcp_list_tools",
})  # fmt: skip
_MOST_TOLD_CHARACTERS = 20_000


class ItemHead(msgspec.Struct, gc=False):
    """The type of an item; a message may leave it out."""

    type: str = "message"


heads = msgspec.json.Decoder(ItemHead)
_messages = msgspec.json.Decoder(MessageItem)
_function_calls = msgspec.json.Decoder(FunctionCall)
_custom_calls = msgspec.json.Decoder(CustomToolCall)
_outputs = msgspec.json.Decoder(CallOutput)
_search_calls = msgspec.json.Decoder(SearchCall)
_search_outputs = msgspec.json.Decoder(SearchOutput)
_more_tools = msgspec.json.Decoder(AdditionalTools)
_thoughts = msgspec.json.Decoder(ReasoningItem)


def declare_among_input(items: Sequence[msgspec.Raw], table: ToolTable) -> None:
    """Add the tools that stand among the input: given later, or found by a search of the client's. Raises
    InvalidRequest."""
    for position, raw in enumerate(items):
        kind = _kind(raw, position)
        try:
            if kind == "additional_tools":
                table.add(_more_tools.decode(raw).tools)
            elif kind == "tool_search_output":
                table.add(_search_outputs.decode(raw).tools)
        except UNREADABLE as error:
            raise _unreadable(position, error) from None


def read_items(items: Sequence[msgspec.Raw], table: ToolTable) -> tuple[Message, ...]:
    """Return the turns. Raises InvalidRequest for what could not reach another vendor in meaning."""
    turns = _Turns(table)
    for position, raw in enumerate(items):
        kind = _kind(raw, position)
        reader = _READERS.get(kind)
        try:
            if reader is not None:
                reader(turns, raw)
            elif kind in _HOSTED_ITEMS:
                turns.say("assistant", [Text(f"[{bytes(raw).decode()[:_MOST_TOLD_CHARACTERS]}]")])
            elif kind == "item_reference":
                raise InvalidRequest(
                    f"input[{position}] refers to an item by id, which this server does not keep apart.",
                    action="Send the item itself, or use previous_response_id.",
                )
            else:
                raise InvalidRequest(
                    f"input[{position}]: an item of type “{kind[:80]}” cannot be carried to the model that serves this "
                    "request.",
                    action="Leave it out, or ask for a model of OpenAI.",
                )
        except UNREADABLE as error:
            raise _unreadable(position, error) from None
    return turns.finish()


def _kind(raw: msgspec.Raw, position: int) -> str:
    try:
        return heads.decode(raw).type
    except UNREADABLE as error:
        raise _unreadable(position, error) from None


def _unreadable(position: int, error: Exception) -> InvalidRequest:
    return InvalidRequest(f"input[{position}] cannot be read: {error}.")


class _Turns:
    """Collects parts into turns: what stands together on one side is one turn."""

    __slots__ = ("_done", "_names", "_parts", "_role", "table")

    def __init__(self, table: ToolTable) -> None:
        self.table = table
        self._done: list[Message] = []
        self._role: _Role | None = None
        self._parts: list[Part] = []
        # The calls made so far, by id; an answered one is empty.
        self._names: dict[str, str] = {}

    def say(self, role: _Role, parts: Sequence[Part]) -> None:
        if role != self._role or role == "system":
            self._close()
            self._role = role
        self._parts += parts

    def call(self, identifier: str, name: str, arguments: str) -> None:
        self._names[identifier] = name
        self.say("assistant", [ToolCall(identifier, name, arguments)])

    def answer(self, identifier: str, parts: tuple[_Inner, ...]) -> None:
        name = self._names.get(identifier)
        if name != "":
            if name is not None:
                self._names[identifier] = ""
            self.say("user", [ToolResult(identifier, parts)])
            return
        # A tool may report again while it runs on: a call has one result, the rest is told with it or after it.
        for position, part in enumerate(self._parts):
            if isinstance(part, ToolResult) and part.call_id == identifier:
                self._parts[position] = ToolResult(identifier, part.parts + parts)
                return
        self.say("user", [Text("[more output of an earlier tool call]"), *parts])

    def _close(self) -> None:
        if self._parts and self._role is not None:
            self._done.append(Message(self._role, tuple(self._parts)))
        self._parts = []

    def finish(self) -> tuple[Message, ...]:
        self._close()
        return tuple(self._done)


def _read_message(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _messages.decode(raw)
    parts = content_parts(item.content)
    role: _Role = "user" if item.role == "user" else "assistant" if item.role == "assistant" else "system"
    if role != "user" and not all(isinstance(part, Text) for part in parts):
        raise InvalidRequest(f"A message with the role {item.role} can hold only text.")
    turns.say(role, parts)


def _read_function_call(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _function_calls.decode(raw)
    turns.call(item.call_id, turns.table.name_of(item.namespace or "", item.name), item.arguments)


def _read_custom_call(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _custom_calls.decode(raw)
    name = turns.table.name_of(item.namespace or "", item.name)
    turns.call(item.call_id, name, freeform_arguments(item.input))


def _read_output(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _outputs.decode(raw)
    turns.answer(item.call_id, tuple(content_parts(item.output)))


def _read_search_call(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _search_calls.decode(raw)
    if item.call_id:
        turns.call(item.call_id, turns.table.name_of("", SEARCH), bytes(item.arguments).decode() or "{}")


def _read_search_output(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _search_outputs.decode(raw)
    names = turns.table.add(item.tools)
    if item.call_id:
        found = f"These tools can be called now: {', '.join(names)}." if names else "No tool was found."
        turns.answer(item.call_id, (Text(found),))


def _read_thought(turns: _Turns, raw: msgspec.Raw) -> None:
    item = _thoughts.decode(raw)
    told = item.content or item.summary or ()
    summary = "\n\n".join(part.text for part in told if part.text)
    thinking = unpack(item.encrypted_content or "", summary, item.id)
    if thinking.text or thinking.signature or thinking.redacted_data:
        turns.say("assistant", [thinking])


def _pass(turns: _Turns, raw: msgspec.Raw) -> None:
    """Tools among the input were declared before."""


_READERS: dict[str, Callable[[_Turns, msgspec.Raw], None]] = {
    "message": _read_message,
    "function_call": _read_function_call,
    "custom_tool_call": _read_custom_call,
    "function_call_output": _read_output,
    "custom_tool_call_output": _read_output,
    "tool_search_call": _read_search_call,
    "tool_search_output": _read_search_output,
    "reasoning": _read_thought,
    "additional_tools": _pass,
}


def content_parts(content: Content) -> list[_Inner]:
    """Return the parts of a message or of an output. Raises InvalidRequest."""
    if isinstance(content, str):
        return [Text(content)] if content else []
    parts: list[_Inner] = []
    for part in content:
        if isinstance(part, InputImage):
            parts.append(_image(part))
        elif isinstance(part, InputFile):
            parts.append(_document(part))
        elif isinstance(part, InputAudio):
            raise InvalidRequest(
                "Audio input (input_audio) cannot be sent to the model that serves this request.",
                action="Send text, images or files, or ask for a model of an OpenAI-style provider that hears.",
            )
        else:
            text = part.refusal if isinstance(part, Refusal) else part.text
            if text:
                parts.append(Text(text))
    return parts


def _image(image: InputImage) -> Image:
    if not image.image_url:
        raise InvalidRequest(
            "An image given by file_id cannot be sent to the model that serves this request.",
            action="Send the image itself in image_url.",
        )
    found = data_url(image.image_url)
    if found is not None:
        return Image(media_type=found[0], data=found[1], detail=image.detail or "")
    if not image.image_url.startswith(("https://", "http://")):
        raise InvalidRequest("An image_url must be a data: or an http(s): URL.")
    return Image(url=image.image_url, detail=image.detail or "")


def _document(file: InputFile) -> Document:
    title = file.filename or ""
    if file.file_url:
        return Document(url=file.file_url, title=title)
    if not file.file_data:
        raise InvalidRequest(
            "A file given by file_id cannot be sent to the model that serves this request.",
            action="Send the file itself in file_data.",
        )
    media_type, encoded = data_url(file.file_data) or ("application/pdf", file.file_data)
    return Document(media_type=media_type, data=encoded, title=title)
