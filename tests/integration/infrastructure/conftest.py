"""A network that can be cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest


class CuttableRedis:
    """Forwards to the real Redis until it is cut; ``url`` is what the code under test is given."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 6379)
        self._database = parts.path
        self._port = 0
        self._silent = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Address to connect to."""
        return f"redis://127.0.0.1:{self._port}{self._database}"

    async def join(self, *, silent: bool = False) -> None:
        """Let connections through, on the same port as before; ``silent`` accepts them and never answers."""
        self._silent = silent
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far_writer: asyncio.StreamWriter | None = None
        try:
            if self._silent:
                await asyncio.Event().wait()
            far_reader, far_writer = await asyncio.open_connection(*self._upstream)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for one in (writer, far_writer):
                if one is not None:
                    one.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


@pytest.fixture
async def cuttable_redis(redis_url: str) -> AsyncIterator[CuttableRedis]:
    """A joined network to Redis."""
    network = CuttableRedis(redis_url)
    await network.join()
    try:
        yield network
    finally:
        await network.cut()
