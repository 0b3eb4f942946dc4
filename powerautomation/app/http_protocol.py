"""Uvicorn's HTTP/1.1 protocol with less work per request.

Same parser, same ASGI messages, same graceful shutdown. What differs: the head and the first part of the body leave in
one write (one system call instead of two), ``receive`` waits on a future that is made only when something waits, the
keep-alive timer is armed once for a connection instead of once for every request, and headers are checked for line
breaks alone. Measured with an application that does nothing, a request takes about a seventh less time.

It is also stricter where a server in the open must be: a request's head is bounded in size and time, trailers never
become headers, an HTTP/1.0 client gets no chunks, a failure before the first byte is a 500, and a client that leaves is
noticed by the request that runs also when another one waits behind it.
"""

import asyncio
from collections import deque
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from powerautomation.infrastructure.turn_writes import turn_writes

_ASGI = {"version": "3.0", "spec_version": "2.3"}
_SMALL_BODY = 65_536
MOST_HEAD_BYTES = 128 * 1024
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TRAILERS: Any = deque(maxlen=0)  # takes what comes after the body and keeps nothing


class LeanHttpProtocol(HttpToolsProtocol):
    """One client connection."""

    idle_since = 0.0  # when the last answer ended, or the head of the next request began; 0 while a request runs
    in_head = False
    head_bytes = 0
    running: "LeanCycle | None" = None

    def connection_made(self, transport: Any) -> None:
        """Begin a connection; one that never asks anything is closed like one that has nothing more to ask."""
        super().connection_made(transport)
        self.writes = turn_writes(self.loop)
        self._arm_keepalive()

    def _unset_keepalive_if_required(self) -> None:
        """Do nothing: a request begins when its head is complete, see :meth:`on_headers_complete`."""

    def data_received(self, data: bytes) -> None:
        """Read what the client sent; refuse a head that never ends."""
        super().data_received(data)
        if self.in_head:
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                self._refuse(_HEAD_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request."""
        length = b"content-length: %d\r\n" % len(msg)
        self._refuse(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
            b"x-content-type-options: nosniff\r\n" + length + b"connection: close\r\n\r\n" + msg.encode("ascii")
        )

    def _refuse(self, answer: bytes) -> None:
        self.writes.flush()
        running = self.running
        # In the middle of another answer it would pass for a part of it.
        if running is None or running.response_complete or not running.began:
            self.transport.write(answer)
        self.transport.close()

    def shutdown(self) -> None:
        """Close the connection when nothing runs on it, else after the answer."""
        self.writes.flush()
        super().shutdown()

    def _arm_keepalive(self) -> None:
        self.idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection when it has been idle for the whole time, else look again when it may have been."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        if self.idle_since:
            left = self.idle_since + self.timeout_keep_alive - self.loop.time()
            if left <= 0.01:
                self.transport.close()
                return
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a running request that its client is gone."""
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        super().connection_lost(exc)
        self.pipeline.clear()
        running = self.running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.wake()

    def on_message_begin(self) -> None:
        """Start a request."""
        self.in_head = True
        self.head_bytes = 0
        if self.idle_since:
            self.idle_since = self.loop.time()
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        scope: Any = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": self.headers,
            "state": {},
        }
        self.scope = scope

    def on_headers_complete(self) -> None:
        """Hand the request to the application as soon as its head is complete."""
        self.in_head = False
        self.idle_since = 0.0
        parser = self.parser
        scope: Any = self.scope
        http_version = parser.get_http_version()
        scope["method"] = parser.get_method().decode("ascii")
        if http_version != "1.1":
            scope["http_version"] = http_version
        if parser.should_upgrade() and self._should_upgrade():
            return
        self.headers = _TRAILERS
        url = self.url
        if url.startswith(b"/") and b"#" not in url:
            raw_path, _, query = url.partition(b"?")
        else:
            parsed = httptools.parse_url(url)
            raw_path, query = parsed.path or b"/", parsed.query or b""
        path = raw_path.decode("ascii")
        scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode("ascii") + raw_path
        scope["query_string"] = query
        previous = self.cycle
        cycle = LeanCycle(self, scope, http_version != "1.0" and parser.should_keep_alive(), self.expect_100_continue)
        self.cycle = cycle  # type: ignore[assignment]  # ours in the place of uvicorn's
        if previous is None or previous.response_complete:
            self.running = cycle
            self._start_asgi_task(cycle, self.app)  # type: ignore[arg-type]  # as above
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))  # type: ignore[arg-type]  # as above

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body for the application; stop reading when it falls behind."""
        cycle: Any = self.cycle
        # Without a cycle the request was an upgrade, which became none.
        if cycle is None or cycle.response_complete or (self.parser.should_upgrade() and self._should_upgrade()):
            return
        cycle.parts.append(body)
        cycle.waiting_bytes += len(body)
        if cycle.waiting_bytes > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.wake()

    def on_message_complete(self) -> None:
        """Note that the body is complete."""
        cycle: Any = self.cycle
        # Without a cycle the request was an upgrade, which became none.
        if cycle is None or cycle.response_complete or (self.parser.should_upgrade() and self._should_upgrade()):
            return
        cycle.more_body = False
        cycle.wake()

    def on_response_complete(self) -> None:
        """Take the next pipelined request, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self.running = cycle  # type: ignore[assignment]  # only ours are ever queued
            self._start_asgi_task(cycle, app)
        else:
            self._arm_keepalive()


