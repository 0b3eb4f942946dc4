"""Sends events away for as long as the server runs."""

import asyncio
import secrets
from collections.abc import Sequence

import structlog

from powerautomation.governance.audit_streams.entities import Stream
from powerautomation.governance.audit_streams.errors import NotDelivered
from powerautomation.governance.audit_streams.service import deliver_batch, release_streams
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import Problem

POLL_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 300.0
_log = structlog.get_logger("audit")


class StreamKeeper:
    """Looks every second for events that a stream has not got. After a failure it waits twice as long as before, from
    one second to five minutes; nothing is ever left out."""

    def __init__(self, database: Database, streams: Sequence[Stream]) -> None:
        self.streams = tuple(streams)
        self._database = database
        self._holder = secrets.token_hex(8)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._run(stream), name=f"audit stream {stream.name}")
            for stream in self.streams
            if not stream.paused
        ]

    async def stop(self) -> None:
        """Stop. What was not delivered is sent at the next start, or by another server."""
        for task in self._tasks:
            await end_task(task)
        if self._tasks:
            try:
                await release_streams(self._database, self._holder)
            except Problem as problem:
                # Another server takes over a minute later.
                _log.warning("audit.stream_not_released", code=problem.code)
        self._tasks = []
        for stream in self.streams:
            await stream.close()

    async def _run(self, stream: Stream) -> None:
        backoff = POLL_SECONDS
        while True:
            try:
                more = await deliver_batch(self._database, stream, self._holder)
            except NotDelivered as problem:
                _log.warning("audit.stream_late", stream=stream.name, reason=problem.message, again_in=backoff)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)
                continue
            except Problem as problem:
                _log.warning("audit.stream_late", stream=stream.name, code=problem.code, reason=problem.message)
                await asyncio.sleep(POLL_SECONDS)
                continue
            backoff = POLL_SECONDS
            if not more:
                await asyncio.sleep(POLL_SECONDS)
