"""Writes a conversation of the typed model as Google's contents, in the order it insists on: a turn of calls follows
the user, and the turn after it answers every one of them (google-gemini/gemini-cli 3814, read 2026-11)."""

import mimetypes
from typing import Any

import msgspec

from powerautomation.gateway.dialects.documents import is_text
from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Image,
    Message,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_failure import UNREADABLE
from powerautomation.gateway.dialects.gemini_signatures import GOOGLE, signature_to_send
from powerautomation.gateway.dialects.openai_history import BILLING_HEADER, NO_RESULT
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.dialects.tool_ids import native_id

Json = dict[str, Any]


def system_instruction(request: ChatRequest) -> tuple[Json | None, int]:
    """Return what the model is told before the conversation, and how many messages of it that was."""
    texts = [block.text for block in request.system if block.text and not block.text.startswith(BILLING_HEADER)]
    count = 0
    for message in request.messages:
        if message.role != "system":
            break
        texts += [part.text for part in message.parts if isinstance(part, Text) and part.text]
        count += 1
    return ({"parts": [{"text": text} for text in texts]} if texts else None), count


def wire_contents(request: ChatRequest, target: Target, first: int) -> list[Json]:
    """Return the contents from message ``first`` on. Raises InvalidRequest for what the model cannot be told."""
    history = _History(target)
    for message in request.messages[first:]:
        if message.role == "assistant":
            history.add_assistant(message)
        elif message.role == "system":
            texts = [part.text for part in message.parts if isinstance(part, Text) and part.text]
            history.say("user", [{"text": f"<system>{text}</system>"} for text in texts])
        else:
            history.add_user(message)
    history.close_calls()
    if not history.contents:
        raise InvalidRequest("The request has no message of a user or an assistant with content.")
    return history.contents


class _History:
    """Collects contents. Until all calls of a turn are answered, what the user said besides waits."""

    def __init__(self, target: Target) -> None:
        self.contents: list[Json] = []
        self._target = target
        self._open: dict[str, Json] = {}
        self._answers: dict[str, Json] = {}
        self._later: list[Json] = []

    def say(self, role: str, parts: list[Json]) -> None:
        if not parts:
            return
        if self._open:
            self._later += parts
        elif self.contents and self.contents[-1]["role"] == role:
            self.contents[-1]["parts"] += parts
        else:
            if role == "model" and not self.contents:
                self.contents.append({"role": "user", "parts": [{"text": "(continue)"}]})
            self.contents.append({"role": role, "parts": parts})

    def close_calls(self) -> None:
        """Answer the calls of the last turn in their order, and those that never got a result too."""
        if not self._open:
            return
        answers = [
            self._answers.get(identifier) or _response(call, {"error": NO_RESULT})
            for identifier, call in self._open.items()
        ]
        self._open, self._answers = {}, {}
        later, self._later = self._later, []
        self.say("user", [*answers, *later])

    def add_assistant(self, message: Message) -> None:
        self.close_calls()
        parts: list[Json] = []
        signed_first = False
        opened: dict[str, Json] = {}
        for part in message.parts:
            if isinstance(part, Text):
                if part.text:
                    parts.append({"text": part.text})
            elif isinstance(part, ToolCall):
                if part.id in opened:
                    raise InvalidRequest(f"Two tool calls of one message have the id “{part.id}”.")
                call = opened[part.id] = {"id": native_id(part.id), "name": part.name}
                wire: Json = {"functionCall": {**call, "args": _arguments(part)}}
                signature = signature_to_send(part, self._target.family, first=not signed_first)
                signed_first = True
                if signature:
                    wire["thoughtSignature"] = signature
                parts.append(wire)
            elif isinstance(part, Thinking):
                # Only Google's own thinking means anything to its models.
                if part.vendor == GOOGLE and part.text:
                    signed = {"thoughtSignature": part.signature} if part.signature else {}
                    parts.append({"text": part.text, "thought": True, **signed})
            else:
                raise InvalidRequest("An assistant message can hold only text, thinking and tool calls.")
        if all(part.get("thought") for part in parts):
            return
        self.say("model", parts)
        self._open = opened

    def add_user(self, message: Message) -> None:
        parts: list[Json] = []
        for part in message.parts:
            if isinstance(part, ToolResult):
                parts += self._add_result(part)
            elif isinstance(part, Text | Image | Document):
                parts += self._part(part)
        if self._open and self._answers.keys() == self._open.keys():
            self._later += parts
            self.close_calls()
        else:
            self.say("user", parts)

    def _add_result(self, result: ToolResult) -> list[Json]:
        call = self._open.get(result.call_id)
        if call is None or result.call_id in self._answers:
            raise InvalidRequest(
                f"A tool result answers the call “{result.call_id}”, which the assistant did not make just before it."
            )
        pieces = [piece for part in result.parts for piece in self._part(part)]
        text = "\n\n".join(piece["text"] for piece in pieces if "text" in piece)
        media = [piece for piece in pieces if "text" not in piece]
        if media:
            text = f"{text}\n\n(What it shows stands after the results.)".lstrip()
        self._answers[result.call_id] = _response(call, {"error" if result.is_error else "output": text})
        return media

    def _part(self, part: Text | Image | Document) -> list[Json]:
        model, family = self._target.model, self._target.family
        if isinstance(part, Text):
            return [{"text": part.text}] if part.text else []
        if isinstance(part, Image):
            if not family.reads_images:
                raise InvalidRequest(f"{model} cannot read images.", action="Ask for a model that can.")
            return [_media(part.media_type, part.data, part.url, "image/jpeg")]
        if part.text:
            return [{"text": f"{part.title}\n\n{part.text}" if part.title else part.text}]
        if not family.reads_documents and not is_text(part.media_type):
            raise InvalidRequest(
                f"{model} cannot read documents of type {part.media_type or 'unknown'}.",
                action="Send the document as text, or ask for another model.",
            )
        # Google takes no JSON, but any text.
        kind = "text/plain" if part.media_type == "application/json" else part.media_type
        return [_media(kind, part.data, part.url, "application/pdf")]


def _media(media_type: str, data: str, url: str, otherwise: str) -> Json:
    if data:
        return {"inlineData": {"mimeType": media_type or otherwise, "data": data}}
    if url.startswith("data:"):
        head, _, inner = url[5:].partition(",")
        return {"inlineData": {"mimeType": head.partition(";")[0] or otherwise, "data": inner}}
    guessed = mimetypes.guess_type(url.partition("?")[0])[0]
    return {"fileData": {"mimeType": media_type or guessed or otherwise, "fileUri": url}}


def _response(call: Json, response: Json) -> Json:
    return {"functionResponse": {**call, "response": response}}


def _arguments(call: ToolCall) -> msgspec.Raw:
    text = call.arguments.strip() or "{}"
    try:
        decoded = msgspec.json.decode(text)
    except UNREADABLE:
        decoded = None
    if not isinstance(decoded, dict):
        raise InvalidRequest(f"The arguments of the tool call “{call.id}” are not a JSON object.")
    return msgspec.Raw(text.encode())
