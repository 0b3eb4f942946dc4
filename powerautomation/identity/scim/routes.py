"""Endpoints of SCIM 2.0. Errors are SCIM's own, except those of who may ask at all."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from powerautomation.identity.access import SignedInUser, requires, unit_of_work
from powerautomation.identity.scim import rules, schemas, service
from powerautomation.identity.scim.errors import ScimInvalid
from powerautomation.identity.scim.schemas import ScimAnswer, ScimPatchBody, ScimUserBody
from powerautomation.kernel.errors import Conflict, Forbidden, Problem, Unauthenticated

MEDIA_TYPE = "application/scim+json"
PREFIX = "/api/v1/scim/v2"


class _ScimRoute(APIRoute):
    """Answers what is wrong with a request as SCIM does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                return _error(400, "The request is not as SCIM writes it.", "invalidSyntax")
            except (Unauthenticated, Forbidden):
                raise
            except Problem as problem:
                if problem.status >= 500:
                    raise
                kind = "uniqueness" if isinstance(problem, Conflict) else ""
                kind = problem.kind if isinstance(problem, ScimInvalid) else kind
                return _error(400 if problem.status == 422 else problem.status, problem.message, kind)

        return answer


router = APIRouter(prefix=PREFIX, tags=["scim"], route_class=_ScimRoute, default_response_class=JSONResponse)
Reader = Annotated[SignedInUser, Depends(requires("users:read"))]
Writer = Annotated[SignedInUser, Depends(requires("users:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("/ServiceProviderConfig")
async def get_scim_config(request: Request, _user: Reader) -> ScimAnswer:
    """Return what of SCIM is understood here."""
    return schemas.config_answer(_base(request))


@router.get("/ResourceTypes")
async def list_scim_resource_types(request: Request, _user: Reader) -> ScimAnswer:
    """Return what can be managed by SCIM: people."""
    return schemas.list_answer([schemas.type_answer(_base(request))], 1)


@router.get("/Users")
async def list_scim_users(
    request: Request,
    user: Reader,
    filter: Annotated[str | None, Query(max_length=1000)] = None,
    start_index: Annotated[int, Query(alias="startIndex", le=1_000_000)] = 1,
    count: Annotated[int, Query(le=1_000_000)] = rules.MOST_AT_ONCE,
) -> ScimAnswer:
    """Return people: those a filter finds (``userName eq "ada@example.com"``), or a page of all."""
    start, most = max(1, start_index), max(0, min(count, rules.MOST_AT_ONCE))
    async with request.state.database.read() as session:
        if filter is not None:
            found = await service.find(session, user, filter)
            total = len(found)
            found = found[start - 1 : start - 1 + most]
        else:
            found, total = await service.page(session, user, start, most)
    base = _base(request)
    return schemas.list_answer([schemas.user_answer(one, base) for one in found], total, start)


@router.post("/Users", status_code=status.HTTP_201_CREATED)
async def create_scim_user(request: Request, user: Writer, session: Unit, body: ScimUserBody) -> ScimAnswer:
    """Add a person, who then signs in by a provider. Without ``roles`` the person is a guest."""
    made = await service.create(session, user, rules.wanted_of(body.model_extra or {}))
    return schemas.user_answer(made, _base(request))


@router.get("/Users/{user_id}")
async def get_scim_user(request: Request, user_id: str, user: Reader) -> ScimAnswer:
    """Return one person."""
    async with request.state.database.read() as session:
        return schemas.user_answer(await service.get(session, user, user_id), _base(request))


@router.put("/Users/{user_id}")
async def replace_scim_user(
    request: Request, user_id: str, user: Writer, session: Unit, body: ScimUserBody
) -> ScimAnswer:
    """Replace what a provider says of a person. What it leaves out stays."""
    changed = await service.change(session, user, user_id, rules.wanted_of(body.model_extra or {}))
    return schemas.user_answer(changed, _base(request))


@router.patch("/Users/{user_id}")
async def update_scim_user(
    request: Request, user_id: str, user: Writer, session: Unit, body: ScimPatchBody
) -> ScimAnswer:
    """Change a part of a person. ``active`` false ends sessions and keys at once."""
    changed = await service.change(session, user, user_id, rules.wanted_by(body.Operations))
    return schemas.user_answer(changed, _base(request))


@router.delete("/Users/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_scim_user(user_id: str, user: Writer, session: Unit) -> None:
    """Take a person away; sessions and keys end at once. For 30 days an administrator can bring the person back."""
    await service.remove(session, user, user_id)


def _base(request: Request) -> str:
    public_url: str = request.app.state.settings.server.public_url
    return (public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}") + PREFIX


def _error(code: int, detail: str, kind: str) -> Response:
    body = {"schemas": [schemas.ERROR], "status": str(code), "detail": detail, **({"scimType": kind} if kind else {})}
    return JSONResponse(body, code, media_type=MEDIA_TYPE)
