"""A server that does what a script says, byte for byte, over real sockets."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from powerautomation.infrastructure.http_client import (
    Client,
)

Script = Callable[["Visitor"], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LIMIT_SECONDS = 10.0


@dataclass
class Visitor:
    """One connection as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> tuple[str, dict[str, str], bytes]:
        """Read one request: its first line, headers and body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        return head[0], headers, await self.reader.readexactly(int(headers.get("content-length", "0")))

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def gone(self) -> None:
        """Wait until the other side closed."""
        async with asyncio.timeout(LIMIT_SECONDS):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass


@dataclass
class Site:
    """A running scripted server."""

    port: int
    connections: int = 0
    failures: list[Exception] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """Run a script for every connection."""
    site = Site(0)
    running: set[asyncio.Task[None]] = set()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.connections += 1
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await script(Visitor(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as error:
            site.failures.append(error)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert site.failures == []


def always(answer: bytes) -> Script:
    async def script(visitor: Visitor) -> None:
        while True:
            await visitor.request()
            visitor.say(answer)

    return script


async def fetch(client: Client, url: str, body: bytes = b"{}") -> tuple[int, bytes]:
    async with asyncio.timeout(LIMIT_SECONDS):
        response = await client.request("POST", url, [("content-type", "application/json")], body)
        return response.status, await response.read(1_000_000)
