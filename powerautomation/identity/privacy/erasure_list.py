"""The list of erased people beside the database: a backup brings rows back, and the list takes them away again.

``erasures.jsonl`` in the data folder has a line for each erasure, ids and a moment. It is in no backup and stays where
it is when one is restored. Every server writes what its database knows, so that each replica's folder has all.
"""

import asyncio
import os
from pathlib import Path

import msgspec

from powerautomation.identity.privacy import erasing
from powerautomation.identity.privacy.erasures import begin_erasure
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.principal import Principal

FILE_NAME = "erasures.jsonl"


class Line(msgspec.Struct, frozen=True):
    """One erased person."""

    organization_id: str
    user_id: str
    erased_at: str


async def keep_list(database: Database, folder: Path) -> list[Line]:
    """Add to the list of a data folder what it does not have yet; return those on it whom the database has again, whose
    erasure is begun by this. Raises OSError."""
    path = folder / FILE_NAME
    known = await asyncio.to_thread(_read, path)
    async with database.read() as session:
        finished = await erasing.list_finished_everywhere(session)
        back = [one for one in known.values() if await erasing.has_person(session, one.organization_id, one.user_id)]
    new = [
        Line(one.organization_id, one.user_id, one.finished_at.isoformat(timespec="seconds"))
        for one in finished
        if one.finished_at is not None and (one.organization_id, one.user_id) not in known
    ]
    if new:
        await asyncio.to_thread(_append, path, b"".join(msgspec.json.encode(one) + b"\n" for one in new))
    for one in back:
        async with database.unit_of_work() as session:
            await begin_erasure(
                session, Principal("system", "system", one.organization_id, "System"), one.user_id, "restored"
            )
    return back


def _read(path: Path) -> dict[tuple[str, str], Line]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    found: dict[tuple[str, str], Line] = {}
    for raw in lines:
        try:
            line = msgspec.json.decode(raw, type=Line)
        except msgspec.MsgspecError:
            # The end of a line that was being written when the power went: the database still knows.
            continue
        found[line.organization_id, line.user_id] = line
    return found


def _append(path: Path, lines: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines
        os.write(descriptor, lines)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
