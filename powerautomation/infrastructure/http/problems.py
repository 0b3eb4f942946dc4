"""Rendering of errors as RFC 9457 problem+json. No traceback, and nothing of an unknown error, leaves the server."""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from structlog.contextvars import get_contextvars

from powerautomation.kernel.errors import Problem

PROBLEM_MEDIA_TYPE = "application/problem+json"
_MOST_FIELDS = 50
_CODES = {400: "invalid_request", 401: "unauthenticated", 403: "forbidden", 413: "body_too_large"}


def problem_body(problem: Problem, request_id: str) -> dict[str, Any]:
    """Return the members of the answer; ``action``, ``retry_after`` (seconds) and ``fields`` only when known."""
    body: dict[str, Any] = {
        "type": f"urn:powerautomation:problem:{problem.code}",
        "title": _title(problem.status),
        "status": problem.status,
        "detail": problem.message,
        "code": problem.code,
        "request_id": request_id,
    }
    if problem.action:
        body["action"] = problem.action
    if problem.retry_after_seconds is not None:
        body["retry_after"] = problem.retry_after_seconds
    if problem.fields:
        body["fields"] = problem.fields
    return body


def problem_response(problem: Problem, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer for a problem, with ``Retry-After`` in whole seconds when a retry can help."""
    sent = dict(headers or {})
    if problem.retry_after_seconds is not None:
        sent["Retry-After"] = str(max(0, math.ceil(problem.retry_after_seconds)))
    return JSONResponse(problem_body(problem, request_id), problem.status, headers=sent, media_type=PROBLEM_MEDIA_TYPE)


def unexpected_problem() -> Problem:
    """Return what a caller may know about an error nobody expected: nothing but that it happened."""
    return Problem(
        "Something unexpected went wrong on the server.",
        action="Try again. If it happens again, give the request id to your administrator; the server's log has more.",
    )


def install_problem_rendering(app: FastAPI) -> None:
    """Make an application answer its Problems, invalid input and unknown paths as problem+json."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid_input)
    app.add_exception_handler(HTTPException, _answer_http_exception)


async def _answer_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, _request_id())


async def _answer_invalid_input(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields: dict[str, str] = {}
    for found in error.errors()[:_MOST_FIELDS]:
        # The message says what is expected; the value itself may be a secret and is not repeated.
        fields.setdefault(_field_path(found["loc"]), str(found["msg"]).removeprefix("Value error, "))
    names = ", ".join(list(fields)[:5])
    problem = Problem(
        f"The request is not valid: {names}.",
        action="Correct the named fields and send it again.",
        code="invalid_input",
        status=422,
        fields=fields,
    )
    return problem_response(problem, _request_id())


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status < 400:
        return Response(status_code=status, headers=error.headers)
    if status == 404:
        problem = Problem("There is nothing at this address.", code="not_found", status=404)
    elif status == 405:
        problem = Problem(f"This address does not take {request.method}.", code="method_not_allowed", status=405)
    else:
        detail = error.detail if isinstance(error.detail, str) and status < 500 else _title(status)
        problem = Problem(detail, code=_CODES.get(status, "http_error"), status=status)
    return problem_response(problem, _request_id(), error.headers)


def _field_path(location: Sequence[str | int]) -> str:
    """Return ``models.0.price`` for ``("body", "models", 0, "price")``, and ``body`` for the body itself."""
    parts = [str(part) for part in location]
    inner = parts[1:] if parts and parts[0] in ("body", "query", "path", "header", "cookie") else parts
    return ".".join(inner) or ".".join(parts) or "body"


def _request_id() -> str:
    return str(get_contextvars().get("request_id", ""))


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
