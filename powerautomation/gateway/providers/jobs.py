"""Forgetting what nobody may bring back any more."""

import asyncio

import structlog

from powerautomation.gateway.providers.service import purge_deleted
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.removals import removing
from powerautomation.kernel.errors import Problem

PURGE_SECONDS = 3600.0
_log = structlog.get_logger("providers")


async def purge_deleted_for_ever(database: Database) -> None:
    """Forget providers and their keys 30 days after they were deleted: now, and every hour. Replicas may do the same at
    once."""
    while True:
        try:
            async with removing(database, "providers", PURGE_SECONDS) as tally:
                tally.rows = await _purge_all(database)
        except Problem as problem:
            _log.warning("providers.purge_failed", code=problem.code, reason=problem.message)
        await asyncio.sleep(PURGE_SECONDS)


async def _purge_all(database: Database) -> int:
    total = 0
    while True:
        async with database.unit_of_work() as session:
            gone = await purge_deleted(session)
        if not gone:
            return total
        total += gone
        _log.info("providers.purged", count=gone)
