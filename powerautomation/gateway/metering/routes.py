"""Endpoints of requests and usage."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime

from powerautomation.gateway.metering import service
from powerautomation.gateway.metering.entities import RequestFilters, UsageBucketSize, UsageGrouping
from powerautomation.gateway.metering.schemas import RequestDetail, RequestList, UsageReport
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import now

router = APIRouter(prefix="/api/v1", tags=["gateway"])
RequestReader = Annotated[SignedInUser, Depends(requires("requests:read"))]
UsageReader = Annotated[SignedInUser, Depends(requires("usage:read"))]
RequestId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
Filter = Annotated[str | None, Query(max_length=300, pattern=r"^[^\x00]*$")]
_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_LATEST = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
Moment = Annotated[AwareDatetime, Query(ge=_EARLIEST, le=_LATEST)]


@router.get("/requests")
async def list_requests(
    request: Request,
    user: RequestReader,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    model: Filter = None,
    deployment: Filter = None,
    outcome: Literal["completed", "failed", "cancelled"] | None = None,
    api_key_id: Filter = None,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
) -> RequestList:
    """Return requests, newest first."""
    filters = RequestFilters(
        requested_model=model,
        deployment=deployment,
        outcome=outcome,
        api_key_id=api_key_id,
        started_from=start,
        started_until=end,
    )
    async with request.app.state.database.read() as session:
        page = await service.list_requests(session, user.principal.organization_id, filters, cursor=cursor, limit=limit)
    return RequestList.model_validate(page)


@router.get("/requests/{request_id}")
async def get_request(request: Request, request_id: RequestId, user: RequestReader) -> RequestDetail:
    """Return one request: which deployment served it, why, each attempt, tokens, cost and saving."""
    async with request.app.state.database.read() as session:
        found = await service.get_request(session, user.principal.organization_id, request_id)
    return RequestDetail.model_validate(found)


@router.get("/usage")
async def get_usage(
    request: Request,
    user: UsageReader,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    bucket: UsageBucketSize = "day",
    group_by: UsageGrouping = "none",
    utc_offset_minutes: Annotated[int, Query(ge=-840, le=840)] = 0,
) -> UsageReport:
    """Return spend and savings by hour or day, in one sum or by model, deployment or key."""
    until = end or now()
    async with request.app.state.database.read() as session:
        report = await service.summarize_usage(
            session,
            user.principal.organization_id,
            start=start or until - timedelta(days=30),
            end=until,
            bucket=bucket,
            group_by=group_by,
            utc_offset_minutes=utc_offset_minutes,
        )
    return UsageReport.model_validate(report)
