"""Endpoints of reconciliation."""

import asyncio
import tempfile
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request

from powerautomation.gateway.reconciliation import service
from powerautomation.gateway.reconciliation.bills import MOST_BYTES
from powerautomation.gateway.reconciliation.entities import Reconciliation
from powerautomation.gateway.reconciliation.errors import BillTooLarge
from powerautomation.gateway.reconciliation.schemas import ReconciliationAnswer, ReconciliationList
from powerautomation.gateway.reconciliation.service import Asked, ExchangeRate
from powerautomation.identity.access import SignedInUser, requires

router = APIRouter(prefix="/api/v1/reconciliations", tags=["reconciliations"])
Reader = Annotated[SignedInUser, Depends(requires("reconciliations:read"))]
Writer = Annotated[SignedInUser, Depends(requires("reconciliations:write"))]
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"
ProviderName = Annotated[str, Path(max_length=100, pattern=NAME)]
Month = Annotated[str, Path(pattern=MONTH)]
_IN_MEMORY = 1024 * 1024


@router.get("")
async def list_reconciliations(request: Request, user: Reader) -> ReconciliationList:
    """Return the latest comparison of every provider and month, without lines."""
    async with request.state.database.read() as session:
        items = await service.list_reconciliations(session, user.principal.organization_id)
    return ReconciliationList.model_validate({"items": items})


@router.get("/{provider}/{month}")
async def get_reconciliation(
    request: Request, provider: ProviderName, month: Month, user: Reader
) -> ReconciliationAnswer:
    """Return the latest comparison of a provider's month with every line."""
    async with request.state.database.read() as session:
        found = await service.get_reconciliation(session, user.principal.organization_id, provider, month)
    return _answer(found)


@router.post(
    "",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The bill, as CSV or JSON.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def create_reconciliation(
    request: Request,
    user: Writer,
    provider: Annotated[str, Query(max_length=100, pattern=NAME)],
    month: Annotated[str, Query(pattern=MONTH)],
    time_zone: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")] = "UTC",
    file_name: Annotated[str, Query(max_length=200)] = "",
    dry_run: bool = False,
    account: Annotated[str, Query(max_length=200)] = "",
) -> ReconciliationAnswer:
    """Compare a bill with the ledger; the result replaces the one of the same provider and month."""
    rates = [
        ExchangeRate(one.from_currency, one.to_currency, one.rate, one.date, one.source)
        for one in request.app.state.settings.exchange_rates
    ]
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                raise BillTooLarge(f"The bill has more than {MOST_BYTES // 1024 // 1024} MB.")
            if size > _IN_MEMORY:
                await asyncio.to_thread(file.write, chunk)
            else:
                file.write(chunk)
        file.seek(0)
        asked = Asked(provider, month, time_zone, file_name, dry_run, account)
        done = await service.reconcile(request.state.database, user.principal, asked, file, rates)
    return _answer(done)


def _answer(one: Reconciliation) -> ReconciliationAnswer:
    lines = msgspec.to_builtins(one.comparison.lines)
    return ReconciliationAnswer.model_validate({**service.summary_of(one), "lines": lines})
