"""Finding, creating and checking the installation's key."""

import asyncio
import base64
import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.governance.encryption import (
    LocalMasterKey,
    Place,
    key_file,
    open_master_key,
    service,
    unlock_installation,
    verify_fingerprint,
)
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.errors import StartRefused

HERE = Place("org_1", "providers", "api_key", ("prv_1",))


def without_key(column: Settings) -> Settings:
    return column.model_copy(update={"secret_key": SecretStr("")})


def with_key(column: Settings, key: str) -> Settings:
    return column.model_copy(update={"secret_key": SecretStr(key)})


async def test_the_first_start_creates_a_private_key_file_and_later_starts_use_it(
    column: Settings, db: Database
) -> None:
    settings = without_key(column)

    first = await unlock_installation(settings, db)
    second = await unlock_installation(settings, db)

    path = settings.data_dir / KEY_FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.urlsafe_b64decode(path.read_text())) == 32
    assert second.decrypt(first.encrypt(b"x", HERE), HERE) == b"x"
    assert open_master_key(settings).fingerprint == first.master_key.fingerprint
    assert [one.name for one in settings.data_dir.iterdir() if ".new" in one.name] == []


async def test_a_key_from_the_environment_makes_no_file(column: Settings, db: Database) -> None:
    await unlock_installation(column, db)

    assert not (column.data_dir / KEY_FILE_NAME).exists()


async def test_a_wrong_key_stops_the_start_with_words_and_changes_nothing(column: Settings, db: Database) -> None:
    box = await unlock_installation(column, db)

    with pytest.raises(StartRefused) as caught:
        await unlock_installation(with_key(column, "another key that is long enough ......"), db)

    assert caught.value.code == "encryption.wrong_key"
    assert "POWERAUTOMATION_SECRET_KEY" in caught.value.action
    await verify_fingerprint(db, box.master_key)


async def test_a_lost_key_is_never_replaced_by_a_new_one(column: Settings, db: Database) -> None:
    await unlock_installation(column, db)

    with pytest.raises(StartRefused) as caught:
        await unlock_installation(without_key(column), db)

    assert caught.value.code == "encryption.key_missing"
    assert "original" in caught.value.action
    assert not (column.data_dir / KEY_FILE_NAME).exists()


async def test_processes_that_start_at_once_agree_on_one_key(column: Settings, db: Database) -> None:
    settings = without_key(column)

    boxes = await asyncio.gather(*(unlock_installation(settings, db) for _ in range(10)))

    assert len({(box.master_key.fingerprint, box.active, box.derive("x")) for box in boxes}) == 1


async def test_a_replica_with_a_folder_of_its_own_leaves_no_misleading_key_behind(
    column: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another replica seals the database between this one's look and its own sealing.
    await unlock_installation(column, db)
    real_find = service.find_fingerprint
    looks = 0

    async def find_nothing_at_first(session: AsyncSession) -> str | None:
        nonlocal looks
        looks += 1
        return None if looks == 1 else await real_find(session)

    monkeypatch.setattr(service, "find_fingerprint", find_nothing_at_first)

    with pytest.raises(StartRefused) as caught:
        await unlock_installation(without_key(column), db)

    assert caught.value.code == "encryption.wrong_key"
    assert not (column.data_dir / KEY_FILE_NAME).exists()


@pytest.mark.parametrize(
    "key",
    [
        base64.b64encode(bytes(range(224, 256))).decode(),
        base64.urlsafe_b64encode(bytes(range(224, 256))).decode(),
        base64.urlsafe_b64encode(bytes(range(224, 256))).decode().rstrip("="),
        "  " + base64.b64encode(bytes(range(224, 256))).decode() + "\n",
    ],
)
def test_every_spelling_of_a_base64_key_is_the_same_key(key: str) -> None:
    assert open_master_key(Settings(secret_key=key)).fingerprint == LocalMasterKey(bytes(range(224, 256))).fingerprint


def test_any_long_text_is_a_key() -> None:
    text = "a passphrase of at least thirty-two characters"

    assert open_master_key(Settings(secret_key=text)).fingerprint == LocalMasterKey(text.encode()).fingerprint


def test_a_short_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(StartRefused) as caught:
        open_master_key(Settings(secret_key="hunter2-hunter2"))

    assert caught.value.code == "encryption.key_invalid"
    assert "hunter2" not in caught.value.message
    assert "15 characters" in caught.value.message
    assert "openssl rand -base64 32" in caught.value.action


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 40, b"x" * 5000])
def test_a_spoiled_key_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE_NAME).write_bytes(content)

    with pytest.raises(StartRefused) as caught:
        open_master_key(Settings(data_dir=tmp_path))

    assert caught.value.code == "encryption.key_invalid"
    assert (tmp_path / KEY_FILE_NAME).read_bytes() == content


def test_a_missing_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StartRefused) as caught:
        open_master_key(Settings(data_dir=tmp_path))

    assert caught.value.code == "encryption.key_missing"
    assert "powerautomation serve" in caught.value.action


def test_a_key_file_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StartRefused) as caught:
        key_file.create_key_file(tmp_path / "file" / KEY_FILE_NAME)

    assert caught.value.code == "encryption.key_unwritable"


def test_an_existing_key_file_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / KEY_FILE_NAME
    path.write_text("precious")
    assert key_file.create_key_file(path) is False

    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    assert key_file.create_key_file(path) is False
    assert path.read_text() == "precious"

    path.unlink()
    assert key_file.create_key_file(path) is True
    assert path.stat().st_mode & 0o777 == 0o600
