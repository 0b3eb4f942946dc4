"""Removing organizations that can no longer be brought back."""

import asyncio

import structlog

from powerautomation.identity.tenants.removal import remove_deleted
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.removals import removing
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import Problem

REMOVE_SECONDS = 3600.0
_log = structlog.get_logger("tenants")


async def remove_deleted_organizations_for_ever(database: Database, settings: Settings) -> None:
    """Remove organizations 30 days after they were deleted: now, and every hour. Replicas may do the same at once."""
    while True:
        try:
            async with removing(database, "organizations", REMOVE_SECONDS) as tally:
                tally.rows = await remove_deleted(database, settings)
        except (Problem, OSError) as problem:
            _log.warning("tenants.remove_failed", reason=str(problem))
        except Exception:
            # Whatever one pass meets, the next one is made.
            _log.exception("tenants.remove_failed")
        await asyncio.sleep(REMOVE_SECONDS)
