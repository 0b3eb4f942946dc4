"""Authenticated encryption and key derivation under one master key."""

import hmac
import os

from powerautomation.governance.encryption.errors import SecretUnreadable

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SALT = b"powerautomation.installation.v1"


class SecretBox:
    """Everything that needs the installation's master key; the key itself never leaves.

    A ciphertext is ``version (1 byte) | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag``; the key id tells
    which master key wrote it, so that keys can be rotated row by row.
    """

    __slots__ = ("_cipher", "_master", "fingerprint", "key_id")

    def __init__(self, master: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(master) < 32:
            raise ValueError("a master key has at least 32 bytes")
        self._master = master
        self._cipher = AESGCM(self.derive("encryption"))
        self.key_id = self.derive("key id")[:_KEY_ID_BYTES]
        self.fingerprint = self.derive("fingerprint").hex()

    def __repr__(self) -> str:
        return f"SecretBox(key_id={self.key_id.hex()})"

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose (HKDF-SHA256): the same for the same key and purpose, unrelated otherwise."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=purpose.encode()).derive(self._master)

    def encrypt(self, plain: bytes, associated: str) -> bytes:
        """Return the ciphertext, readable only with the same ``associated`` text (say ``providers/prv_1/api_key``)."""
        head = _VERSION + self.key_id
        nonce = os.urandom(_NONCE_BYTES)
        return head + nonce + self._cipher.encrypt(nonce, plain, head + associated.encode())

    def decrypt(self, sealed: bytes, associated: str) -> bytes:
        """Return the plain bytes; raises SecretUnreadable for another key, another place, or changed bytes."""
        from cryptography.exceptions import InvalidTag

        head_bytes = len(_VERSION) + _KEY_ID_BYTES
        if len(sealed) < head_bytes + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
            raise SecretUnreadable("A stored secret is not in a format this version knows.", action=_ACTION)
        head, nonce, body = sealed[:head_bytes], sealed[head_bytes : head_bytes + _NONCE_BYTES], sealed[17:]
        if not hmac.compare_digest(head[1:], self.key_id):
            raise SecretUnreadable("A stored secret was written with another secret key.", action=_ACTION)
        try:
            return self._cipher.decrypt(nonce, body, head + associated.encode())
        except InvalidTag:
            raise SecretUnreadable(
                "A stored secret was changed or moved outside this program.", action=_ACTION
            ) from None


_ACTION = "Enter the secret again in the console, or restore it from a backup together with its secret key."
