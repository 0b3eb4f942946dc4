"""The newest thoughts where every replica sees them at once, encrypted as in the database, until they are there."""

import asyncio
import time
from collections.abc import Sequence

import structlog

from powerautomation.gateway.thoughts.tables import SEALED_CONTENT
from powerautomation.governance.encryption import Place, SecretBox
from powerautomation.infrastructure.cache import Cache
from powerautomation.kernel.errors import Problem

# Much longer than a batch takes on its way to the database, and as long as a short absence of the database.
SHARED_SECONDS = 120.0
# What one process may share in that time.
MOST_SHARED_BYTES = 64 * 1024 * 1024
# How long an answer, or a request that looks for thoughts, may wait for this.
SHARE_SECONDS = 0.25
# A conversation's older turns are in the database.
MOST_ASKED = 8
_PREFIX = "thoughts:"
_log = structlog.get_logger("gateway")

Key = tuple[str, str]


def place_of(organization_id: str, turn: str) -> Place:
    """Return what a thought's encryption is bound to: nobody can put it in another's place."""
    return SEALED_CONTENT.place(organization_id, turn)


class NewestTurns:
    """The thoughts of the last minutes in a cache all replicas share. What it cannot keep or find is merely missing."""

    def __init__(self, cache: Cache, box: SecretBox) -> None:
        self._cache = cache
        self._box = box
        self._tasks: set[asyncio.Task[None]] = set()
        self._since = 0.0
        self._bytes = 0

    def share(self, key: Key, plain: bytes) -> "asyncio.Future[None] | None":
        """Begin to share a thought; what is returned ends within ``SHARE_SECONDS`` and never fails. None when so much
        was shared lately that this one is left out."""
        now = time.monotonic()
        if now - self._since > SHARED_SECONDS:
            self._since, self._bytes = now, 0
        if self._bytes + len(plain) > MOST_SHARED_BYTES:
            return None
        self._bytes += len(plain)
        task = asyncio.create_task(self._share(key, plain), name="share a thought")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _share(self, key: Key, plain: bytes) -> None:
        try:
            async with asyncio.timeout(SHARE_SECONDS):
                await self._cache.set(_name(key), self._box.encrypt(plain, place_of(*key)), SHARED_SECONDS)
        except (Problem, TimeoutError) as error:
            _log.warning("thoughts.not_shared", reason=str(error) or "timeout")

    async def find(self, organization_id: str, turns: Sequence[str]) -> dict[str, bytes]:
        """Return the newest of these turns, given oldest first, that are shared, decrypted."""
        asked = [(organization_id, turn) for turn in turns[-MOST_ASKED:]]
        try:
            async with asyncio.timeout(SHARE_SECONDS):
                contents = await asyncio.gather(*(self._cache.get(_name(key)) for key in asked))
        except TimeoutError:
            _log.warning("thoughts.not_found", reason="the shared cache is slow")
            return {}
        found: dict[str, bytes] = {}
        for key, content in zip(asked, contents, strict=True):
            if content is None:
                continue
            try:
                found[key[1]] = self._box.decrypt(content, place_of(*key))
            except Problem as problem:
                _log.warning("thoughts.unreadable", reason=str(problem))
        return found


def _name(key: Key) -> str:
    return f"{_PREFIX}{key[0]}:{key[1]}"
