"""Which files of a data folder belong into a backup, and which names inside a backup are acceptable. No I/O."""

import re
from pathlib import PurePosixPath

MANIFEST = "manifest.json"
DATABASE_SQLITE = "database.sqlite"
DATABASE_DUMP = "database.dump"
WRAPPED_KEY = "secret.key.wrapped"
CONFIGURATION = "configuration.yaml"
FILES = "files/"

BACKUPS_FOLDER = "backups"
LOCK_NAME = "server.lock"
ADDRESS_NAME = "server.address"
# What proves the audit log must not travel with it, nor go back in time with it.
AUDIT_PROOFS = ("audit-signing.", "audit-heads.jsonl", "erasures.jsonl")
_ASIDE = "before-restore-"
_STAGING = ".restoring-"
_OURS = re.compile(r"[A-Za-z0-9._@+=, -]+")


def aside_name(stamp: str) -> str:
    """Return the name of the folder that keeps what a restore replaces."""
    return f"{_ASIDE}{stamp}"


def staging_name(stamp: str) -> str:
    """Return the name of the folder a restore unpacks into before anything is replaced."""
    return f"{_STAGING}{stamp}"


def stays_in_place(name: str) -> bool:
    """Say whether an entry of the data folder is neither backed up nor replaced: what belongs to the running server,
    backups, earlier contents, the proofs of the audit log."""
    here = (BACKUPS_FOLDER, LOCK_NAME, ADDRESS_NAME, "lost+found")
    # Beginnings of names: a half-written key of a process that was killed is a key as well.
    return name in here or name.startswith((_ASIDE, _STAGING, *AUDIT_PROOFS))


def belongs_to_database(name: str, database_name: str) -> bool:
    """Say whether a file is the SQLite database or one of the files SQLite and the migrations keep beside it."""
    return name == database_name or name.startswith((f"{database_name}-", f"{database_name}."))


def is_acceptable_name(name: str) -> bool:
    """Say whether a name inside a backup may be unpacked: relative, plain, below the folders a backup has."""
    if name in (MANIFEST, DATABASE_SQLITE, DATABASE_DUMP, WRAPPED_KEY, CONFIGURATION):
        return True
    parts = PurePosixPath(name).parts
    return (
        name.startswith(FILES)
        and len(parts) > 1
        and str(PurePosixPath(name)) == name
        and all(part not in (".", "..") and _OURS.fullmatch(part) for part in parts)
    )
