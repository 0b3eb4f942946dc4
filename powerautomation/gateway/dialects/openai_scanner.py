"""Watches a stream of chat completion chunks that passes through to a client of the same dialect."""

import msgspec

from powerautomation.gateway.dialects.entities import UpstreamFailure, Usage
from powerautomation.gateway.dialects.openai_answer import text_of, usage_of
from powerautomation.gateway.dialects.openai_failure import failure_of_error
from powerautomation.gateway.dialects.openai_stream import BROKEN, EMPTY, TOO_LARGE, decode_chunk
from powerautomation.gateway.dialects.ports import Reply
from powerautomation.gateway.dialects.sse import MOST_EVENT_BYTES, payload_of

_DONE = b"data: [DONE]\n\n"
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class OpenAiStreamScanner:
    """Hands whole events on untouched and reads only those that say something the ledger or the router must know:
    everything before the first token, and events with usage, an error or an end. Searching for their keys is safe:
    inside JSON strings quotes are escaped, so a key between bare quotes is a key. ``frame_bytes`` is how much of an
    event is not answer, learned from the first token: enough to estimate an answer whose usage never came."""

    __slots__ = (
        "_end_key", "_include_usage", "_rest", "_said_end", "_tier", "_usage_key", "failure", "finished", "first_token",
        "frame_bytes", "other_bytes", "output_events", "usage",
    )  # fmt: skip

    def __init__(self, reply: Reply) -> None:
        self._include_usage = reply.include_usage
        self._rest = b""
        self._said_end = False
        self._tier: object = None
        self._usage_key = b'"usage":{'
        self._end_key = b'"finish_reason":"'
        self.first_token = False
        self.finished = False
        self.usage: Usage | None = None
        self.failure: UpstreamFailure | None = None
        self.output_events = 0
        self.other_bytes = 0
        self.frame_bytes = 0

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes to hand on now: whole events only, nothing after the end or a failure."""
        if self._rest:
            chunk = self._rest + chunk
            self._rest = b""
        if not chunk.endswith(b"\n\n"):
            chunk = self._cut(chunk)
            if not chunk:
                return b""
        if (
            not self.first_token
            or chunk.endswith(b"[DONE]\n\n")
            or self._usage_key in chunk
            or self._end_key in chunk
            or b'"error"' in chunk
            or self.finished
            or self.failure is not None
        ):
            return self._read(chunk)
        self.output_events += chunk.count(b"\n\n")
        return chunk

    def finish(self) -> bytes:
        """Return what is left when the socket ended. An answer that said why it finished is complete without [DONE],
        and gets one; any other was cut."""
        if self.finished or self.failure is not None:
            return b""
        rest, self._rest = self._rest.rstrip(b"\r\n"), b""
        part = self._read(rest + b"\n\n") if rest else b""
        if self.finished or self.failure is not None:
            return part
        if not self._said_end:
            self.failure = BROKEN
        elif not self.first_token:
            self.failure = EMPTY
        else:
            self.finished = True
            return part + _DONE
        return b""

    def _cut(self, chunk: bytes) -> bytes:
        """Keep the event under way back and return the whole ones."""
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n")
        end = chunk.rfind(b"\n\n") + 2
        if end == 1:
            end = 0
        self._rest = chunk[end:]
        if len(self._rest) > MOST_EVENT_BYTES:
            self.failure = TOO_LARGE
            self._rest = b""
            return b""
        return chunk[:end]

    def _read(self, block: bytes) -> bytes:
        """Read every event of a block and return those to hand on."""
        passed: list[bytes] = []
        for event in block.split(b"\n\n"):
            if self.finished or self.failure is not None:
                break
            if event:
                self._read_event(event, passed)
        return b"".join(passed)

    def _read_event(self, event: bytes, passed: list[bytes]) -> None:
        payload = payload_of(event)
        if payload is None:
            passed.append(event + b"\n\n")
            return
        try:
            chunk = decode_chunk(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if payload.strip() == b"[DONE]":
                self._end(passed)
            # Anything else is a line the vendor broke: no client could read it.
            return
        if bytes(chunk.error) not in (b"", b"null"):
            self.failure = failure_of_error(chunk.error)
            return
        usage = chunk.usage
        self._tier = chunk.service_tier or self._tier
        for choice in chunk.choices or ():
            delta = choice.delta
            if not self.first_token and delta is not None:
                said = text_of(delta.content) or delta.reasoning_content or delta.reasoning or delta.refusal or ""
                if said or delta.tool_calls or delta.function_call is not None:
                    self.first_token = True
                    self._learn(payload, len(event) + 2 - len(said.encode(errors="replace")))
            if choice.finish_reason:
                self._said_end = True
            usage = usage or choice.usage
        if self.first_token:
            self.output_events += 1
        else:
            # It opens the stream, and names the role, which is longer than it has text: neither is an answer.
            self.other_bytes += len(event) + 2
        if usage is not None:
            self.usage = usage_of(usage, self._tier)
        if chunk.usage is not None and not self._include_usage:
            if not chunk.choices:
                return
            fields = _decode_fields(payload)
            del fields["usage"]
            event = b"data: " + msgspec.json.encode(fields)
        passed.append(event + b"\n\n")

    def _learn(self, payload: bytes, frame_bytes: int) -> None:
        """Note how this host writes its events."""
        self.frame_bytes = frame_bytes
        if b'"choices": ' in payload:
            self._usage_key = b'"usage": {'
            self._end_key = b'"finish_reason": "'

    def _end(self, passed: list[bytes]) -> None:
        if self.first_token:
            self.finished = True
            passed.append(_DONE)
        else:
            self.failure = EMPTY
