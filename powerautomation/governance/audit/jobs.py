"""Signs the end of every chain, and puts the signed heads where the database is not: a file, and a webhook."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog

from powerautomation.governance.audit import repository
from powerautomation.governance.audit.heads import Signer, append_lines
from powerautomation.governance.audit.retention import let_go_before, make_months, remove_let_go
from powerautomation.governance.audit.rules import month_of
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.removals import removing
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

RETRY_SECONDS = 60.0
RETENTION_SECONDS = 6 * 3600.0
# Sends lines; says whether they arrived. Never raises for what the receiver does.
Send = Callable[[bytes], Awaitable[bool]]
_log = structlog.get_logger("audit")


class HeadKeeper:
    """Writes a head of every chain that grew: at the start, every ``every_seconds``, and at the end."""

    def __init__(
        self, database: Database, signer: Signer, path: Path, *, every_seconds: float, send: Send | None = None
    ) -> None:
        self._database = database
        self._signer = signer
        self._path = path
        self._every_seconds = every_seconds
        self._send = send
        self._in_file: dict[str, int] = {}
        self._sent: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="audit heads")

    async def stop(self) -> None:
        """Write what is new, and stop."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None
            await self._try()

    async def write_now(self) -> bool:
        """Write a head of every chain that grew; say whether all arrived where they should. Raises a database Problem
        and OSError; what was not written is written the next time."""
        async with self._database.read() as session:
            heads = [head for head in await repository.list_heads(session) if head.sequence]
        grown = [head for head in heads if self._in_file.get(head.organization_id) != head.sequence]
        if grown:
            lines = b"".join(self._signer.line(head) for head in grown)
            await asyncio.to_thread(append_lines, self._path, lines)
            self._in_file.update({head.organization_id: head.sequence for head in grown})
        unsent = [head for head in heads if self._sent.get(head.organization_id) != head.sequence]
        if self._send is not None and unsent:
            if not await self._send(b"".join(self._signer.line(head) for head in unsent)):
                return False
            self._sent.update({head.organization_id: head.sequence for head in unsent})
        return True

    async def _try(self) -> bool:
        try:
            done = await self.write_now()
        except Problem as problem:
            _log.warning("audit.heads_late", code=problem.code, reason=problem.message)
            return False
        except OSError as error:
            _log.error("audit.heads_late", path=str(self._path), reason=error.strerror)
            return False
        if not done:
            _log.warning("audit.heads_late", reason="the webhook did not take them; they are sent again")
        return done

    async def _run(self) -> None:
        while True:
            done = await self._try()
            await asyncio.sleep(self._every_seconds if done else min(RETRY_SECONDS, self._every_seconds))


class RetentionKeeper:
    """Makes the tables of the coming months, and removes events that are older than ``kept_days``, by whole months:
    at the start and every six hours. Zero days keep all for ever."""

    def __init__(self, database: Database, signer: Signer, path: Path, *, kept_days: int) -> None:
        self._database = database
        self._signer = signer
        self._path = path
        self._kept_days = kept_days
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="audit retention")

    async def stop(self) -> None:
        """Stop; what was begun is gone on with at the next start."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    async def work(self) -> int:
        """Do what is due and return how many events go. Raises a database Problem and OSError; it is gone on with the
        next time."""
        await make_months(self._database, now())
        if not self._kept_days:
            return 0
        count = 0
        before = month_of(now() - timedelta(days=self._kept_days))
        for removed in await let_go_before(self._database, self._signer, before):
            # The event has it too; here it is with the other heads.
            await asyncio.to_thread(append_lines, self._path, removed.statement)
            count += removed.count
            _log.info("audit.removed", organization_id=removed.organization_id, until=removed.until)
        await remove_let_go(self._database)
        return count

    async def _run(self) -> None:
        while True:
            try:
                async with removing(self._database, "audit", RETENTION_SECONDS) as tally:
                    tally.rows = await self.work()
            except Problem as problem:
                _log.warning("audit.retention_late", code=problem.code, reason=problem.message)
                await asyncio.sleep(RETRY_SECONDS)
            except OSError as error:
                _log.error("audit.retention_late", path=str(self._path), reason=error.strerror)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await asyncio.sleep(RETENTION_SECONDS)
