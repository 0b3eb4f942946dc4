"""What an installation consists of on disk and in its database, and how copies of it are made."""

import contextlib
import shutil
from pathlib import Path
from typing import Literal

from powerautomation.governance.encryption import KIT_PREFIX
from powerautomation.infrastructure.database import database_url_of, is_sqlite
from powerautomation.infrastructure.migrations.backups import back_up
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.errors import StartRefused
from powerautomation.operations.backups import repository, rules
from powerautomation.operations.backups.errors import BackupFailed


def kind_of_database(settings: Settings) -> Literal["sqlite", "postgresql"]:
    """Return which kind of database the settings mean."""
    return "sqlite" if is_sqlite(database_url_of(settings)) else "postgresql"


def database_name(settings: Settings) -> str:
    """Return the PostgreSQL database's name, or the SQLite file's path."""
    return str(database_url_of(settings).database)


def find_database_path(settings: Settings) -> Path | None:
    """Return where the SQLite file is or will be; None on PostgreSQL."""
    return Path(database_name(settings)) if kind_of_database(settings) == "sqlite" else None


def load_dump(settings: Settings, dump: Path) -> None:
    """Replace the PostgreSQL database's contents by a dump's, whole or not at all. Raises RestoreRefused."""
    repository.load_dump(dump, database_url_of(settings))


def copy_database(settings: Settings, folder: Path, revision: str, server_version: int) -> None:
    """Put a sound copy of the database into a folder. Raises BackupFailed."""
    url = database_url_of(settings)
    copies = folder / ".database"
    try:
        copy = back_up(url, copies, revision, server_version)
    except StartRefused as refused:
        raise BackupFailed(
            f"The database could not be copied: {refused.__cause__}.", action=refused.action
        ) from refused
    if copy.path is None:
        raise BackupFailed(
            f"No pg_dump for PostgreSQL {server_version // 10000} or newer was found on this machine.",
            action="Install the PostgreSQL client programs, then try again.",
        )
    copy.path.rename(folder / (rules.DATABASE_SQLITE if is_sqlite(url) else rules.DATABASE_DUMP))
    copies.rmdir()


def copy_files(settings: Settings, target: Path) -> None:
    """Copy what else is in the data folder. A file that vanishes meanwhile was only passing through (a journal file
    whose records are in the database now)."""
    for entry in list_entries(settings):
        if entry.name.startswith((KEY_FILE_NAME, KIT_PREFIX)):
            # The master key goes along only under a passphrase.
            continue
        sources = (
            [entry]
            if entry.is_file()
            else [path for path in entry.rglob("*") if path.is_file() and not path.is_symlink()]
        )
        for path in sources:
            copy = target / path.relative_to(settings.data_dir)
            if not rules.is_acceptable_name(f"{rules.FILES}{path.relative_to(settings.data_dir).as_posix()}"):
                raise BackupFailed(f"The file name {path} cannot be stored.", action="Rename or remove the file.")
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path, copy)


def list_entries(settings: Settings) -> list[Path]:
    """Return what the data folder holds besides the database and what stays in place, sorted."""
    if not settings.data_dir.is_dir():
        return []
    name = _database_file_name(settings)
    return [
        entry
        for entry in sorted(settings.data_dir.iterdir())
        if not rules.stays_in_place(entry.name)
        and not entry.is_symlink()
        and not (name and rules.belongs_to_database(entry.name, name))
    ]


def _database_file_name(settings: Settings) -> str:
    """Return the SQLite file's name when it lies in the data folder, else an empty text."""
    path = find_database_path(settings)
    inside = path is not None and path.absolute().parent == settings.data_dir.absolute()
    return path.name if path is not None and inside else ""


def list_database_files(settings: Settings) -> list[Path]:
    """Return the SQLite file and what SQLite and the migrations keep beside it, sorted; empty on PostgreSQL."""
    path = find_database_path(settings)
    if path is None or not path.parent.is_dir():
        return []
    return [entry for entry in sorted(path.parent.iterdir()) if rules.belongs_to_database(entry.name, path.name)]
