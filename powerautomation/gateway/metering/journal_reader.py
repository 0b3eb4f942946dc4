"""Reads journal files back: records in slices, what is not a record set aside where a person finds it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.journal import REJECTED_FOLDER, sync_folder

_COUNTED_BYTES = 1024 * 1024
# How JSON writes the one character PostgreSQL's text cannot hold.
_NUL_MARK = b"\\u0000"
_decode = msgspec.json.Decoder(RequestRecord).decode


@dataclass(slots=True)
class JournalFile:
    """One journal file and how far it was read. ``is_growing``: its process is alive and still writes to it."""

    path: Path
    is_growing: bool
    offset: int = 0


@dataclass(slots=True)
class Batch:
    """What one read found: whole lines, and the bytes they and the end of the file are. ``is_torn``: the file ends in
    the middle of a line, which was never acknowledged to anybody and is passed over."""

    lines: list[bytes] = field(default_factory=list)
    consumed: int = 0
    is_torn: bool = False


def read_batch(file: JournalFile, batch_bytes: int) -> Batch:
    """Return the next whole lines of a file, about so many bytes. Blocks on the disk; a file that is gone has none.

    The last line of a file nobody writes to any more counts without its line end too, when it is a whole record.
    """
    try:
        with file.path.open("rb") as stream:
            stream.seek(file.offset)
            taken = stream.read(batch_bytes)
            while taken and b"\n" not in taken:
                more = stream.read(batch_bytes)
                if not more:
                    break
                taken += more
            at_end = not stream.read(1)
    except FileNotFoundError:
        return Batch()
    end = taken.rfind(b"\n") + 1
    lines = [line for line in taken[:end].split(b"\n") if line]
    rest = taken[end:]
    if not rest or not at_end or file.is_growing:
        return Batch(lines, end)
    is_torn = not _is_record(rest)
    if not is_torn:
        lines.append(rest)
    return Batch(lines, len(taken), is_torn=is_torn)


def _is_record(line: bytes) -> bool:
    try:
        _decode(line)
    except msgspec.MsgspecError:
        return False
    return True


def decode_lines(lines: list[bytes]) -> tuple[list[RequestRecord], list[bytes]]:
    """Return the records of some lines, and the lines that are none."""
    records: list[RequestRecord] = []
    rejected: list[bytes] = []
    for line in lines:
        try:
            record = _decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            rejected.append(line)
            continue
        records.append(_without_nul(record) if _NUL_MARK in line else record)
    return records, rejected


def _without_nul(record: RequestRecord) -> RequestRecord:
    def cleaned(value: object) -> object:
        if isinstance(value, str):
            return value.replace("\x00", "")
        return [cleaned(item) for item in value] if isinstance(value, list) else value

    return msgspec.convert(cleaned(msgspec.to_builtins(record)), RequestRecord)


def set_aside(journal_folder: Path, file: Path, lines: list[bytes]) -> Path:
    """Write lines that cannot go into the ledger to a file of their own, durably; return it. Blocks on the disk."""
    folder = journal_folder / REJECTED_FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / f"{file.parent.name}-{file.stem}.rejected"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        with open(descriptor, "ab", closefd=False) as stream:
            stream.write(b"".join(line + b"\n" for line in lines))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(folder)
    return path


def count_lines(path: Path) -> int:
    """Return how many lines a file has, in bounded memory. Blocks on the disk; a file that is gone has none."""
    count = 0
    try:
        with path.open("rb") as stream:
            while taken := stream.read(_COUNTED_BYTES):
                count += taken.count(b"\n")
    except FileNotFoundError:
        return 0
    return count
