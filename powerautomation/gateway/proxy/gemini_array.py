"""Turns a stream of events into the JSON array Google streams without ``alt=sse``."""

from powerautomation.gateway.proxy.exchange import Message, Send

_JSON = (b"content-type", b"application/json")


def as_array(send: Send) -> Send:
    """Return a ``send`` that passes a stream of server-sent events on as an array, element by element, and a refusal as
    an array of one. What it is given holds whole events only."""
    held: list[Message] = []
    begun = False
    streamed = False

    async def sending(message: Message) -> None:
        nonlocal begun, streamed
        if message["type"] == "http.response.start":
            headers = message["headers"]
            streamed = any(
                name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers
            )
            if not streamed:
                held.append(message)
                return
            kept = [(name, value) for name, value in headers if name != b"content-type"]
            await send({**message, "headers": [_JSON, *kept]})
            return
        body = message.get("body", b"")
        more = message.get("more_body", False)
        if not streamed:
            body = b"[" + body + b"]"
            start = held.pop()
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", b"%d" % len(body))]})
            await send({**message, "body": body})
            return
        parts: list[bytes] = []
        for block in body.split(b"\n\n"):
            element = block.removeprefix(b"data: ").removeprefix(b"data:").strip()
            if element[:1] == b"{":
                parts.append(b",\n" + element if begun else b"[" + element)
                begun = True
        if not more:
            parts.append(b"\n]" if begun else b"[]")
        await send({**message, "body": b"".join(parts) or b"\n"})

    return sending
