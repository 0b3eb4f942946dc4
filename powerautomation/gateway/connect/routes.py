"""Endpoint of the page that says how to connect."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from powerautomation.gateway.connect.rules import API_KEY_PLACEHOLDER, connect_snippets
from powerautomation.gateway.connect.schemas import ClientSnippet, ConnectAnswer
from powerautomation.gateway.metering import has_requests
from powerautomation.identity.access import SignedInUser, requires

router = APIRouter(prefix="/api/v1", tags=["connect"])
Reader = Annotated[SignedInUser, Depends(requires("connect:read"))]


@router.get("/connect")
async def get_connect(request: Request, user: Reader) -> ConnectAnswer:
    """Return copy-paste lines for each client, with this server's address as the person reaches it."""
    # What the browser reached is what a client on the same machine reaches; a set public address is for everybody.
    base_url = request.app.state.settings.server.public_url or str(request.base_url).rstrip("/")
    async with request.state.database.read() as session:
        seen = await has_requests(session, user.principal.organization_id)
    clients = [
        ClientSnippet(id=one.id, title=one.title, language=one.language, snippet=one.snippet)
        for one in connect_snippets(base_url, API_KEY_PLACEHOLDER)
    ]
    return ConnectAnswer(base_url=base_url, has_requests=seen, clients=clients)
