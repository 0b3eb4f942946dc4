"""What can go wrong with limits, and what a client is told that reached one."""

from collections.abc import Sequence

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound, Problem


class LimitNotFound(NotFound):
    """There is no such limit in this organization."""

    code = "limits.not_found"


class LimitInvalid(InvalidInput):
    """A limit cannot be made as asked."""

    code = "limits.invalid"


class TooManyLimits(Conflict):
    """The organization has as many limits as it may."""

    code = "limits.too_many"


class LimitsUnavailable(Problem):
    """The shared counters, or the ledger they begin from, cannot be reached: nothing that has limits is let through."""

    code = "limits.unavailable"
    status = 503


class LimitReached(Problem):
    """A request would exceed a rate, or too many run at once. ``headers`` say how much is left of what; ``is_final``:
    trying again soon cannot help."""

    code = "limits.rate_exceeded"
    status = 429
    headers: Sequence[tuple[bytes, bytes]] = ()
    is_final = False


class TooManyAtOnce(LimitReached):
    """As many requests as may run at once are running."""

    code = "limits.concurrency_exceeded"


class RequestTooLarge(LimitReached):
    """One request alone may use more than its limit ever lets through."""

    code = "limits.request_too_large"
    is_final = True


class BudgetTooSmall(RequestTooLarge):
    """One request alone may use more than a whole calendar budget: waiting for a new period cannot help."""

    code = "limits.budget_too_small"
    status = 402


class BudgetSpent(LimitReached):
    """A calendar budget has not enough left for the request."""

    code = "limits.budget_spent"
    status = 402
    is_final = True


class PriceUnknown(Problem):
    """A budget of money applies, and what the request may cost cannot be said of any deployment."""

    code = "limits.price_unknown"
    status = 400
