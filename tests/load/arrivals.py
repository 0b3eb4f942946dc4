"""Requests that arrive as from many people who know nothing of each other, and how long each took.

Times between arrivals are exponential, to the microsecond, whether earlier requests are answered or not: a request that
finds no free connection waits for one, and that counts. A generator whose timers tick in milliseconds sends several
requests at the same instant instead, and then mostly measures how they wait for each other.
"""

import random
import re
import select
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_WAIT_SECONDS = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was measured; milliseconds from the moment a request was due until the last byte of its answer."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


class _Connection:
    """One connection with at most one request on it."""

    __slots__ = ("due", "received", "sock", "to_send", "wanted")

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=LONGEST_WAIT_SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.due = 0.0
        self.to_send = memoryview(b"")
        self.received = b""
        self.wanted = 0

    def fileno(self) -> int:
        """For ``select``."""
        return self.sock.fileno()

    def begin(self, request: bytes, due: float) -> None:
        """Send a request that was due at that moment."""
        self.due = due
        self.to_send = memoryview(request)
        self.received = b""
        self.wanted = 0
        self.send()

    def send(self) -> None:
        """Send as much as the connection takes."""
        try:
            self.to_send = self.to_send[self.sock.send(self.to_send) :]
        except BlockingIOError:
            return

    def receive(self) -> bool:
        """Read what came; True when the answer is whole."""
        piece = self.sock.recv(262_144)
        if not piece:
            raise RuntimeError(f"the connection was closed after {self.received[:300]!r}")
        self.received += piece
        if not self.wanted:
            head, mark, _ = self.received.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if not mark:
                return False
            if length is None:  # in chunks
                return self.received.endswith(b"\r\n0\r\n\r\n")
            self.wanted = len(head) + 4 + int(length[1])
        return len(self.received) >= self.wanted


def request_bytes(path: str, body: bytes, key: str) -> bytes:
    """Return a whole HTTP request to the gateway."""
    lines = [f"POST {path} HTTP/1.1", "host: bench", "content-type: application/json", "anthropic-version: 2023-06-01"]
    if key:
        lines.append(f"authorization: Bearer {key}")
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


def measure_arrivals(
    port: int, requests: Sequence[bytes], *, rate: float, seconds: float, connections: int = 32
) -> Arrived:
    """Send ``rate`` requests a second for so many seconds, each one of ``requests`` by chance, over so many
    connections. RuntimeError when nothing comes back for ten seconds or a connection is closed."""
    chance = random.Random(7)
    free = [_Connection(port) for _ in range(connections)]
    everyone = tuple(free)
    busy: list[_Connection] = []
    waiting: deque[float] = deque()
    took: list[float] = []
    errors = 0
    began = time.perf_counter()
    end = began + seconds
    following = began + chance.expovariate(rate)
    try:
        while busy or waiting or following < end:
            now = time.perf_counter()
            while following <= now and following < end:
                waiting.append(following)
                following += chance.expovariate(rate)
            while waiting and free:
                connection = free.pop()
                connection.begin(chance.choice(requests), waiting.popleft())
                busy.append(connection)
            patience = following - time.perf_counter() if following < end else LONGEST_WAIT_SECONDS
            readable, writable, _ = select.select(busy, [one for one in busy if one.to_send], (), max(0.0, patience))
            if not (readable or writable) and patience == LONGEST_WAIT_SECONDS:
                raise RuntimeError(f"{len(busy)} requests were not answered within {LONGEST_WAIT_SECONDS:g} s")
            for connection in writable:
                connection.send()
            for connection in readable:
                if connection.receive():
                    took.append((time.perf_counter() - connection.due) * 1000)
                    errors += not connection.received.startswith(b"HTTP/1.1 20")
                    busy.remove(connection)
                    free.append(connection)
    finally:
        for connection in everyone:
            connection.sock.close()
    took.sort()
    p50, p95, p99 = (took[len(took) * share // 100] for share in (50, 95, 99))
    return Arrived(len(took), time.perf_counter() - began, errors, p50, p95, p99)
