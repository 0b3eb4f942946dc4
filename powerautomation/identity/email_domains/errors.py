"""Why a domain was not taken or proven."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound, Problem


class EmailDomainNotFound(NotFound):
    """The organization has no such e-mail domain."""

    code = "email_domains.not_found"


class EmailDomainInvalid(InvalidInput):
    """What was entered is no domain, is there already, or is one too many."""

    code = "email_domains.invalid"


class ProofMissing(Conflict):
    """The domain's web server answered, and the line that proves the domain is not there."""

    code = "email_domains.proof_missing"


class ProofUnreachable(Problem):
    """The domain's web server could not be asked; nothing was changed. Trying again may help."""

    code = "email_domains.proof_unreachable"
    status = 502


class EmailDomainTaken(Conflict):
    """Another organization of this installation has proven the domain."""

    code = "email_domains.taken"
