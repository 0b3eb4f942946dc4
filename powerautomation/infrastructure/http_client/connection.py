"""One HTTP/1.1 connection to a server, and the response that arrives on it."""

import asyncio
import zlib
from typing import Any, Protocol

import httptools

from powerautomation.infrastructure.http_client.destinations import Proxy, Server
from powerautomation.infrastructure.http_client.errors import AnswerTooLarge, ConnectionBroken
from powerautomation.infrastructure.turn_writes import turn_writes

MOST_HEAD_BYTES = 64 * 1024
HIGH_WATER_BYTES = 256 * 1024
MOST_INFLATED_BYTES = 16 * 1024 * 1024  # of one piece that came over the wire
_SMALL_BODY = 16 * 1024
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class Response:
    """A response whose head has arrived. ``headers`` has lower-case names, in the order they came.

    Read it to its end, or :meth:`close` it: an unread response holds its connection.
    """

    __slots__ = (
        "_buffered", "_connection", "_parts", "_waiter", "complete", "failure", "head_complete", "headers", "status",
    )  # fmt: skip

    def __init__(self, connection: "Connection") -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.head_complete = False
        self.failure: ConnectionBroken | None = None
        self._connection = connection
        self._parts: list[bytes] = []
        self._buffered = 0
        self._waiter: asyncio.Future[None] | None = None

    def header(self, name: bytes) -> str:
        """Return the first value of a header (its name in lower case), or ``""``."""
        for known, value in self.headers:
            if known == name:
                return value.decode("latin-1")
        return ""

    async def wait_for_head(self) -> None:
        """Wait until status and headers are there. Raises ConnectionBroken."""
        while not self.head_complete:
            if self.failure is not None:
                raise self.failure
            await self._wait()

    async def read_chunk(self) -> bytes | None:
        """Return all that has arrived since the last call, or wait for more; None at the end of the answer.

        Raises ConnectionBroken when the answer ends before it is complete, after what arrived was handed over.
        """
        parts = self._parts
        while not parts:
            if self.complete:
                return None
            if self.failure is not None:
                raise self.failure
            await self._wait()
        chunk = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        if self._buffered > HIGH_WATER_BYTES and not self.complete:
            self._connection.resume()
        self._buffered = 0
        return chunk

    async def read(self, most_bytes: int) -> bytes:
        """Return the whole body. Raises AnswerTooLarge, ConnectionBroken."""
        chunk = await self.read_chunk()
        if self.complete and not self._parts and (chunk is None or len(chunk) <= most_bytes):
            return chunk or b""
        parts: list[bytes] = []
        size = 0
        while chunk is not None:
            size += len(chunk)
            if size > most_bytes:
                self.close()
                raise AnswerTooLarge(f"the answer is larger than {most_bytes} bytes")
            parts.append(chunk)
            chunk = await self.read_chunk()
        return b"".join(parts)

    def close(self) -> None:
        """Give the answer up: the connection is closed at once unless the answer is complete."""
        if not self.complete:
            self._connection.abort()

    def take(self, part: bytes) -> None:
        """Keep a part of the body until it is read; a reader that falls behind stops the server from sending."""
        self._parts.append(part)
        before = self._buffered
        self._buffered = before + len(part)
        if before <= HIGH_WATER_BYTES < self._buffered:
            self._connection.pause()

    def wake(self) -> None:
        """Let the reader look again."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    async def _wait(self) -> None:
        self._waiter = waiter = self._connection.loop.create_future()
        await waiter


class Keeper(Protocol):
    """Who owns connections."""

    def free(self, connection: "Connection") -> None:
        """Take back a connection that can carry the next request."""

    def lost(self, connection: "Connection") -> None:
        """Forget a connection that ended."""


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time."""

    transport: Any = None
    idle_since = 0.0

    def __init__(self, loop: asyncio.AbstractEventLoop, keeper: Keeper, server: Server, proxy: Proxy | None) -> None:
        self.loop = loop
        self.server = server
        self.proxy = proxy
        self.closed = False
        self._keeper = keeper
        self._writes = turn_writes(loop)
        self._response: Response | None = None
        self._inflate: Any = None
        self._head_bytes = 0
        self._until_end = False
        self._parser = httptools.HttpResponseParser(self)

    def send(self, head: bytes, body: bytes) -> Response:
        """Send a request and return its response, of which nothing has arrived yet."""
        response = self._response = Response(self)
        self._head_bytes = 0
        self._until_end = False
        self._inflate = None
        if len(body) < _SMALL_BODY:
            self._writes.write(self.transport, head + body)
        else:
            self.transport.writelines((head, body))
        return response

    def abort(self) -> None:
        """Close at once; what was not sent yet is dropped."""
        self.closed = True
        if self.transport is not None:
            self.transport.abort()

    def pause(self) -> None:
        """Stop reading from the server."""
        if not self.closed:
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read from the server again."""
        if not self.closed:
            self.transport.resume_reading()

    def connection_made(self, transport: Any) -> None:
        """Begin; called by the event loop."""
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End; called by the event loop. An answer without a length ends when the server closes in good order."""
        self.closed = True
        response, self._response = self._response, None
        if response is not None:
            if self._until_end and exc is None:
                response.complete = True
            else:
                response.failure = ConnectionBroken("the connection ended before the answer was complete")
            response.wake()
        self._keeper.lost(self)

    def data_received(self, data: bytes) -> None:
        """Read what the server sent."""
        response = self._response
        if response is None:
            self.abort()  # it speaks without being asked
            return
        try:
            self._parser.feed_data(data)
            if not response.head_complete:
                self._head_bytes += len(data)
                if self._head_bytes > MOST_HEAD_BYTES:
                    raise ConnectionBroken("the answer's headers are too large")
        except ConnectionBroken as broken:
            self._break(response, broken)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, zlib.error) as error:
            cause = error.__context__
            words = str(cause) if isinstance(cause, ConnectionBroken) else f"the answer is not valid HTTP/1.1 ({error})"
            self._break(response, ConnectionBroken(words))
        response.wake()

    def _break(self, response: Response, failure: ConnectionBroken) -> None:
        if not response.complete:
            response.failure = failure
        self._response = None
        self.abort()

    def on_message_begin(self) -> None:
        """Refuse a second answer to one question; called by the parser."""
        if self._response is None:
            raise ConnectionBroken("the server sent more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; called by the parser."""
        response = self._response
        if response is not None and not response.head_complete:
            response.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Know the head; called by the parser."""
        response = self._response
        assert response is not None
        status = self._parser.get_status_code()
        if status < 200:
            response.headers.clear()
            return
        response.status = status
        response.head_complete = True
        sized = False
        for name, value in response.headers:
            if name in (b"content-length", b"transfer-encoding"):
                sized = True
            elif name == b"content-encoding" and value.lower() != b"identity":
                # Asked for plain bytes, some servers compress all the same.
                if value.lower() not in (b"gzip", b"x-gzip", b"deflate"):
                    raise ConnectionBroken(f"the answer is compressed in a way nobody asked for ({value[:40]!r})")
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._until_end = not sized

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body; called by the parser."""
        response = self._response
        assert response is not None
        if self._inflate is not None:
            part = self._inflate.decompress(part, MOST_INFLATED_BYTES)
            if self._inflate.unconsumed_tail:
                raise ConnectionBroken("the answer grows too much when it is decompressed")
        if part:
            response.take(part)

    def on_message_complete(self) -> None:
        """Complete the answer and free the connection; called by the parser."""
        response = self._response
        if response is None or not response.head_complete:
            return  # 100 Continue and its like: the answer is still to come
        response.complete = True
        self._response = None
        transport = self.transport
        if self._parser.should_keep_alive() and not transport.is_closing() and not transport.get_write_buffer_size():
            self._keeper.free(self)
        else:
            self.closed = True
            transport.close()
