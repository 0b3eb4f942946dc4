"""What can go wrong when asking the ledger."""

from powerautomation.kernel.errors import InvalidInput, NotFound


class RequestNotFound(NotFound):
    """No request of that id in this organization, or not yet in the ledger."""

    code = "requests.not_found"


class CursorInvalid(InvalidInput):
    """The cursor is not one this server gave out."""

    code = "requests.cursor_invalid"


class RangeInvalid(InvalidInput):
    """The time range is empty or longer than can be summed at once."""

    code = "usage.range_invalid"
