"""The transactional outbox: events are committed with the change that caused them, then published at least once."""

import asyncio
import contextlib
import time
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import ANNOUNCES, Database
from powerautomation.infrastructure.events.bus import EventBus
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.removals import removing
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.ids import new_id

BATCH_SIZE = 100
KEEP_PUBLISHED = timedelta(days=7)
_PURGE_EVERY_SECONDS = 3600.0
_last_position = 0
_log = structlog.get_logger(__name__)


def record_event(session: AsyncSession, organization_id: str, kind: str, payload: dict[str, Any]) -> str:
    """Record that something happened, in the caller's unit of work, and return the event's id.

    kind: dotted, ``api_keys.created``; payload: JSON values without secrets (they leave this process). Subscribers see
    ``{"id", "organization_id", "kind", "payload"}`` after the commit, at least once; nothing when it rolls back.
    """
    event_id = new_id("evt")
    session.add(
        OutboxEventRow(
            id=event_id,
            position=_next_position(),
            organization_id=organization_id,
            kind=kind,
            payload=msgspec.to_builtins(payload),
            created_at=now(),
            published_at=None,
        )
    )
    session.info[ANNOUNCES] = True
    return event_id


class OutboxRelay:
    """Publishes committed events: at once after a commit in this process, else within ``poll_seconds``.

    Several replicas may run one each; on PostgreSQL they share the work, on SQLite an event may be published twice.
    """

    def __init__(self, db: Database, bus: EventBus, *, poll_seconds: float = 1.0) -> None:
        self._db = db
        self._bus = bus
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._purged_at = 0.0
        db.on_announcement(self._woken.set)

    def start(self) -> None:
        """Begin publishing in the background of the running event loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        """Stop publishing; what is not published yet stays in the outbox for the next start."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    async def publish_pending(self) -> int:
        """Publish up to ``BATCH_SIZE`` waiting events, oldest first, and return how many went out.

        Raises EventBusUnavailable, or a database Problem; what was not marked is published again next time.
        """
        waiting = (
            select(OutboxEventRow)
            .where(OutboxEventRow.published_at.is_(None))
            .order_by(OutboxEventRow.position)
            .limit(BATCH_SIZE)
        )
        if self._db.dialect_name == "postgresql":
            # The rows stay locked while they go out, so that replicas take different ones.
            async with self._db.unit_of_work() as session:
                rows = list(await session.scalars(waiting.with_for_update(skip_locked=True)))
                return await self._publish_and_mark(session, rows)
        async with self._db.read() as session:
            rows = list(await session.scalars(waiting))
        if not rows:
            return 0
        published, failure = await self._publish(rows)
        if published:
            async with self._db.unit_of_work() as session:
                await _mark(session, published)
        if failure is not None:
            raise failure
        return len(published)

    async def purge(self) -> int:
        """Delete events published more than seven days ago; return how many."""
        async with self._db.unit_of_work() as session:
            old = OutboxEventRow.published_at < now() - KEEP_PUBLISHED
            gone: Any = await session.execute(delete(OutboxEventRow).where(old))
            return int(gone.rowcount)

    async def _publish_and_mark(self, session: AsyncSession, rows: list[OutboxEventRow]) -> int:
        published, failure = await self._publish(rows)
        if failure is not None and not published:
            raise failure
        await _mark(session, published)
        return len(published)

    async def _publish(self, rows: list[OutboxEventRow]) -> tuple[list[str], Problem | None]:
        published: list[str] = []
        for row in rows:
            body = {"id": row.id, "organization_id": row.organization_id, "kind": row.kind, "payload": row.payload}
            try:
                await self._bus.publish(row.kind, msgspec.json.encode(body))
            except Problem as problem:
                return published, problem
            published.append(row.id)
        return published, None

    async def _run(self) -> None:
        pause = self._poll_seconds
        while True:
            self._woken.clear()
            try:
                while await self.publish_pending() == BATCH_SIZE:
                    pass
                await self._purge_sometimes()
                pause = self._poll_seconds
            except Problem as problem:
                # The event stays in the outbox; other work goes on. Said once per outage, not once per second.
                if pause == self._poll_seconds:
                    _log.warning("events wait in the outbox", code=problem.code, reason=problem.message)
                pause = min(pause * 2, 5.0 + self._poll_seconds)
            except Exception:
                _log.exception("outbox relay failed; it tries again")
                pause = min(pause * 2, 5.0 + self._poll_seconds)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _purge_sometimes(self) -> None:
        moment = asyncio.get_running_loop().time()
        if self._purged_at and moment - self._purged_at < _PURGE_EVERY_SECONDS:
            return
        async with removing(self._db, "outbox", _PURGE_EVERY_SECONDS) as tally:
            tally.rows = await self.purge()
        self._purged_at = moment


def _next_position() -> int:
    global _last_position
    _last_position = max(time.time_ns(), _last_position + 1)
    return _last_position


async def _mark(session: AsyncSession, ids: list[str]) -> None:
    if ids:
        await session.execute(update(OutboxEventRow).where(OutboxEventRow.id.in_(ids)).values(published_at=now()))
