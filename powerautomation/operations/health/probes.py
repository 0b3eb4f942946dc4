"""Short, bounded looks at addresses: providers, our own public address, Redis."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from powerautomation.kernel.clock import now
from powerautomation.operations.health.entities import Reached

if TYPE_CHECKING:
    from pyreqwest.client import Client

REACH_SECONDS = 5.0
_LARGEST_ANSWER_BYTES = 4096


def _client() -> "Client":
    from pyreqwest.client import ClientBuilder

    return (
        ClientBuilder()
        .connect_timeout(timedelta(seconds=REACH_SECONDS))
        .timeout(timedelta(seconds=REACH_SECONDS))
        .follow_redirects(False)
        .user_agent("powerautomation-doctor")
        .build()
    )


async def reach(url: str) -> Reached:
    """Ask an address for anything, without any credential; every HTTP answer counts as reached."""
    from pyreqwest.exceptions import PyreqwestError

    async with _client() as client:
        asked = now()
        try:
            response = await client.get(url).build().send()
        except PyreqwestError as error:
            return Reached(failure=_reason(error))
        except TimeoutError:
            return Reached(failure=f"no answer within {REACH_SECONDS:.0f} s")
        return Reached(response.status, _clock_lead(response.headers.get("date"), asked))


async def read_text(url: str) -> str:
    """Return the first 4 KiB of an answer as text, or ``""`` when none came or its status was not 200."""
    from pyreqwest.exceptions import PyreqwestError

    async with _client() as client:
        try:
            async with client.get(url).streamed_read_buffer_limit(0).build_streamed() as response:
                if response.status != 200:
                    return ""
                piece = await response.body_reader.read(_LARGEST_ANSWER_BYTES)
        except (PyreqwestError, TimeoutError):
            return ""
        return bytes(piece or b"").decode(errors="replace")


async def stream_arrivals(url: str) -> list[float]:
    """Read a stream and return when each piece arrived, in seconds after the request; empty when it failed."""
    from pyreqwest.exceptions import PyreqwestError

    arrivals: list[float] = []
    async with _client() as client:
        began = time.perf_counter()
        try:
            async with client.get(url).streamed_read_buffer_limit(0).build_streamed() as response:
                if response.status != 200:
                    return []
                while len(arrivals) < 100 and await response.body_reader.read_chunk() is not None:
                    arrivals.append(time.perf_counter() - began)
        except (PyreqwestError, TimeoutError):
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


def _reason(error: Exception) -> str:
    """Return the innermost reason of a failed request, which is what tells a name error from a certificate error."""
    details = getattr(error, "details", None) or {}
    causes = details.get("causes") or []
    reason = str(causes[-1].get("message", "")) if causes else ""
    return (reason or str(error))[:200]
