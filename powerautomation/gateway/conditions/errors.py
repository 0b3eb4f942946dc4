"""What can be wrong with a condition."""

from powerautomation.kernel.errors import InvalidInput


class InvalidCondition(InvalidInput):
    """The expression is no condition: its syntax, a name or a type is wrong. The message says where."""

    code = "conditions.invalid"


class ConditionFailed(Exception):
    """A condition had no answer for one request, as for a header that request does not have, or took too long."""
