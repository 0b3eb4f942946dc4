"""The backup file: a gzipped tar whose first member says what the others must be."""

import hashlib
import os
import shutil
import tarfile
from pathlib import Path
from typing import IO

import msgspec

from powerautomation.operations.backups.entities import FORMAT, Manifest, StoredFile
from powerautomation.operations.backups.errors import BackupDamaged
from powerautomation.operations.backups.rules import MANIFEST, is_acceptable_name

_LARGEST_MANIFEST_BYTES = 64 * 1024 * 1024
_MOST_FILES = 1_000_000
_CHUNK_BYTES = 1024 * 1024


def describe_files(folder: Path) -> dict[str, StoredFile]:
    """Return size and checksum of every file below a folder, by relative name."""
    described = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            described[name] = StoredFile(path.stat().st_size, _sha256(path))
    return described


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write the files the manifest names from ``folder`` into one private file, complete or not at all."""
    draft = target.with_name(f".{target.name}.partial")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
                for name in (MANIFEST, *manifest.files):
                    archive.add(folder / name, arcname=name, recursive=False)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack a backup into an empty private folder and return its manifest.

    Every file is compared with its checksum; names that lead elsewhere, links, and files the manifest does not name are
    refused. Raises BackupDamaged.
    """
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            manifest = _read_manifest(archive)
            found = set()
            for member in archive:
                if member.name == MANIFEST:
                    continue
                if not member.isreg() or member.name not in manifest.files or member.name in found:
                    raise _damaged(f"it holds {member.name[:100]!r}, which its list does not name")
                found.add(member.name)
                content = archive.extractfile(member)
                if content is None:
                    raise _damaged(f"{member.name} cannot be read")
                _store(content, folder / member.name, member.name, manifest.files[member.name])
    except FileNotFoundError:
        raise BackupDamaged(f"There is no file {source}.", action="Check the path.") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        # zlib's and gzip's errors are OSErrors or EOFErrors; so is a full disk, which the text then says.
        raise _damaged(str(error) or type(error).__name__) from error
    missing = manifest.files.keys() - found
    if missing:
        raise _damaged(f"{min(missing)} is missing from it")
    return manifest


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > _LARGEST_MANIFEST_BYTES:
        raise _damaged("it does not begin with a list of its contents")
    content = archive.extractfile(first)
    try:
        text = content.read() if content else b""
        if msgspec.json.decode(text, type=dict).get("format", 0) > FORMAT:
            raise BackupDamaged(
                "The backup was made by a later version of PowerAutomation.",
                action="Restore it with that version.",
            )
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, TypeError):
        raise _damaged("the list of its contents cannot be read") from None
    if len(manifest.files) > _MOST_FILES or not all(map(is_acceptable_name, manifest.files)):
        raise _damaged("it names files that no backup has")
    return manifest


def _store(content: IO[bytes], target: Path, name: str, expected: StoredFile) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(content, file, _CHUNK_BYTES)
        file.flush()
        os.fsync(file.fileno())
    if target.stat().st_size != expected.size_bytes or _sha256(target) != expected.sha256:
        raise _damaged(f"{name} is not what it was when the backup was made")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _damaged(what: str) -> BackupDamaged:
    return BackupDamaged(f"The backup cannot be used: {what}.", action="Use another backup. Nothing was changed.")
