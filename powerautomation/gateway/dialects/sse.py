"""Cuts a byte stream of server-sent events into their data, wherever the network tore it."""

MOST_EVENT_BYTES = 8 * 1024 * 1024


class EventSplitter:
    """Collects bytes until an event is complete. ``event:``, ``id:`` and comment lines are ignored: all payloads carry
    their type. ``rest`` is what has not become an event yet."""

    __slots__ = ("rest",)

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the ``data:`` payloads of the events that became complete, lines joined by LF. Raises ValueError when
        one event is larger than 8 MB."""
        if self.rest:
            chunk = self.rest + chunk
        if b"\r" in chunk:
            # A CR at the very end may be half of a CR LF, so it stays as it is until the next bytes come.
            chunk = chunk.replace(b"\r\n", b"\n")
        blocks = chunk.split(b"\n\n")
        self.rest = rest = blocks.pop()
        if len(rest) > MOST_EVENT_BYTES:
            raise ValueError("a server-sent event is larger than 8 MB")
        payloads = []
        for block in blocks:
            if block.startswith(b"data:") and b"\n" not in block:
                payloads.append(block[6:] if block.startswith(b"data: ") else block[5:])
            else:
                payload = payload_of(block)
                if payload is not None:
                    payloads.append(payload)
        return payloads

    def finish(self) -> list[bytes]:
        """Return the payload of a last event whose closing blank line never came, if there is one."""
        rest, self.rest = self.rest.rstrip(b"\r\n"), b""
        payload = payload_of(rest)
        return [] if payload is None else [payload]


def payload_of(block: bytes) -> bytes | None:
    """Return the data of one event whose lines end with LF, or None when it holds none."""
    lines = []
    for line in block.split(b"\n"):
        if line.startswith(b"data:"):
            lines.append(line[6:] if line.startswith(b"data: ") else line[5:])
    return b"\n".join(lines) if lines else None
