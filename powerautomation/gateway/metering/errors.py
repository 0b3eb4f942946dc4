"""What can go wrong when writing to the ledger and when asking it."""

from powerautomation.kernel.errors import InvalidInput, NotFound, Problem


class JournalFull(Problem):
    """The journal cannot be written: the request must not be answered, as it would be missing in the ledger."""

    code = "gateway.journal_unwritable"
    status = 503


class RequestNotFound(NotFound):
    """No request of that id in this organization, or not yet in the ledger."""

    code = "requests.not_found"


class CursorInvalid(InvalidInput):
    """The cursor is not one this server gave out."""

    code = "requests.cursor_invalid"


class ZoneUnknown(InvalidInput):
    """There is no such time zone."""

    code = "usage.zone_unknown"


class PriceFileInvalid(InvalidInput):
    """A price file cannot be read; nothing of it was imported."""

    code = "prices.file_invalid"


class RangeInvalid(InvalidInput):
    """The time range is empty or longer than can be summed at once."""

    code = "usage.range_invalid"
