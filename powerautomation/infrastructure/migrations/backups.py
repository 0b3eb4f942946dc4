"""A copy of the database before its schema changes."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from powerautomation.infrastructure.database import is_sqlite
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import StartRefused

KEPT_BACKUPS = 10
_DUMP_LIMIT_SECONDS = 3600
_NAME = re.compile(r"before-[0-9a-z_]+-\d{8}T\d{6}\d{3}Z\.(db|dump)")


@dataclass(frozen=True, slots=True)
class Backup:
    """Where the copy is, or why there is none (``warning``, for the log and the doctor)."""

    path: Path | None
    warning: str = ""


def back_up(url: URL, folder: Path, revision: str, server_version: int = 0) -> Backup:
    """Copy the database into ``folder`` (mode 0600) and keep the newest ten copies.

    revision: what the schema is at; server_version: PostgreSQL's, as in ``server_version_num`` (180000). SQLite is
    always copied; PostgreSQL when a pg_dump new enough is found, otherwise the result says so in words. Raises
    StartRefused when a copy was possible and failed: nothing was changed then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = now().strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"
        target = folder / f"before-{revision}-{stamp}{'.db' if is_sqlite(url) else '.dump'}"
        if is_sqlite(url):
            _copy_sqlite(Path(url.database or ""), target)
        else:
            program = _find_pg_dump(server_version)
            if program is None:
                return Backup(
                    None,
                    "No backup was taken before the migration: no pg_dump for PostgreSQL "
                    f"{server_version // 10000} or newer was found. Install the PostgreSQL client programs, or back up "
                    "the database by other means before each update.",
                )
            _dump_postgresql(program, url, target)
        _forget_old(folder)
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        raise StartRefused(
            f"The backup before the migration failed, so nothing was changed: {_reason(error)}",
            action=f"Make room for it and let the server write to {folder}, then start again.",
            code="database.backup_failed",
        ) from error
    return Backup(target)


@contextlib.contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """Yield a private file that becomes ``target``, complete and on disk, when the block succeeds."""
    draft = target.with_name(f".{target.name}.partial")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        yield draft
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    needed = sum(one.stat().st_size for one in (source, Path(f"{source}-wal")) if one.exists())
    free = shutil.disk_usage(target.parent).free
    if free < needed * 1.1:
        raise OSError(f"it needs {needed // 2**20 + 1} MiB and {free // 2**20} MiB are free")
    with (
        _draft_of(target) as draft,
        contextlib.closing(sqlite3.connect(source, timeout=10)) as original,
        contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as copy,
    ):
        original.backup(copy)
        # One self-contained file: no -wal beside it that could be left behind when somebody moves it.
        copy.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise OSError(f"the copy is damaged, so the database may be too ({verdict})")


def _find_pg_dump(server_version: int) -> str | None:
    """Return a pg_dump that is at least as new as the server; an older one refuses to work."""
    candidates = [shutil.which("pg_dump"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_dump")))]
    for candidate in filter(None, candidates):
        try:
            answer = subprocess.run(  # noqa: S603 - found on PATH or in the system's folder of PostgreSQL
                [candidate, "--version"], capture_output=True, text=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        major = re.search(r"\) (\d+)", answer.stdout)
        if major and int(major.group(1)) >= server_version // 10000:
            return candidate
    return None


def _dump_postgresql(program: str, url: URL, target: Path) -> None:
    # The password travels by the environment: arguments are visible to every user of the machine.
    address = {
        "PGHOST": url.host or _only(url.query.get("host")),
        "PGPORT": str(url.port) if url.port else _only(url.query.get("port")),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": _only(url.query.get("sslmode")),
        "PGSSLROOTCERT": _only(url.query.get("sslrootcert")),
        "PGCONNECT_TIMEOUT": "10",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    with _draft_of(target) as draft:
        done = subprocess.run(  # noqa: S603 - the address travels by the environment, never as an argument
            # Rows are the same with row security on: a connection that names no organization sees all of them.
            [program, "--format=custom", "--enable-row-security", "--no-password", f"--file={draft}"],
            env=kept | {name: str(value) for name, value in address.items() if value},
            capture_output=True,
            text=True,
            timeout=_DUMP_LIMIT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise OSError(f"pg_dump said: {done.stderr.strip()[:500]}")


def _only(value: str | tuple[str, ...] | None) -> str | None:
    return value[0] if isinstance(value, tuple) else value


def _forget_old(folder: Path) -> None:
    copies = sorted((one for one in folder.iterdir() if _NAME.fullmatch(one.name)), key=_taken_at)
    for old in copies[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return str(error)


def _taken_at(copy: Path) -> str:
    return copy.stem.rpartition("-")[2]
