"""Bringing the schema up to date at start, with a backup first and one process at a time."""

import contextlib
import fcntl
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from powerautomation.infrastructure.database import database_url_of, is_sqlite, prepare_sqlite, problem_of
from powerautomation.infrastructure.migrations.backups import back_up
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused

if TYPE_CHECKING:
    from alembic.config import Config

# "powerautomation" in the 64 bits PostgreSQL takes; every replica must use the same number for ever.
_ADVISORY_LOCK = 0x706F7765_72617574
_TURN_LIMIT_SECONDS = 600.0
_OLDEST_POSTGRESQL = 130000
_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What ``migrate`` did: revisions before and after, those applied in order, the backup, and warnings in words."""

    before: str | None
    after: str
    applied: tuple[str, ...] = ()
    backup: Path | None = None
    warnings: tuple[str, ...] = ()


def migrate(
    settings: Settings,
    *,
    on_progress: Progress | None = None,
    with_backup: bool = True,
    turn_limit_seconds: float = _TURN_LIMIT_SECONDS,
) -> MigrationReport:
    """Bring the database to this program's schema; blocks (run it in a thread), safe from many processes at once.

    An existing database is copied to ``data_dir/backups`` first. ``on_progress(done, total, revision)`` is called
    before each revision. Raises StartRefused, with what to do, for a database that is newer than this program,
    unreachable, not ours, busy or read-only; each revision is applied whole or not at all.
    """
    url = database_url_of(settings)
    _prepare_folder(settings.data_dir)
    if is_sqlite(url):
        _prepare_folder(Path(url.database or "").parent)
    try:
        with connect_for_migration(url) as connection, _turn(connection, url, turn_limit_seconds):
            return _upgrade(connection, settings, url, on_progress or _silent, with_backup)
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise _refusal(error, url) from error


def needed_revision() -> str:
    """Return the revision this program's code needs."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def alembic_config(connection: Connection | None = None) -> "Config":
    """Return Alembic's configuration for our revisions, bound to a connection when one is given."""
    from alembic.config import Config

    config = Config(stdout=io.StringIO(), output_buffer=io.StringIO())
    # % is special to Alembic's configuration, and a folder may well be called so.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextlib.contextmanager
def connect_for_migration(url: URL) -> Iterator[Connection]:
    """Open the one connection migrations run on: statements may take long, waiting for a lock may not."""
    engine = _migration_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _migration_engine(url: URL) -> Engine:
    if not is_sqlite(url):
        options = "-c statement_timeout=0 -c lock_timeout=10s -c timezone=UTC"
        given = url.query.get("options")
        if isinstance(given, str) and given:
            options = f"{given} {options}"
        return create_engine(url, poolclass=NullPool, connect_args={"options": options, "connect_timeout": 10})
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, connect_args={"timeout": 10})

    def prepare(connection: Any, record: object) -> None:
        prepare_sqlite(connection, record)
        # A revision may rebuild a table; with keys enforced, dropping the old one would delete what refers to it.
        connection.execute("PRAGMA foreign_keys=OFF")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _upgrade(
    connection: Connection, settings: Settings, url: URL, on_progress: Progress, with_backup: bool
) -> MigrationReport:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    line = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    before = _current_revision(connection)
    if before is not None and before not in line:
        raise _too_new(connection, before, settings)
    pending = line[line.index(before) + 1 :] if before is not None else line
    if not pending:
        return MigrationReport(before, line[-1])
    server_version = _checked_server_version(connection, url)
    warnings: list[str] = []
    backup = None
    if before is not None and with_backup:
        taken = back_up(url, settings.data_dir / "backups", before, server_version)
        backup = taken.path
        warnings += [taken.warning] if taken.warning else []
    for done, revision in enumerate(pending):
        on_progress(done, len(pending), revision)
        try:
            command.upgrade(config, revision)
        except exc.DBAPIError as error:
            connection.rollback()
            if problem_of(error) is not None:
                raise
            reached = pending[done - 1] if done else (before or "empty")
            raise StartRefused(
                f"Migration {revision} failed and was undone: {_first_line(error)}",
                action=f"The database is unharmed at revision {reached}. Start the previous version of PowerAutomation "
                + (f"(a copy of the database is at {backup}), " if backup else "")
                + "and report this message.",
                code="database.migration_failed",
            ) from error
    on_progress(len(pending), len(pending), line[-1])
    return MigrationReport(before, line[-1], tuple(pending), backup, tuple(warnings))


