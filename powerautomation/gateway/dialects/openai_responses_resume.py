"""Goes on with a Responses stream that broke off: one response, its items numbered on, its events too."""

import re
from typing import Any

import msgspec

from powerautomation.gateway.dialects.openai_responses_encoder import ResponsesStreamEncoder
from powerautomation.gateway.dialects.ports import Reply, Resumed
from powerautomation.gateway.dialects.request_fields import decode_fields, encode_fields, extended, lowered
from powerautomation.gateway.dialects.sse import EventSplitter

CALL_MARK = re.compile(rb'"type":\s*"(?:function_call|custom_tool_call|tool_search_call|local_shell_call)"')
_IGNORED = frozenset({"response.in_progress", "response.queued", "keepalive"})
Json = dict[str, Any]


class _Reader:
    """Follows the events a client was sent."""

    def __init__(self) -> None:
        self.response: Json = {}
        self.sequence = 0
        self.output: list[Json] = []
        self.said: list[str] = []
        self.item: Json = {}
        self.texts: list[str] = []
        self.closed = 0  # of the open message: 1 its text is done, 2 its part is
        self.summary: list[Json] = []
        self.part_open = False

    def follows(self, event: Json) -> bool:
        """Take in one event; False when it says what another upstream could not go on with."""
        number = event.get("sequence_number")
        self.sequence = number + 1 if isinstance(number, int) else self.sequence + 1
        kind = event.get("type")
        if kind == "response.output_text.delta":
            self.texts.append(event["delta"])
            self.said.append(event["delta"])
        elif kind == "response.created":
            self.response = event["response"]
        elif kind == "response.output_item.added":
            self.item, self.texts, self.closed, self.summary = event["item"], [], 0, []
            return self.item["type"] in ("message", "reasoning")
        elif kind == "response.output_item.done":
            self.output.append(event["item"])
            self.item = {}
        elif kind == "response.content_part.added":
            return event["part"]["type"] == "output_text" and not event["content_index"]
        elif kind == "response.output_text.done":
            self.closed = 1
        elif kind == "response.content_part.done":
            self.closed = 2
        else:
            return self._follows_reasoning(str(kind), event)
        return True

    def _follows_reasoning(self, kind: str, event: Json) -> bool:
        if kind == "response.reasoning_summary_part.added":
            self.texts, self.part_open = [], True
        elif kind == "response.reasoning_summary_text.delta":
            self.texts.append(event["delta"])
        elif kind == "response.reasoning_summary_part.done":
            self.summary.append(event["part"])
            self.part_open = False
        else:
            return kind in _IGNORED or kind in (
                "response.reasoning_summary_text.done",
                "response.reasoning_text.delta",
                "response.reasoning_text.done",
            )
        return True


def resume(sent: bytes, reply: Reply) -> Resumed | None:
    """Return how far a client's stream got; None when nobody else could go on with it."""
    reader = _Reader()
    for payload in EventSplitter().feed(sent):
        try:
            if not reader.follows(msgspec.json.decode(payload)):
                return None
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError, RecursionError):
            return None
    if not reader.response:
        return None
    encoder = ResponsesStreamEncoder(reply)
    encoder.resume(reader.response, reader.sequence, reader.output)
    opening = b""
    if reader.item.get("type") == "message":
        opening = encoder.resume_message(reader.item, reader.texts, reader.closed)
    elif reader.item:
        part = "".join(reader.texts) if reader.part_open else None
        opening = encoder.close_cut_reasoning(reader.item, reader.summary, part)
    return Resumed(encoder, "".join(reader.said), opening)


def ask_for_rest(body: bytes, said: str, instruction: str, spent: int) -> bytes:
    """Return the request for what is missing of an answer."""
    fields = decode_fields(body)
    given = fields["input"]
    if bytes(memoryview(given)[:1]) == b'"':
        given = msgspec.Raw(msgspec.json.encode([{"type": "message", "role": "user", "content": given}]))
    part: Json = {"type": "output_text", "text": said, "annotations": []}
    turns: list[object] = [{"type": "message", "role": "assistant", "content": [part]}]
    if instruction:
        asked = {"type": "input_text", "text": instruction}
        turns.append({"type": "message", "role": "user", "content": [asked]})
    fields["input"] = extended(given, turns)
    lowered(fields, "max_output_tokens", spent)
    return encode_fields(fields)
