"""Why something was not shared."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound


class ShareNotFound(NotFound):
    """The thing is not shared so."""

    code = "sharing.not_found"


class ShareInvalid(InvalidInput):
    """The thing cannot be shared so: there is no such person or role."""

    code = "sharing.invalid"


class TooManyShares(Conflict):
    """The thing is shared with as many as it may be."""

    code = "sharing.too_many"
