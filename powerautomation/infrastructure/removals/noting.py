"""Noting what a job removed. A note that cannot be written stops no job."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from powerautomation.infrastructure.database import AsyncSession, Database
from powerautomation.infrastructure.removals.tables import Removal, RemovalRow, Rule
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

_log = structlog.get_logger("removals")


@dataclass(slots=True)
class Tally:
    """How many rows a run removed so far."""

    rows: int = 0


@asynccontextmanager
async def removing(database: Database, rule: Rule, every_seconds: float) -> AsyncIterator[Tally]:
    """Count what a run removes and write it down at its end; an error is written down, and raised as it came.

    ``every_seconds``: how long until the next run.
    """
    tally = Tally()
    try:
        yield tally
    except Exception as error:
        code = error.code if isinstance(error, Problem) else type(error).__name__
        await _note(database, rule, every_seconds, tally.rows, code[:100])
        raise
    await _note(database, rule, every_seconds, tally.rows, "")


async def list_removals(session: AsyncSession) -> dict[str, Removal]:
    """Return how each rule that ran at least once fares."""
    rows = await session.scalars(select(RemovalRow))
    return {
        row.rule: Removal(row.rule, row.ran_at, row.removed, row.total, row.every_seconds, row.failed_at, row.failure)
        for row in rows
    }


async def _note(database: Database, rule: Rule, every_seconds: float, removed: int, failure: str) -> None:
    moment = now()
    values: dict[str, Any] = {"every_seconds": round(every_seconds), "failure": failure}
    values |= {"failed_at": moment} if failure else {"ran_at": moment, "removed": removed}
    insert = sqlite.insert if database.dialect_name == "sqlite" else postgresql.insert
    first = {"ran_at": None, "removed": 0, "failed_at": None, **values}
    statement = insert(RemovalRow).values(rule=rule, total=removed, **first)
    again = statement.on_conflict_do_update(
        index_elements=["rule"], set_={**values, "total": RemovalRow.total + removed}
    )
    try:
        async with database.unit_of_work() as session:
            await session.execute(again)
    except (Problem, SQLAlchemyError) as error:
        _log.warning("removals.not_noted", rule=rule, reason=type(error).__name__)
