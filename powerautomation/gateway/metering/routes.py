"""Endpoints of requests and usage."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from powerautomation.gateway.metering import exploring, price_import, schemas, service, unpriced_sql
from powerautomation.gateway.metering.entities import RequestFilters, UsageBucketSize, UsageGrouping
from powerautomation.gateway.metering.exploring import Bucket, Grouping, Question
from powerautomation.gateway.metering.rates import stated_rates
from powerautomation.gateway.metering.schemas import Exploration, RequestDetail, RequestList, UsageReport
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import from_ms, now, now_ms

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
    outcome: Literal["completed", "failed", "refused", "cancelled"] | None = None,
    api_key_id: Filter = None,
    priced: bool | None = None,
    demo: bool | None = None,
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
) -> RequestList:
    """Return requests, newest first."""
    filters = RequestFilters(
        requested_model=model,
        deployment=deployment,
        outcome=outcome,
        api_key_id=api_key_id,
        priced=priced,
        demo=demo,
        currency=currency,
        started_from=start,
        started_until=end,
    )
    async with request.state.database.read() as session:
        page = await service.list_requests(session, user.principal.organization_id, filters, cursor=cursor, limit=limit)
    return RequestList.model_validate(page)


@router.get("/requests/{request_id}")
async def get_request(request: Request, request_id: RequestId, user: RequestReader) -> RequestDetail:
    """Return one request: which deployment served it, why, each attempt, tokens, cost and saving."""
    async with request.state.database.read() as session:
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
    async with request.state.database.read() as session:
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


def _question(
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    bucket: Bucket = "day",
    group_by: Grouping = "none",
    time_zone: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")] = "UTC",
    model: Filter = None,
    served_model: Filter = None,
    provider: Filter = None,
    deployment: Filter = None,
    person: Filter = None,
    project: Filter = None,
    api_key: Filter = None,
    tag: Filter = None,
    session: Filter = None,
    task: Filter = None,
) -> Question:
    until = end or now()
    wanted = {
        "model": model, "served_model": served_model, "provider": provider, "deployment": deployment,
        "person": person, "project": project, "api_key": api_key, "tag": tag, "session": session, "task": task,
    }  # fmt: skip
    filters = {name: value for name, value in wanted.items() if value is not None}
    return Question(start or until - timedelta(days=30), until, bucket, group_by, time_zone, filters)


Asked = Annotated[Question, Depends(_question)]


@router.get("/usage/explore")
async def explore_usage(request: Request, user: UsageReader, question: Asked) -> Exploration:
    """Return sums of attempts by hour or day of a time zone and by one dimension, narrowed by any of them."""
    return Exploration.model_validate(await _explored(request, user, question))


@router.get("/usage/explore.csv", response_class=StreamingResponse)
async def export_usage(request: Request, user: UsageReader, question: Asked) -> StreamingResponse:
    """Return the same sums as CSV, at most 20,000 lines; money in whole units of its currency."""
    found = await _explored(request, user, question)
    headers = {"content-disposition": 'attachment; filename="usage.csv"'}
    return StreamingResponse(exploring.csv_lines(found), media_type="text/csv; charset=utf-8", headers=headers)


async def _explored(request: Request, user: SignedInUser, question: Question) -> exploring.Exploration:
    rates = stated_rates(request.app.state.settings.exchange_rates).rates
    async with request.state.database.read() as session:
        return await exploring.explore_usage(
            session, user.principal.organization_id, question, rates, request.app.state.rating_counts
        )


@router.get("/prices")
async def list_prices(
    request: Request, user: Annotated[SignedInUser, Depends(requires("prices:read"))]
) -> schemas.PriceList:
    """Return every list price in use here, with its source: of this version, and imported ones instead of them."""
    async with request.state.database.read() as session:
        table = await price_import.organization_prices(session, user.principal.organization_id)
    items = [{"vendor": vendor, "model": model, "price": price} for vendor, model, price in table.listed()]
    return schemas.PriceList.model_validate({"items": items}, from_attributes=True)


@router.get("/prices/missing")
async def list_missing_prices(
    request: Request, user: Annotated[SignedInUser, Depends(requires("prices:read"))]
) -> schemas.MissingPriceList:
    """Return models that were used in the last 30 days and have no price: what they cost is not counted anywhere."""
    since_ms = now_ms() - 30 * 86_400_000
    async with request.state.database.read() as session:
        found = await unpriced_sql.list_unpriced_models(session, user.principal.organization_id, since_ms)
    vendor_of = request.app.state.vendor_of(user.principal.organization_id)
    items = [
        schemas.MissingPrice(
            provider=one.provider,
            vendor=vendor_of.get(one.provider, one.provider),
            model=one.model,
            attempts=one.attempts,
            last_used_at=from_ms(one.last_ms),
        )
        for one in found
    ]
    return schemas.MissingPriceList(items=items)


@router.post("/prices/import")
async def import_prices(
    request: Request, body: schemas.PriceFile, user: Annotated[SignedInUser, Depends(requires("prices:write"))]
) -> schemas.PriceImport:
    """Import a price file, or say what it would change."""
    async with request.state.database.unit_of_work() as session:
        done = await price_import.import_prices(
            session, user.principal, body.content.encode(), file_name=body.file_name, dry_run=body.dry_run
        )
    return schemas.PriceImport.model_validate(done)
