"""Endpoints of the doctor."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from powerautomation.identity.access import SignedInUser, public, requires
from powerautomation.operations.health.installation import Installation
from powerautomation.operations.health.network import STREAM_PATH
from powerautomation.operations.health.rules import STREAM_GAP_SECONDS, STREAM_PIECES
from powerautomation.operations.health.schemas import CheckAnswer, DoctorAnswer
from powerautomation.operations.health.service import examine

router = APIRouter(tags=["doctor"])
Reader = Annotated[SignedInUser, Depends(requires("system:read"))]


@router.get("/api/v1/doctor")
async def get_doctor(request: Request, user: Reader) -> DoctorAnswer:
    """Examine the installation now; takes up to fifteen seconds."""
    state = request.app.state
    catalog = state.gateway.catalog_of(user.principal.organization_id)
    providers = {deployment.provider.id: deployment.provider for deployment in catalog.deployments}
    installation = Installation(
        state.settings,
        list(providers.values()),
        state.database,
        serving=True,
        organization_id=user.principal.organization_id,
    )
    return DoctorAnswer(
        checks=[
            CheckAnswer(
                id=check.id,
                title=check.title,
                state=check.state,
                detail=check.detail,
                action=check.action,
                code=check.code,
                values=dict(check.values),
            )
            for check in await examine(installation)
        ]
    )


@router.get(STREAM_PATH, dependencies=[Depends(public)], include_in_schema=False)
async def stream_pieces() -> StreamingResponse:
    """Send a few server-sent events with pauses, so that the doctor can see whether a proxy holds streams back. They
    say nothing, hence anybody may ask, as the doctor itself does through the public address."""
    # The same headers as the gateway's streams, so that the proxy treats both alike.
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return StreamingResponse(_pieces(), media_type="text/event-stream", headers=headers)


async def _pieces() -> AsyncIterator[bytes]:
    for number in range(STREAM_PIECES):
        if number:
            await asyncio.sleep(STREAM_GAP_SECONDS)
        yield f"data: {number}\n\n".encode()
