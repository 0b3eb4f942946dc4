"""Where OpenID Connect providers say that somebody's session there has ended.

https://openid.net/specs/openid-connect-backchannel-1_0.html (November 2026)
"""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from powerautomation.identity.access import public
from powerautomation.identity.sessions import begin_attempt, client_of, end_attempt, outside_throttles
from powerautomation.identity.single_sign_on import lasting, posting, repository
from powerautomation.identity.single_sign_on.errors import ProofInvalid
from powerautomation.identity.single_sign_on.ports import LastingAdapter
from powerautomation.identity.single_sign_on.providers import provider_of
from powerautomation.identity.single_sign_on.rules import logout_invalid
from powerautomation.identity.single_sign_on.service import Desk

backchannel_router = APIRouter(prefix="/api/v1/session/providers", tags=["session"])


@backchannel_router.post(
    "/{provider_id}/logout",
    dependencies=[Depends(public)],
    response_class=JSONResponse,
    openapi_extra=posting.LOGOUT_FORM,
)
async def take_logout_token(request: Request, provider_id: str) -> Response:
    """End the sessions a provider's logout token names. Tokens that prove nothing are counted as failed sign-ins of
    their network."""
    desk: Desk = request.app.state.sign_in_desk
    throttles = outside_throttles(desk.box, client_of(request))
    await begin_attempt(desk.database, throttles)
    headers = {"cache-control": "no-store"}
    try:
        token = (await posting.fields_of(request)).get("logout_token", "")
        async with desk.database.read() as session:
            row = await repository.find_enabled(session, provider_id[:64])
        adapter: LastingAdapter | None = desk.lasting.get(row.kind) if row is not None else None  # type: ignore[call-overload]  # a kind is written from a Draft only
        if row is None or adapter is None or not token:
            raise logout_invalid("there is none, or no such provider")
        provider = provider_of(row)
        await lasting.take_logout(desk.database, provider, await adapter.read_logout(provider, token))
    except ProofInvalid as problem:
        told = {"error": "invalid_request", "error_description": problem.message}
        return JSONResponse(told, 400, headers=headers)
    async with desk.database.unit_of_work() as session:
        await end_attempt(session, throttles)
    return JSONResponse({}, headers=headers)
