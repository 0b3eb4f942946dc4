"""Endpoints of service levels."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status
from starlette.responses import Response

from powerautomation.gateway.service_levels import service
from powerautomation.gateway.service_levels.entities import CreditStep, Period, Promise
from powerautomation.gateway.service_levels.rules import declared_promises
from powerautomation.gateway.service_levels.schemas import (
    BreachList,
    PromiseBody,
    ServiceCreditList,
    ServiceLevelList,
)
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.money import NANOS_PER_UNIT

router = APIRouter(prefix="/api/v1/service-levels", tags=["service-levels"])
Reader = Annotated[SignedInUser, Depends(requires("service_levels:read"))]
Writer = Annotated[SignedInUser, Depends(requires("service_levels:write"))]
ProviderName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


@router.get("")
async def list_service_levels(request: Request, user: Reader, period: Period = "day") -> ServiceLevelList:
    """Return how every provider fared against its promise: the last 48 hours, 30 days or 12 months."""
    declared = declared_promises(request.app.state.settings)
    async with request.state.database.read() as session:
        items = await service.list_levels(session, user.principal.organization_id, declared, period)
    return ServiceLevelList.model_validate({"items": items})


@router.put("/{provider}/promise", status_code=status.HTTP_204_NO_CONTENT)
async def put_promise(request: Request, provider: ProviderName, body: PromiseBody, user: Writer) -> None:
    """Note what a provider promises, in place of what was noted before."""
    promise = Promise(
        body.availability_percent,
        body.latency_p95_ms,
        body.error_rate_percent,
        tuple(CreditStep(step.below_percent, step.credit_percent) for step in body.credits),
    )
    declared = declared_promises(request.app.state.settings)
    async with request.state.database.unit_of_work() as session:
        await service.put_promise(session, user.principal, declared, provider, promise)


@router.delete("/{provider}/promise", status_code=status.HTTP_204_NO_CONTENT)
async def delete_promise(request: Request, provider: ProviderName, user: Writer) -> None:
    """Forget what a provider promises."""
    declared = declared_promises(request.app.state.settings)
    async with request.state.database.unit_of_work() as session:
        await service.delete_promise(session, user.principal, declared, provider)


@router.get("/breaches")
async def list_breaches(request: Request, user: Reader) -> BreachList:
    """Return the promises that were not kept, newest first."""
    async with request.state.database.read() as session:
        items = await service.list_breaches(session, user.principal.organization_id)
    return BreachList.model_validate({"items": items})


@router.get("/credits")
async def list_service_credits(request: Request, user: Reader) -> ServiceCreditList:
    """Return what providers owe for months in which they were available less than they promised."""
    async with request.state.database.read() as session:
        items = await service.list_credits(session, user.principal.organization_id)
    return ServiceCreditList.model_validate({"items": items})


@router.get("/credits.csv")
async def export_service_credits(request: Request, user: Reader) -> Response:
    """Return the credits as a CSV file, amounts in units of the currency."""
    async with request.state.database.read() as session:
        items = await service.list_credits(session, user.principal.organization_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["month", "provider", "currency", "amount", "spent", "credit_percent", "promised_availability_percent",
         "measured_availability_percent", "attempts"]
    )  # fmt: skip
    for one in items:
        writer.writerow(
            [one.month, one.provider, one.currency, _units(one.amount_nanos), _units(one.spent_nanos),
             one.credit_percent, one.promised_percent, f"{one.measured_percent:.4f}", one.attempts]
        )  # fmt: skip
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="service-credits.csv"'},
    )


def _units(nanos: int) -> str:
    return f"{nanos // NANOS_PER_UNIT}.{nanos % NANOS_PER_UNIT:09d}"
