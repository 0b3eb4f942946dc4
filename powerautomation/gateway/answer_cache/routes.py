"""Endpoints of the answer cache."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, status
from pydantic import AwareDatetime

from powerautomation.gateway.answer_cache.schemas import CachedRoute, CacheReport, CacheSums
from powerautomation.gateway.answer_cache.service import AnswerCache
from powerautomation.gateway.metering import RangeInvalid, sum_cache
from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import from_ms, now

router = APIRouter(prefix="/api/v1/answer-cache", tags=["answer-cache"])
Reader = Annotated[SignedInUser, Depends(requires("answer_cache:read"))]
Writer = Annotated[SignedInUser, Depends(requires("answer_cache:write"))]
LONGEST_RANGE = timedelta(days=400)
_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_LATEST = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
Moment = Annotated[AwareDatetime, Query(ge=_EARLIEST, le=_LATEST)]


@router.get("")
async def get_cache_report(
    request: Request,
    user: Reader,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    utc_offset_minutes: Annotated[int, Query(ge=-840, le=840)] = 0,
) -> CacheReport:
    """Return hits, misses and what the repeated answers cost when they were made, by day and route, from the ledger; of
    the last 30 days, unless a range is named. Days begin at midnight of the zone so many minutes ahead of UTC."""
    until = end or now()
    since = start or until - timedelta(days=30)
    if until <= since or until - since > LONGEST_RANGE:
        raise RangeInvalid(
            "The range must end after it starts and span at most 400 days.", action="Choose another range."
        )
    organization_id = user.principal.organization_id
    async with request.state.database.read() as session:
        rows = await sum_cache(session, organization_id, since, until, utc_offset_minutes)
    settings = request.app.state.settings
    shared = bool(settings.redis_url)
    return CacheReport(
        items=[CacheSums.model_validate({**row, "start": from_ms(row["day_ms"])}) for row in rows],
        routes=_routes(request, organization_id),
        store="redis" if shared else "memory",
        max_bytes=None if shared else settings.answer_cache.max_bytes,
        max_entries=None if shared else settings.answer_cache.max_entries,
        start=since,
        end=until,
    )


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def empty_cache(request: Request, user: Writer) -> None:
    """Forget every kept answer of the organization, on every replica."""
    cache: AnswerCache = request.app.state.gateway.answer_cache
    # Written first: the answers are in no transaction, and what is not written down is not done.
    async with request.state.database.unit_of_work() as session:
        audit.record(session, user.principal, "answer_cache.empty", audit.Target("answer_cache", ""))
    await cache.forget(user.principal.organization_id)


def _routes(request: Request, organization_id: str) -> list[CachedRoute]:
    catalog: Any = request.app.state.gateway.catalog_of(organization_id)
    return [
        CachedRoute(
            name=route.name,
            pattern=route.pattern,
            **{name: getattr(route.cache, name) for name in route.cache.__struct_fields__},
        )
        for route in catalog.routes
        if route.cache is not None
    ]
