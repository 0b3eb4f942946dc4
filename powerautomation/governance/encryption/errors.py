"""What can go wrong with stored secrets."""

from powerautomation.kernel.errors import Problem


class SecretUnreadable(Problem):
    """A stored secret cannot be decrypted: another key, another place, or changed bytes. A retry does not help."""

    code = "encryption.unreadable"
    status = 500


class MasterKeyChanged(Problem):
    """The master key was replaced by somebody else in the meantime: nothing was changed. A retry helps with the new
    one."""

    code = "encryption.master_key_changed"
    status = 409


class RotationUnfinished(Problem):
    """Rows kept coming on the old data key; everything is readable, and running it again goes on."""

    code = "encryption.rotation_unfinished"
    status = 409
