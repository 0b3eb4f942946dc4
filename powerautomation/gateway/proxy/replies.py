"""What is sent where no deployment was asked: the gateway's own JSON, refusals in the dialect of their path."""

import os
import random
import time
from collections.abc import Sequence

from powerautomation.gateway.dialects import DIALECTS, Dialect
from powerautomation.gateway.limits import LimitReached
from powerautomation.gateway.proxy.exchange import NO_PAGE, Scope, Send
from powerautomation.kernel.errors import Problem

Headers = Sequence[tuple[bytes, bytes]]

_NO_RETRY = (b"x-should-retry", b"false")
# Files, kept answers and lists are asked for by GET, which caches on the way might keep for others.
_NO_STORE = (b"cache-control", b"no-store")
_ANTHROPIC = DIALECTS["anthropic-messages"]
_OPENAI = DIALECTS["openai-chat"]
_RESPONSES = DIALECTS["openai-responses"]
_PLACES = (
    "/v1/messages",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/v1/models",
    "/v1/ratings",
    "/v1/files",
)

# Ids need to differ, not to be secret; a generator of our own saves a system call for each.
_random = random.Random(os.urandom(32))
# A copy of this process must not give the same ids: the ledger would take two requests for one.
os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))


def new_request_id() -> str:
    """Return a request id: sorts by time like every id here, but made in a tenth of the time of the others."""
    return f"req_{time.time_ns() // 1_000_000:012x}{_random.getrandbits(64):016x}"


def meant_path(path: str) -> str:
    """Return the gateway path a client meant whose base URL has a slash or a ``/v1`` too many or too few; any other
    path as it is."""
    parts = [part for part in path.split("/") if part]
    while parts[:2] == ["v1", "v1"]:
        del parts[0]
    meant = "/" + "/".join(parts)
    for candidate in (meant, f"/v1{meant}"):
        if candidate != path and any(candidate == place or candidate.startswith(f"{place}/") for place in _PLACES):
            return candidate
    return path


def dialect_of(scope: Scope) -> Dialect:
    """Return the dialect whose clients use the path of a request."""
    path = scope["path"]
    if path.startswith("/v1/messages") or any(name == b"anthropic-version" for name, _ in scope["headers"]):
        return _ANTHROPIC
    return _RESPONSES if path.startswith("/v1/responses") else _OPENAI


async def refuse(scope: Scope, send: Send, problem: Problem, extra: Headers = ()) -> None:
    """Refuse a gateway request that is not looked at any further, in the dialect of its path."""
    started, request_id = time.perf_counter(), new_request_id()
    status, body = dialect_of(scope).encode_problem(problem, request_id)
    await send_json(send, status, body, request_id, started, [*extra, *retry_headers(problem)])


async def send_json(
    send: Send,
    status: int,
    body: bytes,
    request_id: str,
    started: float,
    extra: Headers = (),
    media_type: bytes = b"application/json",
) -> None:
    """Send what no deployment was asked for. ``started``: seconds of ``time.perf_counter``."""
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
        (b"x-powerautomation-overhead-ms", b"%.2f" % ((time.perf_counter() - started) * 1000)),
        *NO_PAGE,
        _NO_STORE,
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def retry_headers(problem: Problem) -> list[tuple[bytes, bytes]]:
    """Return ``retry-after`` in whole seconds, rounded up, when a retry can help; where it cannot soon, the word by
    which the vendors' SDKs leave it at that."""
    headers = [_NO_RETRY] if isinstance(problem, LimitReached) and problem.is_final else []
    if problem.retry_after_seconds is None:
        return headers
    return [*headers, (b"retry-after", b"%d" % max(1, -int(-problem.retry_after_seconds // 1)))]
