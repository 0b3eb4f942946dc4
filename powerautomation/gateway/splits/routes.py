"""Endpoints of splits."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime

from powerautomation.gateway.splits import service
from powerautomation.gateway.splits.schemas import SplitComparison, SplitList
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import now

router = APIRouter(prefix="/api/v1/splits", tags=["splits"])
Reader = Annotated[SignedInUser, Depends(requires("splits:read"))]
_NAME = r"^[^\x00]*$"
_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_LATEST = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
Moment = Annotated[AwareDatetime, Query(ge=_EARLIEST, le=_LATEST)]


@router.get("")
async def list_splits(request: Request, user: Reader) -> SplitList:
    """Return every split that served requests, the latest first."""
    async with request.state.database.read() as session:
        items = await service.list_splits(session, user.principal.organization_id)
    return SplitList.model_validate({"items": items}, from_attributes=True)


@router.get("/{name}/comparison")
async def compare_arms(
    request: Request,
    user: Reader,
    name: Annotated[str, Path(max_length=100, pattern=_NAME)],
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    baseline: Annotated[str | None, Query(max_length=100, pattern=_NAME)] = None,
) -> SplitComparison:
    """Return what each arm costs, how fast, how reliable and how well liked it is, with 95 % intervals, and how the
    others differ from the baseline; of the last 30 days, unless a range is named."""
    until = end or now()
    async with request.state.database.read() as session:
        found = await service.compare_arms(
            session, user.principal.organization_id, name, start or until - timedelta(days=30), until, baseline
        )
    return SplitComparison.model_validate(found)
