"""Goes on with a stream of Anthropic's format that broke off."""

import re

import msgspec

from powerautomation.gateway.dialects.anthropic_answer import UNREADABLE
from powerautomation.gateway.dialects.anthropic_stream import AnthropicStreamEncoder, Frame, decode_frame
from powerautomation.gateway.dialects.ports import Reply, Resumed
from powerautomation.gateway.dialects.request_fields import decode_fields, encode_fields, extended, lowered
from powerautomation.gateway.dialects.sse import EventSplitter

CALL_MARK = re.compile(rb'"type":\s*"tool_use"')
_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_BLOCKS = frozenset({"text", "thinking", "redacted_thinking"})
_SILENT_DELTAS = frozenset({"thinking_delta", "signature_delta"})


class _Reader:
    """Follows the frames a client was sent."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.index = -1
        self.open = ""
        self.begun = False
        self.stopped = False

    def follows(self, frame: Frame) -> bool:
        """Take in one frame; False when it says what another upstream could not go on with."""
        kind = frame.type
        if kind == "content_block_delta" and frame.delta is not None:
            if frame.delta.type != "text_delta":
                return frame.delta.type in _SILENT_DELTAS
            self.text.append(frame.delta.text)
        elif kind == "content_block_start" and frame.content_block is not None:
            self.open, self.index = frame.content_block.type, frame.index
            self.text.append(frame.content_block.text)
            return self.open in _BLOCKS
        elif kind == "content_block_stop":
            self.open = ""
        elif kind == "message_start":
            self.begun = True
        elif kind == "message_delta":
            self.stopped = frame.delta is not None and frame.delta.stop_reason is not None
        else:
            return kind == "ping"
        return True


def resume(sent: bytes, reply: Reply) -> Resumed | None:
    """Return how far a client's stream got; None when nobody else could go on with it."""
    reader = _Reader()
    for payload in EventSplitter().feed(sent):
        try:
            if not reader.follows(decode_frame(payload)):
                return None
        except UNREADABLE:
            # The line was broken for the client too.
            continue
    if not reader.begun:
        return None
    encoder = AnthropicStreamEncoder(reply)
    if reader.stopped:
        return Resumed(encoder, "".join(reader.text), _STOP, complete=True)
    opening = encoder.resume(reader.index, reader.open)
    return Resumed(encoder, "".join(reader.text), opening)


def ask_for_rest(body: bytes, said: str, instruction: str, spent: int) -> bytes:
    """Return the request for what is missing of an answer."""
    fields = decode_fields(body)
    turns: list[object] = [{"role": "assistant", "content": [{"type": "text", "text": said}]}]
    if instruction:
        turns.append({"role": "user", "content": [{"type": "text", "text": instruction}]})
    fields["messages"] = extended(fields["messages"], turns)
    lowered(fields, "max_tokens", spent)
    return encode_fields(fields)


def prefilled(body: bytes) -> bytes:
    """Return a request that ends with the beginning of its answer as Anthropic takes it: it does not think again
    (https://platform.claude.com/docs/en/build-with-claude/extended-thinking, read 2026-11)."""
    fields = decode_fields(body)
    if fields.pop("thinking", None) is not None:
        # Its edits may be about thinking, and are refused without it.
        fields.pop("context_management", None)
    return msgspec.json.encode(fields)