def _current_revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for an empty database; raises StartRefused when the tables are not ours."""
    tables = set(inspect(connection).get_table_names())
    rows = (
        connection.execute(text("SELECT version_num FROM alembic_version")).all() if "alembic_version" in tables else []
    )
    connection.rollback()
    if rows:
        return str(rows[0][0])
    strange = sorted(tables & {"outbox_events", "organizations", "users", "sessions", "installation", "api_keys"})
    if strange:
        raise StartRefused(
            f"The database has tables that PowerAutomation did not make ({', '.join(strange[:5])}).",
            action="Give PowerAutomation an empty database of its own in database_url. Nothing was changed.",
            code="database.not_ours",
        )
    return None


def _too_new(connection: Connection, revision: str, settings: Settings) -> StartRefused:
    version = None
    with contextlib.suppress(exc.DBAPIError):
        version = connection.execute(
            text("SELECT program_version FROM schema_history WHERE revision = :revision"), {"revision": revision}
        ).scalar()
    connection.rollback()
    from powerautomation import __version__

    needed = f"PowerAutomation {version} or newer" if version else "a newer PowerAutomation"
    return StartRefused(
        f"The database is at revision {revision}, which this version ({__version__}) does not know: it was last used "
        f"with {needed}.",
        action=f"Start {needed}, or restore the copy taken before that update from {settings.data_dir / 'backups'}. "
        "Nothing was changed.",
        code="database.too_new",
    )


def _checked_server_version(connection: Connection, url: URL) -> int:
    if is_sqlite(url):
        return 0
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    encoding = str(connection.execute(text("SHOW server_encoding")).scalar_one())
    connection.rollback()
    if version < _OLDEST_POSTGRESQL or encoding != "UTF8":
        raise StartRefused(
            f"The database is PostgreSQL {version // 10000} with encoding {encoding}; 13 or newer with UTF8 is needed.",
            action="Create a database with ENCODING 'UTF8' on a newer server and name it in database_url.",
            code="database.unsuitable",
        )
    return version


def refuse_broken_references(connection: Connection) -> None:
    """Raise StartRefused when a revision leaves rows that refer to nothing (on SQLite nothing else checks then)."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise StartRefused(
            f"A migration would leave {len(broken)} rows that refer to nothing, the first in table {broken[0][0]}.",
            action="Nothing was changed. Start the previous version of PowerAutomation and report this message.",
            code="database.migration_failed",
        )


@contextlib.contextmanager
def _turn(connection: Connection, url: URL, limit_seconds: float) -> Iterator[None]:
    """Hold the right to migrate: an advisory lock on PostgreSQL, a lock file beside a SQLite database."""
    if is_sqlite(url):
        with _file_lock(Path(f"{url.database}.migration-lock"), limit_seconds):
            yield
        return
    taken = "SELECT pg_try_advisory_lock(:key)"
    _wait_for(lambda: bool(_committed(connection, taken)), limit_seconds)
    try:
        yield
    finally:
        # A broken connection has given the lock back by itself.
        with contextlib.suppress(exc.DBAPIError):
            connection.rollback()
            _committed(connection, "SELECT pg_advisory_unlock(:key)")


def _committed(connection: Connection, statement: str) -> object:
    answer = connection.execute(text(statement), {"key": _ADVISORY_LOCK}).scalar()
    connection.commit()
    return answer


@contextlib.contextmanager
def _file_lock(path: Path, limit_seconds: float) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def taken() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        _wait_for(taken, limit_seconds)
        yield
    finally:
        os.close(descriptor)


def _wait_for(taken: Callable[[], bool], limit_seconds: float) -> None:
    deadline = time.monotonic() + limit_seconds
    while not taken():
        if time.monotonic() > deadline:
            raise StartRefused(
                f"Another process has been migrating this database for more than {round(limit_seconds)} seconds.",
                action="Wait until it is done, or stop it, then start again.",
                code="database.busy",
            )
        time.sleep(0.1)


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".write-test-{os.getpid()}-{threading.get_ident()}"
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        probe.unlink()
    except OSError as error:
        why = "it is a file" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
        raise StartRefused(
            f"The data folder {folder} cannot be written: {why}.",
            action="Let the server's user write to it, or choose another with --data or POWERAUTOMATION_DATA_DIR.",
            code="database.read_only",
        ) from error


def _refusal(error: exc.DBAPIError | exc.TimeoutError, url: URL) -> StartRefused:
    problem = problem_of(error)
    where = str(url.database) if is_sqlite(url) else f"{url.host or 'localhost'}, database {url.database}"
    return StartRefused(
        f"The database cannot be used ({where}): {_first_line(error)}",
        action=problem.action if problem else "Check database_url and the rights of its user.",
        code=problem.code if problem else "database.unusable",
    )


def _first_line(error: exc.DBAPIError | exc.TimeoutError) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _silent(_done: int, _total: int, _revision: str) -> None:
    """Report nothing."""
