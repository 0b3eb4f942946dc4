"""Forgetting people who can no longer be brought back."""

import asyncio

import structlog

from powerautomation.identity.people.service import begin_purge
from powerautomation.identity.privacy import run_unfinished
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.removals import removing
from powerautomation.kernel.errors import Problem

PURGE_SECONDS = 3600.0
_log = structlog.get_logger("people")


async def purge_deleted_people_for_ever(database: Database) -> None:
    """Forget people 30 days after they were deleted: now, and every hour. Replicas may do the same at once."""
    while True:
        try:
            async with removing(database, "people", PURGE_SECONDS) as tally:
                tally.rows = await _purge_all(database)
        except Problem as problem:
            _log.warning("people.purge_failed", code=problem.code, reason=problem.message)
        except Exception:
            # Whatever one pass meets, the next one is made.
            _log.exception("people.purge_failed")
        await asyncio.sleep(PURGE_SECONDS)


async def _purge_all(database: Database) -> int:
    total = 0
    while True:
        async with database.unit_of_work() as session:
            gone = await begin_purge(session)
        if not gone:
            return total
        total += gone
        _log.info("people.purge_begun", count=gone)
        for done in await run_unfinished(database):
            _log.info("people.purged", user_id=done.user_id)
