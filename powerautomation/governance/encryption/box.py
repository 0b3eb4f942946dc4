"""Authenticated encryption under data keys, and secrets derived for other purposes."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from powerautomation.governance.encryption.entities import Place
from powerautomation.governance.encryption.errors import SecretUnreadable
from powerautomation.governance.encryption.ports import MasterKey
from powerautomation.governance.encryption.rules import (
    HEAD_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    VERSION,
    derive_key,
    head_of,
    key_id_of,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ACTION = "Enter the secret again in the console, or restore it from a backup together with its secret key."


class SecretBox:
    """Everything that needs the installation's keys; the keys themselves never leave.

    A ciphertext is ``version (1 byte) | data key id (4) | nonce (12) | AES-256-GCM ciphertext and tag``. It is written
    with the active data key and readable with any data key there is, so that keys are rotated row by row. One per
    process, safe to use from threads; ``use`` gives it newer keys.
    """

    __slots__ = ("_active", "_ciphers", "_derivation_key", "master_key")

    def __init__(
        self, master_key: MasterKey, derivation_key: bytes, data_keys: Mapping[str, bytes], active: str
    ) -> None:
        self.master_key = master_key
        self._derivation_key = derivation_key
        self._ciphers: dict[str, AESGCM] = {}
        self.use(data_keys, active)

    def __repr__(self) -> str:
        return f"SecretBox(data_key={self._active})"

    @property
    def active(self) -> str:
        """The id of the data key that writes, 8 hexadecimal digits."""
        return self._active

    @property
    def data_keys(self) -> frozenset[str]:
        """The ids of the data keys that can be read with."""
        return frozenset(self._ciphers)

    def use(self, data_keys: Mapping[str, bytes], active: str) -> None:
        """Add data keys (32 bytes each, by id), and write with one of them from now on."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        added = {key_id: AESGCM(key) for key_id, key in data_keys.items() if key_id not in self._ciphers}
        # Replaced, not changed: a thread that reads meanwhile sees the old dictionary or the new one.
        self._ciphers = {**self._ciphers, **added}
        if active not in self._ciphers:
            raise ValueError("the active data key is not among the keys")
        self._active = active

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose: the same in this installation for ever, whichever keys are rotated."""
        return derive_key(self._derivation_key, purpose)

    def encrypt(self, plain: bytes, place: Place) -> bytes:
        """Return the ciphertext, readable only at the same place."""
        key_id = self._active
        head = head_of(key_id)
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + self._ciphers[key_id].encrypt(nonce, plain, head + place.as_bytes())

    def decrypt(self, sealed: bytes, place: Place) -> bytes:
        """Return the plain bytes; raises SecretUnreadable for an unknown key, another place, or changed bytes."""
        from cryptography.exceptions import InvalidTag

        if len(sealed) < HEAD_BYTES + NONCE_BYTES + TAG_BYTES or sealed[:1] != VERSION:
            raise SecretUnreadable("A stored secret is not in a format this version knows.", action=_ACTION)
        head, nonce = sealed[:HEAD_BYTES], sealed[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES]
        cipher = self._ciphers.get(key_id_of(head))
        if cipher is None:
            raise SecretUnreadable("A stored secret was written with a data key that is not here.", action=_ACTION)
        try:
            return cipher.decrypt(nonce, sealed[HEAD_BYTES + NONCE_BYTES :], head + place.as_bytes())
        except InvalidTag:
            raise SecretUnreadable(
                "A stored secret was changed or moved outside this program.", action=_ACTION
            ) from None
