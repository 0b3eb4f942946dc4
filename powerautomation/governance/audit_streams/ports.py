"""What the streams need from above: who asks."""

from typing import Protocol

from powerautomation.kernel.principal import Principal


class Reader(Protocol):
    """Somebody signed in who may look at the audit log."""

    @property
    def principal(self) -> Principal:
        """Who it is."""
