"""What an OpenAI-style upstream's refusals and error objects mean, and how our own errors look to an OpenAI client."""

import re
from collections.abc import Mapping

import msgspec

from powerautomation.gateway.dialects.entities import FailureKind, UpstreamFailure, without_words
from powerautomation.gateway.dialects.retry_after import retry_after_seconds
from powerautomation.kernel.errors import Problem

MOST_MESSAGE_CHARACTERS = 500
# Error bodies quote keys now and then; what looks like one never leaves this module.
_SECRET = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|ak|pk|pa)[-_][a-z0-9*_\-.]{6,}|eyJ[a-z0-9_\-.]{20,})")
_TOO_LONG = re.compile(
    r"(?i)context[ _]length|maximum context|context window|exceeded model token limit|prompt is too long|"
    r"too many tokens|reduce the length of the messages"
)
_STATUS_KINDS: dict[int, FailureKind] = {
    400: "caller", 404: "caller", 405: "caller", 409: "caller", 413: "caller", 415: "caller", 422: "caller",
    401: "credential", 403: "credential", 402: "rate_limited", 429: "rate_limited", 503: "overloaded",
    529: "overloaded", 408: "timeout", 504: "timeout",
}  # fmt: skip


class ErrorObject(msgspec.Struct, gc=False):
    """An error as vendors write it; ``code`` is a word, or an HTTP status at some hosts."""

    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class _ErrorBody(msgspec.Struct, gc=False):
    error: ErrorObject | str | None = None
    message: str | None = None
    detail: str | None = None
    code: str | int | None = None
    type: str | None = None


# Google's endpoint puts its error object into a list.
_error_bodies = msgspec.json.Decoder(_ErrorBody | list[_ErrorBody])
_errors = msgspec.json.Decoder(ErrorObject | str)


def shown(message: str) -> str:
    """Return a vendor's message fit to be shown: without what looks like a credential, one line, at most 500
    characters."""
    return " ".join(_SECRET.sub("[removed]", message).split())[:MOST_MESSAGE_CHARACTERS]


def failure_of_error(raw: bytes | msgspec.Raw, status: int = 200) -> UpstreamFailure:
    """Return what an error object means that came inside an answer; ``raw`` is the JSON of its ``error`` member."""
    try:
        error = _errors.decode(raw)
    except msgspec.DecodeError:
        error = ErrorObject()
    if isinstance(error, str):
        error = ErrorObject(message=error)
    code = error.code
    if isinstance(code, str) and code.isdigit():
        code = int(code)
    kind = _kind_of_words(error) or (_kind_of_status(code) if isinstance(code, int) else "server")
    message = shown(error.message or "") or "it reported an error without words"
    return UpstreamFailure(kind, message, status, code=_code(error))


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
    """Return what a refusal with an HTTP status of 400 or more means. Header names are lower case."""
    error = _error_in(body)
    kind = _kind_of_status(status)
    words = _kind_of_words(error)
    if kind == "rate_limited" and words == "overloaded":
        kind = "overloaded"
    elif kind in ("caller", "server") and words in ("rate_limited", "overloaded") and status >= 500:
        kind = words
    message = shown(error.message or "")
    return UpstreamFailure(
        kind,
        message or without_words(kind, status),
        status,
        code="model_not_found" if status == 404 else _code(error) if kind == "caller" else _word(error),
        retry_after_seconds=retry_after_seconds(headers) if kind in ("rate_limited", "overloaded", "server") else None,
        # What is no error of this dialect would not be understood by its clients.
        body=body if message else b"",
    )


def _error_in(body: bytes) -> ErrorObject:
    try:
        found = _error_bodies.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # A proxy's HTML page says nothing a client could use.
        return ErrorObject()
    if isinstance(found, list):
        found = found[0] if found else _ErrorBody()
    if isinstance(found.error, ErrorObject):
        return found.error
    if isinstance(found.error, str):
        return ErrorObject(found.error, found.type, found.code)
    return ErrorObject(found.message or found.detail, found.type, found.code)


def _kind_of_status(status: int) -> FailureKind:
    kind = _STATUS_KINDS.get(status)
    if kind is not None:
        return kind
    return "caller" if 400 <= status < 500 else "server"


def _word(error: ErrorObject) -> str:
    return error.code if isinstance(error.code, str) else error.type or ""


def _code(error: ErrorObject) -> str:
    if _word(error) == "context_length_exceeded" or _TOO_LONG.search(error.message or ""):
        return "context_length_exceeded"
    return _word(error)


def _kind_of_words(error: ErrorObject) -> FailureKind | None:
    said = f"{error.type or ''} {error.code or ''}".lower()
    if "overloaded" in said:
        return "overloaded"
    if "rate_limit" in said or "quota" in said or "insufficient_balance" in said:
        return "rate_limited"
    if "authentication" in said or "permission" in said or "api_key" in said:
        return "credential"
    if "timeout" in said:
        return "timeout"
    if "invalid_request" in said or "context_length" in said or "content_filter" in said:
        return "caller"
    if "overloaded" in (error.message or "").lower():
        return "overloaded"
    return None


def error_object(problem: Problem) -> dict[str, object]:
    """Return the ``error`` member that tells an OpenAI client of a problem."""
    status = problem.status
    code = problem.code
    if status == 401:
        kind, code = "invalid_request_error", "invalid_api_key"
    elif status == 402:
        kind = code = "insufficient_quota"
    elif status == 403:
        kind = "permission_error"
    elif status == 429:
        kind = "rate_limit_error"
    elif status < 500:
        kind = "invalid_request_error"
    else:
        kind = "server_error"
    if code == "gateway.unknown_model":
        code = "model_not_found"
    elif code == "gateway.previous_response_not_found":
        code = "previous_response_not_found"
    message = f"{problem.message} {problem.action}" if problem.action else problem.message
    return {"message": message, "type": kind, "param": None, "code": code}


def encode_problem(problem: Problem, request_id: str) -> tuple[int, bytes]:
    """Return the HTTP status and the body that tell an OpenAI client of a problem. The status 529, which these clients
    do not know, becomes 503."""
    error = {**error_object(problem), "request_id": request_id}
    return 503 if problem.status == 529 else problem.status, msgspec.json.encode({"error": error})
