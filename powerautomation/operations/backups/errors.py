"""Why a backup could not be made or restored. Nothing was changed in each case."""

from powerautomation.kernel.errors import Conflict, InvalidInput, Problem


class BackupFailed(Problem):
    """The backup could not be made; no file was left behind."""

    code = "backups.failed"
    status = 500


class BackupDamaged(InvalidInput):
    """The file is not one of our backups, is of a later version, or its contents do not match its checksums."""

    code = "backups.damaged"


class PassphraseWrong(InvalidInput):
    """The passphrase does not open the secret key in this backup, or is too short to protect one."""

    code = "backups.passphrase_wrong"


class RestoreRefused(Conflict):
    """The target is in use, is not empty, or does not fit the backup."""

    code = "backups.restore_refused"
