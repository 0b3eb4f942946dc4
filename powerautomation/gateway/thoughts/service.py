"""Keeps thoughts behind the answers they belong to, finds them for later requests, and forgets them in time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

import msgspec
import structlog

from powerautomation.gateway.dialects import ChatRequest, Message, ToolCall
from powerautomation.gateway.families import Family
from powerautomation.gateway.thoughts.entities import Thought
from powerautomation.gateway.thoughts.repository import (
    Kept,
    delete_expired,
    delete_oldest_beyond,
    find_rows,
    put_rows,
)
from powerautomation.gateway.thoughts.rules import (
    Listener,
    call_id,
    digest_with,
    opening_of,
    turn_id,
    turns_lacking,
    with_thoughts,
)
from powerautomation.gateway.thoughts.sharing import Key, NewestTurns, place_of
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.quotas import list_amounts_of
from powerautomation.infrastructure.background import end_task, within
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem

MOST_HELD_BYTES = 16 * 1024 * 1024
MOST_WAITING = 2_000
WRITE_BATCH = 200
READ_BATCH = 500
FIND_SECONDS = 0.5
FLUSH_SECONDS = 5.0
CLEAN_UP_SECONDS = 600.0
CLEAN_UP_BATCH = 500
# How long it is remembered that a turn is not kept, or what the database said of it.
LATE_SECONDS = 600.0
_DAY_MS = 24 * 60 * 60 * 1000
# What an entry without a thought costs in memory.
_ENTRY_BYTES = 300
_thoughts = msgspec.msgpack.Decoder(Thought)
_log = structlog.get_logger("gateway")


class _Memory:
    """The thoughts of this process, those that are known not to be kept among them: bounded, least used first out."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, tuple[Thought | None, float, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key, now: float) -> tuple[bool, Thought | None]:
        """Return whether anything is known of a key, and what."""
        entry = self._entries.get(key)
        if entry is None or entry[1] <= now:
            return False, None
        self._entries.move_to_end(key)
        return True, entry[0]

    def put(self, key: Key, thought: Thought | None, ends: float, size: int) -> None:
        """Remember what is known of a key until ``ends``, a reading of the monotonic clock."""
        old = self._entries.pop(key, None)
        self._bytes += size + _ENTRY_BYTES - (old[2] if old is not None else 0)
        self._entries[key] = (thought, ends, size + _ENTRY_BYTES)
        while self._bytes > MOST_HELD_BYTES:
            self._bytes -= self._entries.popitem(last=False)[1][2]


