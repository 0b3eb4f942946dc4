"""Requests that a process leaves unfinished when it is killed: what they had cost by then is noted while they run.

Every two seconds the records that would be true if the process died now are written over each other in one small file
of its journal folder. Whoever takes the folder over puts them into the ledger after everything that was settled.
"""

import asyncio
import time
from collections.abc import Set
from typing import Protocol

import msgspec
import structlog

from powerautomation.gateway.metering import Journal, RequestRecord, sum_costs
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.settlement import Settlement
from powerautomation.kernel.errors import Problem

INTERVAL_SECONDS = 2.0
NOTED_AFTER_SECONDS = 1.0
MOST_NOTED = 1_000
# Records made before requests get a turn: less than half a millisecond's work.
SLICE_RECORDS = 10
_log = structlog.get_logger("gateway")


class _HasRequests(Protocol):
    @property
    def in_flight(self) -> Set[Exchange]: ...


def interrupted() -> Problem:
    """Return what the ledger says of a request whose process died. Nobody is ever sent it."""
    return Problem(
        "The gateway's process ended while this request ran. What it cost is what was known by then.",
        code="gateway.interrupted",
        status=500,
    )


class RunningNotes:
    """Notes the requests that have run for a second, for as long as they do."""

    def __init__(self, journal: Journal, settlement: Settlement, running: _HasRequests) -> None:
        self._journal = journal
        self._settlement = settlement
        self._running = running
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to note on the running event loop."""
        self._task = asyncio.create_task(self._run(), name="notes of running requests")

    async def stop(self) -> None:
        """Stop; nothing is left unfinished by a process that ends well."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._journal.note_running(())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                await self.note()
            except Exception:
                # One request that cannot be noted now must not end the notes of all that come.
                _log.exception("gateway.running_not_noted")

    async def note(self) -> None:
        """Write down what runs now."""
        latest = time.perf_counter() - NOTED_AFTER_SECONDS
        long = [exchange for exchange in tuple(self._running.in_flight) if exchange.started < latest][:MOST_NOTED]
        records: list[RequestRecord] = []
        for start in range(0, len(long), SLICE_RECORDS):
            records += [
                _record_of(self._settlement, exchange)
                for exchange in long[start : start + SLICE_RECORDS]
                if not exchange.done
            ]
            await asyncio.sleep(0)
        self._journal.note_running(records)


def _record_of(settlement: Settlement, exchange: Exchange) -> RequestRecord:
    record = settlement.request_record(exchange, "failed", 500, interrupted())
    attempts = list(exchange.attempts)
    if exchange.abort_armed and exchange.attempt is not None:
        attempts.append(settlement.attempt_record(exchange, exchange.attempt, "cancelled"))
    cost, currency = sum_costs(attempts)
    return msgspec.structs.replace(record, attempts=attempts, cost_nanos=cost, currency=currency)
