"""Who is using a data folder: servers share it, a restore needs it alone.

Held by the operating system, so that a killed server leaves nothing behind that would have to be cleared by hand.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from powerautomation.kernel.errors import StartRefused
from powerautomation.operations.backups.errors import RestoreRefused
from powerautomation.operations.backups.rules import LOCK_NAME


@contextlib.contextmanager
def hold_data_folder(data_dir: Path) -> Iterator[None]:
    """Mark the data folder as in use by a running server. Raises StartRefused when it cannot be written, or is just
    being restored."""
    descriptor = _open(data_dir)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartRefused(
                f"The data folder {data_dir} is being restored from a backup.",
                action="Wait until the restore is done, then start again.",
                code="server.restoring",
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def seize_data_folder(data_dir: Path) -> Iterator[None]:
    """Keep servers away while the data folder is replaced. Raises RestoreRefused while one is running."""
    descriptor = _open(data_dir)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RestoreRefused(
                f"A server is running on the data folder {data_dir}.",
                action="Stop it (Ctrl+C, or systemctl stop), then restore again. Nothing was changed.",
            ) from None
        yield
    finally:
        os.close(descriptor)


def is_held(data_dir: Path) -> bool:
    """Say whether a server is running on this data folder."""
    try:
        descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open(data_dir: Path) -> int:
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartRefused(
            f"The data folder {data_dir} cannot be written: {error.strerror}.",
            action="Let the server's user write to it, or choose another with --data or POWERAUTOMATION_DATA_DIR.",
            code="database.read_only",
        ) from error
