"""The one error object. Doors render it: problem+json for our API, the caller's own dialect for the gateway."""

from collections.abc import Mapping


class Problem(Exception):
    """Something went wrong in a way the caller can be told about.

    code: stable and dotted, ``api_keys.not_found``; status: the HTTP status (int); message: what happened and why, in
    English; action: what the person should do next, or empty; retry_after_seconds: when a retry can help, else None;
    fields: for invalid input, field path to message. Never put a secret into any of them.
    """

    code = "internal"
    status = 500

    def __init__(
        self,
        message: str,
        *,
        action: str = "",
        code: str | None = None,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.action = action
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.retry_after_seconds = retry_after_seconds
        self.fields = dict(fields or {})


class NotFound(Problem):
    """The thing does not exist, or is not the caller's."""

    code = "not_found"
    status = 404


class Conflict(Problem):
    """The request contradicts the present state."""

    code = "conflict"
    status = 409


class InvalidInput(Problem):
    """The caller sent something that cannot be accepted as it is."""

    code = "invalid_input"
    status = 422


class Unauthenticated(Problem):
    """No credential, or one that is unknown, expired or revoked."""

    code = "unauthenticated"
    status = 401


class Forbidden(Problem):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class StartRefused(Problem):
    """The server or command cannot start: wrong configuration, key, database or port. Printed, never a traceback."""

    code = "start_refused"
    status = 500
