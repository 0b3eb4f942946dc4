"""How keys are derived, and how a ciphertext names its key. No input or output."""

SALT = b"powerautomation.installation.v1"
VERSION = b"\x02"
KEY_ID_BYTES = 4
HEAD_BYTES = len(VERSION) + KEY_ID_BYTES
NONCE_BYTES = 12
TAG_BYTES = 16
DATA_KEY_BYTES = 32


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one purpose (HKDF-SHA256): the same for the same secret and purpose, unrelated otherwise."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=SALT, info=purpose.encode()).derive(secret)


def head_of(key_id: str) -> bytes:
    """Return how the ciphertexts of a data key begin."""
    return VERSION + bytes.fromhex(key_id)


def key_id_of(head: bytes) -> str:
    """Return the id of the data key a ciphertext was written with, from its first bytes; empty when it names none."""
    return head[len(VERSION) : HEAD_BYTES].hex() if head[:1] == VERSION and len(head) >= HEAD_BYTES else ""
