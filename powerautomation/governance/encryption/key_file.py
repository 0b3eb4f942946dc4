"""The master key as text: read from the settings or the key file, created, and replaced without a gap."""

import base64
import binascii
import contextlib
import os
import re
import secrets
from pathlib import Path

from powerautomation.governance.encryption.master_key import LocalMasterKey
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.errors import StartRefused

_SHORTEST_KEY = 32
_LONGEST_FILE = 4096
# What a key that will take the key file's place is called until it does.
NEXT_SUFFIX = ".next"


def has_given_key(settings: Settings) -> bool:
    """Say whether the master key comes from the settings (the environment), not from the key file."""
    return bool(settings.secret_key.get_secret_value().strip())


def find_key(settings: Settings) -> bytes | None:
    """Return the bytes of the master key, None when there is none. Raises StartRefused for one that is no key."""
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


def new_key_text() -> str:
    """Return a new random master key, as it stands in the key file or in the environment."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def key_text(settings: Settings) -> str:
    """Return the installation's master key as it stands in the settings or in the key file.

    Raises StartRefused when a hardware security module has it.
    """
    if settings.pkcs11.module:
        raise StartRefused(
            "The master key is inside the hardware security module and cannot be taken out of it.",
            action="Back up the module's token by the means of its vendor; with no passphrase a backup carries no key.",
            code="encryption.hardware_key",
        )
    if has_given_key(settings):
        return settings.secret_key.get_secret_value().strip()
    return (settings.data_dir / KEY_FILE_NAME).read_text().strip()


def master_key_of(text: str) -> LocalMasterKey:
    """Return the key that stands somewhere as text. Raises StartRefused for what is no key."""
    return LocalMasterKey(_key_of(text.strip(), "the text"))


def fingerprint_of(text: str) -> str:
    """Return the fingerprint of a key that stands somewhere as text. Raises StartRefused for what is no key."""
    return master_key_of(text).fingerprint


def prepare_replacement(settings: Settings, text: str) -> Path:
    """Write a new key durably beside the key file, so that it is there before anything depends on it; return where."""
    path = settings.data_dir / f"{KEY_FILE_NAME}.{fingerprint_of(text)[:8]}{NEXT_SUFFIX}"
    write_durably(path, text.encode() + b"\n")
    return path


def finish_replacement(settings: Settings, fingerprint: str) -> bool:
    """Put a prepared key in the key file's place when it is the one of this fingerprint; say whether it was.

    A replacement that was killed between the database and the file is finished here, at the next start.
    """
    path = settings.data_dir / KEY_FILE_NAME
    for candidate in sorted(path.parent.glob(f"{KEY_FILE_NAME}.*{NEXT_SUFFIX}")):
        with contextlib.suppress(OSError, UnicodeDecodeError, StartRefused):
            if fingerprint_of(candidate.read_text()) == fingerprint:
                candidate.replace(path)
                _sync_folder(path.parent)
                return True
    return False


def create_key_file(path: Path) -> bool:
    """Create the key file with a new random key, complete or not at all; False when another process was faster."""
    text = new_key_text().encode() + b"\n"
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_durably(draft, text)
            # A link appears complete or not at all, and never replaces a file that exists.
            os.link(draft, path)
        except FileExistsError:
            return False
        except PermissionError:
            # Some file systems have no links.
            try:
                write_durably(path, text)
            except FileExistsError:
                return False
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise StartRefused(
            f"The secret key file {path} cannot be created: {error.strerror}.",
            action="Let the server's user write to the data folder, or set POWERAUTOMATION_SECRET_KEY.",
            code="encryption.key_unwritable",
        ) from error
    return True


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_durably(path: Path, content: bytes) -> None:
    """Create a file of mode 0600, complete and on the disk when this returns. Raises FileExistsError."""
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
