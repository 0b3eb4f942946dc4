"""Writes a conversation of the typed model as chat completion messages, in the order these hosts insist on."""

from powerautomation.gateway.dialects.documents import text_of
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
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.dialects.tool_ids import HistoryIds
from powerautomation.gateway.families import Family

Json = dict[str, object]

# Claude Code's billing header is for Anthropic alone, and its hash would break every other vendor's prompt cache.
BILLING_HEADER = "x-anthropic-billing-header:"
IMAGES_FOLLOW = "(The image is in the user message that follows.)"
NO_RESULT = "Error: this call was interrupted, it has no result."


def wire_messages(request: ChatRequest, target: Target) -> list[Json]:
    """Return the messages to send: system first, each tool result directly after its call, pictures of results in a
    user message after them. Raises InvalidRequest for what the model cannot be told."""
    history = _History(target)
    system = [block.text for block in request.system if block.text and not block.text.startswith(BILLING_HEADER)]
    if system:
        history.say({"role": "system", "content": "\n\n".join(system)})
    for message in request.messages:
        if message.role == "assistant":
            history.add_assistant(message)
        elif message.role == "system":
            texts = [part.text for part in message.parts if isinstance(part, Text) and part.text]
            if texts:
                history.say({"role": "system", "content": "\n\n".join(texts)})
        else:
            history.add_user(message)
    history.close_calls()
    if all(message["role"] == "system" for message in history.messages):
        raise InvalidRequest("The request has no message of a user or an assistant with content.")
    return history.messages


def sign_call(call: Json, family: Family, signature: str = "") -> None:
    """Give the first call of a turn its signature, or what stands in for one, unless the client brought the vendor's
    own."""
    call.setdefault("extra_content", {"google": {"thought_signature": signature or family.call_signature}})


class _History:
    """Collects messages. While calls wait for their results, everything else waits in ``_later``."""

    def __init__(self, target: Target) -> None:
        self.messages: list[Json] = []
        self._target = target
        self._ids = HistoryIds(kimi=target.family.tool_ids == "kimi")
        self._open: dict[str, str] = {}
        self._later: list[Json] = []
        self._pictures: list[Json] = []

    def say(self, message: Json) -> None:
        (self._later if self._open else self.messages).append(message)

    def close_calls(self) -> None:
        """Answer calls that never got a result: hosts refuse a history with open calls."""
        for wire_id in self._open.values():
            self.messages.append({"role": "tool", "tool_call_id": wire_id, "content": NO_RESULT})
        self._open.clear()
        self._flush()

    def _flush(self) -> None:
        if self._pictures:
            self.messages.append({"role": "user", "content": self._pictures})
            self._pictures = []
        self.messages += self._later
        self._later = []

    def add_assistant(self, message: Message) -> None:
        self.close_calls()
        family = self._target.family
        text = "".join(part.text for part in message.parts if isinstance(part, Text))
        thought = "".join(part.text for part in message.parts if isinstance(part, Thinking))
        calls = [self._call(part) for part in message.parts if isinstance(part, ToolCall)]
        if any(isinstance(part, Image | Document | ToolResult) for part in message.parts):
            raise InvalidRequest("An assistant message can hold only text, thinking and tool calls.")
        if not text and not calls:
            return
        wire: Json = {"role": "assistant", "content": text}
        required = family.reasoning_in_history == "required" and calls
        if required or (thought and family.reasoning_in_history != "dropped"):
            wire[family.reasoning_key] = thought
        if calls and family.call_signature:
            first = next(part for part in message.parts if isinstance(part, ToolCall))
            sign_call(calls[0], family, first.signature)
        if calls:
            wire["tool_calls"] = calls
        self.messages.append(wire)

    def _call(self, call: ToolCall) -> Json:
        wire_id = self._ids.of_call(call.id, call.name)
        if call.id in self._open:
            raise InvalidRequest(f"Two tool calls of one message have the id “{call.id}”.")
        self._open[call.id] = wire_id
        return {
            "id": wire_id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments or "{}"},
        }

    def add_user(self, message: Message) -> None:
        parts: list[Json] = []
        for part in message.parts:
            if isinstance(part, ToolResult):
                self._add_result(part)
            elif isinstance(part, Text | Image | Document):
                parts += self._part(part)
        if parts:
            self.say({"role": "user", "content": _folded(parts)})

    def _add_result(self, result: ToolResult) -> None:
        wire_id = self._open.pop(result.call_id, None)
        if wire_id is None:
            raise InvalidRequest(
                f"A tool result answers the call “{result.call_id}”, which the assistant did not make just before it."
            )
        wire = [piece for part in result.parts for piece in self._part(part)]
        pictures = [piece for piece in wire if piece["type"] != "text"]
        texts = [str(piece["text"]) for piece in wire if piece["type"] == "text"]
        if pictures:
            self._pictures += pictures
            texts.append(IMAGES_FOLLOW)
        content = "\n\n".join(texts)
        if result.is_error and not content.lower().startswith("error"):
            content = f"Error: {content}"
        self.messages.append({"role": "tool", "tool_call_id": wire_id, "content": content})
        if not self._open:
            self._flush()

    def _part(self, part: Text | Image | Document) -> list[Json]:
        if isinstance(part, Text):
            return [{"type": "text", "text": part.text}] if part.text else []
        if isinstance(part, Image):
            return [image_part(part, self._target)]
        return [document_part(part, self._target)]


def image_part(image: Image, target: Target) -> Json:
    """Return an image as the model takes it. Raises InvalidRequest when it takes none, or not from an address."""
    model, family = target.model, target.family
    if not family.reads_images:
        raise InvalidRequest(f"{model} cannot read images.", action="Ask for a model that can.")
    if image.url:
        if not family.reads_image_urls:
            raise InvalidRequest(
                f"{model} does not fetch images from URLs.", action="Send the image itself, base64 encoded."
            )
        return {"type": "image_url", "image_url": {"url": image.url}}
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{image.data}"}}


def document_part(document: Document, target: Target) -> Json:
    """Return a document as the model takes it, as text where it is text. Raises InvalidRequest when it takes none."""
    text = text_of(document)
    if text:
        return {"type": "text", "text": f"{document.title}\n\n{text}" if document.title else text}
    if not target.family.reads_documents or not document.data:
        what = "documents by URL" if document.url else f"documents of type {document.media_type or 'unknown'}"
        raise InvalidRequest(
            f"{target.model} cannot read {what}.", action="Send the document as text, or ask for another model."
        )
    url = f"data:{document.media_type};base64,{document.data}"
    return {"type": "file", "file": {"filename": document.title or "document.pdf", "file_data": url}}


def _folded(parts: list[Json]) -> str | list[Json]:
    """Text alone goes as a plain string, which every host understands."""
    if all(part["type"] == "text" for part in parts):
        return "\n\n".join(str(part["text"]) for part in parts)
    return parts
