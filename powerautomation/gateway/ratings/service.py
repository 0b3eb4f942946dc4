"""What can be done with ratings, by people in the console and by programs with a gateway key."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from powerautomation.gateway.metering import RequestNotFound, check_request
from powerautomation.gateway.ratings import repository
from powerautomation.gateway.ratings.entities import LONGEST_COMMENT, Rating, RatingBody
from powerautomation.gateway.ratings.errors import RatingInvalid, RatingNotFound
from powerautomation.gateway.ratings.events import GIVEN, WITHDRAWN
from powerautomation.gateway.ratings.repository import AsyncSession
from powerautomation.governance import audit
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.principal import Principal

if TYPE_CHECKING:
    from powerautomation.infrastructure.database import Database

MOST_LISTED = 200
_LONGEST_ID = 64
# The ledger is written behind the answers: by this process when it is told to, by another within some seconds.
LONGEST_WAIT_SECONDS = 4.0
MOST_WAITING = 64
_POLL_SECONDS = 0.1
# As the gateway makes them: milliseconds since the epoch, then a random number.
_REQUEST_ID = re.compile(r"req_([0-9a-f]{12})[0-9a-f]{16}")
# An answer may have taken so long since its request got its id.
_LONGEST_ANSWER_MS = 3_600_000
_decoder = msgspec.json.Decoder(RatingBody)


async def rate_request(
    session: AsyncSession, rater: Principal, request_id: str, rating: int, comment: str = ""
) -> Rating:
    """Store what the rater thinks of a request, in place of what they thought before. Raises RequestNotFound."""
    await check_request(session, rater.organization_id, request_id)
    given = await repository.put_rating(session, rater, request_id, rating, comment.strip(), now_ms())
    payload = {"request_id": request_id, "rater_id": rater.id, "rating": rating}
    record_event(session, rater.organization_id, GIVEN, payload)
    if rater.kind == "user":
        # Programs rate by the data plane, as often as they ask; the rating itself says who gave it.
        audit.record(session, rater, "ratings.rate", audit.Target("request", request_id), after={"rating": rating})
    return given


async def withdraw_rating(session: AsyncSession, rater: Principal, request_id: str) -> None:
    """Forget what the rater thought of a request. Raises RatingNotFound."""
    if not await repository.delete_rating(session, rater.organization_id, request_id, rater.id):
        raise RatingNotFound("You did not rate this request.")
    record_event(session, rater.organization_id, WITHDRAWN, {"request_id": request_id, "rater_id": rater.id})
    if rater.kind == "user":
        audit.record(session, rater, "ratings.withdraw", audit.Target("request", request_id))


async def list_ratings(session: AsyncSession, organization_id: str, request_id: str) -> list[Rating]:
    """Return what was thought of a request, newest first, at most 200. Raises RequestNotFound."""
    await check_request(session, organization_id, request_id)
    return await repository.list_ratings(session, organization_id, request_id, MOST_LISTED)


async def _no_flush() -> None:
    """Stand in where nothing is written behind."""


class RatingDesk:
    """Takes ratings of answers, also of one that has just ended and is not in the ledger yet: ``flush`` brings what
    this process has in its journal to the ledger."""

    def __init__(self, database: "Database", flush: Callable[[], Awaitable[None]] = _no_flush) -> None:
        self._database = database
        self._flush = flush
        self._waiting = 0

    async def rate(self, rater: Principal, request_id: str, rating: int, comment: str = "") -> Rating:
        """Store a rating, at once or as soon as the request is in the ledger, at most four seconds later. Raises
        RequestNotFound; a retry helps while the answer still runs."""
        try:
            return await self._rate(rater, request_id, rating, comment)
        except RequestNotFound:
            if not _may_be_on_its_way(request_id) or self._waiting >= MOST_WAITING:
                raise
        self._waiting += 1
        try:
            await self._wait_for(rater.organization_id, request_id)
        finally:
            self._waiting -= 1
        return await self._rate(rater, request_id, rating, comment)

    async def _rate(self, rater: Principal, request_id: str, rating: int, comment: str) -> Rating:
        async with self._database.unit_of_work() as session:
            return await rate_request(session, rater, request_id, rating, comment)

    async def _wait_for(self, organization_id: str, request_id: str) -> None:
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await self._flush()
        except TimeoutError:
            return
        while time.monotonic() < until:
            try:
                async with self._database.read() as session:
                    await check_request(session, organization_id, request_id)
            except RequestNotFound:
                # It is another process's request, or still being answered, or none.
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return

    async def rate_by_key(self, rater: Principal, body: bytes) -> bytes:
        """Store a rating that came as JSON and return it as JSON. Raises RatingInvalid, RequestNotFound."""
        wanted = _parsed(body)
        given = await self.rate(rater, wanted.request_id, wanted.rating, wanted.comment)
        return msgspec.json.encode(
            {
                "object": "rating",
                "request_id": given.request_id,
                "rating": given.rating,
                "comment": given.comment,
                "rated_at": given.rated_at,
            }
        )

    async def withdraw(self, rater: Principal, request_id: str) -> bytes:
        """Forget a rating and say so. Raises RatingNotFound."""
        _check_text(request_id, "request_id", _LONGEST_ID)
        async with self._database.unit_of_work() as session:
            await withdraw_rating(session, rater, request_id)
        return msgspec.json.encode({"object": "rating", "request_id": request_id, "deleted": True})


def _may_be_on_its_way(request_id: str) -> bool:
    """Say whether an id is one we gave a request of the last hour."""
    named = _REQUEST_ID.fullmatch(request_id)
    return named is not None and abs(now_ms() - int(named[1], 16)) < _LONGEST_ANSWER_MS


def _parsed(body: bytes) -> RatingBody:
    try:
        wanted = _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise RatingInvalid(
            f"The rating cannot be read: {error}.",
            action='Send {"request_id": "req_…", "rating": 1 or -1, "comment": "…"}.',
        ) from None
    if wanted.rating not in (-1, 1):
        raise RatingInvalid(f"rating is {wanted.rating}.", action="Send 1 for a good answer, -1 for a bad one.")
    _check_text(wanted.request_id, "request_id", _LONGEST_ID)
    _check_text(wanted.comment, "comment", LONGEST_COMMENT)
    return wanted


def _check_text(text: str, name: str, most: int) -> None:
    # PostgreSQL has no zero character in text.
    if len(text) > most or "\x00" in text:
        raise RatingInvalid(f"{name} is longer than {most} characters or has a zero character in it.")
