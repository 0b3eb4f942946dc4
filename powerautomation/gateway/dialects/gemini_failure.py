"""What a refusal of Google's means, and how our own errors look to a Gemini client. Facts:
https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.Status (read 2026-11)."""

import re
from collections.abc import Mapping

import msgspec

from powerautomation.gateway.dialects.entities import FailureKind, UpstreamFailure, without_words
from powerautomation.gateway.dialects.openai_failure import shown
from powerautomation.gateway.dialects.retry_after import LONGEST_SECONDS, retry_after_seconds
from powerautomation.kernel.errors import Problem

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s\Z")
_TOO_LONG = re.compile(r"(?i)input token count|exceeds the maximum number of tokens|context (?:length|window)")
_KINDS: dict[str, FailureKind] = {
    "INVALID_ARGUMENT": "caller", "FAILED_PRECONDITION": "credential", "OUT_OF_RANGE": "caller",
    "NOT_FOUND": "caller", "UNAUTHENTICATED": "credential", "PERMISSION_DENIED": "credential",
    "RESOURCE_EXHAUSTED": "rate_limited", "UNAVAILABLE": "overloaded", "DEADLINE_EXCEEDED": "timeout",
    "INTERNAL": "server", "UNKNOWN": "server", "ABORTED": "server", "CANCELLED": "server",
}  # fmt: skip
_STATUS_KINDS: dict[int, FailureKind] = {
    401: "credential", 403: "credential", 402: "rate_limited", 429: "rate_limited", 503: "overloaded",
    529: "overloaded", 408: "timeout", 504: "timeout",
}  # fmt: skip
_STATUS_WORDS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 402: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED",
    404: "NOT_FOUND", 405: "UNIMPLEMENTED", 409: "ABORTED", 413: "INVALID_ARGUMENT", 422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip


class _Detail(msgspec.Struct, gc=False):
    type: str = msgspec.field(default="", name="@type")
    reason: str = ""
    retry_delay: str = msgspec.field(default="", name="retryDelay")


class WireError(msgspec.Struct, gc=False):
    """A google.rpc.Status; ``code`` is an HTTP status."""

    code: int = 0
    message: str = ""
    status: str = ""
    details: list[_Detail] = []


class ErrorBody(msgspec.Struct, gc=False):
    """The body of a refusal."""

    error: WireError | None = None


_bodies: msgspec.json.Decoder[ErrorBody | list[ErrorBody]] = msgspec.json.Decoder(ErrorBody | list[ErrorBody])


def error_in(body: bytes) -> WireError | None:
    """Return the error a body holds, also inside an array; None when it holds none."""
    try:
        found = _bodies.decode(body)
    except UNREADABLE:
        return None
    for one in found if isinstance(found, list) else [found]:
        if one.error is not None:
            return one.error
    return None


def failure_of_error(error: WireError, status: int = 200) -> UpstreamFailure:
    """Return what an error object means; ``status`` is the HTTP status it came with."""
    return _failure(error, status, _KINDS.get(error.status) or _kind_of_status(error.code), None)


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
    """Return what a refusal with an HTTP status of 400 or more means. Header names are lower case."""
    error = error_in(body) or WireError()
    kind = _KINDS.get(error.status, "server") if status == 400 and error.status else _kind_of_status(status)
    failure = _failure(error, status, kind, retry_after_seconds(headers))
    # What is no error of this dialect would not be understood by its clients.
    return msgspec.structs.replace(failure, body=body if error.message else b"")


def _failure(error: WireError, status: int, kind: FailureKind, told_seconds: float | None) -> UpstreamFailure:
    code = error.status.lower()
    if any(detail.reason == "API_KEY_INVALID" for detail in error.details) or "API key not valid" in error.message:
        kind = "credential"
    if status == 404:
        code = "model_not_found"
    elif kind == "caller" and _TOO_LONG.search(error.message):
        code = "context_length_exceeded"
    waits = [seconds for detail in error.details if (seconds := _seconds(detail.retry_delay)) is not None]
    return UpstreamFailure(
        kind,
        shown(error.message) or without_words(kind, status),
        status,
        code,
        max(waits, default=told_seconds) if kind in ("rate_limited", "overloaded", "server") else None,
    )


def _seconds(duration: str) -> float | None:
    found = _DURATION.match(duration)
    return min(float(found[1]), LONGEST_SECONDS) if found else None


def _kind_of_status(status: int) -> FailureKind:
    return _STATUS_KINDS.get(status) or ("caller" if 400 <= status < 500 else "server")


def error_object(problem: Problem, request_id: str = "") -> dict[str, object]:
    """Return the ``error`` member that tells a Gemini client of a problem."""
    status = _shown_status(problem.status)
    details: list[dict[str, object]] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": problem.code,
            "domain": "powerautomation",
            "metadata": {"request_id": request_id} if request_id else {},
        }
    ]
    if problem.retry_after_seconds is not None:
        delay = f"{max(1.0, problem.retry_after_seconds):.3f}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    word = _STATUS_WORDS.get(status) or ("INVALID_ARGUMENT" if status < 500 else "INTERNAL")
    message = f"{problem.message} {problem.action}".strip()
    return {"code": status, "message": message, "status": word, "details": details}


def encode_problem(problem: Problem, request_id: str) -> tuple[int, bytes]:
    """Return the HTTP status and the body that tell a Gemini client of a problem. The status 529, which these clients
    do not know, becomes 503."""
    return _shown_status(problem.status), msgspec.json.encode({"error": error_object(problem, request_id)})


def _shown_status(status: int) -> int:
    return 503 if status == 529 else status
