"""Keeps answers, finds what they went on from, and forgets them in time."""

import asyncio
import zlib
from contextlib import suppress

import msgspec
import structlog

from powerautomation.gateway.responses.errors import HistoryTooLarge, PreviousResponseNotFound, ResponseNotFound
from powerautomation.gateway.responses.repository import (
    Owner,
    Turn,
    add_row,
    delete_expired,
    delete_oldest_beyond,
    delete_row,
    find_row,
    list_chain,
)
from powerautomation.gateway.responses.rules import history_of
from powerautomation.gateway.responses.tables import SEALED_CONTENT
from powerautomation.governance.encryption import Place, SecretBox
from powerautomation.identity.quotas import list_amounts_of
from powerautomation.infrastructure.background import within
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem

MOST_TURNS = 1_000
MOST_BYTES = 32 * 1024 * 1024
CLEAN_UP_SECONDS = 600.0
CLEAN_UP_BATCH = 500
SAVE_SECONDS = 3.0
_DAY_MS = 24 * 60 * 60 * 1000
_Raw = msgspec.Raw
_log = structlog.get_logger("gateway")


class _Content(msgspec.Struct, gc=False):
    input: list[_Raw]
    response: _Raw


_contents = msgspec.json.Decoder(_Content)


class ResponseStore:
    """Answers of all keys, each seen only by the one that asked for it: to any other it is as unknown as one that never
    was. One per process; the database is what they share."""

    def __init__(self, database: Database, box: SecretBox, *, days: float, most_bytes: int) -> None:
        self._database = database
        self._box = box
        self._keep_ms = int(days * _DAY_MS)
        self._most_bytes = most_bytes
        self._cleaner: asyncio.Task[None] | None = None
        self._saved_bytes = 0
        self._due = asyncio.Event()

    def start(self) -> None:
        """Begin to forget what expired or is too much."""
        self._cleaner = asyncio.create_task(self._clean_up_for_ever(), name="response clean-up")

    async def stop(self) -> None:
        """End the work in the background."""
        if self._cleaner is not None:
            self._cleaner.cancel()
            with suppress(asyncio.CancelledError):
                await self._cleaner

    async def save(self, owner: Owner, response_id: str, previous_id: str, given: list[_Raw], response: bytes) -> None:
        """Keep one turn. Called before the client gets the last byte, so that its next request finds the turn on every
        replica. What cannot be kept is logged and not kept: the answer itself is good."""
        if len(response_id) > 100 or not self._keep_ms:
            return
        try:
            size = await within(SAVE_SECONDS, self._save(owner, response_id, previous_id, given, response))
        except (Problem, TimeoutError) as error:
            _log.warning("responses.not_kept", response_id=response_id, reason=str(error) or "timeout")
            return
        except Exception:
            # A driver whose server hangs raises what it likes when its time is up.
            _log.exception("responses.not_kept", response_id=response_id)
            return
        self._saved_bytes += size
        if self._saved_bytes > self._most_bytes // 10:
            self._due.set()

    async def _save(self, owner: Owner, response_id: str, previous_id: str, given: list[_Raw], response: bytes) -> int:
        """Write one turn; return its bytes in the database, 0 when it is too large to keep."""
        plain = msgspec.json.encode(_Content(given, _Raw(response)))
        if len(plain) > MOST_BYTES:
            _log.warning("responses.too_large_to_keep", response_id=response_id, plain_bytes=len(plain))
            return 0
        content = await asyncio.to_thread(self._seal, owner, response_id, plain)
        turn = Turn(response_id, previous_id, content, len(plain))
        created_ms = now_ms()
        async with self._database.unit_of_work() as session:
            await add_row(session, owner, turn, created_ms, created_ms + self._keep_ms)
        return len(content)

    async def history(self, owner: Owner, response_id: str, most_bytes: int) -> list[_Raw]:
        """Return the items of the conversation that ends with a kept answer, oldest first. Raises
        PreviousResponseNotFound, also when its beginning is gone, and HistoryTooLarge."""
        turns = await self._turns(owner, response_id, most_bytes)
        if not turns:
            raise PreviousResponseNotFound(
                f"Previous response with id '{response_id[:100]}' not found.",
                action="Answers are kept for a while, and only those that were stored. Send the conversation itself.",
            )
        return history_of([(content.input, content.response) for content in turns])

    async def input_items(self, owner: Owner, response_id: str) -> list[_Raw]:
        """Return the items an answer was given to, those of the turns before it among them, oldest first. Raises
        ResponseNotFound, also when the beginning is gone, and HistoryTooLarge."""
        turns = await self._turns(owner, response_id, MOST_BYTES)
        if not turns:
            raise _not_found(response_id)
        return [*history_of([(content.input, content.response) for content in turns[:-1]]), *turns[-1].input]

    async def _turns(self, owner: Owner, response_id: str, most_bytes: int) -> list[_Content]:
        """Return the turns that led to an answer, oldest first; empty when it, or the beginning, is not kept."""
        turns: list[Turn] = []
        if 0 < len(response_id) <= 100:
            async with self._database.read() as session:
                turns = await list_chain(session, owner, response_id, now_ms(), MOST_TURNS)
        if not turns or turns[-1].previous_id:
            return []
        if sum(turn.plain_bytes for turn in turns) > most_bytes:
            raise HistoryTooLarge(
                "The conversation this request goes on from is larger than a request may be.",
                action="Begin a new conversation with a summary of this one.",
            )
        return await asyncio.to_thread(lambda: [self._open(owner, turn) for turn in reversed(turns)])

    async def get(self, owner: Owner, response_id: str) -> bytes:
        """Return a kept answer as JSON. Raises ResponseNotFound."""
        async with self._database.read() as session:
            turn = await find_row(session, owner, response_id, now_ms())
        if turn is None:
            raise _not_found(response_id)
        return bytes(self._open(owner, turn).response)

    async def delete(self, owner: Owner, response_id: str) -> None:
        """Forget an answer; what went on from it cannot be continued. Raises ResponseNotFound."""
        async with self._database.unit_of_work() as session:
            found = await delete_row(session, owner, response_id)
        if not found:
            raise _not_found(response_id)

    async def clean_up(self) -> int:
        """Forget what expired and what is more than an organization may keep; return how many answers."""
        forgotten = 0
        while True:
            async with self._database.unit_of_work() as session:
                count = await delete_expired(session, now_ms(), CLEAN_UP_BATCH)
                own = await list_amounts_of(session, "responses", self._most_bytes)
                count += await delete_oldest_beyond(session, self._most_bytes, CLEAN_UP_BATCH, own)
            forgotten += count
            if count < CLEAN_UP_BATCH:
                return forgotten

    async def _clean_up_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLEAN_UP_SECONDS):
                    await self._due.wait()
            self._due.clear()
            self._saved_bytes = 0
            try:
                await self.clean_up()
            except Problem as problem:
                _log.warning("responses.clean_up_failed", reason=str(problem))

    def _seal(self, owner: Owner, response_id: str, plain: bytes) -> bytes:
        return self._box.encrypt(zlib.compress(plain, 1), _place(owner, response_id))

    def _open(self, owner: Owner, turn: Turn) -> _Content:
        packed = self._box.decrypt(turn.content, _place(owner, turn.id))
        return _contents.decode(zlib.decompress(packed))


def _place(owner: Owner, response_id: str) -> Place:
    return SEALED_CONTENT.place(owner.organization_id, owner.api_key_id, response_id)


def _not_found(response_id: str) -> ResponseNotFound:
    return ResponseNotFound(
        f"Response with id '{response_id[:100]}' not found.",
        action="Answers are kept for a while, if they were stored.",
    )
