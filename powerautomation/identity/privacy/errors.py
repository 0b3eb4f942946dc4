"""Why a request to be erased was not noted."""

from powerautomation.kernel.errors import Conflict, NotFound


class RequestNotFound(NotFound):
    """Nobody asked to be erased."""

    code = "personal_data.request_not_found"


class RequestAnswered(Conflict):
    """The request waits already, or was answered."""

    code = "personal_data.request_answered"
