"""Endpoints of one's own second factors."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import SignedInUser, confirmed, signed_in, unit_of_work
from powerautomation.identity.factors import service
from powerautomation.identity.factors.schemas import CodeBody, FactorsAnswer, RecoveryCodes, TotpSetupAnswer

router = APIRouter(prefix="/api/v1/factors", tags=["session"])
SignedIn = Annotated[SignedInUser, Depends(signed_in)]
Unit = Annotated[Any, unit_of_work]


@router.get("")
async def list_factors(request: Request, user: SignedIn) -> FactorsAnswer:
    """Return one's own second factors."""
    owner = user.principal
    async with request.state.database.read() as session:
        found = await service.list_factors(session, owner.organization_id, owner.id)
    return FactorsAnswer(totp_since=found.totp_since, recovery_codes_left=found.recovery_codes_left)


@router.post("/totp", dependencies=[Depends(confirmed)], status_code=status.HTTP_201_CREATED)
async def begin_totp(request: Request, user: SignedIn, session: Unit) -> TotpSetupAnswer:
    """Begin to set up an authenticator app; it counts once a code of it was sent to ``/factors/totp/confirm``."""
    setup = await service.begin_totp(session, request.app.state.secret_box, user.principal)
    return TotpSetupAnswer(secret=setup.secret, uri=setup.uri, svg=setup.svg)


@router.post("/totp/confirm", dependencies=[Depends(confirmed)])
async def confirm_totp(request: Request, body: CodeBody, user: SignedIn, session: Unit) -> RecoveryCodes:
    """Show that the authenticator app works; from now on signing in asks for its codes."""
    box = request.app.state.secret_box
    codes = await service.confirm_totp(session, box, user.principal, body.code.get_secret_value())
    return RecoveryCodes(codes=codes)


@router.delete("/totp", dependencies=[Depends(confirmed)], status_code=status.HTTP_204_NO_CONTENT)
async def remove_totp(user: SignedIn, session: Unit) -> None:
    """Remove one's authenticator app and recovery codes."""
    await service.remove_totp(session, user.principal)


@router.post("/recovery-codes", dependencies=[Depends(confirmed)])
async def make_recovery_codes(request: Request, user: SignedIn, session: Unit) -> RecoveryCodes:
    """Make new recovery codes; the earlier ones stop working."""
    return RecoveryCodes(codes=await service.make_recovery_codes(session, request.app.state.secret_box, user.principal))
