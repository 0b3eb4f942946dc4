"""Why something was not done with an approval."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class ApprovalNotFound(NotFound):
    """There is no such approval, or it is not the caller's."""

    code = "approvals.not_found"


class ApprovalInvalid(InvalidInput):
    """What is asked for cannot be written down unambiguously, or is too long to be understood."""

    code = "approvals.invalid"


class TooManyOpen(Conflict):
    """So many requests wait for an answer that no other is taken."""

    code = "approvals.too_many_open"


class KeyReused(Conflict):
    """The idempotency key was used for something else."""

    code = "approvals.idempotency_key_reused"


class AlreadyDecided(Conflict):
    """Somebody, or time, was faster."""

    code = "approvals.already_decided"


class DigestMismatch(Conflict):
    """What is to be done is not what was agreed to."""

    code = "approvals.digest_mismatch"


class NotApproved(Conflict):
    """Nobody agreed, or what was agreed to has been used, or its time is over."""

    code = "approvals.not_approved"


class NotReserved(Conflict):
    """There is no such lease: nothing was begun under it, or it was settled otherwise."""

    code = "approvals.not_reserved"


class EditRiskier(Conflict):
    """The changed arguments are riskier than what was asked for."""

    code = "approvals.edit_riskier"


class SelfApproval(Forbidden):
    """Who asks may not agree to it."""

    code = "approvals.self_approval"


class ApproverRoleNeeded(Forbidden):
    """Only people with a certain role may agree to this."""

    code = "approvals.role_needed"


class ReasonNeeded(InvalidInput):
    """A yes to this needs a reason."""

    code = "approvals.reason_needed"


class NotRememberable(InvalidInput):
    """A yes to this cannot be remembered."""

    code = "approvals.not_rememberable"


class MemoryNotFound(NotFound):
    """There is no such remembered answer."""

    code = "approvals.memory_not_found"
