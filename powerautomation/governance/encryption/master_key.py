"""A master key held in memory: 32 bytes or more from the key file or the environment."""

import os

from powerautomation.governance.encryption.errors import SecretUnreadable
from powerautomation.governance.encryption.rules import derive_key

_VERSION = b"\x01"
_NONCE_BYTES = 12


class LocalMasterKey:
    """Wraps data keys with AES-256-GCM: ``version (1 byte) | nonce (12) | ciphertext and tag``."""

    __slots__ = ("_cipher", "fingerprint")

    def __init__(self, master: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(master) < 32:
            raise ValueError("a master key has at least 32 bytes")
        self._cipher = AESGCM(derive_key(master, "wrapping"))
        self.fingerprint = derive_key(master, "fingerprint").hex()

    def __repr__(self) -> str:
        return f"LocalMasterKey(fingerprint={self.fingerprint[:8]})"

    def wrap(self, key: bytes, name: str) -> bytes:
        """Return a data key of that name, wrapped."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, key, _VERSION + name.encode())

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """Return a wrapped data key. Raises SecretUnreadable for another master key, another name, changed bytes."""
        from cryptography.exceptions import InvalidTag

        if wrapped[:1] == _VERSION:
            nonce, body = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
            try:
                return self._cipher.decrypt(nonce, body, _VERSION + name.encode())
            except (InvalidTag, ValueError):
                pass
        raise SecretUnreadable(
            f"The data key {name} cannot be unwrapped: it was wrapped with another master key, or changed.",
            action="Start with the master key that wrapped it, or restore a backup together with its recovery kit.",
        )
