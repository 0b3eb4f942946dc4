"""Moves the journal into the ledger, in batches, without getting in the way of requests."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
import structlog

from powerautomation.gateway.metering import repository
from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.journal import (
    AbandonedFolder,
    Journal,
    claim_abandoned,
    journal_files,
    sync_files,
)
from powerautomation.gateway.metering.journal_reader import (
    JournalFile,
    count_lines,
    decode_lines,
    read_batch,
    set_aside,
)
from powerautomation.gateway.metering.repository import PreparedRecords
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import InvalidInput, Problem

BATCH_BYTES = 512 * 1024
# Lines decoded before requests get a turn: less than half a millisecond's work.
SLICE_LINES = 64
IDLE_SECONDS = 0.2
FEW_RECORDS = 100
# While the ledger is at most a minute behind, flushing takes at most a twentieth of the time: requests come first.
REST_FACTOR = 19.0
LONGEST_REST_SECONDS = 2.0
LONGEST_LAG_SECONDS = 60.0
LONGEST_BACKOFF_SECONDS = 5.0
ADOPT_EVERY_SECONDS = 10.0
MOST_ADOPTED_FOLDERS = 8
SYNC_EVERY_SECONDS = 0.2
# A file that is in the ledger is emptied: at once when it is long, when it is short after a while without requests.
EMPTY_FROM_BYTES = 1024 * 1024
EMPTY_AFTER_SECONDS = 10.0
# What a database says of a value it cannot hold. Every other failure is the database's own, and passes.
_UNFIT = (InvalidInput, OverflowError)
_log = structlog.get_logger("ledger")

OnBatch = Callable[[list[RequestRecord]], Awaitable[None]]


class JournalFlusher:
    """Reads journal files from where it stopped, and deletes what is in the ledger.

    Reading a line twice does no harm: a request already there is passed over, in the rows and in the sums. ``on_batch``
    is awaited after each commit with the records that were new. ``rejected`` counts lines that were set aside because
    they cannot be stored, ``torn`` the half lines that processes left behind when they died.
    """

    def __init__(
        self, journal: Journal, database: Database, on_batch: OnBatch, *, batch_bytes: int = BATCH_BYTES
    ) -> None:
        self._journal = journal
        self._database = database
        self._on_batch = on_batch
        self._batch_bytes = batch_bytes
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._own = JournalFile(journal_files(journal.own_folder)[0], is_growing=True)
        self._rotated: deque[JournalFile] = deque()
        self._flushed = 0
        self._adopted: deque[AbandonedFolder] = deque()
        self._adopted_files: deque[JournalFile] = deque()
        self._adopted_waiting = 0
        self._adopted_at = float("-inf")
        self._moved_at = time.monotonic()
        self._oldest_ms: int | None = None
        self._busy_seconds = 0.0
        self.rejected = 0
        self.torn = 0

    @property
    def lag_records(self) -> int:
        """Records not yet in the ledger: of this process, and of dead ones whose journal it has taken over."""
        return max(0, self._journal.total - self._flushed) + max(0, self._adopted_waiting)

    @property
    def lag_seconds(self) -> float:
        """How long the oldest record has waited that is not yet in the ledger, about; 0 when none waits."""
        if not self.lag_records or self._oldest_ms is None:
            return 0.0
        return max(0.0, (now_ms() - self._oldest_ms) / 1000)

    def start(self) -> None:
        """Begin to flush in the background."""
        self._tasks = [
            asyncio.create_task(self._run(), name="ledger flusher"),
            asyncio.create_task(self._sync(), name="journal sync"),
        ]

    async def stop(self) -> None:
        """Stop; what is not in the ledger stays in the journal for the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._empty_own()
        while self._adopted:
            self._adopted.popleft().release()
        self._adopted_files.clear()
        self._adopted_waiting = 0

    async def flush_now(self) -> None:
        """Put everything written so far into the ledger, and make the journal durable.

        Raises a database Problem when the ledger does not take it; nothing is lost then, and a retry helps.
        """
        async with self._turn:
            await self._adopt()
            while await self._flush_batch():
                pass
        await asyncio.to_thread(self._journal.sync)

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_EVERY_SECONDS)
            try:
                unsynced = self._journal.take_unsynced()
                if unsynced:
                    await asyncio.to_thread(sync_files, unsynced, self._journal.own_folder)
            except OSError:
                _log.exception("ledger.journal_not_durable", action="See that the disk is healthy and has space.")

    async def _run(self) -> None:
        backoff = IDLE_SECONDS
        while True:
            try:
                async with self._turn:
                    if time.monotonic() - self._adopted_at > ADOPT_EVERY_SECONDS:
                        await self._adopt()
                    self._busy_seconds = 0.0
                    moved = await self._flush_batch()
                    if not moved:
                        self._empty_own_when_idle()
                backoff = IDLE_SECONDS
            except Exception as error:
                backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)
                _log_failure(error, self.lag_records)
                await asyncio.sleep(backoff)
                continue
            await asyncio.sleep(self._rest() if moved else IDLE_SECONDS)

    def _rest(self) -> float:
        """Return how long to leave the processor to requests after a batch, in seconds."""
        if self.lag_seconds > LONGEST_LAG_SECONDS:
            return 0.0
        rest = min(self._busy_seconds * REST_FACTOR, LONGEST_REST_SECONDS)
        # A short queue is left to grow a little: a few records a batch would cost as much as hundreds.
        return rest if self.lag_records > FEW_RECORDS else max(rest, IDLE_SECONDS)

    async def _adopt(self) -> None:
        """Take on the journals of processes that died."""
        self._adopted_at = time.monotonic()
        room = MOST_ADOPTED_FOLDERS - len(self._adopted)
        for folder in claim_abandoned(self._journal.folder, room):
            self._adopted.append(folder)
            self._adopted_files += [JournalFile(path, is_growing=False) for path in folder.files]
            waiting = 0
            for path in folder.files:
                waiting += await asyncio.to_thread(count_lines, path)
            self._adopted_waiting += waiting
            _log.info("ledger.journal_adopted", folder=folder.folder.name, records=waiting)

    async def _flush_batch(self) -> bool:
        """Move one batch; say whether there was one."""
        if self._own.path != self._journal.path:
            self._own.is_growing = False
            self._rotated.append(self._own)
            # More than one may have been rotated away since; their names are consecutive.
            number = int(self._own.path.stem) + 1
            while number < int(self._journal.path.stem):
                path = self._own.path.with_stem(f"{number:08d}")
                self._rotated.append(JournalFile(path, is_growing=False))
                number += 1
            self._own = JournalFile(self._journal.path, is_growing=True)
        for waiting in (self._adopted_files, self._rotated):
            while waiting:
                if await self._move(waiting[0], adopted=waiting is self._adopted_files):
                    return True
                waiting.popleft().path.unlink(missing_ok=True)
        while self._adopted:
            self._adopted.popleft().release()
        self._adopted_waiting = 0
        if self._own.offset == self._journal.size:
            return False
        return await self._move(self._own, adopted=False)

    async def _move(self, file: JournalFile, *, adopted: bool) -> bool:
        """Move one batch of one file; say whether there was one. At the end of the file there is none."""
        batch = await asyncio.to_thread(read_batch, file, self._batch_bytes)
        if batch.is_torn:
            self.torn += 1
            _log.warning("ledger.line_torn", file=str(file.path), detail="Nobody was told that it was recorded.")
        if not batch.consumed:
            return False
        slices: list[PreparedRecords] = []
        rejected: list[bytes] = []
        for start in range(0, len(batch.lines), SLICE_LINES):
            began = time.perf_counter()
            records, refused = decode_lines(batch.lines[start : start + SLICE_LINES])
            rejected += refused
            if records:
                if not slices:
                    self._oldest_ms = _ended_ms(records[0])
                slices.append(repository.prepare_records(records))
            self._busy_seconds += time.perf_counter() - began
            await asyncio.sleep(0)
        new = await self._store(slices, rejected)
        if rejected:
            await self._set_aside(file, rejected)
        file.offset += batch.consumed
        self._moved_at = time.monotonic()
        if adopted:
            self._adopted_waiting -= len(batch.lines)
        else:
            self._flushed += len(batch.lines)
        if slices:
            self._oldest_ms = _ended_ms(slices[-1].records[-1])
        if new:
            await self._tell(new)
        return True

    async def _store(self, slices: list[PreparedRecords], rejected: list[bytes]) -> list[RequestRecord]:
        """Insert a batch in one transaction and return what was new; records that cannot be stored go to ``rejected``.

        Raises when the database is away; nothing is lost then, and a retry helps.
        """
        if not slices:
            return []
        with suppress(*_UNFIT):
            return await self._insert(slices)
        # One record that cannot be stored must not keep the others out for ever.
        new: list[RequestRecord] = []
        for record in [record for prepared in slices for record in prepared.records]:
            try:
                new += await self._insert([repository.prepare_records([record])])
            except _UNFIT:
                rejected.append(msgspec.json.encode(record))
        return new

    async def _insert(self, slices: list[PreparedRecords]) -> list[RequestRecord]:
        async with self._database.unit_of_work() as session:
            began = time.perf_counter()
            new = await repository.insert_prepared(session, slices)
            # The commit mostly waits for the disk, which takes nothing from requests.
            self._busy_seconds += time.perf_counter() - began
        return new

    async def _set_aside(self, file: JournalFile, lines: list[bytes]) -> None:
        path = await asyncio.to_thread(set_aside, self._journal.folder, file.path, lines)
        self.rejected += len(lines)
        _log.error("ledger.lines_rejected", count=len(lines), file=str(path), action="Keep the file and report it.")

    async def _tell(self, new: list[RequestRecord]) -> None:
        try:
            await self._on_batch(new)
        except Exception:
            # They are in the ledger; only who watches was not told.
            _log.exception("ledger.batch_not_announced", records=len(new))

    def _empty_own_when_idle(self) -> None:
        if self._own.offset >= EMPTY_FROM_BYTES or time.monotonic() - self._moved_at > EMPTY_AFTER_SECONDS:
            self._empty_own()

    def _empty_own(self) -> None:
        """Empty this process's file when all of it is in the ledger, so that little is read again after a crash."""
        if self._own.path == self._journal.path:
            with suppress(OSError):
                if self._journal.empty_if_size(self._own.offset):
                    self._own.offset = 0


def _ended_ms(record: RequestRecord) -> int:
    return record.started_ms + record.duration_us // 1000


def _log_failure(error: Exception, lag_records: int) -> None:
    if isinstance(error, Problem):
        _log.warning("ledger.unavailable", code=error.code, reason=error.message, lag_records=lag_records)
    else:
        _log.error("ledger.flush_failed", lag_records=lag_records, exc_info=error)
