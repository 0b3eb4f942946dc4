"""Endpoints of the compliance report."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import now
from powerautomation.operations.compliance import rules, service
from powerautomation.operations.compliance.entities import Asked, Language, Report
from powerautomation.operations.compliance.errors import PeriodInvalid
from powerautomation.operations.compliance.schemas import ComplianceReport

router = APIRouter(prefix="/api/v1/compliance-report", tags=["compliance"])
Reader = Annotated[SignedInUser, Depends(requires("compliance:read"))]
Spoken = Annotated[Language, Query()]
LONGEST_PERIOD = timedelta(days=1100)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json"}
# A report reads thousands of rows: one after the other, however many ask.
_turn = asyncio.Semaphore(1)


def asked_for(
    since: Annotated[AwareDatetime | None, Query(ge=_EARLIEST, le=_LATEST)] = None,
    until: Annotated[AwareDatetime | None, Query(ge=_EARLIEST, le=_LATEST)] = None,
    dormant_days: Annotated[int, Query(ge=1, le=3650)] = 90,
) -> Asked:
    """Return which report is asked for: of the last 90 days, unless a period is named."""
    end = until or now()
    begin = since or end - timedelta(days=90)
    if end <= begin or end - begin > LONGEST_PERIOD:
        raise PeriodInvalid(
            "The period must end after it begins, and span at most 1,100 days.", action="Choose another period."
        )
    return Asked(begin, end, dormant_days)


Wanted = Annotated[Asked, Depends(asked_for)]


@router.get("")
async def get_compliance_report(
    request: Request, user: Reader, asked: Wanted, language: Spoken = "en"
) -> ComplianceReport:
    """Return who may do what, what is old or unused, and what changed in a period."""
    report = await _report(request, user, asked)
    return ComplianceReport.model_validate(await asyncio.to_thread(rules.as_json, report, language))


@router.get("/file", response_class=Response)
async def export_compliance_report(
    request: Request,
    user: Reader,
    asked: Wanted,
    language: Spoken = "en",
    format: Annotated[Literal["pdf", "csv", "json"], Query()] = "pdf",
) -> Response:
    """Return the same as a file. That it was taken out is written down first."""
    await service.note_export(request.state.database, user.principal, format)
    report = await _report(request, user, asked)
    async with _turn:
        content = await asyncio.to_thread(service.written, report, language, format)
    name = f"compliance-{asked.until.astimezone(UTC):%Y-%m-%d}.{format}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_MEDIA[format], headers=headers)


async def _report(request: Request, user: SignedInUser, asked: Asked) -> Report:
    settings = request.app.state.settings
    source = service.Source(request.state.database, audit.heads_file(settings), settings.audit.kept_days)
    async with _turn:
        return await service.make_report(source, user.principal.organization_id, asked)
