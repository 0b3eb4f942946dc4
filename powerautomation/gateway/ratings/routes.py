"""Endpoints of ratings."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status

from powerautomation.gateway.ratings import service
from powerautomation.gateway.ratings.entities import Rating
from powerautomation.gateway.ratings.schemas import RatingAnswer, RatingList, RatingRequest
from powerautomation.identity.access import SignedInUser, requires

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["ratings"])
RequestId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
Reader = Annotated[SignedInUser, Depends(requires("ratings:read"))]
Writer = Annotated[SignedInUser, Depends(requires("ratings:write"))]


@router.get("/ratings")
async def list_ratings(request: Request, request_id: RequestId, user: Reader) -> RatingList:
    """Return what people and programs thought of an answer."""
    async with request.state.database.read() as session:
        found = await service.list_ratings(session, user.principal.organization_id, request_id)
    return RatingList(items=[_answer(one, user) for one in found])


@router.post("/rating")
async def rate_request(request: Request, request_id: RequestId, body: RatingRequest, user: Writer) -> RatingAnswer:
    """Say what you think of an answer, in place of what you said before."""
    desk: service.RatingDesk = request.app.state.gateway.ratings
    given = await desk.rate(user.principal, request_id, body.rating, body.comment)
    return _answer(given, user)


@router.delete("/rating", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_rating(request: Request, request_id: RequestId, user: Writer) -> None:
    """Take back what you said of an answer."""
    async with request.state.database.unit_of_work() as session:
        await service.withdraw_rating(session, user.principal, request_id)


def _answer(rating: Rating, user: SignedInUser) -> RatingAnswer:
    return RatingAnswer.model_validate(
        {
            "rater_kind": rating.rater_kind,
            "rater_name": rating.rater_name,
            "rating": rating.rating,
            "comment": rating.comment,
            "rated_at": rating.rated_at,
            "mine": rating.rater_id == user.principal.id,
        }
    )
