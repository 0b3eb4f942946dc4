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
from powerautomation.operations.backups.rules import ADDRESS_NAME, LOCK_NAME


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


@contextlib.contextmanager
def announce_address(data_dir: Path, address: str) -> Iterator[None]:
    """Leave the address of the server that runs here in the data folder, for commands beside it."""
    file = data_dir / ADDRESS_NAME
    file.write_text(f"{os.getpid()} {address}\n", encoding="utf-8")
    try:
        yield
    finally:
        # Another server on the same folder may have left its own meanwhile.
        if _announced(file)[0] == os.getpid():
            file.unlink(missing_ok=True)


def find_address(data_dir: Path) -> str:
    """Return the address of a server that is running on this data folder, else an empty text. What a killed server left
    behind does not count."""
    pid, address = _announced(data_dir / ADDRESS_NAME)
    return address if is_held(data_dir) and _lives(pid) else ""


def _announced(file: Path) -> tuple[int, str]:
    try:
        pid, address = file.read_text(encoding="utf-8").split()
        return int(pid), address
    except (OSError, ValueError):
        return 0, ""


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _open(data_dir: Path) -> int:
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        why = "it is a file" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
        raise StartRefused(
            f"The data folder {data_dir} cannot be written: {why}.",
            action="Let the server's user write to it, or choose another with --data or POWERAUTOMATION_DATA_DIR.",
            code="database.read_only",
        ) from error
