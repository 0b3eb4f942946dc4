"""Ending background work for certain."""

import asyncio

import pytest
import structlog

from powerautomation.infrastructure.background import end_task, within


async def test_a_task_that_swallows_its_first_cancellations_still_ends() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed == 2:
                    raise
                swallowed += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    async with asyncio.timeout(8):
        await end_task(task)

    assert task.cancelled()
    assert swallowed == 2


async def test_the_error_of_a_task_that_had_failed_is_logged_and_not_raised() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    task = asyncio.create_task(fail(), name="failing")
    await asyncio.wait({task})

    with structlog.testing.capture_logs() as logs:
        await end_task(task)

    assert [(entry["task"], entry["log_level"]) for entry in logs] == [("failing", "error")]


async def test_a_task_that_ended_well_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task

    with structlog.testing.capture_logs() as logs:
        await end_task(task)

    assert logs == []


async def test_work_that_does_not_end_when_cancelled_is_waited_for_no_longer_than_said() -> None:
    cancelled, may_end = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            await may_end.wait()
            raise

    async with asyncio.timeout(8):
        with pytest.raises(TimeoutError):
            await within(0.01, stubborn())
        await cancelled.wait()
    may_end.set()


async def test_what_work_returns_or_raises_in_time_is_returned_or_raised() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    assert await within(8, asyncio.sleep(0, "done")) == "done"
    with pytest.raises(ZeroDivisionError):
        await within(8, fail())


async def test_work_ends_with_who_waits_for_it() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    waiting = asyncio.create_task(within(8, work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()

    async with asyncio.timeout(8):
        await cancelled.wait()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
