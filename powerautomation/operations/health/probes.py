"""Short, bounded looks at addresses: providers, our own public address, Redis."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from powerautomation.infrastructure.http_client import Client, HttpClientError, Response
from powerautomation.kernel.clock import now
from powerautomation.operations.health.entities import Reached

REACH_SECONDS = 5.0
_LARGEST_ANSWER_BYTES = 4096
_MOST_PIECES = 100


@asynccontextmanager
async def _asked(url: str) -> AsyncIterator[Response]:
    """Ask an address for anything, without any credential. The block must be done in REACH_SECONDS."""
    client = Client(connect_timeout_seconds=REACH_SECONDS)
    try:
        async with asyncio.timeout(REACH_SECONDS):
            yield await client.request("GET", url)
    finally:
        await client.close()


async def reach(url: str) -> Reached:
    """Say whether an address answers; every HTTP answer counts."""
    began = now()
    try:
        async with _asked(url) as response:
            return Reached(response.status, _clock_lead(response.header(b"date"), began))
    except TimeoutError:
        return Reached(failure=f"no answer within {REACH_SECONDS:.0f} s")
    except HttpClientError as error:
        return Reached(failure=str(error)[:200])


async def read_answer(url: str) -> tuple[int, str]:
    """Return the status and the text of a short answer; 0 when none came or it was longer than 4 KiB."""
    try:
        async with _asked(url) as response:
            return response.status, (await response.read(_LARGEST_ANSWER_BYTES)).decode(errors="replace")
    except (HttpClientError, TimeoutError):
        return 0, ""


async def read_text(url: str) -> str:
    """Return a short answer as text, or ``""`` when none came, its status was not 200 or it was longer than 4 KiB."""
    status, text = await read_answer(url)
    return text if status == 200 else ""


async def stream_arrivals(url: str) -> list[float]:
    """Read a stream and return when each piece arrived, in seconds after the request; empty when it failed."""
    arrivals: list[float] = []
    began = time.perf_counter()
    try:
        async with _asked(url) as response:
            if response.status != 200:
                return []
            while len(arrivals) < _MOST_PIECES and await response.read_chunk() is not None:
                arrivals.append(time.perf_counter() - began)
    except (HttpClientError, TimeoutError):
        return []
    return arrivals


async def websocket_status(url: str) -> int:
    """Try to open a WebSocket without a session and return the HTTP status of the refusal; 101 when it was opened, 0
    when nothing answered."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, WebSocketException

    try:
        async with asyncio.timeout(REACH_SECONDS), connect(url, open_timeout=REACH_SECONDS):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code
    except (WebSocketException, OSError, TimeoutError):
        return 0


async def ping_redis(url: str) -> str:
    """Return why Redis does not answer, or ``""`` when it does."""
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(url, socket_timeout=REACH_SECONDS, socket_connect_timeout=REACH_SECONDS)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return f"{type(error).__name__}: {error}"[:200]
    finally:
        await client.aclose()
    return ""


def _clock_lead(date_header: str | None, asked: datetime) -> float | None:
    if not date_header:
        return None
    try:
        moment = parsedate_to_datetime(date_header)
    except ValueError:
        return None
    return (moment.astimezone(UTC) - asked).total_seconds()
