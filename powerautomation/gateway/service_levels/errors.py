"""What can go wrong with service levels."""

from powerautomation.kernel.errors import Problem


class PromiseReadOnly(Problem):
    """The promise is declared in the configuration file."""

    code = "service_levels.promise_read_only"
    status = 409


class PromiseNotFound(Problem):
    """Nobody noted a promise of this provider."""

    code = "service_levels.promise_not_found"
    status = 404
