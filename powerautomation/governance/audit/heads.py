"""Signed heads: statements that an event of this number had this hash, to be kept where the database is not."""

import base64
import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from powerautomation.governance.audit.entities import Head
from powerautomation.governance.audit.errors import SigningKeyInvalid
from powerautomation.governance.audit.rules import canonical_json, moment_text
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now

KEY_FILE_NAME = "audit-signing.key"
PUBLIC_KEY_FILE_NAME = "audit-signing.pub"
HEADS_FILE_NAME = "audit-heads.jsonl"
_KEY_BYTES = 32
_TAIL_BYTES = 256 * 1024
_PURPOSE = b"powerautomation audit head\n"


class Signer:
    """Signs heads with a key that signs nothing else. ``public_key`` is what verifiers are given: 32 bytes in
    base64."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.public_key = base64.b64encode(public).decode()
        self.key_id = hashlib.sha256(public).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id})"

    def line(self, head: Head) -> bytes:
        """Return one line for the file of heads: ``{"head":{…},"signature":"…"}``."""
        content = canonical_json(
            {
                "organization_id": head.organization_id,
                "sequence": head.sequence,
                "hash": head.hash,
                "signed_at": moment_text(now()),
                "key_id": self.key_id,
            }
        )
        signature = base64.b64encode(self._key.sign(_PURPOSE + content))
        return b'{"head":' + content + b',"signature":"' + signature + b'"}\n'


def new_seed() -> bytes:
    """Return a new random signing key, as it stands in its file."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES))


def signer_of(text: bytes) -> Signer:
    """Return who signs with a key that ``new_seed`` returned."""
    return Signer(_seed_of(text.decode(), "the new key"))


def find_signer(settings: Settings) -> Signer | None:
    """Return who signs: with the key of the settings, or of the data folder; None when there is none yet. Raises
    SigningKeyInvalid."""
    given = settings.audit.signing_key.get_secret_value().strip()
    if given:
        return Signer(_seed_of(given, "audit.signing_key (POWERAUTOMATION_AUDIT_SIGNING_KEY)"))
    path = settings.data_dir / KEY_FILE_NAME
    try:
        signer = Signer(_seed_of(path.read_text("ascii", "replace").strip(), str(path)))
        with contextlib.suppress(FileExistsError):
            _write_new(settings.data_dir / PUBLIC_KEY_FILE_NAME, signer.public_key.encode() + b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    return signer


def keep_seed(settings: Settings, seed: bytes) -> None:
    """Put a new key into the data folder; one that is there already is kept. Raises SigningKeyInvalid."""
    path = settings.data_dir / KEY_FILE_NAME
    try:
        with contextlib.suppress(FileExistsError):
            _write_new(path, seed + b"\n")
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> SigningKeyInvalid:
    return SigningKeyInvalid(
        f"The key that signs the heads of the audit log, {path}, cannot be read or made: {error.strerror}.",
        action="Let the server's user write to the data folder, or set POWERAUTOMATION_AUDIT_SIGNING_KEY.",
    )


def heads_file(settings: Settings) -> Path:
    """Return the file to which signed heads are added."""
    return settings.audit.heads_file or settings.data_dir / HEADS_FILE_NAME


def newest_signed(path: Path, organization_id: str) -> tuple[int, str] | None:
    """Return number and moment of the newest head of an organization among the last of a file of heads; None when there
    is none. Whether the signature is right, the verifier says."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).splitlines()
    except OSError:
        return None
    for raw in reversed(lines):
        try:
            head = json.loads(raw)["head"]
            if head["organization_id"] == organization_id:
                return int(head["sequence"]), str(head["signed_at"])
        except (ValueError, KeyError, TypeError):
            continue
    return None


def append_lines(path: Path, lines: bytes) -> None:
    """Add lines to a file in one write, and have them on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, lines)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _seed_of(text: str, where: str) -> bytes:
    try:
        seed = base64.b64decode(text, validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _KEY_BYTES:
        raise SigningKeyInvalid(
            f"The key that signs the heads of the audit log, in {where}, is not 32 bytes in base64.",
            action="Put the original key back. For a new one: openssl rand -base64 32",
        )
    return seed


def _write_new(path: Path, content: bytes) -> None:
    """Create a file with this content, whole or not at all; raises FileExistsError when it is there."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    if path.exists():
        raise FileExistsError(path)
    try:
        append_lines(draft, content)
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
