"""How late an event reaches the client: an upstream stamps each event with the clock, the client reads the stamp.

Upstream and client live in this process, on the load generator's core; the clock is the machine's monotonic one.
"""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

EVENTS = 200
GAP_SECONDS = 0.005
_STAMP = re.compile(rb"t=(\d+);")


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds between an event's leaving the upstream and its arrival at the client."""

    p50: float
    p99: float
    max: float
    events: int


@asynccontextmanager
async def stamping_upstream(port: int) -> AsyncIterator[None]:
    """An OpenAI-style upstream that sends ``EVENTS`` stamped events, one every ``GAP_SECONDS``."""
    server = await asyncio.start_server(_answer, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if length:
                await reader.readexactly(int(length[1]))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in range(EVENTS):
                _chunk(writer, b'{"index":0,"delta":{"content":"t=%d; "},"finish_reason":null}' % time.monotonic_ns())
                await writer.drain()
                await asyncio.sleep(GAP_SECONDS)
            _chunk(writer, b'{"index":0,"delta":{},"finish_reason":"stop"}')
            _frame(writer, b"data: [DONE]\n\n")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            if b"connection: close" in head.lower():
                return
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        return
    finally:
        writer.close()


def _chunk(writer: asyncio.StreamWriter, choice: bytes) -> None:
    head = b'data: {"id":"chatcmpl-stamp","object":"chat.completion.chunk","created":1,"model":"m","choices":['
    _frame(writer, head + choice + b"]}\n\n")


def _frame(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


async def measure_delay(port: int, path: str, body: bytes, key: str, timeout: float = 30.0) -> Delay:
    """Read one stamped stream from ``port`` and report how late its events were."""
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [f"POST {path} HTTP/1.1", "host: bench", "content-type: application/json", "connection: close"]
        lines += ["anthropic-version: 2023-06-01", f"authorization: Bearer {key}", f"content-length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        late: list[float] = []
        rest = b""
        while piece := await reader.read(65536):
            now = time.monotonic_ns()
            rest += piece
            end = 0
            for match in _STAMP.finditer(rest):
                late.append((now - int(match[1])) / 1e6)
                end = match.end()
            rest = rest[end:][-64:]
        writer.close()
    if len(late) != EVENTS:
        raise RuntimeError(f"{len(late)} of {EVENTS} stamped events arrived from {path}: {rest[-300:]!r}")
    quantiles = statistics.quantiles(late, n=100)
    return Delay(statistics.median(late), quantiles[98], max(late), len(late))
