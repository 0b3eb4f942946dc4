"""What can go wrong with the audit log."""

from powerautomation.kernel.errors import InvalidInput, Problem


class CursorInvalid(InvalidInput):
    """The cursor of a page was not made by this server."""

    code = "audit.cursor_invalid"


class SigningKeyInvalid(Problem):
    """The key that signs heads cannot be read. A retry does not help."""

    code = "audit.signing_key_invalid"
    status = 500
