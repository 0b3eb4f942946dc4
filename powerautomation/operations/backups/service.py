"""Making a backup, proving it by a test restore, and restoring one."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from powerautomation import __version__
from powerautomation.governance.encryption import (
    MasterKey,
    fingerprint_of,
    has_given_key,
    key_text,
    open_master_key,
    verify_fingerprint,
)
from powerautomation.infrastructure.database import open_database
from powerautomation.infrastructure.migrations import needed_revision
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import StartRefused
from powerautomation.operations.backups import repository, rules
from powerautomation.operations.backups.archive import describe_files, pack, unpack
from powerautomation.operations.backups.contents import (
    copy_database,
    copy_files,
    database_name,
    find_database_path,
    kind_of_database,
    list_database_files,
    list_entries,
    load_dump,
)
from powerautomation.operations.backups.entities import FORMAT, BackupReport, Manifest, RestoreReport
from powerautomation.operations.backups.errors import BackupDamaged, BackupFailed, RestoreRefused
from powerautomation.operations.backups.key_wrapping import unwrap_key, wrap_key
from powerautomation.operations.backups.occupancy import seize_data_folder

Step = Callable[[str], None]


def _silent(_step: str) -> None:
    """Say nothing."""


def create_backup(
    settings: Settings, output: Path | None = None, passphrase: str = "", on_step: Step = _silent
) -> BackupReport:
    """Write everything this installation is into one file and restore it into a temporary folder to prove it.

    output: the file, by default a new one in ``data_dir/backups``; passphrase: when given, the secret key goes along,
    wrapped under it; on_step: told in words what is done. Blocks; safe while the server runs. Raises BackupFailed,
    PassphraseWrong, or StartRefused when database or key cannot be opened.
    """
    stamp = _stamp()
    target = (output or settings.data_dir / rules.BACKUPS_FOLDER / f"powerautomation-{stamp}.tar.gz").absolute()
    if target.exists():
        raise BackupFailed(f"The file {target} exists already.", action="Name another file with --output.")
    database = find_database_path(settings)
    if database is not None and not database.exists():
        raise BackupFailed(f"There is no database at {database}.", action="Name the data folder with --data.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
            manifest = _gather(settings, Path(folder), passphrase, on_step)
            on_step("packing")
            pack(Path(folder), manifest, target)
    except OSError as error:
        raise BackupFailed(
            f"The backup could not be written: {error.strerror or error}.",
            action=f"Make room at {target.parent}, or name another place with --output.",
        ) from error
    try:
        on_step("testing the backup by restoring it into a temporary folder")
        with tempfile.TemporaryDirectory(prefix=".test-restore-", dir=target.parent) as folder:
            _examine(target, Path(folder), passphrase)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return BackupReport(target, target.stat().st_size, manifest)


def restore_backup(
    settings: Settings, source: Path, *, force: bool = False, passphrase: str = "", on_step: Step = _silent
) -> RestoreReport:
    """Bring back what a backup holds. What was there before is kept: in a folder beside it, or as a dump.

    force: replace an installation that is there; passphrase: opens the secret key when the backup carries it. Raises
    RestoreRefused, BackupDamaged or PassphraseWrong; nothing was changed then.
    """
    source = source.absolute()
    stamp = _stamp()
    with seize_data_folder(settings.data_dir):
        staging = settings.data_dir / rules.staging_name(stamp)
        staging.mkdir(mode=0o700)
        try:
            on_step("reading and testing the backup")
            manifest = _examine(source, staging, passphrase)
            _refuse_misfit(manifest, kind_of_database(settings))
            key = _key_text(staging, passphrase)
            occupied = _what_is_there(settings)
            if occupied and not force:
                raise RestoreRefused(
                    f"There is an installation already: {occupied}.",
                    action="Name an empty folder with --data, or replace it with --force, which keeps it aside.",
                )
            on_step("putting everything in place")
            aside = settings.data_dir / rules.aside_name(stamp)
            if kind_of_database(settings) == "postgresql":
                _replace_postgresql(settings, staging, aside, keep=bool(occupied))
            found = _find_key_beside(settings, manifest)
            configuration = _replace_files(settings, staging, aside)
            how = _place_key(settings, key, found)
            return RestoreReport(manifest, settings.data_dir, aside if aside.exists() else None, configuration, how)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _gather(settings: Settings, folder: Path, passphrase: str, on_step: Step) -> Manifest:
    master_key = open_master_key(settings)
    revision, server_version = asyncio.run(_sealed_schema(settings, master_key))
    # The journal first, the database after it: what moves from one to the other meanwhile is then in both, and a
    # restored server recognises records that it has already.
    on_step("copying files")
    copy_files(settings, folder / rules.FILES)
    if settings.config is not None:
        shutil.copyfile(settings.config, folder / rules.CONFIGURATION)
    if passphrase:
        on_step("wrapping the secret key")
        (folder / rules.WRAPPED_KEY).write_bytes(wrap_key(key_text(settings).encode(), passphrase))
    on_step("copying the database")
    copy_database(settings, folder, revision, server_version)
    return Manifest(
        format=FORMAT,
        program_version=__version__,
        created_at=now().isoformat(timespec="seconds"),
        database=kind_of_database(settings),
        revision=revision,
        key_fingerprint=master_key.fingerprint,
        has_wrapped_key=bool(passphrase),
        configuration=str(settings.config) if settings.config is not None else "",
        files=describe_files(folder),
    )


async def _sealed_schema(settings: Settings, master_key: MasterKey) -> tuple[str, int]:
    """Return revision and server version, having checked that the key is the database's."""
    database = open_database(settings)
    try:
        async with database.read() as session:
            revision = await repository.find_revision(session)
            server_version = await repository.server_version_of(session)
        if revision is None:
            raise BackupFailed("The database is empty: there is nothing to back up.", action="Start the server once.")
        await verify_fingerprint(database, master_key)
    finally:
        await database.close()
    return revision, server_version


