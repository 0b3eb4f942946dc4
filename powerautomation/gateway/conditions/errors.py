"""What can be wrong with a condition."""

from powerautomation.kernel.errors import InvalidInput


class InvalidCondition(InvalidInput):
    """The expression is no condition: its syntax, a name or a type is wrong. The message says where, the action what
    was meant most likely; ``reason`` is place and reason alone, as ``1:7: found no …``: line and column from 1."""

    code = "conditions.invalid"

    def __init__(self, message: str, *, action: str = "", reason: str = "") -> None:
        super().__init__(message, action=action)
        self.reason = reason or message


class ConditionFailed(Exception):
    """A condition had no answer for one request, as for a header that request does not have, or took too long."""
