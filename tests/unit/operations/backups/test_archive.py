"""A backup file is complete or refused: damage, hostile names and strangers are found before anything is used."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.operations.backups import BackupDamaged, PassphraseWrong
from powerautomation.operations.backups.archive import describe_files, pack, unpack
from powerautomation.operations.backups.entities import FORMAT, Manifest, StoredFile
from powerautomation.operations.backups.key_wrapping import unwrap_key, wrap_key
from powerautomation.operations.backups.rules import FILES, belongs_to_database, is_acceptable_name, stays_in_place


def manifest_of(files: dict[str, StoredFile], **changes: object) -> Manifest:
    values = {
        "format": FORMAT,
        "program_version": "1.0",
        "created_at": "2026-11-21T00:00:00+00:00",
        "database": "sqlite",
        "revision": "0001_first",
        "key_fingerprint": "ab" * 32,
        "has_wrapped_key": False,
        "configuration": "",
        "files": files,
    }
    return Manifest(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A backup of two files."""
    source = tmp_path / "source"
    (source / "files" / "blobs").mkdir(parents=True)
    (source / "database.sqlite").write_bytes(b"database" * 1000)
    (source / "files" / "blobs" / "one.bin").write_bytes(os.urandom(5000))
    target = tmp_path / "backup.tar.gz"
    pack(source, manifest_of(describe_files(source)), target)
    return target


def empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def repacked(packed: Path, target: Path, change: object) -> Path:
    """Write the same members again, each passed through ``change(name, content) -> (member, content) | None``."""
    with tarfile.open(packed) as source, tarfile.open(target, "w:gz") as copy:
        for member in source:
            content = source.extractfile(member).read()  # type: ignore[union-attr]
            changed = change(member, content)  # type: ignore[operator]
            if changed is not None:
                member, content = changed
                member.size = len(content) if member.isreg() else 0
                copy.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return target


def test_what_was_packed_comes_back_byte_for_byte(packed: Path, tmp_path: Path) -> None:
    target = empty(tmp_path / "target")
    manifest = unpack(packed, target)
    assert describe_files(target) == manifest.files
    assert set(manifest.files) == {"database.sqlite", "files/blobs/one.bin"}


def test_a_changed_byte_is_found(packed: Path, tmp_path: Path) -> None:
    def flip(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        return member, b"D" + content[1:] if member.name == "database.sqlite" else content

    forged = repacked(packed, tmp_path / "forged.tar.gz", flip)
    with pytest.raises(BackupDamaged, match=r"database\.sqlite is not what it was"):
        unpack(forged, empty(tmp_path / "target"))


def test_a_missing_file_is_found(packed: Path, tmp_path: Path) -> None:
    def drop(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes] | None:
        return None if member.name == "database.sqlite" else (member, content)

    forged = repacked(packed, tmp_path / "forged.tar.gz", drop)
    with pytest.raises(BackupDamaged, match=r"database\.sqlite is missing"):
        unpack(forged, empty(tmp_path / "target"))


def test_a_link_in_place_of_a_file_is_refused(packed: Path, tmp_path: Path) -> None:
    def link(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name.startswith(FILES):
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return member, content

    forged = repacked(packed, tmp_path / "forged.tar.gz", link)
    with pytest.raises(BackupDamaged):
        unpack(forged, empty(tmp_path / "target"))


@pytest.mark.parametrize("name", ["../outside", "/etc/cron.d/x", "files/../../outside", "files/a//b", "secret.key"])
def test_a_name_that_leads_elsewhere_is_refused_even_when_it_is_listed(name: str, tmp_path: Path) -> None:
    content = b"x"
    forged = tmp_path / "forged.tar.gz"
    listing = msgspec.json.encode(manifest_of({name: StoredFile(1, "0" * 64)}))
    with tarfile.open(forged, "w:gz") as archive:
        for member_name, body in (("manifest.json", listing), (name, content)):
            member = tarfile.TarInfo(member_name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    with pytest.raises(BackupDamaged):
        unpack(forged, empty(tmp_path / "target"))
    assert list((tmp_path / "target").iterdir()) == []


def test_a_backup_of_a_later_format_says_so(tmp_path: Path) -> None:
    source = empty(tmp_path / "source")
    pack(source, manifest_of({}, format=FORMAT + 1), tmp_path / "later.tar.gz")
    with pytest.raises(BackupDamaged, match="later version"):
        unpack(tmp_path / "later.tar.gz", empty(tmp_path / "target"))


@pytest.mark.parametrize(
    "content",
    [b"", b"not a backup", gzip.compress(b"neither", mtime=0), gzip.compress(b"\0" * 1024, mtime=0)],
    ids=["empty", "text", "gzip", "empty tar"],
)
def test_a_file_of_something_else_is_refused(content: bytes, tmp_path: Path) -> None:
    strange = tmp_path / "strange.tar.gz"
    strange.write_bytes(content)
    with pytest.raises(BackupDamaged):
        unpack(strange, empty(tmp_path / "target"))


def test_a_cut_file_is_refused_wherever_it_is_cut(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    for number, length in enumerate(range(0, len(whole) * 9 // 10, len(whole) // 7)):
        cut = tmp_path / f"cut-{number}.tar.gz"
        cut.write_bytes(whole[:length])
        with pytest.raises(BackupDamaged):
            unpack(cut, empty(tmp_path / f"target-{number}"))


@given(st.text())
def test_acceptable_names_never_leave_the_folder(name: str) -> None:
    if is_acceptable_name(name):
        inside = os.path.normpath(f"/target/{name}")
        assert inside.startswith("/target/")
        assert inside == f"/target/{name}"


def test_database_files_are_told_from_their_neighbours() -> None:
    beside = ("powerautomation.db", "powerautomation.db-wal", "powerautomation.db.migration-lock")
    assert all(belongs_to_database(name, "powerautomation.db") for name in beside)
    assert not belongs_to_database("powerautomation.dbx", "powerautomation.db")
    assert stays_in_place("backups")
    assert stays_in_place("audit-signing.key")
    assert stays_in_place("audit-heads.jsonl")
    assert not stays_in_place("journal")


def test_wrapped_key_opens_with_its_passphrase_only() -> None:
    wrapped = wrap_key(b"the-secret-key", "correct horse battery staple")
    assert b"the-secret-key" not in wrapped
    assert unwrap_key(wrapped, "correct horse battery staple") == b"the-secret-key"
    with pytest.raises(PassphraseWrong):
        unwrap_key(wrapped, "correct horse battery stapler")


def test_short_passphrase_is_refused() -> None:
    with pytest.raises(PassphraseWrong, match="at least 12"):
        wrap_key(b"key", "too short")


def test_hostile_scrypt_parameters_are_refused_before_they_cost_anything() -> None:
    wrapped = msgspec.json.decode(wrap_key(b"key", "correct horse battery staple"))
    with pytest.raises(BackupDamaged):
        unwrap_key(msgspec.json.encode({**wrapped, "cost": 2**40}), "correct horse battery staple")
