"""Ending background work for certain, and waiting no longer than said."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

_PATIENCE_SECONDS = 1.0
_TRIES = 10
_log = structlog.get_logger(__name__)
# The loop itself holds tasks weakly.
_running: "set[asyncio.Task[Any]]" = set()
T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns; raise TimeoutError when that takes longer, and let it end by itself.

    ``asyncio.timeout`` would wait until the cancelled work has ended. The driver of PostgreSQL takes up to ten seconds
    for that when the server has stopped to answer: it first asks the server to give up.
    """
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_forget)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()


def _forget(task: "asyncio.Task[Any]") -> None:
    _running.discard(task)
    if not task.cancelled():
        # Looked at, so that the loop does not complain of an error of work nobody waits for.
        task.exception()


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
