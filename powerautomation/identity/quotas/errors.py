"""Why something was not made, or a quota not set."""

from powerautomation.kernel.errors import Conflict, InvalidInput, Problem


class QuotaReached(Conflict):
    """The organization has as many of something as it may have. A retry helps once some were removed."""

    code = "quotas.reached"


class NoRoom(Problem):
    """The organization keeps as many bytes as it may. A retry helps once something was removed."""

    code = "quotas.no_room"
    status = 413


class QuotaInvalid(InvalidInput):
    """There is no such resource, or it cannot be bounded by so much."""

    code = "quotas.invalid"
