"""What can go wrong when splits are compared."""

from powerautomation.kernel.errors import InvalidInput, NotFound


class SplitNotFound(NotFound):
    """No request of the organization took part in a split of that name."""

    code = "splits.not_found"


class BaselineUnknown(InvalidInput):
    """The split has no such arm."""

    code = "splits.baseline_unknown"
