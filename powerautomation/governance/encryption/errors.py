"""What can go wrong with stored secrets."""

from powerautomation.kernel.errors import Problem


class SecretUnreadable(Problem):
    """A stored secret cannot be decrypted: another key, another place, or changed bytes. A retry does not help."""

    code = "encryption.unreadable"
    status = 500
