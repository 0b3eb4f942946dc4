"""What may be wrong with what is asked for."""

from powerautomation.kernel.errors import InvalidInput


class PeriodInvalid(InvalidInput):
    """The period ends before it begins, or is too long."""

    code = "compliance.period_invalid"
