"""The crash-safe journal between the data plane and the ledger: a file is the queue.

One line of JSON per finished request, written with one system call before the last byte goes to the client: what the
kernel has survives the death of the process. A background task makes it durable against power loss.
"""

import fcntl
import os
from pathlib import Path

import msgspec

from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem

ROTATE_BYTES = 16 * 1024 * 1024
_encoder = msgspec.json.Encoder()


class JournalFull(Problem):
    """The journal cannot be written: the request must not be answered, as it would be missing in the ledger."""

    code = "gateway.journal_unwritable"
    status = 503


class Journal:
    """This process's journal files in a folder. Each is locked while its process lives, so that others know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sequence = 0
        self.total = 0
        self._open()

    def _open(self) -> None:
        self._sequence += 1
        self.path = self.folder / f"{now_ms():013d}-{os.getpid()}-{self._sequence:06d}.jsonl"
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.size = 0

    def append(self, record: RequestRecord) -> None:
        """Write one record. Raises JournalFull when the disk does not take it; nothing half-written stays then."""
        line = _encoder.encode(record) + b"\n"
        try:
            written = os.write(self._descriptor, line)
            if written != len(line):
                os.ftruncate(self._descriptor, self.size)
                raise OSError(f"wrote {written} of {len(line)} bytes")
        except OSError as error:
            raise JournalFull(
                "The request cannot be recorded, so it is not answered.",
                action="Free disk space in the data folder.",
                retry_after_seconds=30,
            ) from error
        self.size += len(line)
        self.total += 1
        if self.size >= ROTATE_BYTES:
            self.rotate()

    def rotate(self) -> None:
        """Begin a new file; the old one is left to the flusher."""
        os.close(self._descriptor)
        self._open()

    def sync(self) -> None:
        """Make what was written durable; blocks for as long as the disk takes."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """End the journal; an empty file is removed."""
        os.close(self._descriptor)
        if not self.size:
            self.path.unlink(missing_ok=True)


def is_abandoned(path: Path) -> bool:
    """Say whether no living process holds the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
