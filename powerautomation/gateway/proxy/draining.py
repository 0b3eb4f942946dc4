"""Reads a stream on whose client has left, where its provider is worth it: the vendor tells its usage at the end."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from powerautomation.infrastructure.http_client import HttpClientError, Response

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.attempt import Attempt

MOST_AT_ONCE = 64
MOST_BYTES = 4 * 1024 * 1024
DRAIN_SECONDS = 0.5


class Drains:
    """Counts the streams that are read on for nobody: at most ``MOST_AT_ONCE`` in a process, the others are closed."""

    def __init__(self) -> None:
        self._running = 0

    async def read_on(self, attempt: "Attempt", response: Response) -> None:
        """Read an answer to its end for its usage, within the provider's time, or not at all."""
        seconds = attempt.deployment.provider.timeouts.drain
        if not seconds or self._running >= MOST_AT_ONCE:
            return
        self._running += 1
        try:
            with suppress(TimeoutError, HttpClientError):
                async with asyncio.timeout(seconds):
                    size = 0
                    while size < MOST_BYTES and not attempt.told_all:
                        chunk = await response.read_chunk()
                        attempt.take_in(chunk)
                        if chunk is None:
                            break
                        size += len(chunk)
        finally:
            self._running -= 1


async def drain(response: Response) -> None:
    """Read what is left after the end of an answer, so that the connection can be used again."""
    if response.complete:
        return
    with suppress(TimeoutError, HttpClientError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while await response.read_chunk() is not None:
                pass