class ThoughtStore:
    """Thoughts of all organizations, each found only by its own. One per process; the database is what they share, and
    ``newest``, where there are replicas, what is not in the database yet."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        secret: bytes,
        *,
        days: float,
        most_bytes: int,
        newest: NewestTurns | None = None,
    ) -> None:
        self._database = database
        self._newest = newest
        self._box = box
        self._secret = secret
        self._keep_ms = int(days * _DAY_MS)
        self._most_bytes = most_bytes
        self._memory = _Memory()
        self._waiting: dict[Key, bytes] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to write, and to forget what expired or is too much."""
        self._tasks = [
            asyncio.create_task(self._write_for_ever(), name="thoughts"),
            asyncio.create_task(self._clean_up_for_ever(), name="thought clean-up"),
        ]

    async def stop(self) -> None:
        """Write what waits, and end the work in the background."""
        for task in self._tasks:
            await end_task(task)
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._write_waiting()

    def keep(
        self, organization_id: str, client: str, heard: Listener, history: Sequence[Message] | None
    ) -> "asyncio.Future[None] | None":
        """Keep what an answer held and its client will not bring back. Written behind the answer. ``history`` is the
        conversation the answer was given to; without it only answers that call tools are kept.

        Where there are replicas, what is returned ends when all of them can find it, or sooner when they cannot be
        told; it never fails."""
        said = heard.said()
        digest = digest_with(self._secret, organization_id)
        turn = call_id(client, said, digest)
        if not turn:
            if history is None:
                return None
            place = sum(message.role == "assistant" for message in history)
            turn = turn_id(client, said, place, opening_of(history), digest)
        key = (organization_id, turn)
        now = time.monotonic()
        thought = heard.thought()
        if thought is None:
            # Whoever looks for it need not ask the database.
            self._memory.put(key, None, now + LATE_SECONDS, 0)
            return None
        plain = msgspec.msgpack.encode(thought)
        self._memory.put(key, thought, now + self._keep_ms / 1000, len(plain))
        if len(self._waiting) >= MOST_WAITING:
            # The database does not keep up: this process still knows, another will do without.
            _log.warning("thoughts.not_kept", reason="too many wait")
        else:
            self._waiting[key] = plain
            self._news.set()
        return None if self._newest is None else self._newest.share(key, plain)

    async def recall(
        self, organization_id: str, client: str, request: ChatRequest, target: str, family: Family
    ) -> ChatRequest:
        """Return the request with what its history lacks and ``target``, a dialect's name, has a use for, as far as it
        is kept. ``client`` is the dialect of the client."""
        lacking = turns_lacking(request, client, target, family)
        if not lacking:
            return request
        digest = digest_with(self._secret, organization_id)
        opening = opening_of(request.messages)
        wanted = {
            position: turn_id(client, request.messages[position], place, opening, digest) for position, place in lacking
        }
        found = await self.find(organization_id, list(wanted.values()))
        if not found:
            return request
        return with_thoughts(request, {place: found[turn] for place, turn in wanted.items() if turn in found})

    async def reasoning(self, organization_id: str, client: str, calls: Sequence[str]) -> dict[str, str]:
        """Return what was thought in turns, as text, by the ids of their first calls."""
        if not calls:
            return {}
        digest = digest_with(self._secret, organization_id)
        turns = {call: call_id(client, Message("assistant", (ToolCall(call, "", ""),)), digest) for call in calls}
        found = await self.find(organization_id, list(turns.values()))
        told = {call: found[turn] for call, turn in turns.items() if turn in found}
        return {call: "".join(block.text for _, block in thought.thinking) for call, thought in told.items()}

    async def find(self, organization_id: str, turns: Sequence[str]) -> dict[str, Thought]:
        """Return the thoughts of those turns of which any are kept, by their ids, which are given oldest first."""
        now = time.monotonic()
        found: dict[str, Thought] = {}
        unknown: list[str] = []
        for turn in turns:
            known, thought = self._memory.get((organization_id, turn), now)
            if thought is not None:
                found[turn] = thought
            elif not known:
                unknown.append(turn)
        if unknown and self._newest is not None:
            # Before the database: what is written there between the two questions is then found in one of them.
            for turn, plain in (await self._newest.find(organization_id, unknown)).items():
                with suppress(msgspec.DecodeError):
                    found[turn] = _thoughts.decode(plain)
                    self._memory.put((organization_id, turn), found[turn], now + LATE_SECONDS, len(plain))
            unknown = [turn for turn in unknown if turn not in found]
        if unknown:
            try:
                found |= await within(FIND_SECONDS, self._read(organization_id, unknown, turns[-1], now))
            except (Problem, TimeoutError) as error:
                _log.warning("thoughts.not_found", reason=str(error) or "timeout")
        return found

    async def _read(self, organization_id: str, turns: list[str], newest: str, now: float) -> dict[str, Thought]:
        contents: dict[str, bytes] = {}
        async with self._database.read() as session:
            for start in range(0, len(turns), READ_BATCH):
                batch = turns[start : start + READ_BATCH]
                contents |= await find_rows(session, organization_id, batch, now_ms())
        found: dict[str, Thought] = {}
        for turn in turns:
            key = (organization_id, turn)
            content = contents.get(turn)
            if content is None:
                # The newest turn may be on its way from another replica; an older one that is not there never will be.
                if turn != newest:
                    self._memory.put(key, None, now + LATE_SECONDS, 0)
                continue
            try:
                plain = self._box.decrypt(content, place_of(*key))
                found[turn] = _thoughts.decode(plain)
            except (Problem, msgspec.DecodeError) as error:
                _log.warning("thoughts.unreadable", reason=str(error))
                self._memory.put(key, None, now + LATE_SECONDS, 0)
                continue
            self._memory.put(key, found[turn], now + LATE_SECONDS, len(plain))
        return found

    async def clean_up(self) -> int:
        """Forget what expired and what is more than an organization may keep; return how many thoughts."""
        forgotten = 0
        while True:
            async with self._database.unit_of_work() as session:
                count = await delete_expired(session, now_ms(), CLEAN_UP_BATCH)
                own = await list_amounts_of(session, "thoughts", self._most_bytes)
                count += await delete_oldest_beyond(session, self._most_bytes, CLEAN_UP_BATCH, own)
            forgotten += count
            if count < CLEAN_UP_BATCH:
                return forgotten

    async def _clean_up_for_ever(self) -> None:
        while True:
            await asyncio.sleep(CLEAN_UP_SECONDS)
            try:
                await self.clean_up()
            except Problem as problem:
                _log.warning("thoughts.clean_up_failed", reason=str(problem))

    async def _write_for_ever(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._write_waiting()

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch = dict(list(self._waiting.items())[:WRITE_BATCH])
            for key in batch:
                del self._waiting[key]
            try:
                kept = await asyncio.to_thread(self._seal, batch)
                created_ms = now_ms()
                async with self._database.unit_of_work() as session:
                    await put_rows(session, kept, created_ms, created_ms + self._keep_ms)
            except Problem as problem:
                _log.warning("thoughts.not_kept", reason=str(problem), thoughts=len(batch))

    def _seal(self, batch: dict[Key, bytes]) -> list[Kept]:
        return [Kept(*key, self._box.encrypt(plain, place_of(*key))) for key, plain in batch.items()]
