"""Endpoints of balances. No unit of work stays open while a provider is called."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Request

from powerautomation.gateway.balances import service
from powerautomation.gateway.balances.entities import Balance, Wished
from powerautomation.gateway.balances.errors import BalanceUnknown
from powerautomation.gateway.balances.schemas import (
    BalanceAnswer,
    BalanceChangeAnswer,
    BalanceChangeList,
    BalanceList,
    ThresholdChange,
)
from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.kernel.clock import from_ms

router = APIRouter(prefix="/api/v1/balances", tags=["balances"])
Reader = Annotated[SignedInUser, Depends(requires("balances:read"))]
Writer = Annotated[SignedInUser, Depends(requires("balances:write"))]
ProviderName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Month = Annotated[str, Path(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


@router.get("")
async def list_balances(request: Request, user: Reader) -> BalanceList:
    """Return the balance of every provider that documents one, as it was told last."""
    return BalanceList(items=[_answer(request, one) for one in (await _balances(request, user)).values()])


@router.post("/{provider}/ask")
async def ask_balance(request: Request, provider: ProviderName, user: Writer) -> BalanceAnswer:
    """Ask a provider for the balance now, unless it was asked within the last five seconds."""
    async with request.state.database.unit_of_work() as session:
        audit.record(session, user.principal, "balances.ask", audit.Target("provider", provider, provider))
    await request.app.state.balances.ask_now(user.principal.organization_id, provider)
    return await _balance(request, provider, user)


@router.put("/{provider}/threshold")
async def set_balance_threshold(
    request: Request, provider: ProviderName, change: ThresholdChange, user: Writer
) -> BalanceAnswer:
    """Say below what this provider's balance is low, and judge the known one by it."""
    wished = Wished(change.nanos, change.days)
    await request.app.state.balances.set_threshold(user.principal, provider, wished)
    return await _balance(request, provider, user)


@router.get("/months/{month}")
async def list_balance_changes(request: Request, month: Month, user: Reader) -> BalanceChangeList:
    """Return how balances moved in a month (UTC), against what the ledger says was spent meanwhile."""
    async with request.state.database.read() as session:
        found = await service.list_changes(session, user.principal.organization_id, date.fromisoformat(f"{month}-01"))
    return BalanceChangeList(
        items=[
            BalanceChangeAnswer.model_validate(
                {**msgspec.to_builtins(one), "first_at": from_ms(one.first_ms), "last_at": from_ms(one.last_ms)}
            )
            for one in found
        ]
    )


async def _balances(request: Request, user: SignedInUser) -> dict[str, Balance]:
    organization_id = user.principal.organization_id
    keeper = request.app.state.balances
    async with request.state.database.read() as session:
        asked = {one.provider: one for one in await service.list_balances(session, organization_id)}
    return {
        name: asked.get(name, Balance(name, (), None, None, "unasked", 0, False, None))
        for name in keeper.accounts(organization_id)
    }


async def _balance(request: Request, provider: str, user: SignedInUser) -> BalanceAnswer:
    found = (await _balances(request, user)).get(provider)
    if found is None:
        raise BalanceUnknown("This provider is not there any more.")
    return _answer(request, found)


def _answer(request: Request, one: Balance) -> BalanceAnswer:
    return BalanceAnswer.model_validate(
        {
            **msgspec.to_builtins(one),
            "threshold": msgspec.to_builtins(request.app.state.balances.threshold_of(one)),
            "known_at": None if one.known_ms is None else from_ms(one.known_ms),
            "asked_at": None if one.asked_ms is None else from_ms(one.asked_ms),
        }
    )
