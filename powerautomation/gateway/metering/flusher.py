"""Moves the journal into the ledger, in batches, without getting in the way of requests."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from powerautomation.gateway.metering import repository
from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.journal import Journal, is_abandoned
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import Problem

BATCH_BYTES = 512 * 1024
IDLE_SECONDS = 0.2
# While the ledger is at most a minute behind, flushing takes at most about a seventh of the time: requests come first.
REST_FACTOR = 6.0
LONGEST_LAG_SECONDS = 60.0
LONGEST_BACKOFF_SECONDS = 30.0
ADOPT_EVERY_SECONDS = 10.0
SYNC_EVERY_SECONDS = 0.2
_decoder = msgspec.json.Decoder(RequestRecord)
_log = structlog.get_logger("ledger")

OnBatch = Callable[[list[RequestRecord]], Awaitable[None]]


@dataclass(slots=True)
class _Source:
    path: Path
    offset: int = 0


class JournalFlusher:
    """Reads journal files from where it stopped, and deletes what is in the ledger. Reading the same line twice does no
    harm: a request already there is passed over, in the rows and in the sums."""

    def __init__(self, journal: Journal, database: Database, on_batch: OnBatch) -> None:
        self._journal = journal
        self._database = database
        self._on_batch = on_batch
        self._sources: dict[Path, _Source] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()
        self._flushed = 0
        self._adopted_at = 0.0
        self._synced = 0
        self._oldest_waiting_ms: int | None = None
        self.rejected = 0

    @property
    def lag_records(self) -> int:
        """Records of this process not yet in the ledger, about."""
        return max(0, self._journal.total - self._flushed)

    def start(self) -> None:
        """Begin to flush in the background."""
        self._tasks = [
            asyncio.create_task(self._run(), name="ledger flusher"),
            asyncio.create_task(self._sync(), name="journal sync"),
        ]

    async def stop(self) -> None:
        """Stop; what is left is read at the next start, and a file that is in the ledger to its end is deleted."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        source = self._sources.get(self._journal.path)
        if source is not None and source.offset == self._journal.size:
            source.path.unlink(missing_ok=True)

    async def flush_now(self) -> None:
        """Put everything written so far into the ledger. Raises a database Problem when it does not take it."""
        async with self._turn:
            self._adopt()
            while await self._flush_batch():
                pass

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_EVERY_SECONDS)
            if self._journal.total != self._synced:
                self._synced = self._journal.total
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self._journal.sync)

    async def _run(self) -> None:
        backoff = IDLE_SECONDS
        while True:
            began = time.perf_counter()
            try:
                async with self._turn:
                    if time.monotonic() - self._adopted_at > ADOPT_EVERY_SECONDS:
                        self._adopt()
                    moved = await self._flush_batch()
                backoff = IDLE_SECONDS
            except Problem as problem:
                _log.warning("ledger.unavailable", reason=problem.message, lag_records=self.lag_records)
                backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)
                await asyncio.sleep(backoff)
                continue
            except Exception:
                _log.exception("ledger.flush_failed", lag_records=self.lag_records)
                backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)
                await asyncio.sleep(backoff)
                continue
            if not moved:
                await asyncio.sleep(IDLE_SECONDS)
            elif not self._is_far_behind():
                await asyncio.sleep(max(IDLE_SECONDS, (time.perf_counter() - began) * REST_FACTOR))

    def _is_far_behind(self) -> bool:
        oldest = self._oldest_waiting_ms
        return oldest is not None and time.time() - oldest / 1000 > LONGEST_LAG_SECONDS

    def _adopt(self) -> None:
        """Take on this process's files, and those of processes that died."""
        self._adopted_at = time.monotonic()
        for path in sorted(self._journal.folder.glob("*.jsonl")):
            if path in self._sources or path == self._journal.path:
                continue
            if is_abandoned(path):
                self._sources[path] = _Source(path)

    async def _flush_batch(self) -> bool:
        """Move one batch; say whether there was one."""
        current = self._journal.path
        if current not in self._sources:
            # The file before this one was rotated away; it is complete now and goes first.
            self._adopt()
            self._sources[current] = _Source(current)
        for source in sorted(self._sources.values(), key=lambda source: source.path.name):
            lines, consumed = await asyncio.to_thread(_read, source)
            if not lines:
                if source.path != self._journal.path:
                    self._retire(source)
                continue
            records = self._decode(source, lines)
            if records:
                self._oldest_waiting_ms = records[0].started_ms
                async with self._database.unit_of_work() as session:
                    new = await repository.insert_records(session, records)
                self._flushed += len(records)
                if new:
                    await self._on_batch(new)
            source.offset += consumed
            return True
        self._oldest_waiting_ms = None
        return False

    def _decode(self, source: _Source, lines: list[bytes]) -> list[RequestRecord]:
        records = []
        for line in lines:
            try:
                records.append(_decoder.decode(line))
            except msgspec.MsgspecError:
                # Never lose a line silently: set it aside for a person.
                self.rejected += 1
                _log.error("ledger.line_rejected", file=source.path.name)
                with source.path.with_suffix(".rejected").open("ab") as aside:
                    aside.write(line + b"\n")
        return records

    def _retire(self, source: _Source) -> None:
        """Delete a file that is in the ledger to its end. A torn last line was never acknowledged to anybody."""
        del self._sources[source.path]
        source.path.unlink(missing_ok=True)


def _read(source: _Source) -> tuple[list[bytes], int]:
    """Return the complete lines from where the last read stopped, at most a batch, and how many bytes they are."""
    try:
        with source.path.open("rb") as file:
            file.seek(source.offset)
            data = file.read(BATCH_BYTES)
            while data and b"\n" not in data:
                more = file.read(BATCH_BYTES)
                if not more:
                    return [], 0
                data += more
    except FileNotFoundError:
        return [], 0
    end = data.rfind(b"\n") + 1
    return data[: end - 1].split(b"\n") if end else [], end
