"""What is said when a model family is named that does not exist."""

from powerautomation.kernel.errors import InvalidInput


class UnknownFamily(InvalidInput):
    """A configured family name that no facts exist for."""

    code = "families.unknown"
