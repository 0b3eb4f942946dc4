"""Bringing the schema up to date at start."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from powerautomation import __version__
from powerautomation.infrastructure.database import database_url_of, open_database
from powerautomation.infrastructure.events import record_event
from powerautomation.infrastructure.migrations import (
    MigrationReport,
    connect_for_migration,
    migrate,
    needed_revision,
    running,
)
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused

SECOND = '''
"""Adds a column with content, as a later version may."""

import sqlalchemy as sa
from alembic import op

revision = "0002_test"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organizations") as table:
        table.add_column(sa.Column("note", sa.String(), nullable=True))
    op.execute("UPDATE organizations SET note = 'was ' || name")
    {more}
'''


def execute(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    with connect_for_migration(database_url_of(settings)) as connection:
        result = connection.execute(text(statement))
        rows = [tuple(row) for row in result] if result.returns_rows else []
        connection.commit()
        return rows


@pytest.fixture
def later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the revisions that a later version would ship; write its second revision there."""
    import shutil

    folder = tmp_path / "later" / "migrations"
    shutil.copytree(running._MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(running, "_MIGRATIONS", folder)
    return folder


def add_revision(folder: Path, more: str = "") -> None:
    path = folder / "versions" / "0002_test.py"
    path.unlink(missing_ok=True)
    path.write_text(SECOND.format(head=needed_revision(), more=more))


def populate(settings: Settings) -> None:
    execute(
        settings,
        "INSERT INTO organizations (id, name, time_zone, created_at) "
        "VALUES ('org_1', 'Acme', 'UTC', '2026-01-01 00:00:00+00:00')",
    )
    execute(
        settings,
        "INSERT INTO users (id, organization_id, kind, name, role, locale, created_at) "
        "VALUES ('usr_1', 'org_1', 'person', 'Ann', 'admin', 'en', '2026-01-01 00:00:00+00:00')",
    )


def test_an_empty_database_is_filled_without_a_backup_and_a_second_start_does_nothing(empty_column: Settings) -> None:
    seen: list[tuple[int, int, str]] = []

    first = migrate(empty_column, on_progress=lambda *progress: seen.append(progress))
    second = migrate(empty_column)

    assert first.before is None
    assert first.after == needed_revision() == first.applied[-1]
    assert first.backup is None
    assert first.warnings == ()
    assert seen[0] == (0, len(first.applied), first.applied[0])
    assert seen[-1][0] == seen[-1][1]
    assert second == MigrationReport(first.after, first.after)
    assert execute(empty_column, "SELECT program_version FROM schema_history") == [(__version__,)] * len(first.applied)


def test_a_populated_previous_version_is_copied_then_upgraded_and_keeps_its_rows(
    column: Settings, later_version: Path
) -> None:
    populate(column)
    before = needed_revision()
    add_revision(later_version)

    report = migrate(column)

    assert (report.before, report.applied) == (before, ("0002_test",))
    assert execute(column, "SELECT name, note FROM organizations") == [("Acme", "was Acme")]
    assert execute(column, "SELECT organization_id FROM users") == [("org_1",)]
    if database_url_of(column).get_backend_name() == "sqlite":
        assert report.backup is not None
        assert report.backup.stat().st_mode & 0o777 == 0o600
        with sqlite3.connect(report.backup) as copy:
            assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
            assert copy.execute("SELECT name FROM organizations").fetchall() == [("Acme",)]
        copy.close()
    else:
        # Whether a copy was made depends on the machine's pg_dump; silence is what must not happen.
        assert (report.backup is None) == bool(report.warnings)


def test_a_revision_that_fails_is_undone_whole_and_refused_with_words(column: Settings, later_version: Path) -> None:
    populate(column)
    before = needed_revision()
    add_revision(later_version, more='op.execute("INSERT INTO no_such_table VALUES (1)")')

    with pytest.raises(StartRefused) as caught:
        migrate(column)

    assert caught.value.code == "database.migration_failed"
    assert "0002_test" in caught.value.message
    assert f"unharmed at revision {before}" in caught.value.action
    assert execute(column, "SELECT version_num FROM alembic_version") == [(before,)]
    with pytest.raises(Exception, match="note"):
        execute(column, "SELECT note FROM organizations")


def test_a_process_killed_in_the_middle_of_a_revision_leaves_the_previous_version(
    column: Settings, later_version: Path
) -> None:
    populate(column)
    before = needed_revision()
    add_revision(later_version, more="__import__('os').kill(__import__('os').getpid(), 9)")
    program = (
        "import sys; from pathlib import Path\n"
        "from powerautomation.infrastructure.migrations import migrate, running\n"
        "from powerautomation.infrastructure.settings import Settings\n"
        "running._MIGRATIONS = Path(sys.argv[3])\n"
        "migrate(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2]))\n"
    )
    arguments = [sys.executable, "-c", program, str(column.data_dir), column.database_url, str(later_version)]

    killed = subprocess.run(arguments, cwd=Path(__file__).parents[4], timeout=60, check=False)

    assert killed.returncode == -9
    assert execute(column, "SELECT version_num FROM alembic_version") == [(before,)]
    with pytest.raises(Exception, match="note"):
        execute(column, "SELECT note FROM organizations")
    add_revision(later_version)
    assert migrate(column).applied == ("0002_test",)
    assert execute(column, "SELECT note FROM organizations") == [("was Acme",)]


@pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
def test_a_revision_that_would_leave_rows_without_their_parent_is_undone(column: Settings, later_version: Path) -> None:
    populate(column)
    add_revision(later_version, more='op.execute("DELETE FROM organizations")')

    with pytest.raises(StartRefused, match="refer to nothing, the first in table users"):
        migrate(column)

    assert execute(column, "SELECT name FROM organizations") == [("Acme",)]


def test_a_newer_database_is_refused_with_the_version_it_needs_and_left_alone(column: Settings) -> None:
    execute(column, "UPDATE alembic_version SET version_num = '0099_future'")
    execute(
        column,
        "INSERT INTO schema_history (revision, program_version, applied_at) VALUES ('0099_future', '7.5.0', 'x')",
    )

    with pytest.raises(StartRefused) as caught:
        migrate(column)

    assert caught.value.code == "database.too_new"
    assert "0099_future" in caught.value.message
    assert "PowerAutomation 7.5.0 or newer" in caught.value.message
    assert str(column.data_dir / "backups") in caught.value.action
    assert execute(column, "SELECT version_num FROM alembic_version") == [("0099_future",)]


def test_a_database_of_another_program_is_refused(empty_column: Settings) -> None:
    empty_column.data_dir.mkdir()
    execute(empty_column, "CREATE TABLE users (id INTEGER)")

    with pytest.raises(StartRefused, match="did not make") as caught:
        migrate(empty_column)

    assert caught.value.code == "database.not_ours"
    assert execute(empty_column, "SELECT count(*) FROM users") == [(0,)]


def test_many_processes_may_start_at_once(empty_column: Settings, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from powerautomation.infrastructure.settings import Settings\n"
        "from powerautomation.infrastructure.migrations import migrate\n"
        "print(len(migrate(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2])).applied))\n"
    )
    arguments = [sys.executable, "-c", program, str(empty_column.data_dir), empty_column.database_url]
    root = Path(__file__).parents[4]

    running_now = [
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root)
        for _ in range(4)
    ]
    outcomes = [process.communicate(timeout=60) for process in running_now]

    assert [process.returncode for process in running_now] == [0, 0, 0, 0], outcomes
    everything = len(list(ScriptDirectory(str(root / "powerautomation/migrations")).walk_revisions()))
    assert sorted(int(out) for out, _ in outcomes) == [0, 0, 0, everything]


