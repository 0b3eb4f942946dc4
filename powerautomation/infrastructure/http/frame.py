"""What surrounds every control-plane request: its id, the security headers, the log line, and the net for errors."""

import re
import time
from collections.abc import Mapping, MutableSequence
from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from powerautomation.infrastructure.http.problems import problem_response, unexpected_problem
from powerautomation.kernel.errors import InvalidInput, Problem
from powerautomation.kernel.ids import new_id

# Inline styles are what the console's component library writes at run time; scripts only ever come from our files.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
MAX_CONTROL_BODY_BYTES = 1024 * 1024

_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
_NO_STORE = (b"cache-control", b"no-store")
_log = structlog.get_logger("http")


class ControlPlaneFrame:
    """ASGI middleware around the control plane.

    Takes ``x-request-id`` from the caller or makes one, binds it to the log and returns it; adds security headers that
    a route did not set itself; refuses bodies over ``max_body_bytes`` with 413, files that
    a path of ``file_bytes`` takes over its own limit; turns what nobody caught into one
    opaque 500 and logs it. JSON that Python takes but no database can store (half a surrogate pair, NUL, NaN) is
    refused here, once for every route.
    """

    def __init__(
        self, app: ASGIApp, max_body_bytes: int = MAX_CONTROL_BODY_BYTES, file_bytes: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._file_bytes = file_bytes or {}

    def _limit(self, scope: Scope) -> int:
        # JSON is checked in memory before anybody is known; a file's route checks who sends it before it reads.
        return self._max_body_bytes if _is_json(scope) else self._file_bytes.get(scope["path"], self._max_body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _request_id_of(scope)
        with bound_contextvars(request_id=request_id):
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                await self._serve(scope, receive, send, request_id)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = 0
        received = 0
        limit = self._limit(scope)

        async def framed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers: MutableSequence[tuple[bytes, bytes]] = list(message.get("headers", ()))
                _add_headers(headers, scope, request_id)
                message = {**message, "headers": headers}
            await send(message)

        async def bounded_receive() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    # The framework lets this one through; another error while it reads would become its own 400.
                    raise HTTPException(413, _too_large(limit).message)
            return message

        try:
            if _declared_length(scope) > limit:
                raise _too_large(limit)
            _refuse_unstorable_address(scope)
            source: Receive = bounded_receive
            if _is_json(scope):
                source = _replayed(await _checked_json_body(bounded_receive), bounded_receive)
            await self._app(scope, source, framed_send)
        except Problem as problem:
            if status:
                raise
            await problem_response(problem, request_id)(scope, receive, framed_send)
        except HTTPException as error:
            if status:
                raise
            await problem_response(_too_large(limit), request_id, error.headers)(scope, receive, framed_send)
        except Exception:
            _log.exception("request failed unexpectedly", method=scope["method"], path=scope["path"])
            if status:
                raise
            await problem_response(unexpected_problem(), request_id)(scope, receive, framed_send)
        duration_ms = round((time.perf_counter() - began) * 1000, 1)
        say = _log.info if scope["path"].startswith("/api/") else _log.debug
        # The path alone: a query may hold what is not for the log.
        say("request", method=scope["method"], path=scope["path"], status=status, duration_ms=duration_ms)


def _is_json(scope: Scope) -> bool:
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"json")
    return b"json" in kind.lower()


async def _checked_json_body(receive: Receive) -> bytes:
    """Return the whole body; raises a 422 Problem when it is not JSON that can be stored."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem("The client went away.", code="client_closed", status=400)
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if body:
        try:
            msgspec.json.decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise _invalid_body(f"is not valid JSON: {error}") from None
        if _ESCAPED_NUL.search(body):
            raise _invalid_body("has a NUL character (\\u0000), which cannot be stored")
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body that was read already, then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _refuse_unstorable_address(scope: Scope) -> None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise Problem("The address has a NUL character, which nothing here has.", code="invalid_input", status=422)


def _invalid_body(why: str) -> Problem:
    return InvalidInput(
        f"The request body {why}.", action="Send valid JSON in UTF-8.", fields={"body": f"The body {why}"}
    )


def _request_id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return str(value.decode())
    return new_id("req")


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _add_headers(headers: MutableSequence[tuple[bytes, bytes]], scope: Any, request_id: str) -> None:
    present = {name.lower() for name, _ in headers}
    wanted = [*_HEADERS, (b"x-request-id", request_id.encode())]
    if scope.get("scheme") == "https":
        wanted.append(_STRICT_TRANSPORT)
    if scope["path"].startswith("/api/"):
        wanted.append(_NO_STORE)
    headers.extend(header for header in wanted if header[0] not in present)


def _too_large(limit: int) -> Problem:
    return Problem(
        f"The request body is larger than {limit} bytes.",
        action="Send less at once.",
        code="body_too_large",
        status=413,
    )
