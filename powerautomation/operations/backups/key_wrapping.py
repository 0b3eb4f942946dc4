"""The secret key under a passphrase: scrypt makes guessing slow, AES-256-GCM tells a wrong guess from a right one."""

import base64
import os

import msgspec

from powerautomation.operations.backups.errors import BackupDamaged, PassphraseWrong

SHORTEST_PASSPHRASE = 12
# OWASP's scrypt parameters (Password Storage Cheat Sheet, read November 2026): 128 MiB, about half a second.
_COST = 2**17
_BLOCK = 8
_PARALLEL = 1
_MOST_COST = 2**20
_ASSOCIATED = b"powerautomation.backup.secret-key.v1"


class WrappedKey(msgspec.Struct, frozen=True):
    """A wrapped key as it is stored: scrypt's parameters, salt, nonce and ciphertext in base64."""

    cost: int
    block: int
    parallel: int
    salt: str
    nonce: str
    ciphertext: str


def wrap_key(key: bytes, passphrase: str) -> bytes:
    """Return the key wrapped under a passphrase, as JSON. Raises PassphraseWrong for one under 12 characters."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise PassphraseWrong(
            f"The passphrase has {len(passphrase)} characters, at least {SHORTEST_PASSPHRASE} are needed.",
            action="Choose a longer one: whoever has the file can try passphrases for ever.",
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_stretch(passphrase, salt, _COST, _BLOCK, _PARALLEL)).encrypt(nonce, key, _ASSOCIATED)
    return msgspec.json.encode(WrappedKey(_COST, _BLOCK, _PARALLEL, _text(salt), _text(nonce), _text(sealed)))


def unwrap_key(wrapped: bytes, passphrase: str) -> bytes:
    """Return the key. Raises PassphraseWrong, or BackupDamaged when the wrapping is not ours."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        stored = msgspec.json.decode(wrapped, type=WrappedKey)
        salt, nonce, sealed = (base64.b64decode(part) for part in (stored.salt, stored.nonce, stored.ciphertext))
        # A hostile file must not make us use all memory.
        if not (2 <= stored.cost <= _MOST_COST and stored.block == _BLOCK and stored.parallel == _PARALLEL):
            raise ValueError("scrypt parameters")
        key = _stretch(passphrase, salt, stored.cost, stored.block, stored.parallel)
        return AESGCM(key).decrypt(nonce, sealed, _ASSOCIATED)
    except InvalidTag:
        raise PassphraseWrong(
            "The passphrase does not open the secret key in this backup.",
            action="Try again; or restore without a passphrase and put the original key in place yourself.",
        ) from None
    except (msgspec.MsgspecError, ValueError):
        raise BackupDamaged("The wrapped secret key in this backup is damaged.", action="Use another backup.") from None


def _stretch(passphrase: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=cost, r=block, p=parallel).derive(passphrase.encode())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