class LeanCycle:
    """One request and its response: what the application gets as ``receive`` and ``send``."""

    __slots__ = (
        "body_read", "chunked", "disconnected", "head", "keep_alive", "more_body", "parts", "protocol",
        "response_complete", "response_started", "scope", "to_send", "waiter", "waiting_bytes",
        "waiting_for_100_continue",
    )  # fmt: skip

    def __init__(self, protocol: LeanHttpProtocol, scope: Any, keep_alive: bool, expect_100_continue: bool) -> None:
        self.protocol = protocol
        self.scope = scope
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = expect_100_continue
        self.parts: list[bytes] = []
        self.waiting_bytes = 0
        self.more_body = True
        self.body_read = False
        self.waiter: asyncio.Future[None] | None = None
        self.disconnected = False
        self.response_started = False
        self.response_complete = False
        self.chunked = False
        self.to_send: int | None = None
        self.head: bytes | None = None

    @property
    def began(self) -> bool:
        """True once a part of the response left: then it can only be cut off."""
        return self.response_started and self.head is None

    @property
    def message_event(self) -> "LeanCycle":
        """Stand in for the event uvicorn sets when the connection is lost."""
        return self

    def set(self) -> None:
        """Wake a waiting ``receive``."""
        self.wake()

    def wake(self) -> None:
        """Wake a waiting ``receive``."""
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            if not waiter.done():
                waiter.set_result(None)

    async def run_asgi(self, app: Any) -> None:
        """Run the application for this request; what it leaves unfinished is closed, and never shows a traceback."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                self.protocol.logger.error("request failed", exc_info=error)
            await self._give_up()
            return
        if not self.response_complete and not self.disconnected:
            self.protocol.logger.error("the application returned without completing its response")
            await self._give_up()

    async def _give_up(self) -> None:
        if self.began or self.disconnected or self.protocol.transport.is_closing():
            self.protocol.transport.close()
            return
        self.response_started = False
        self.chunked = False
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")]
        headers.append((b"x-content-type-options", b"nosniff"))
        self.keep_alive = False
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"Internal Server Error"})

    async def send(self, message: Any) -> None:
        """Take an ASGI message of the application. The head waits for the first part of the body."""
        flow = self.protocol.flow
        if flow.write_paused and not self.disconnected:
            await flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.body":
            self._send_body(message.get("body", b""), message.get("more_body", False))
        elif message["type"] == "http.response.start" and not self.response_started:
            self._prepare_head(message["status"], message.get("headers", ()))
        else:
            raise RuntimeError(f"unexpected ASGI message {message['type']}")

    def _prepare_head(self, status: int, headers: Any) -> None:
        self.waiting_for_100_continue = False
        lines = [*self.protocol.server_state.default_headers, *headers]
        block = b"".join([b"%b: %b\r\n" % line for line in lines])
        # One line break a header, ours.
        if block.count(b"\n") != len(lines) or block.count(b"\r") != len(lines):
            raise RuntimeError("a response header contains a line break")
        known = dict(lines)
        if b"transfer-encoding" in known:
            raise RuntimeError("the server chooses the transfer encoding")
        given = known.get(b"content-length")
        length = None if given is None else int(given)
        closes = known.get(b"connection", b"").lower() == b"close"
        if closes:
            self.keep_alive = False
        parts = [STATUS_LINE[status], block]
        if not self.keep_alive and not closes:
            parts.append(b"connection: close\r\n")
        bodiless = self.scope["method"] == "HEAD" or status in (204, 304)
        if bodiless:
            self.to_send = 0
        elif length is not None:
            self.to_send = length
        elif self.scope["http_version"] == "1.0":
            self.to_send = None  # the body ends with the connection
        else:
            self.chunked = True
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(b"\r\n")
        self.head = b"".join(parts)
        self.response_started = True

    def _send_body(self, body: bytes, more_body: bool) -> None:
        if self.response_complete or not self.response_started:
            raise RuntimeError("a body came before the start or after the end of the response")
        transport = self.protocol.transport
        if self.scope["method"] == "HEAD":
            body = b""
        if self.to_send is not None:
            left = self.to_send - len(body)
            if left < 0:
                raise RuntimeError("the response is longer than its content-length")
            if left and not more_body:
                raise RuntimeError("the response is shorter than its content-length")
            self.to_send = left
        head, self.head = self.head or b"", None
        if self.chunked:
            if body:
                end = b"\r\n" if more_body else b"\r\n0\r\n\r\n"
                transport.write(b"%b%x\r\n%b%b" % (head, len(body), body, end))
            elif not more_body:
                transport.write(head + b"0\r\n\r\n")
            elif head:
                transport.write(head)
        elif head and len(body) > _SMALL_BODY:
            transport.writelines((head, body))
        elif head and not more_body and self.keep_alive and not self.protocol.pipeline:
            self.protocol.writes.write(transport, head + body)
        elif head or body:
            transport.write(head + body)
        if not more_body:
            self.response_complete = True
            self.wake()
            if not self.keep_alive:
                transport.close()
            self.protocol.on_response_complete()

    async def receive(self) -> Any:
        """Return the next part of the body, or word that the client is gone or the response complete."""
        protocol = self.protocol
        if self.waiting_for_100_continue and not protocol.transport.is_closing():
            self.waiting_for_100_continue = False
            protocol.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.body_read or (not self.parts and self.more_body):
            await self._wait()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        parts = self.parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self.parts = []
        self.waiting_bytes = 0
        self.body_read = not self.more_body
        return {"type": "http.request", "body": body, "more_body": self.more_body}

    async def _wait(self) -> None:
        """Wait for more of the body, the end of the response, or the loss of the client."""
        if self.disconnected or self.response_complete:
            return
        self.protocol.flow.resume_reading()
        if self.waiter is None:
            self.waiter = self.protocol.loop.create_future()
        # Shielded, because a wait that is given up must not end the wait of another, or the next one.
        await asyncio.shield(self.waiter)
