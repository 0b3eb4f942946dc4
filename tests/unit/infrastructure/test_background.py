"""Ending background work for certain."""

import asyncio

import structlog

from powerautomation.infrastructure.background import end_task


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
