"""How SCIM answers: errors in its own form, versions, chosen attributes; and what is noted of each request."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from math import ceil
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask

from powerautomation.identity.access import CurrentUser
from powerautomation.identity.scim import schemas, state
from powerautomation.identity.scim.errors import ScimInvalid, VersionOld
from powerautomation.identity.scim.schemas import ScimAnswer
from powerautomation.kernel.errors import Conflict, Forbidden, Problem, Unauthenticated

MEDIA_TYPE = "application/scim+json"
PREFIX = "/api/v1/scim/v2"
# What every answer has, chosen or not.
_ALWAYS = ("schemas", "id")


class ScimResponse(JSONResponse):
    """An answer of SCIM."""

    media_type = MEDIA_TYPE


class ScimRefused(Exception):
    """A request of SCIM was refused. It leaves the route as an exception, so that nothing of what the request began is
    kept; ``answer_refused`` answers it."""

    def __init__(self, problem: Problem, kind: str) -> None:
        super().__init__(problem.message)
        self.problem, self.kind = problem, kind


class ScimRoute(APIRoute):
    """Turns what is wrong with a request into ScimRefused, and notes that an identity provider asked."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                answered = await handle(request)
            except RequestValidationError:
                raise ScimRefused(ScimInvalid("The request is not as SCIM writes it.", "invalidSyntax"), "") from None
            except Unauthenticated:
                raise
            except Problem as problem:
                if problem.status >= 500:
                    raise
                kind = "uniqueness" if isinstance(problem, Conflict) else ""
                raise ScimRefused(problem, kind) from None
            # After the answer, when the request's own unit of work has ended.
            answered.background = BackgroundTask(state.note_request, request)
            return answered

        return answer


async def answer_refused(request: Request, error: Exception) -> Response:
    """Answer a refused request in SCIM's form, and note it; who may not ask at all is told as everywhere else."""
    assert isinstance(error, ScimRefused)
    problem = error.problem
    code = 400 if problem.status == 422 else problem.status
    what = f"{request.method} {request.url.path.rpartition(PREFIX)[2].split('/')[1][:40]}"
    await state.note_problem(request, what, code, problem.code, problem.message)
    if isinstance(problem, Forbidden):
        told = request.app.exception_handlers[Problem](request, problem)
        answered: Response = await told
        return answered
    refused = _error(code, problem.message, problem.kind if isinstance(problem, ScimInvalid) else error.kind)
    if problem.retry_after_seconds is not None:
        refused.headers["retry-after"] = str(ceil(problem.retry_after_seconds))
    return refused


async def asking(request: Request, user: CurrentUser) -> None:
    """Keep who asks, so that it can be noted also when the request is refused."""
    request.state.scim_actor = user


class Chosen:
    """Which attributes a request wants: ``attributes`` those and no others, ``excludedAttributes`` all but those."""

    def __init__(self, wanted: str, unwanted: str) -> None:
        self._wanted, self._unwanted = _names(wanted), _names(unwanted)

    def wants(self, name: str) -> bool:
        """Say whether an attribute is asked for."""
        return (name.lower() in self._wanted) if self._wanted else name.lower() not in self._unwanted

    def of(self, answer: ScimAnswer) -> ScimAnswer:
        """Return an answer with what is asked for."""
        told = answer.model_dump()
        return ScimAnswer.model_validate({key: told[key] for key in told if key in _ALWAYS or self.wants(key)})


def chosen(
    attributes: Annotated[str, Query(max_length=1000)] = "",
    excluded: Annotated[str, Query(alias="excludedAttributes", max_length=1000)] = "",
) -> Chosen:
    """Read which attributes a request wants."""
    return Chosen(attributes, excluded)


ChosenHere = Annotated[Chosen, Depends(chosen)]


def base_of(request: Request) -> str:
    """Return the address of this SCIM server."""
    public_url: str = request.app.state.settings.server.public_url
    return (public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}") + PREFIX


def versioned(answer: ScimAnswer) -> ScimAnswer:
    """Return an answer with its version: it is another one as soon as anything it says is."""
    told = answer.model_dump()
    meta = {key: one for key, one in told["meta"].items() if key != "version"}
    said = json.dumps({**told, "meta": {}}, sort_keys=True, ensure_ascii=False).encode()
    version = f'W/"{hashlib.sha256(said).hexdigest()[:20]}"'
    return ScimAnswer.model_validate({**told, "meta": {**meta, "version": version}})


def check_version(request: Request, answer: ScimAnswer) -> None:
    """Refuse to change what is no longer as who asks has read it. Raises VersionOld."""
    wanted = _tags(request.headers.get("if-match", ""))
    if wanted and "*" not in wanted and _tag(answer) not in wanted:
        raise VersionOld("This was changed since you read it.", action="Read it again, then change it.")


def one_answer(request: Request, answer: ScimAnswer, chosen: Chosen, code: int = 200) -> Response:
    """Answer with one resource and its version; 304 when who asks has it already."""
    tag = str(answer.model_dump()["meta"]["version"])
    headers = {"etag": tag, "location": str(answer.model_dump()["meta"]["location"])}
    known = _tags(request.headers.get("if-none-match", ""))
    if request.method == "GET" and known and ("*" in known or tag.removeprefix("W/") in known):
        return Response(status_code=304, headers=headers)
    return ScimResponse(chosen.of(answer).model_dump(), code, headers=headers)


def _tag(answer: ScimAnswer) -> str:
    return str(answer.model_dump()["meta"]["version"]).removeprefix("W/")


def _tags(header: str) -> frozenset[str]:
    return frozenset(one.strip().removeprefix("W/") for one in header[:2000].split(",") if one.strip())


def _names(text: str) -> frozenset[str]:
    """Return the top-level attributes in a list: what is inside of one goes with it."""
    return frozenset(one.strip().rpartition(":")[2].partition(".")[0].lower() for one in text.split(",") if one.strip())


def _error(code: int, detail: str, kind: str) -> Response:
    body = {"schemas": [schemas.ERROR], "status": str(code), "detail": detail, **({"scimType": kind} if kind else {})}
    return ScimResponse(body, code)