def test_waiting_for_another_process_is_bounded(empty_column: Settings) -> None:
    url = database_url_of(empty_column)
    empty_column.data_dir.mkdir()
    with connect_for_migration(url) as connection, running._turn(connection, url, 5):
        outcome: list[BaseException] = []

        def second() -> None:
            try:
                migrate(empty_column, turn_limit_seconds=0.2)
            except StartRefused as refusal:
                outcome.append(refusal)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(10)

    assert not thread.is_alive()
    assert "Another process" in str(outcome[0])
    assert migrate(empty_column).applied


def test_a_folder_that_cannot_be_written_is_refused_with_words(empty_column: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (Path("/proc/powerautomation"), tmp_path / "file" / "data"):
        with pytest.raises(StartRefused) as caught:
            migrate(empty_column.model_copy(update={"data_dir": folder}))
        assert caught.value.code == "database.read_only"
        assert str(folder) in caught.value.message
        assert "--data" in caught.value.action


def test_a_damaged_file_is_refused_with_words_and_kept(tmp_path: Path) -> None:
    (tmp_path / "powerautomation.db").write_bytes(b"not a database " * 400)

    with pytest.raises(StartRefused) as caught:
        migrate(Settings(data_dir=tmp_path))

    assert caught.value.code == "database.damaged"
    assert (tmp_path / "powerautomation.db").read_bytes().startswith(b"not a database")


def test_a_server_that_cannot_be_reached_is_refused_without_its_password() -> None:
    with pytest.raises(StartRefused) as caught:
        migrate(Settings(database_url="postgresql://user:hidden-pw@127.0.0.1:1/x"))

    assert caught.value.code == "database.unavailable"
    assert "127.0.0.1" in caught.value.message
    assert "hidden-pw" not in caught.value.message + caught.value.action


async def test_an_upgraded_database_works(empty_column: Settings) -> None:
    await asyncio.to_thread(migrate, empty_column)
    db = open_database(empty_column)
    try:
        async with db.unit_of_work() as session:
            record_event(session, "org_1", "k", {"a": 1})
        async with db.read() as session:
            assert (await session.execute(text("SELECT count(*) FROM outbox_events"))).scalar() == 1
    finally:
        await db.close()


@pytest.mark.parametrize("name", ["100% sure", "with space", "ünïcödé"])
def test_the_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    assert migrate(Settings(data_dir=tmp_path / name)).applied
    assert (tmp_path / name / "powerautomation.db").exists()
