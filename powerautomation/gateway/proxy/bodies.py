"""Reads the body of a request, so much of it and so long."""

import asyncio
import time

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.gateway.proxy.errors import BodyTooLarge, ClientLeft
from powerautomation.gateway.proxy.exchange import Receive, Scope

BODY_SECONDS = 120.0


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the request's body. Raises ClientLeft, InvalidRequest, and BodyTooLarge: before reading it where the
    length is announced."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _too_large(limit)
        if name == b"content-encoding" and value.lower() not in (b"identity", b""):
            raise InvalidRequest("The body is compressed, which the gateway does not read. Send it as plain JSON.")
    message = await receive()
    body: bytes = message.get("body", b"")
    if not body and message["type"] == "http.disconnect":
        raise connection_closed()
    if not message.get("more_body"):
        return body
    parts = [body]
    size = len(body)
    deadline = time.monotonic() + BODY_SECONDS
    while message.get("more_body"):
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise InvalidRequest(f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None
        if message["type"] == "http.disconnect":
            raise connection_closed()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def connection_closed() -> ClientLeft:
    """Return what is said of a request whose client left while it was still sending."""
    return ClientLeft("The connection closed before the whole body had arrived.")


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The request body is larger than {limit // (1024 * 1024)} MB.",
        action="Send less, or raise server.max_body_bytes in the configuration.",
    )
