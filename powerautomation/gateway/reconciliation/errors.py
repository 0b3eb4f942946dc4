"""What can go wrong when a bill is compared with the ledger."""

from powerautomation.kernel.errors import InvalidInput, NotFound


class BillInvalid(InvalidInput):
    """A bill cannot be read; nothing was compared."""

    code = "reconciliations.bill_invalid"


class BillTooLarge(InvalidInput):
    """A bill is larger than can be compared at once."""

    code = "reconciliations.bill_too_large"
    status = 413


class ReconciliationNotFound(NotFound):
    """This provider's bill of that month was not compared yet."""

    code = "reconciliations.not_found"
