"""Endpoints for what people may ask about themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status
from fastapi.responses import StreamingResponse

from powerautomation.identity.access import SignedInUser, requires, signed_in, unit_of_work
from powerautomation.identity.privacy import erasures, requests, service
from powerautomation.identity.privacy.entities import Erasure, ErasureRequest
from powerautomation.identity.privacy.schemas import (
    ErasedRowsAnswer,
    ErasureAnswer,
    ErasureList,
    ErasureRefusalBody,
    ErasureRequestAnswer,
    ErasureRequestBody,
    ErasureRequestList,
    OwnErasureRequest,
)
from powerautomation.kernel.clock import now

router = APIRouter(prefix="/api/v1", tags=["personal data"])
Reader = Annotated[SignedInUser, Depends(requires("personal_data:read"))]
Writer = Annotated[SignedInUser, Depends(requires("personal_data:write"))]
Oneself = Annotated[SignedInUser, Depends(signed_in)]
Unit = Annotated[Any, unit_of_work]
_FILE = "personal-data.jsonl"


@router.get("/session/personal-data", response_class=StreamingResponse)
async def export_own_personal_data(
    request: Request, user: Annotated[SignedInUser, Depends(signed_in)]
) -> StreamingResponse:
    """Return what is kept about oneself, as lines of JSON. That it was taken out is written down first."""
    return await _exported(request, user, user.principal.id)


@router.get("/users/{user_id}/personal-data", response_class=StreamingResponse)
async def export_personal_data(
    request: Request, user_id: str, user: Annotated[SignedInUser, Depends(requires("personal_data:export"))]
) -> StreamingResponse:
    """Return what is kept about a person, as lines of JSON. That it was taken out is written down first."""
    return await _exported(request, user, user_id)


@router.get("/erasures")
async def list_erasures(
    request: Request, user: Annotated[SignedInUser, Depends(requires("personal_data:erase"))]
) -> ErasureList:
    """Return whom the organization erased, by id, and what was done to which rows: the newest first, at most 200."""
    async with request.state.database.read() as session:
        found = await erasures.list_erasures(session, user.principal.organization_id)
    return ErasureList(items=[erasure_answer(one) for one in found])


@router.get("/session/erasure-request")
async def get_own_erasure_request(request: Request, user: Oneself) -> OwnErasureRequest:
    """Return what one asked about being erased."""
    async with request.state.database.read() as session:
        found = await requests.find_request(session, user)
    return OwnErasureRequest(request=None if found is None else _request(found, user.principal.name))


@router.post("/session/erasure-request", status_code=status.HTTP_201_CREATED)
async def ask_own_erasure(body: ErasureRequestBody, user: Oneself, session: Unit) -> ErasureRequestAnswer:
    """Ask to be erased; an administrator answers within 30 days."""
    return _request(await requests.ask_erasure(session, user, body.words or ""), user.principal.name)


@router.delete("/session/erasure-request", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_own_erasure(user: Oneself, session: Unit) -> None:
    """Take back that one asked to be erased."""
    await requests.withdraw_request(session, user)


@router.get("/erasure-requests")
async def list_erasure_requests(request: Request, user: Reader) -> ErasureRequestList:
    """Return who asked to be erased, and until when each is to be answered."""
    async with request.state.database.read() as session:
        found = await requests.list_requests(session, user.principal.organization_id)
    return ErasureRequestList(items=[_request(one, name) for one, name in found])


@router.post("/erasure-requests/{user_id}/refuse")
async def refuse_erasure_request(
    user_id: str, body: ErasureRefusalBody, user: Writer, session: Unit
) -> ErasureRequestAnswer:
    """Refuse to erase somebody who asked, with a reason. To do what was asked, erase the person."""
    return _request(await requests.refuse_request(session, user, user_id, body.reason), "")


def _request(one: ErasureRequest, name: str) -> ErasureRequestAnswer:
    return ErasureRequestAnswer(
        user_id=one.user_id,
        name=name,
        state=one.state,
        words=one.words,
        asked_at=one.asked_at,
        due_at=one.due_at,
        overdue=one.state == "open" and one.due_at < now(),
        answered_at=one.answered_at,
        answer=one.answer,
    )


def erasure_answer(one: Erasure) -> ErasureAnswer:
    """Return an erasure as it is answered."""
    return ErasureAnswer(
        user_id=one.user_id,
        cause=one.cause,
        begun_at=one.begun_at,
        begun_by=one.begun_by,
        finished_at=one.finished_at,
        rows=[ErasedRowsAnswer.model_validate(row, from_attributes=True) for row in one.rows],
    )


async def _exported(request: Request, user: SignedInUser, user_id: str) -> StreamingResponse:
    database = request.state.database
    await service.begin_export(database, user, user_id)
    return StreamingResponse(
        service.export_person(database, user, user_id),
        media_type="application/x-ndjson",
        headers={"content-disposition": f'attachment; filename="{_FILE}"'},
    )
