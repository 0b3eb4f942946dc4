"""What can go wrong with balances."""

from powerautomation.kernel.errors import Conflict, NotFound


class BalanceUnknown(NotFound):
    """The provider is not there, or documents no way to ask for the balance of an account."""

    code = "balances.not_found"


class ThresholdDeclared(Conflict):
    """The configuration says when the balance of this provider is low."""

    code = "balances.threshold_declared"
