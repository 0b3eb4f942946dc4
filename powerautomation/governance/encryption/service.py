"""Finding, creating and checking the installation's secret key."""

import base64
import binascii
import contextlib
import hmac
import os
import re
import secrets
from pathlib import Path

from powerautomation.governance.encryption.box import SecretBox
from powerautomation.governance.encryption.repository import find_fingerprint, seal
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.errors import StartRefused

_SHORTEST_KEY = 32
_LONGEST_FILE = 4096


def open_secret_box(settings: Settings) -> SecretBox:
    """Return the box of the key that the settings name or the data folder holds; never creates one.

    Raises StartRefused when there is no key, or one that is too short or unreadable.
    """
    key = _find_key(settings)
    if key is None:
        raise StartRefused(
            f"There is no secret key: secret_key is not set and {settings.data_dir / KEY_FILE_NAME} does not exist.",
            action="Run `powerautomation serve` or `powerautomation migrate` once to create it, or set "
            "POWERAUTOMATION_SECRET_KEY.",
            code="encryption.key_missing",
        )
    return SecretBox(key)


async def unlock_installation(settings: Settings, db: Database) -> SecretBox:
    """Return the installation's box: at the first start a key file is created and the database sealed with it.

    A database that is sealed already is never given another key: a missing or different one raises StartRefused with
    what to do. Safe when several processes start at once.
    """
    key = _find_key(settings)
    if key is not None:
        box = SecretBox(key)
        await verify_fingerprint(db, box)
        return box
    async with db.read() as session:
        sealed = await find_fingerprint(session)
    path = settings.data_dir / KEY_FILE_NAME
    if sealed is not None and (key := _find_key(settings)) is not None:
        # Another process made the file and sealed the database after the first look.
        box = SecretBox(key)
        await verify_fingerprint(db, box)
        return box
    if sealed is not None:
        raise StartRefused(
            f"The database is sealed with a secret key, but secret_key is not set and {path} does not exist.",
            action=f"Put the original key file back at {path}, or set POWERAUTOMATION_SECRET_KEY to the original key. "
            "A new key is not made, because stored secrets could then never be read again.",
            code="encryption.key_missing",
        )
    created = _create_key_file(path)
    box = open_secret_box(settings)
    try:
        await verify_fingerprint(db, box)
    except StartRefused:
        # Another replica with its own data folder was first; a leftover file would only mislead.
        if created:
            path.unlink(missing_ok=True)
        raise
    return box


async def verify_fingerprint(db: Database, box: SecretBox) -> None:
    """Seal an unsealed database with this key; raises StartRefused when it is sealed with another one."""
    async with db.read() as session:
        held = await find_fingerprint(session)
    if held is None:
        async with db.unit_of_work() as session:
            held = await seal(session, box.fingerprint)
    if not hmac.compare_digest(held, box.fingerprint):
        raise StartRefused(
            "The secret key is not the one this database was sealed with, so stored secrets cannot be read.",
            action=f"Set POWERAUTOMATION_SECRET_KEY to the original key, or put the original {KEY_FILE_NAME} back into "
            f"the data folder. Nothing was changed. (key {box.fingerprint[:8]}, database {held[:8]})",
            code="encryption.wrong_key",
        )


def _find_key(settings: Settings) -> bytes | None:
    given = settings.secret_key.get_secret_value().strip()
    if given:
        return _key_of(given, "secret_key (POWERAUTOMATION_SECRET_KEY)")
    path = settings.data_dir / KEY_FILE_NAME
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StartRefused(
            f"The secret key file {path} cannot be read: {error.strerror}.",
            action="Let the server's user read it (mode 0600, same owner).",
            code="encryption.key_unreadable",
        ) from error
    try:
        return _key_of(text.decode().strip(), str(path))
    except UnicodeDecodeError:
        raise _unusable(str(path), "is not text") from None


def _key_of(text: str, where: str) -> bytes:
    if len(text) > _LONGEST_FILE:
        raise _unusable(where, "is longer than 4096 characters")
    if re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", text):
        with contextlib.suppress(binascii.Error, ValueError):
            decoded = base64.urlsafe_b64decode(text.translate({43: 45, 47: 95}).rstrip("=") + "=")
            if len(decoded) == 32:
                return decoded
    if len(text) < _SHORTEST_KEY:
        raise _unusable(where, f"has {len(text)} characters, at least {_SHORTEST_KEY} are needed")
    return text.encode()


def _unusable(where: str, why: str) -> StartRefused:
    return StartRefused(
        f"The secret key in {where} {why}.",
        action="Use the original key of this installation. For a new installation: openssl rand -base64 32",
        code="encryption.key_invalid",
    )


def _create_key_file(path: Path) -> bool:
    """Create the key file with a new random key, complete or not at all; False when another process was faster."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(32)) + b"\n"
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write_durably(draft, text)
            # A link appears complete or not at all, and never replaces a file that exists.
            os.link(draft, path)
        except FileExistsError:
            return False
        except PermissionError:
            # Some file systems have no links.
            try:
                _write_durably(path, text)
            except FileExistsError:
                return False
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StartRefused(
            f"The secret key file {path} cannot be created: {error.strerror}.",
            action="Let the server's user write to the data folder, or set POWERAUTOMATION_SECRET_KEY.",
            code="encryption.key_unwritable",
        ) from error
    return True


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0), 0o600
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
