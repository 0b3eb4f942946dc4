"""Owns the installation's keys: everything secret that is stored passes through its ``SecretBox``.

A master key (the setting ``secret_key``, ``secret.key`` in the data folder, or one inside a hardware security module)
wraps data keys, which are in the database; data keys encrypt. The database remembers the master key's fingerprint, so
that a wrong key stops the start with words instead of making secrets unreadable one by one. Both levels are replaced
while servers run.
"""

from powerautomation.governance.encryption.box import SecretBox
from powerautomation.governance.encryption.entities import (
    SEALED,
    EncryptionReport,
    KeyChange,
    Place,
    RotationReport,
    SealedColumn,
)
from powerautomation.governance.encryption.errors import MasterKeyChanged, RotationUnfinished, SecretUnreadable
from powerautomation.governance.encryption.hardware_key import (
    HardwareMasterKey,
    create_hardware_key,
    open_hardware_key,
)
from powerautomation.governance.encryption.key_file import (
    NEXT_SUFFIX,
    fingerprint_of,
    has_given_key,
    key_text,
    new_key_text,
)
from powerautomation.governance.encryption.master_key import LocalMasterKey
from powerautomation.governance.encryption.ports import MasterKey
from powerautomation.governance.encryption.recovery_kit import KIT_PREFIX, recovery_kit, write_recovery_kit
from powerautomation.governance.encryption.rotation import (
    replace_master_key,
    report_encryption,
    rotate_data_key,
    rotate_master_key,
)
from powerautomation.governance.encryption.service import (
    find_box,
    give_box,
    open_master_key,
    refresh_box,
    unlock_installation,
    verify_fingerprint,
)

__all__ = [
    "KIT_PREFIX",
    "NEXT_SUFFIX",
    "SEALED",
    "EncryptionReport",
    "HardwareMasterKey",
    "KeyChange",
    "LocalMasterKey",
    "MasterKey",
    "MasterKeyChanged",
    "Place",
    "RotationReport",
    "RotationUnfinished",
    "SealedColumn",
    "SecretBox",
    "SecretUnreadable",
    "create_hardware_key",
    "find_box",
    "fingerprint_of",
    "give_box",
    "has_given_key",
    "key_text",
    "new_key_text",
    "open_hardware_key",
    "open_master_key",
    "recovery_kit",
    "refresh_box",
    "replace_master_key",
    "report_encryption",
    "rotate_data_key",
    "rotate_master_key",
    "unlock_installation",
    "verify_fingerprint",
    "write_recovery_kit",
]
