"""Brings what this process learned to the database, and what others learned back, every few seconds."""

import asyncio
from contextlib import suppress

import structlog

from powerautomation.gateway.token_ratios.entities import MOST_DEPLOYMENTS
from powerautomation.gateway.token_ratios.ports import Learner
from powerautomation.gateway.token_ratios.repository import delete_before, list_changed, put_rows
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem

EXCHANGE_SECONDS = 10.0
WRITE_BATCH = 500
STOP_SECONDS = 5.0
# Clocks of replicas differ, and a row is seen some time after it was stamped.
LATE_MS = 60_000
FORGET_MS = 90 * 24 * 60 * 60 * 1000
_log = structlog.get_logger("gateway")


class RatioKeeper:
    """Keeps the ratios of one process. A database that is away does no harm: what changed is written later."""

    def __init__(self, database: Database, learner: Learner) -> None:
        self._database = database
        self._learner = learner
        self._read_ms = now_ms() - FORGET_MS
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Learn what is known already, forget what is old, and begin to exchange."""
        try:
            async with self._database.unit_of_work() as session:
                await delete_before(session, now_ms() - FORGET_MS)
            await self._read()
        except Problem as problem:
            _log.warning("token_ratios.not_read", reason=str(problem))
        self._task = asyncio.create_task(self._exchange_for_ever(), name="token ratios")

    async def stop(self) -> None:
        """Write what changed, and end the work in the background."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None
        with suppress(TimeoutError, Problem):
            async with asyncio.timeout(STOP_SECONDS):
                await self._write()

    async def exchange(self) -> None:
        """Write what changed here, then read what changed elsewhere. Raises a database Problem; a retry helps."""
        await self._write()
        await self._read()

    async def _exchange_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EXCHANGE_SECONDS)
            try:
                await self.exchange()
            except Problem as problem:
                _log.warning("token_ratios.not_exchanged", reason=str(problem))

    async def _write(self) -> None:
        while changed := self._learner.take_changed(WRITE_BATCH):
            try:
                async with self._database.unit_of_work() as session:
                    await put_rows(session, changed, now_ms())
            except BaseException:
                self._learner.give_back(changed)
                raise

    async def _read(self) -> None:
        began_ms = now_ms()
        async with self._database.read() as session:
            found = await list_changed(session, self._read_ms, MOST_DEPLOYMENTS)
        self._learner.take_over(found)
        self._read_ms = began_ms - LATE_MS
