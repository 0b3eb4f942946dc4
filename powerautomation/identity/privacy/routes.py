"""Endpoints for what people may ask about themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from powerautomation.identity.access import SignedInUser, requires, signed_in
from powerautomation.identity.privacy import erasures, service
from powerautomation.identity.privacy.entities import Erasure
from powerautomation.identity.privacy.schemas import ErasedRowsAnswer, ErasureAnswer, ErasureList

router = APIRouter(prefix="/api/v1", tags=["personal data"])
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
