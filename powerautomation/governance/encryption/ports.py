"""What may hold the master key: a file or the environment here, a hardware module elsewhere."""

from typing import Protocol


class MasterKey(Protocol):
    """The key-encryption key. It wraps data keys and nothing else, so that it may live where only wrapping is possible
    (a PKCS#11 token, a cloud's key service)."""

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that tell master keys apart and reveal nothing of them."""
        ...

    def wrap(self, key: bytes, name: str) -> bytes:
        """Return a data key of that name, wrapped."""
        ...

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """Return a wrapped data key. Raises SecretUnreadable for another master key, another name, changed bytes."""
        ...
