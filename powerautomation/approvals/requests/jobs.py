"""Background work of approvals: one job ends what is over, whoever waits for it, and forgets what is old."""

import asyncio
import time

import structlog

from powerautomation.approvals.requests import repository, rules, service
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

EVERY_SECONDS = 1.0
BATCH = 500
FORGET_EVERY_SECONDS = 3600.0
_log = structlog.get_logger("approvals")


class ApprovalKeeper:
    """One per process; replicas that do the same work at once change nothing twice. No request costs it anything until
    its time is over: it asks for those alone, by an index."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._forgot_at = 0.0

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="approvals")

    async def stop(self) -> None:
        """Stop."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                while await self.end_over() == BATCH:
                    pass
                if time.monotonic() - self._forgot_at > FORGET_EVERY_SECONDS:
                    await self.forget_old()
                    self._forgot_at = time.monotonic()
            except Problem as problem:
                # Nothing is let through meanwhile: whoever decides or reserves looks at the clock too.
                _log.warning("approvals.late", code=problem.code, reason=problem.message)
            except Exception:
                _log.exception("approvals.late")
            await asyncio.sleep(EVERY_SECONDS)

    async def end_over(self) -> int:
        """End what is over, at most ``BATCH``; return how many were. Raises a database Problem."""
        async with self._database.read() as session:
            over = await repository.list_over(session, now(), BATCH)
        by_organization: dict[str, list[tuple[str, str]]] = {}
        for organization_id, approval_id, state in over:
            by_organization.setdefault(organization_id, []).append((approval_id, state))
        for organization_id, found in by_organization.items():
            async with self._database.unit_of_work() as session:
                for approval_id, state in found:
                    if state in rules.AFTER_TIME:
                        await service.end_over(session, organization_id, approval_id, state)  # type: ignore[arg-type]  # a State
        return len(over)

    async def forget_old(self) -> None:
        """Delete what ended long ago."""
        while True:
            async with self._database.unit_of_work() as session:
                if await repository.delete_older(session, now() - rules.SEEN_FOR, BATCH) < BATCH:
                    return
