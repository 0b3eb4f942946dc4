"""What is said when a foreign configuration cannot be taken over."""

from powerautomation.kernel.errors import InvalidInput


class ImportRefused(InvalidInput):
    """The file is not what it should be, or the configuration it would be added to cannot take it."""

    code = "imports.refused"
