"""The console's WebSocket: what happens, as it happens, for the organization of the signed-in person."""

import asyncio
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from powerautomation import __version__
from powerautomation.app.live_feed import Listener
from powerautomation.identity.access import allowed_now, placed
from powerautomation.identity.sessions import find_signed_in

router = APIRouter()
PING_SECONDS = 20.0
# A session that was ended elsewhere has no open page five seconds later, the look-up's own time included.
SIGN_IN_CHECK_SECONDS = 4.0
_POLICY_VIOLATION = 1008


def _same_origin(websocket: WebSocket) -> bool:
    """Say whether the page that opens the socket was served by this server: browsers always name the origin."""
    origin = websocket.headers.get("origin")
    if origin is None:
        return True
    expected = {websocket.headers.get("host", "").lower()}
    public_url = websocket.app.state.settings.server.public_url
    if public_url:
        expected.add(urlsplit(public_url).netloc.lower())
    try:
        return urlsplit(origin).netloc.lower() in expected
    except ValueError:
        return False


@router.websocket("/realtime")
async def realtime(websocket: WebSocket) -> None:
    """Send JSON frames: ``hello``, ``requests``, ``changed``, ``ping``. Closes when the session ends."""
    state = websocket.app.state
    cookies = websocket.headers.get("cookie", "")
    if not _same_origin(websocket):
        await websocket.close(_POLICY_VIOLATION, "another origin")
        return
    user = await find_signed_in(state.database, cookies)
    if user is None:
        await websocket.close(_POLICY_VIOLATION, "not signed in")
        return
    await websocket.accept()
    feed = state.application.live_feed
    listener = feed.listen(user.principal.organization_id, allowed_now(placed(user, websocket)))
    tasks = [
        asyncio.create_task(_send_frames(websocket, listener)),
        asyncio.create_task(_read_until_closed(websocket)),
        asyncio.create_task(_watch_sign_in(websocket, cookies, listener)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        feed.leave(listener)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if websocket.client_state is WebSocketState.CONNECTED and websocket.application_state is WebSocketState.CONNECTED:
        await websocket.close(_POLICY_VIOLATION, "signed out")


async def _send_frames(websocket: WebSocket, listener: Listener) -> None:
    await websocket.send_text(msgspec.json.encode({"type": "hello", "version": __version__}).decode())
    while True:
        try:
            async with asyncio.timeout(PING_SECONDS):
                frames = await listener.next_frames()
        except TimeoutError:
            frames = ['{"type":"ping"}']
        for frame in frames:
            await websocket.send_text(frame)


async def _read_until_closed(websocket: WebSocket) -> None:
    try:
        while True:
            await websocket.receive_text()
    except (WebSocketDisconnect, KeyError):
        return


async def _watch_sign_in(websocket: WebSocket, cookies: str, listener: Listener) -> None:
    while True:
        await asyncio.sleep(SIGN_IN_CHECK_SECONDS)
        user = await find_signed_in(websocket.app.state.database, cookies)
        if user is None:
            return
        # The role, and what policies say, may have changed since the page was opened.
        listener.permissions = allowed_now(placed(user, websocket))