def _examine(source: Path, folder: Path, passphrase: str) -> Manifest:
    """Unpack a backup and look at everything in it; raises when anything is not as it was."""
    manifest = unpack(source, folder)
    if manifest.database == "sqlite":
        revision = repository.examine_sqlite_copy(folder / rules.DATABASE_SQLITE)
        if revision != manifest.revision:
            raise BackupDamaged(
                f"The backup says revision {manifest.revision}, its database {revision}.", action="Use another backup."
            )
    else:
        repository.examine_dump(folder / rules.DATABASE_DUMP)
    if passphrase and manifest.has_wrapped_key:
        key = unwrap_key((folder / rules.WRAPPED_KEY).read_bytes(), passphrase)
        if fingerprint_of(key.decode()) != manifest.key_fingerprint:
            raise BackupDamaged("The secret key in the backup does not fit its database.", action="Use another backup.")
    return manifest


def _refuse_misfit(manifest: Manifest, here: str) -> None:
    if manifest.database != here:
        raise RestoreRefused(
            f"The backup is of a {manifest.database} database, and the settings name a {here} one.",
            action="Set or remove POWERAUTOMATION_DATABASE_URL so that both are alike.",
        )
    if manifest.revision > needed_revision():
        raise RestoreRefused(
            f"The backup was made by PowerAutomation {manifest.program_version}, which is newer than this one "
            f"({__version__}).",
            action="Install that version or a later one, then restore.",
        )


def _what_is_there(settings: Settings) -> str:
    """Return, in words, what a restore would replace; empty when nothing."""
    present = [entry.name for entry in (*list_entries(settings), *list_database_files(settings))]
    if kind_of_database(settings) == "sqlite":
        return f"{settings.data_dir} holds {', '.join(present[:3])}" if present else ""
    if asyncio.run(_has_our_tables(settings)):
        return f"the database {database_name(settings)} has tables of PowerAutomation"
    return f"{settings.data_dir} holds {', '.join(present[:3])}" if present else ""


async def _has_our_tables(settings: Settings) -> bool:
    database = open_database(settings)
    try:
        async with database.read() as session:
            if await repository.count_other_servers(session):
                raise RestoreRefused(
                    "A server is connected to this database.", action="Stop every replica, then restore again."
                )
            return await repository.find_revision(session) is not None
    finally:
        await database.close()


def _replace_postgresql(settings: Settings, staging: Path, aside: Path, *, keep: bool) -> None:
    if keep:
        aside.mkdir(mode=0o700)
        copy_database(settings, aside, "restore", asyncio.run(_server_version(settings)))
    load_dump(settings, staging / rules.DATABASE_DUMP)


async def _server_version(settings: Settings) -> int:
    database = open_database(settings)
    try:
        async with database.read() as session:
            return await repository.server_version_of(session)
    finally:
        await database.close()


def _replace_files(settings: Settings, staging: Path, aside: Path) -> Path | None:
    """Move what is there aside and what was unpacked in; undone when anything fails. Returns the configuration file."""
    with _undone_on_failure() as moves:
        for entry in (*list_entries(settings), *list_database_files(settings)):
            aside.mkdir(exist_ok=True, mode=0o700)
            moves.move(entry, aside / entry.name)
        files = staging / rules.FILES
        for entry in sorted(files.iterdir()) if files.is_dir() else ():
            moves.move(entry, settings.data_dir / entry.name)
        target = find_database_path(settings)
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            moves.move(staging / rules.DATABASE_SQLITE, target)
        configuration = None
        if (staging / rules.CONFIGURATION).exists():
            configuration = settings.data_dir / rules.CONFIGURATION
            moves.move(staging / rules.CONFIGURATION, configuration)
    return configuration


class _Moves:
    """Moves made so far, so that they can be taken back."""

    def __init__(self) -> None:
        self.made: list[tuple[Path, Path]] = []

    def move(self, source: Path, target: Path) -> None:
        shutil.move(source, target)
        self.made.append((source, target))


@contextlib.contextmanager
def _undone_on_failure() -> Iterator[_Moves]:
    moves = _Moves()
    try:
        yield moves
    except OSError as error:
        for source, target in reversed(moves.made):
            shutil.move(target, source)
        raise RestoreRefused(
            f"The files could not be put in place: {error.strerror or error}.",
            action="Everything is as it was. Check the rights of the data folder and the space on its disk.",
        ) from error


def _key_text(staging: Path, passphrase: str) -> bytes | None:
    wrapped = staging / rules.WRAPPED_KEY
    return unwrap_key(wrapped.read_bytes(), passphrase) if passphrase and wrapped.exists() else None


def _find_key_beside(settings: Settings, manifest: Manifest) -> bytes | None:
    """Return the key this installation uses when it fits the backup; an empty one when the settings carry it."""
    try:
        fits = open_master_key(settings).fingerprint == manifest.key_fingerprint
    except StartRefused:
        return None
    if not fits:
        return None
    return b"" if has_given_key(settings) or settings.pkcs11.module else key_text(settings).encode()


def _place_key(
    settings: Settings, unwrapped: bytes | None, found: bytes | None
) -> Literal["from backup", "already here", "missing"]:
    key = found if found is not None else unwrapped
    if key is None:
        return "missing"
    if key:
        descriptor = os.open(
            settings.data_dir / KEY_FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(file.fileno())
    return "already here" if found is not None else "from backup"


def _stamp() -> str:
    return now().strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"
