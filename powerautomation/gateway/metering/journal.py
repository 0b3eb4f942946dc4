"""The crash-safe journal between the data plane and the ledger: files are the queue.

One line of JSON per finished request, written with one system call before the last byte goes to the client: what the
kernel has survives the death of the process. The flusher makes it durable against power loss, five times a second.

Every process has a folder of its own in the journal folder, ``<milliseconds>-<pid>-<random>``, with a ``lock`` it holds
as long as it lives and files ``00000001.jsonl``, ``00000002.jsonl``, … Where the lock is free, the process
died; whoever takes the lock puts the files into the ledger and removes the folder. ``running.jsonl`` has what was known
of requests that had not ended: it comes last, when those that ended after all are in the ledger already.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.errors import JournalFull
from powerautomation.kernel.clock import now_ms

ROTATE_BYTES = 16 * 1024 * 1024
MOST_UNSYNCED_FILES = 8
LOCK_NAME = "lock"
REJECTED_FOLDER = "rejected"
FILE_SUFFIX = ".jsonl"
# Sorts after the numbers of the other files.
RUNNING_NAME = f"running{FILE_SUFFIX}"
_RUNNING_UNFINISHED = "running.new"
_OPENING = ".opening"
_FOLDER_NAME = re.compile(r"\d{13}-\d+-[0-9a-f]{8}")
_OPENING_ABANDONED_SECONDS = 3600.0
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class Journal:
    """This process's journal. Only one thread writes: that of the event loop."""

    def __init__(self, folder: Path, *, rotate_bytes: int = ROTATE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.own_folder = folder / f"{now_ms():013d}-{os.getpid()}-{secrets.token_hex(4)}"
        self.total = 0
        self.size = 0
        self._rotate_bytes = rotate_bytes
        self._sequence = 0
        self._encode = msgspec.json.Encoder().encode
        self._lock = _new_locked_folder(self.own_folder)
        self._dirty = False
        self._torn = False
        self._notes_running = False
        # Files that were rotated away since the last sync: kept open until they are durable.
        self._unsynced: list[int] = []
        self.path, self._descriptor = self._new_file()

    def append(self, record: RequestRecord) -> None:
        """Write one record. Raises JournalFull when the disk does not take it: it is then not in the journal."""
        line = self._line_of(record)
        try:
            if self._torn:
                self._rotate()
            written = os.write(self._descriptor, line)
            if written != len(line):
                self._take_back(written, len(line))
        except OSError as error:
            raise _journal_full(error) from error
        self.size += written
        self.total += 1
        self._dirty = True
        if self.size >= self._rotate_bytes:
            # The record is safe already; when there is no room for a new file, the next append tries again.
            with contextlib.suppress(OSError):
                self._rotate()

    def note_running(self, records: Sequence[RequestRecord]) -> None:
        """Keep these records of requests that have not ended in place of those of the last call. On a disk that does
        not take them, those stay."""
        if not records and not self._notes_running:
            return
        path = self.own_folder / RUNNING_NAME
        with contextlib.suppress(OSError):
            if records:
                unfinished = path.with_name(_RUNNING_UNFINISHED)
                unfinished.write_bytes(b"".join(map(self._line_of, records)))
                unfinished.replace(path)
            else:
                path.unlink(missing_ok=True)
            self._notes_running = bool(records)

    def _line_of(self, record: RequestRecord) -> bytes:
        try:
            return self._encode(record) + b"\n"
        except UnicodeEncodeError:
            return self._encode(_encodable(record)) + b"\n"

    def empty_if_size(self, size: int) -> bool:
        """Empty the current file when it is exactly so long: the flusher says how much of it is in the ledger."""
        if not size or size != self.size:
            return False
        os.ftruncate(self._descriptor, 0)
        self.size = 0
        return True

    def sync(self) -> None:
        """Make what was written durable. Blocks for as long as the disk takes."""
        sync_files(self.take_unsynced(), self.own_folder)

    def take_unsynced(self) -> list[int]:
        """Return descriptors of the files that are not durable yet, for :func:`sync_files`, which closes them."""
        unsynced, self._unsynced = self._unsynced, []
        if self._dirty:
            self._dirty = False
            # A copy, as the file may be rotated away while it is synced.
            unsynced.append(os.dup(self._descriptor))
        return unsynced

    def close(self) -> None:
        """End the journal; what is not in the ledger yet stays for whoever comes next."""
        self.sync()
        os.close(self._descriptor)
        if not self.size:
            self.path.unlink(missing_ok=True)
        remove_folder_if_empty(self.own_folder)
        os.close(self._lock)

    def _take_back(self, written: int, wanted: int) -> None:
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError:
            # The half line stays at the end of this file, where readers pass over it; the next record gets a new file.
            self._torn = True
        raise OSError(errno.ENOSPC, f"only {written} of {wanted} bytes were written")

    def _rotate(self) -> None:
        path, descriptor = self._new_file()
        self._unsynced.append(self._descriptor)
        self.path, self._descriptor, self.size, self._torn = path, descriptor, 0, False
        if len(self._unsynced) > MOST_UNSYNCED_FILES:
            sync_files(self.take_unsynced(), self.own_folder)

    def _new_file(self) -> tuple[Path, int]:
        path = self.own_folder / f"{self._sequence + 1:08d}{FILE_SUFFIX}"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        self._sequence += 1
        return path, descriptor


@dataclass(frozen=True, slots=True)
class AbandonedFolder:
    """The journal folder of a process that died, now ours by its lock. ``files`` are in the order they were written."""

    folder: Path
    lock: int
    files: tuple[Path, ...]

    def release(self) -> None:
        """Give the folder back; remove it when nothing is left in it."""
        remove_folder_if_empty(self.folder)
        os.close(self.lock)


def claim_abandoned(journal_folder: Path, most: int) -> list[AbandonedFolder]:
    """Take over folders of processes that died, the oldest first, at most so many. Blocks briefly on the disk."""
    claimed: list[AbandonedFolder] = []
    for folder in sorted(journal_folder.iterdir()):
        if len(claimed) >= most:
            break
        if folder.name.endswith(_OPENING):
            _remove_unfinished(folder)
            continue
        if not _FOLDER_NAME.fullmatch(folder.name):
            continue
        try:
            # Created where it is missing, as in a folder that came back from a backup; the living always have theirs.
            lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Somebody else may have finished and removed it between our opening and our locking.
            if os.fstat(lock).st_ino != (folder / LOCK_NAME).stat().st_ino:
                raise BlockingIOError
        except OSError:
            os.close(lock)
            continue
        claimed.append(AbandonedFolder(folder, lock, journal_files(folder)))
    return claimed


def journal_files(folder: Path) -> tuple[Path, ...]:
    """Return a process folder's journal files in the order they were written."""
    return tuple(sorted(folder.glob(f"*{FILE_SUFFIX}")))


def remove_folder_if_empty(folder: Path) -> None:
    """Remove a process folder in which no journal file is left. Its lock must be held."""
    if not journal_files(folder):
        (folder / LOCK_NAME).unlink(missing_ok=True)
        (folder / _RUNNING_UNFINISHED).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()


def sync_files(descriptors: list[int], folder: Path) -> None:
    """Make files, and their names in the folder, durable, and close them. Blocks for as long as the disk takes."""
    try:
        for descriptor in descriptors:
            os.fsync(descriptor)
        if descriptors:
            sync_folder(folder)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names of new files in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new_locked_folder(folder: Path) -> int:
    """Create a process folder that is locked from the moment others can see it; return the lock."""
    opening = folder.with_name(folder.name + _OPENING)
    opening.mkdir(mode=0o700)
    lock = os.open(opening / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    opening.rename(folder)
    sync_folder(folder.parent)
    return lock


def _remove_unfinished(opening: Path) -> None:
    """Remove what a process left that died within its first moments; it holds no record yet."""
    with contextlib.suppress(OSError):
        if time.time() - opening.stat().st_mtime > _OPENING_ABANDONED_SECONDS:
            shutil.rmtree(opening)


def _encodable(record: RequestRecord) -> RequestRecord:
    """Return a record without the half characters (lone surrogates) that no file can hold."""

    def cleaned(value: object) -> object:
        if isinstance(value, str):
            return value.encode(errors="replace").decode()
        return [cleaned(item) for item in value] if isinstance(value, list) else value

    return msgspec.convert(cleaned(msgspec.to_builtins(record)), RequestRecord)


def _journal_full(error: OSError) -> JournalFull:
    no_space = error.errno in _NO_SPACE
    return JournalFull(
        f"The request cannot be recorded ({error.strerror or error}), so it is not answered.",
        action="Free disk space in the data folder." if no_space else "See that the data folder can be written.",
        retry_after_seconds=30,
    )
