"""The conversation of a Gemini client, into the typed model."""

import mimetypes
import re
from typing import Any

import msgspec

from powerautomation.gateway.dialects.entities import (
    Document,
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_fields import Fields, fail, fields_of, list_of, text_of
from powerautomation.gateway.dialects.gemini_signatures import GOOGLE, unpack

MOST_CONTENTS = 100_000
_CONTENT = frozenset({"role", "parts"})
# What only tells Google how to sample a picture or a film, or repeats what stands in the part anyway.
_NOTES = (
    "videoMetadata", "mediaResolution", "mediaProcessing", "partMetadata", "audioTranscription", "speechMetadata",
    "documentMetadata", "spreadsheetMetadata", "audioMetadata",
)  # fmt: skip
_PART = frozenset(
    {
        "text", "thought", "thoughtSignature", "inlineData", "fileData", "functionCall", "functionResponse",
        "executableCode", "codeExecutionResult", "toolCall", "toolResponse", *_NOTES,
    }
)  # fmt: skip
_CALL = frozenset({"id", "name", "args", "partialArgs", "willContinue"})
_RESPONSE = frozenset({"id", "name", "response", "parts", "scheduling", "willContinue"})
_BLOB = frozenset({"mimeType", "data", "displayName"})
_FILE = frozenset({"mimeType", "fileUri", "displayName"})
# The fields SDKs put a function's text into; alone in a response, they are the response.
_WRAPPERS = frozenset({"output", "result", "content", "error"})
_MOST_TOLD = 20_000
# Google watches these itself, whatever the file is said to be (https://ai.google.dev/gemini-api/docs/video-understanding,
# read 2026-11).
_VIDEO_HOST = re.compile(r"https?://((www|m|music)\.)?(youtube\.com|youtu\.be)/", re.IGNORECASE)


def system_of(value: Any) -> tuple[Text, ...]:
    """Return the system instruction: a content whose parts are text, or plain text. Raises InvalidRequest."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (Text(value),) if value else ()
    fields = fields_of(value, "systemInstruction", _CONTENT)
    texts = []
    for position, part in enumerate(list_of(fields.get("parts", []), "systemInstruction.parts")):
        path = f"systemInstruction.parts[{position}]"
        text = fields_of(part, path, _PART).get("text")
        if not isinstance(text, str):
            raise fail(path, "can only be text")
        if text:
            texts.append(Text(text))
    return tuple(texts)


class ContentsReader:
    """Reads contents into messages. Calls without an id get one, and responses without an id answer the calls of their
    name in order. ``ignored`` names what stays behind. ``resolution``: how closely images are to be seen."""

    def __init__(self, resolution: Any = None) -> None:
        self._detail = _detail(resolution)
        self.ignored: dict[str, None] = {}
        self._open: dict[str, str] = {}
        self._model_spoke = False
        self._taken: set[str] = set()
        self._count = 0

    def messages(self, value: Any) -> tuple[Message, ...]:
        """Return the messages. Raises InvalidRequest that names the place."""
        contents = [{"parts": [{"text": value}]}] if isinstance(value, str) else list_of(value, "contents")
        if not contents:
            raise fail("contents", "must not be empty")
        if len(contents) > MOST_CONTENTS:
            raise fail("contents", f"holds more than {MOST_CONTENTS}")
        messages: list[Message] = []
        for place, content in enumerate(contents):
            message = self._message(content, f"contents[{place}]")
            if message.role == "assistant" and messages and messages[-1].role == "assistant":
                # SDKs keep the pieces of one streamed answer as contents of their own.
                message = Message("assistant", messages.pop().parts + message.parts)
            messages.append(message)
        return tuple(messages)

    def _message(self, content: Any, path: str) -> Message:
        fields = fields_of(content, path, _CONTENT)
        role = fields.get("role", "user")
        if role not in ("user", "model", "function"):
            raise fail(f"{path}.role", "must be user or model")
        parts: list[Part] = []
        turn_begins = 0
        if role == "model" and not self._model_spoke:
            self._open = {}
        self._model_spoke = role == "model"
        for position, given in enumerate(list_of(fields.get("parts", []), f"{path}.parts")):
            where = f"{path}.parts[{position}]"
            part = fields_of(given, where, _PART)
            self.ignored.update((f"parts.{name}", None) for name in _NOTES if name in part)
            if role == "model":
                made = self._said(part, where)
                if isinstance(made, ToolCall) and (carried := unpack(made.signature)) is not None:
                    # Another vendor's thinking: it stood before everything since the call before, and was shown there
                    # too, to clients that asked for it.
                    shown = [part for part in parts[turn_begins:] if not isinstance(part, Thinking) or part.signature]
                    parts[turn_begins:] = [carried, *shown]
                    made = msgspec.structs.replace(made, signature="")
                if made is not None:
                    parts.append(made)
                if isinstance(made, ToolCall):
                    turn_begins = len(parts)
            else:
                parts += self._given(part, where)
        return Message("assistant" if role == "model" else "user", tuple(parts))

    def _said(self, part: Fields, path: str) -> Part | None:
        signature = text_of(part, "thoughtSignature", path)
        if "functionCall" in part:
            return self._call(part["functionCall"], f"{path}.functionCall", signature)
        if part.get("thought") is True:
            text = text_of(part, "text", path)
            return Thinking(text, signature, "", GOOGLE) if unpack(signature) is None else Thinking(text)
        if "text" in part:
            text = text_of(part, "text", path)
            return Text(text) if text else None
        if "functionResponse" in part:
            raise fail(path, "a functionResponse belongs to the user")
        return self._other(part, path, said=True)

    def _call(self, given: Any, path: str, signature: str) -> ToolCall:
        call = fields_of(given, path, _CALL)
        name = text_of(call, "name", path, required=True)
        arguments = call.get("args", {})
        if not isinstance(arguments, dict):
            raise fail(f"{path}.args", "must be an object")
        identifier = text_of(call, "id", path) or self._new_id()
        if identifier in self._open:
            raise fail(f"{path}.id", f"two calls of one turn have the id “{identifier[:64]}”")
        self._taken.add(identifier)
        self._count += 1
        self._open[identifier] = name
        return ToolCall(identifier, name, msgspec.json.encode(arguments).decode(), signature)

    def _new_id(self) -> str:
        """Return an id that depends on nothing but what stands before it, so that prompt caches hold."""
        number = self._count
        while (identifier := f"call_{number}") in self._taken:
            number += 1
        return identifier

    def _given(self, part: Fields, path: str) -> list[Part]:
        if "functionResponse" in part:
            return [self._response(part["functionResponse"], f"{path}.functionResponse")]
        if "text" in part:
            text = text_of(part, "text", path)
            return [Text(text)] if text else []
        if "functionCall" in part:
            raise fail(path, "a functionCall belongs to the model")
        made = self._other(part, path, said=False)
        return [] if made is None else [made]

    def _response(self, given: Any, path: str) -> ToolResult:
        fields = fields_of(given, path, _RESPONSE)
        name = text_of(fields, "name", path)
        identifier = text_of(fields, "id", path)
        if not identifier:
            identifier = next((key for key, called in self._open.items() if called == name), "")
        if identifier not in self._open:
            raise fail(path, f"answers a call of “{(name or identifier)[:64]}” that the model did not make before it")
        del self._open[identifier]
        response = fields.get("response", {})
        if not isinstance(response, dict):
            raise fail(f"{path}.response", "must be an object")
        parts: list[Text | Image | Document] = [Text(text)] if (text := _told_response(response)) else []
        for position, inner in enumerate(list_of(fields.get("parts", []), f"{path}.parts")):
            where = f"{path}.parts[{position}]"
            held = fields_of(inner, where, _PART)
            self.ignored.update((f"parts.{name}", None) for name in _NOTES if name in held)
            made = self._other(held, where, said=False)
            if isinstance(made, Text | Image | Document):
                parts.append(made)
        return ToolResult(identifier, tuple(parts), bool(response) and response.keys() <= {"error"})

    def _other(self, part: Fields, path: str, *, said: bool) -> Text | Image | Document | None:
        if "inlineData" in part:
            blob = fields_of(part["inlineData"], f"{path}.inlineData", _BLOB)
            media = _media(text_of(blob, "mimeType", f"{path}.inlineData", required=True), path)
            data = _standard_base64(text_of(blob, "data", f"{path}.inlineData", required=True))
            if media.startswith("image/"):
                return Image(media_type=media, data=data, detail=_detail(part.get("mediaResolution")) or self._detail)
            return Document(media_type=media, data=data, title=text_of(blob, "displayName", path))
        if "fileData" in part:
            file = fields_of(part["fileData"], f"{path}.fileData", _FILE)
            return _file(file, f"{path}.fileData")
        for name in ("executableCode", "codeExecutionResult", "toolCall", "toolResponse"):
            if name in part:
                # A tool Google ran on its own servers: what it did is told as text, so that the story stays whole.
                return Text(f"[{name}: {msgspec.json.encode(part[name]).decode()[:_MOST_TOLD]}]")
        if said or part.keys() <= {"thought", "thoughtSignature", *_NOTES}:
            # A signature alone, as it comes at the end of a stream.
            return None
        raise fail(path, "holds nothing")


def _told_response(response: Fields) -> str:
    if len(response) == 1:
        ((name, value),) = response.items()
        if name in _WRAPPERS:
            return value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return msgspec.json.encode(response).decode() if response else ""


def _detail(resolution: Any) -> str:
    """Return Google's MEDIA_RESOLUTION_HIGH, or an object with that level, as ``high``."""
    level = resolution.get("level") if isinstance(resolution, dict) else resolution
    return level.removeprefix("MEDIA_RESOLUTION_").lower() if isinstance(level, str) else ""


def _media(media_type: str, path: str) -> str:
    plain = media_type.partition(";")[0].strip().lower()
    if plain.startswith(("image/", "text/")) or plain in ("application/pdf", "application/json"):
        return "text/plain" if plain == "application/json" else plain
    kind = plain.partition("/")[0]
    what = {"audio": "audio", "video": "a video"}.get(kind, "data")
    raise InvalidRequest(
        f"{path}: {what} ({plain[:50]}) cannot be sent to the model that serves this request.",
        action="Send text, images or PDF documents, or ask for a model that Google serves.",
    )


def _file(file: Fields, path: str) -> Image | Document:
    address = text_of(file, "fileUri", path, required=True)
    if not address.startswith(("https://", "http://")) or "generativelanguage.googleapis.com" in address:
        raise InvalidRequest(
            f"{path}: a file kept by Google cannot be read by the model that serves this request.",
            action="Send the file itself in inlineData, or ask for a model that Google serves.",
        )
    media_type = text_of(file, "mimeType", path) or mimetypes.guess_type(address.partition("?")[0])[0] or ""
    if _VIDEO_HOST.match(address):
        media_type = "video/*"
    if not media_type:
        raise InvalidRequest(
            f"{path}: says neither in mimeType nor by its name what kind of file it is.",
            action="Give its mimeType, or send the file itself in inlineData.",
        )
    media = _media(media_type, path)
    if media.startswith("image/"):
        return Image(media_type=media, url=address)
    return Document(media_type=media, url=address, title=text_of(file, "displayName", path))


def _standard_base64(data: str) -> str:
    """Google takes both alphabets of base64, others only the standard one."""
    if "-" in data or "_" in data:
        data = data.replace("-", "+").replace("_", "/")
    return data + "=" * (-len(data) % 4)
