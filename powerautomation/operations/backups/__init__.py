"""Owns backups: one file with everything an installation is, made while the server runs and proved by a test restore.

The secret key is in it only when a passphrase wraps it. Restoring keeps what was there before.
"""

from powerautomation.operations.backups.entities import BackupReport, Manifest, RestoreReport
from powerautomation.operations.backups.errors import BackupDamaged, BackupFailed, PassphraseWrong, RestoreRefused
from powerautomation.operations.backups.occupancy import announce_address, find_address, hold_data_folder, is_held
from powerautomation.operations.backups.service import create_backup, restore_backup

__all__ = [
    "BackupDamaged",
    "BackupFailed",
    "BackupReport",
    "Manifest",
    "PassphraseWrong",
    "RestoreRefused",
    "RestoreReport",
    "announce_address",
    "create_backup",
    "find_address",
    "hold_data_folder",
    "is_held",
    "restore_backup",
]
