"""What the gateway tells a client that it could not serve. Rendered in the client's own dialect."""

from powerautomation.gateway.dialects import InvalidRequest, UpstreamFailure
from powerautomation.kernel.errors import Forbidden, NotFound, Problem, Unauthenticated


class KeyRefused(Unauthenticated):
    """No gateway key, or one that is unknown, expired or revoked."""

    code = "gateway.key_refused"


class UnknownModel(NotFound):
    """No route and no model of that name."""

    code = "gateway.unknown_model"


class ModelNotAllowed(Forbidden):
    """The key may not ask for this model."""

    code = "gateway.model_not_allowed"


class DoorClosed(Forbidden):
    """The key was not given this part of the gateway."""

    code = "gateway.door_not_allowed"


class RouteRefused(Forbidden):
    """A route refuses such requests, in the words of whoever wrote it."""

    code = "gateway.route_refused"


class NoAbleDeployment(Problem):
    """The model exists, but none of its deployments can do what the request needs."""

    code = "gateway.no_able_deployment"
    status = 400


class GatewayStarting(Problem):
    """The server has not finished its start: nothing can be answered yet."""

    code = "gateway.starting"
    status = 503

    def __init__(self, message: str = "The gateway is still starting.") -> None:
        super().__init__(message, action="Try again in a moment.", retry_after_seconds=1)


class ProviderNotConfigured(Problem):
    """The model exists, but the key of every provider that has it is missing in the configuration."""

    code = "gateway.provider_not_configured"
    status = 503


class BodyTooLarge(Problem):
    """The request body is larger than the server accepts."""

    code = "gateway.body_too_large"
    status = 413


class ClientLeft(InvalidRequest):
    """The connection closed before the whole body had arrived."""


class UpstreamFailed(Problem):
    """Every deployment that could serve the request failed."""

    code = "gateway.upstream_failed"
    status = 502


class _UpstreamError(Exception):
    def __init__(self, failure: UpstreamFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class AttemptFailed(_UpstreamError):
    """One attempt failed before anything of its answer reached the client, so another deployment may be tried."""


class StreamBroken(_UpstreamError):
    """An attempt failed after part of its answer had reached the client: too late for another deployment."""


def unforeseen() -> Problem:
    """Return what a client is told of an error nobody foresaw: nothing of it, but where to find it."""
    return Problem(
        "Something went wrong inside the gateway.",
        code="internal",
        status=500,
        action="The server's log says what, under the request id.",
    )


class ClientGone(Exception):
    """The client closed the connection; nobody is left to answer."""


_STATUS = {
    "rate_limited": 429,
    "overloaded": 529,
    "timeout": 504,
    "connection": 502,
    "server": 502,
    "invalid_answer": 502,
    "credential": 502,
}
# What a vendor says of these names its customer's organization or project: the ledger keeps it, clients do not see it.
_WORDS = {
    "credential": "refused the gateway's API key",
    "rate_limited": "refused because too many requests or tokens were sent to it",
    "overloaded": "is overloaded",
}
_ACTION = {
    "credential": "Ask an administrator to check this provider's API key in the console under Providers.",
    "rate_limited": "Wait and try again, or add another provider so that requests can spill over.",
    "overloaded": "Wait and try again, or add another provider to fail over to.",
}


# What vendors call an account without money, which waiting does not help; most say it with a 429.
_SPENT = {"insufficient_quota", "exceeded_current_quota_error", "billing_error"}


def problem_of(failure: UpstreamFailure, deployment: str) -> Problem:
    """Return what a client is told when ``failure`` was the last of all attempts."""
    if failure.kind == "caller":
        status = failure.status if 400 <= failure.status < 500 else 400
        return Problem(failure.message, code=failure.code or "gateway.invalid_request", status=status)
    words = _WORDS.get(failure.kind) or f"could not answer: {failure.message.rstrip('.')}"
    action = _ACTION.get(failure.kind, "")
    if failure.kind == "rate_limited" and (failure.status == 402 or failure.code in _SPENT):
        words = "refused because the gateway's account there has no credit left"
        action = "Ask an administrator to top up the account, or add another provider so that requests can spill over."
    return UpstreamFailed(
        f"{deployment} {words}.",
        code=f"gateway.upstream_{failure.kind}",
        status=_STATUS[failure.kind],
        action=action,
        retry_after_seconds=failure.retry_after_seconds,
    )
