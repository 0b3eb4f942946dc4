"""What a backup holds and what making and restoring one did."""

from pathlib import Path
from typing import Literal

import msgspec

FORMAT = 1


class StoredFile(msgspec.Struct, frozen=True):
    """One file inside a backup: its size in bytes and SHA-256 in hexadecimal."""

    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first file of a backup. ``created_at`` is RFC 3339; ``files`` maps names inside the backup to what they must
    be; ``key_fingerprint`` tells which secret key the database is sealed with."""

    format: int
    program_version: str
    created_at: str
    database: Literal["sqlite", "postgresql"]
    revision: str
    key_fingerprint: str
    has_wrapped_key: bool
    configuration: str
    files: dict[str, StoredFile]


class BackupReport(msgspec.Struct, frozen=True):
    """A finished backup that passed its test restore."""

    path: Path
    size_bytes: int
    manifest: Manifest


class RestoreReport(msgspec.Struct, frozen=True):
    """A finished restore. ``kept_aside``: where what was there before is now; ``configuration``: where the backup's
    configuration file was put; ``key``: how the secret key came to be there, or that it is missing."""

    manifest: Manifest
    data_dir: Path
    kept_aside: Path | None
    configuration: Path | None
    key: Literal["from backup", "already here", "missing"]
