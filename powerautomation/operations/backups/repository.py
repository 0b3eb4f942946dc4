"""What backups ask databases: which schema they have, whether a copy is sound, whether anybody uses them."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.operations.backups.errors import BackupDamaged, RestoreRefused

_PROGRAM_SECONDS = 3600


async def find_revision(session: AsyncSession) -> str | None:
    """Return the schema's revision, None for a database without our tables."""
    if session.get_bind().dialect.name == "sqlite":
        known = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    else:
        known = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'alembic_version'"
    if not await session.scalar(text(known)):
        return None
    revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)


async def server_version_of(session: AsyncSession) -> int:
    """Return PostgreSQL's ``server_version_num`` (180000), 0 on SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return 0
    return int(str(await session.scalar(text("SHOW server_version_num"))))


async def count_other_servers(session: AsyncSession) -> int:
    """Return how many other connections of our servers PostgreSQL has to this database; 0 on SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return 0
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'powerautomation' AND pid <> pg_backend_pid()"
    )
    return int(await session.scalar(text(statement)) or 0)


def examine_sqlite_copy(path: Path) -> str:
    """Read a copied SQLite database from end to end and return its revision. Raises BackupDamaged."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            orphans = copy.execute("PRAGMA foreign_key_check").fetchone()
            (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise BackupDamaged(
            f"The database in the backup cannot be read: {error}.", action="Use another backup."
        ) from None
    if verdict != "ok" or orphans is not None:
        why = verdict if verdict != "ok" else f"rows of {orphans[0]} refer to nothing"
        raise BackupDamaged(f"The database in the backup is damaged: {why}.", action="Use another backup.")
    return str(revision)


def examine_dump(path: Path) -> None:
    """Let pg_restore read a dump's table of contents. Raises BackupDamaged, or RestoreRefused without pg_restore."""
    done = _run_pg_restore(["--list", str(path)], {})
    if done.returncode != 0 or "alembic_version" not in done.stdout:
        raise BackupDamaged("The database dump in the backup cannot be read.", action="Use another backup.")


def load_dump(path: Path, url: URL) -> None:
    """Replace a PostgreSQL database's contents by a dump's, whole or not at all. Raises RestoreRefused."""
    # The password travels by the environment: arguments are visible to every user of the machine.
    address = url.set(drivername="postgresql", password=None).render_as_string()
    arguments = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--no-password"]
    done = _run_pg_restore([*arguments, f"--dbname={address}", str(path)], {"PGPASSWORD": url.password or ""})
    if done.returncode != 0:
        raise RestoreRefused(
            f"pg_restore could not load the dump: {done.stderr.strip()[:500]}",
            action="The database is as it was. Mend what is named above and restore again.",
        )


def _run_pg_restore(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return subprocess.run(  # noqa: S603 - found on PATH or in the system's folder of PostgreSQL
        [_pg_restore(), *arguments],
        env=kept | {name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        timeout=_PROGRAM_SECONDS,
        check=False,
    )


def _pg_restore() -> str:
    """Return the newest pg_restore, which reads the dumps of all older ones."""
    candidates = [shutil.which("pg_restore"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_restore"))]
    best: tuple[int, str] | None = None
    for candidate in filter(None, candidates):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            answer = subprocess.run(  # noqa: S603 - as above
                [candidate, "--version"], capture_output=True, text=True, timeout=10, check=True
            )
            major = re.search(r"\) (\d+)", answer.stdout)
            best = max(filter(None, (best, (int(major.group(1)), candidate) if major else None)), default=None)
    if best is None:
        raise RestoreRefused(
            "pg_restore was not found on this machine.",
            action="Install the PostgreSQL client programs of at least the server's version, then try again.",
        )
    return best[1]
