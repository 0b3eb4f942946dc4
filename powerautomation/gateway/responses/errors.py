"""What can go wrong with answers that were kept."""

from powerautomation.kernel.errors import NotFound, Problem


class ResponseNotFound(NotFound):
    """No answer of that id is kept for the organization: never was, expired, or deleted."""

    code = "gateway.response_not_found"


class PreviousResponseNotFound(Problem):
    """A request goes on from an answer that is not kept, or whose own beginning is not kept any more."""

    code = "gateway.previous_response_not_found"
    status = 400


class HistoryTooLarge(Problem):
    """What a request goes on from is larger than a request may be."""

    code = "gateway.body_too_large"
    status = 413
