"""Going on with erasures, and doing them again after a backup was restored."""

import asyncio
from pathlib import Path

import structlog

from powerautomation.identity.privacy.erasure_list import keep_list
from powerautomation.identity.privacy.erasures import run_unfinished
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import Problem

LOOK_SECONDS = 60.0
_log = structlog.get_logger("privacy")


async def finish_erasures(database: Database, folder: Path) -> None:
    """Erase again whom the list of the data folder names and the database has, go on with what was interrupted, and
    bring the list up to date."""
    for one in await keep_list(database, folder):
        _log.warning("people.erased_again", user_id=one.user_id)
    for done in await run_unfinished(database):
        _log.info("people.erased", user_id=done.user_id)
    await keep_list(database, folder)


async def finish_erasures_for_ever(database: Database, folder: Path) -> None:
    """Do so now, and every minute. Replicas may do the same at once."""
    while True:
        try:
            await finish_erasures(database, folder)
        except Problem as problem:
            _log.warning("people.erasure_failed", code=problem.code, reason=problem.message)
        except OSError as error:
            _log.error("people.erasure_list_not_kept", reason=str(error))
        except Exception:
            # Whatever one pass meets, the next one is made.
            _log.exception("people.erasure_failed")
        await asyncio.sleep(LOOK_SECONDS)
