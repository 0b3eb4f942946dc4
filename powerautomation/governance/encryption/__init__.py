"""Owns the installation's secret key: everything secret that is stored passes through its ``SecretBox``.

The key comes from the setting ``secret_key`` or from ``secret.key`` in the data folder. The database remembers the
key's fingerprint, so that a wrong key stops the start with words instead of making secrets unreadable one by one.
"""

from powerautomation.governance.encryption.box import SecretBox
from powerautomation.governance.encryption.errors import SecretUnreadable
from powerautomation.governance.encryption.service import (
    open_secret_box,
    unlock_installation,
    verify_fingerprint,
)

__all__ = [
    "SecretBox",
    "SecretUnreadable",
    "open_secret_box",
    "unlock_installation",
    "verify_fingerprint",
]
