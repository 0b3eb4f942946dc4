"""Why something was not done with a policy."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class PolicyNotFound(NotFound):
    """There is no such policy in this organization."""

    code = "policies.not_found"


class PolicyInvalid(InvalidInput):
    """A policy cannot be as asked: its name, or its text; the fields say line and column."""

    code = "policies.invalid"


class PolicyNameTaken(Conflict):
    """Another policy has the name."""

    code = "policies.name_taken"


class TooManyPolicies(Conflict):
    """The organization has as many policies as it may have, or too many that concern the same people at once."""

    code = "policies.too_many"


class PermitsMoreThanYours(Forbidden):
    """The policy would permit what who asks does not have."""

    code = "policies.more_than_yours"


class PolicyLocksOut(Conflict):
    """With the change, who asks could here and now no longer change policies."""

    code = "policies.locks_out"
