"""What can go wrong with balances."""

from powerautomation.kernel.errors import NotFound


class BalanceUnknown(NotFound):
    """The provider is not there, or documents no way to ask for the balance of an account."""

    code = "balances.not_found"
