"""OFREP, the OpenFeature Remote Evaluation Protocol: every OpenFeature SDK with an OFREP provider asks here.

https://github.com/open-feature/protocol/blob/main/service/openapi.yaml (November 2026). Programs send a key that may
``flags:evaluate``. Answers come from memory.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from powerautomation.governance.flags import rules
from powerautomation.governance.flags.board import FlagBoard
from powerautomation.governance.flags.entities import Context, Evaluation, Flag
from powerautomation.governance.flags.ports import Reader
from powerautomation.kernel.clock import now

MOST_ATTRIBUTES = 200
_STATUS = {"FLAG_NOT_FOUND": 404}


class _InvalidContext(Exception):
    """The evaluation context is none."""


def make_ofrep_router(evaluates: Any) -> APIRouter:
    """Return the endpoints; ``evaluates`` is a dependency that lets a Reader through or raises."""
    router = APIRouter(prefix="/ofrep/v1/evaluate/flags", tags=["flags"])

    @router.post("/{flag_key:path}")
    async def evaluate_flag(
        flag_key: Annotated[str, Path(min_length=1, max_length=200)],
        request: Request,
        user: Annotated[Reader, Depends(evaluates)],
        body: Annotated[Any, Body()] = None,
    ) -> Response:
        """Return what one flag serves: ``key``, ``value``, ``variant``, ``reason``, ``metadata``. The body is
        ``{"context": {"targetingKey": "…", …}}``. An error has ``errorCode`` and ``errorDetails``."""
        owner = user.principal.organization_id
        board: FlagBoard = request.app.state.flags
        try:
            context = _context_of(body, owner, board)
        except _InvalidContext as error:
            return JSONResponse(_error(flag_key, "INVALID_CONTEXT", str(error)), 400)
        flag = board.find(owner, flag_key)
        found = board.evaluate(owner, flag_key, context)
        if found.error_code is not None:
            status = _STATUS.get(found.error_code, 400)
            return JSONResponse(_error(flag_key, found.error_code, found.error_details), status)
        return JSONResponse(_success(found, flag, board))

    @router.post("")
    async def evaluate_flags(
        request: Request,
        user: Annotated[Reader, Depends(evaluates)],
        body: Annotated[Any, Body()] = None,
        if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
    ) -> Response:
        """Return what every flag serves, as ``{"flags": […]}`` with an ETag; 304 where nothing changed since."""
        owner = user.principal.organization_id
        board: FlagBoard = request.app.state.flags
        try:
            context = _context_of(body, owner, board)
        except _InvalidContext as error:
            return JSONResponse(_error("", "INVALID_CONTEXT", str(error)), 400)
        mark = f'"{board.mark_of(owner, context)}"'
        if if_none_match and mark in {one.strip().removeprefix("W/") for one in if_none_match.split(",")}:
            return Response(status_code=304, headers={"etag": mark})
        items = []
        for flag in board.list_flags(owner):
            found = board.evaluate(owner, flag.key, context)
            items.append(
                _success(found, flag, board)
                if found.error_code is None
                else _error(flag.key, found.error_code, found.error_details)
            )
        metadata = {"environment": board.environment, "version": board.mark_of(owner)}
        return JSONResponse({"flags": items, "metadata": metadata}, headers={"etag": mark})

    return router


def _context_of(body: Any, organization_id: str, board: FlagBoard) -> Context:
    """Return whom to evaluate for. Whose key it is is not for the program to say: organization and edition are known
    here."""
    given = body.get("context") if isinstance(body, dict) else None
    if given is None and (body is None or isinstance(body, dict)):
        given = {}
    if not isinstance(given, dict):
        raise _InvalidContext("The body is to be an object with an object “context”.")
    if len(given) > MOST_ATTRIBUTES:
        raise _InvalidContext(f"A context has at most {MOST_ATTRIBUTES} attributes.")
    targeting_key = given.get("targetingKey", "")
    if not isinstance(targeting_key, str):
        raise _InvalidContext("targetingKey is to be a text.")
    attributes = {
        str(name): one if isinstance(one, str) else ("true" if one else "false") if isinstance(one, bool) else str(one)
        for name, one in given.items()
        if name != "targetingKey" and isinstance(one, str | int | float)
    }
    attributes["organization"] = organization_id
    attributes["edition"] = board.edition_of(organization_id)
    return Context(targeting_key, attributes)


def _success(found: Evaluation, flag: Flag | None, board: FlagBoard) -> dict[str, Any]:
    metadata: dict[str, Any] = {"environment": board.environment}
    if flag is not None:
        metadata |= {"version": flag.revision, "expired": rules.is_expired(flag, now().date())}
    if found.rule is not None:
        metadata["rule"] = found.rule
    return {
        "key": found.key,
        "value": found.value,
        "variant": found.variant,
        "reason": found.reason,
        "metadata": metadata,
    }


def _error(key: str, code: str, details: str) -> dict[str, Any]:
    return {**({"key": key} if key else {}), "errorCode": code, "errorDetails": details}
