"""Why a request may not go on."""

from powerautomation.kernel.errors import Forbidden, InvalidInput, Problem


class CsrfFailed(Forbidden):
    """An unsafe request did not prove that it comes from our own pages; read the session and retry."""

    code = "access.csrf_failed"


class PersonNeeded(Forbidden):
    """A key asked for what only a person with a session of their own may do."""

    code = "access.person_needed"


class PermissionMissing(Forbidden):
    """The person's role does not include what the route needs."""

    code = "access.permission_missing"


class ConfirmationNeeded(Forbidden):
    """The action needs that the person has proved anew, within the last ten minutes, who it is."""

    code = "identity.confirmation_needed"


class CircumstancesInvalid(InvalidInput):
    """Circumstances that are supposed cannot be: no IP address, or no such time."""

    code = "access.circumstances_invalid"


class TooManyRequests(Problem):
    """Somebody asks the control API faster than the settings allow."""

    code = "access.too_many_requests"
    status = 429
