"""A server of small applications in a thread, and a client that sees every byte of the connection."""

import asyncio
import contextlib
import queue
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from powerautomation.app.http_protocol import LeanHttpProtocol

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
LIMIT_SECONDS = 10.0


@dataclass
class Answer:
    """One response: header names in lower case, in order; the body without its transfer coding."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The only value of a header; empty when it is not there."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else ""


class Wire:
    """One client connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS)
        self._buffer = b""

    def send(self, text: str | bytes) -> "Wire":
        """Send text as it is; a line feed stands for CR LF in ``str``."""
        self.socket.sendall(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode("latin-1"))
        return self

    def get(self, path: str) -> Answer:
        """One GET on this connection."""
        return self.send(f"GET {path} HTTP/1.1\nhost: x\n\n").answer()

    def answer(self, *, to: str = "GET") -> Answer:
        """The next response; an informational one counts as a response of its own."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        pairs = [line.partition(": ") for line in lines if line]
        answer = Answer(int(status), [(name.lower(), value) for name, _, value in pairs], b"")
        if to == "HEAD" or answer.status in (100, 204, 304):
            return answer
        if answer.header("transfer-encoding") == "chunked":
            assert not answer.header("content-length")
            answer.body = self._chunks()
        elif answer.header("content-length"):
            answer.body = self._exactly(int(answer.header("content-length")))
        else:
            assert answer.header("connection") == "close", "nothing says where the body ends"
            answer.body = self.rest()
        return answer

    def _more(self) -> bool:
        piece = self.socket.recv(65_536)
        self._buffer += piece
        return bool(piece)

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            if not self._more():
                raise ConnectionError(f"closed after {self._buffer!r}")
        found, _, self._buffer = self._buffer.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not self._more():
                raise ConnectionError(f"closed after {len(self._buffer)} of {size} bytes")
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size = int(self._until(b"\r\n"), 16)
            body += self._exactly(size)
            assert self._exactly(2) == b"\r\n"
            if not size:
                return body

    def rest(self) -> bytes:
        """Everything until the server closes."""
        with contextlib.suppress(ConnectionResetError):
            while self._more():
                pass
        found, self._buffer = self._buffer, b""
        return found

    def is_closed_within(self, seconds: float) -> bool:
        """Say whether the server closes within that time without sending anything."""
        self.socket.settimeout(seconds)
        try:
            assert not self._more(), f"unexpected bytes {self._buffer!r}"
            return True
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(LIMIT_SECONDS)

    def close(self) -> None:
        """Close the client's side."""
        self.socket.close()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Served:
    """A running server; what applications put into ``notes`` the test takes out."""

    port: int
    server: uvicorn.Server
    notes: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    loop: asyncio.AbstractEventLoop | None = None
    gates: list[asyncio.Event] = field(default_factory=list)

    def connect(self) -> Wire:
        """Open a connection."""
        return Wire(self.port)

    def note(self) -> Any:
        """The next note; fails when none comes."""
        return self.notes.get(timeout=LIMIT_SECONDS)

    def release(self) -> None:
        """Let every application that waits at the gate go on."""
        assert self.loop is not None
        gates, self.gates = self.gates, []
        for gate in gates:
            self.loop.call_soon_threadsafe(gate.set)

    async def gate(self) -> None:
        """Tell the test that an application is here and wait for :meth:`release`."""
        gate = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.gates.append(gate)
        self.notes.put("at the gate")
        async with asyncio.timeout(LIMIT_SECONDS):
            await gate.wait()


@contextlib.contextmanager
def serving(apps: Callable[[Served], dict[str, Asgi]], *, keep_alive_seconds: float = 30.0) -> Iterator[Served]:
    """Serve applications by path with the real event loop and protocol; stopped at the end."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await routes[scope["path"].rstrip("/") or "/"](scope, receive, send)

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=LeanHttpProtocol,
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=keep_alive_seconds,  # type: ignore[arg-type]
        timeout_graceful_shutdown=5,
    )
    served = Served(listener.getsockname()[1], uvicorn.Server(config))
    routes = apps(served)
    thread = threading.Thread(target=served.server.run, kwargs={"sockets": [listener]}, name="served")
    thread.start()
    try:
        deadline = time.monotonic() + LIMIT_SECONDS
        while not served.server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.005)
        yield served
    finally:
        served.server.should_exit = True
        thread.join(LIMIT_SECONDS)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"
