"""Ending background work for certain."""

import asyncio
from typing import Any

import structlog

_PATIENCE_SECONDS = 1.0
_TRIES = 10
_log = structlog.get_logger(__name__)


async def end_task(task: "asyncio.Task[Any]") -> None:
    """Cancel a background task and wait until it has ended, at most ten seconds.

    One ``cancel()`` is not enough on Python 3.11: ``asyncio.wait_for``, which redis-py uses inside, swallows a
    cancellation that arrives together with its result (https://github.com/python/cpython/issues/86296). An error of the
    task is logged, not raised.
    """
    for _ in range(_TRIES):
        if task.done():
            break
        task.cancel()
        await asyncio.wait({task}, timeout=_PATIENCE_SECONDS)
    else:
        _log.error("background task does not end", task=task.get_name())
        return
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background task had failed", task=task.get_name(), exc_info=error)
