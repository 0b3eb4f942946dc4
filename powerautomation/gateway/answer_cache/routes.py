"""Endpoints of the answer cache."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

from powerautomation.gateway.answer_cache.schemas import CacheReport, CacheSumsAnswer
from powerautomation.gateway.answer_cache.service import HOUR_MS, AnswerCache
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import from_ms

router = APIRouter(prefix="/api/v1/answer-cache", tags=["answer-cache"])
Reader = Annotated[SignedInUser, Depends(requires("answer_cache:read"))]
Writer = Annotated[SignedInUser, Depends(requires("answer_cache:write"))]


def _cache(request: Request) -> AnswerCache:
    cache: AnswerCache = request.app.state.gateway.answer_cache
    return cache


@router.get("")
async def get_cache_report(request: Request, user: Reader) -> CacheReport:
    """Return hits, misses and what the repeated answers cost when they were made, by hour and route."""
    return CacheReport(
        items=[
            CacheSumsAnswer(
                start=from_ms(hour * HOUR_MS),
                route=route,
                currency=currency,
                hits=sums.hits,
                semantic=sums.semantic,
                misses=sums.misses,
                saved_nanos=sums.saved_nanos,
            )
            for hour, route, currency, sums in _cache(request).list_sums(user.principal.organization_id)
        ]
    )


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def empty_cache(request: Request, user: Writer) -> None:
    """Forget every kept answer of the organization, on every replica."""
    await _cache(request).forget(user.principal.organization_id)
