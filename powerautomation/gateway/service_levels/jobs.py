"""Background work of service levels: counts the last hours anew every minute, and judges each hour that is over."""

import asyncio
from collections.abc import Mapping

import structlog

from powerautomation.gateway.metering import list_organizations_with_usage
from powerautomation.gateway.service_levels import repository, rules, service
from powerautomation.gateway.service_levels.entities import Promise
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

EVERY_SECONDS = 60.0
RECOUNTED_HOURS = 2
RECOUNTED_AT_START_HOURS = 48
_log = structlog.get_logger("service_levels")


class ServiceLevelKeeper:
    """One per process; replicas that do the same work at once change nothing twice."""

    def __init__(self, database: Database, declared: Mapping[str, Promise]) -> None:
        self._database = database
        self._declared = declared
        self._recounted_hours = RECOUNTED_AT_START_HOURS
        self._judged_hour = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="service levels")

    async def stop(self) -> None:
        """Stop."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self.work()
            except Problem as problem:
                _log.warning("service_levels.late", code=problem.code, reason=problem.message)
            except Exception:
                _log.exception("service_levels.late")
            await asyncio.sleep(EVERY_SECONDS)

    async def work(self) -> None:
        """Count the last hours, and judge what is over. Raises a database Problem; the next time does it all."""
        moment = now()
        hour = rules.hour_of(moment)
        first = hour - self._recounted_hours
        async with self._database.read() as session:
            organizations = await list_organizations_with_usage(session, first)
            promising = await repository.list_promising_organizations(session)
        for organization_id in organizations:
            # One transaction for each: on SQLite nobody else writes meanwhile.
            async with self._database.unit_of_work() as session:
                await service.measure_hours(session, organization_id, first, hour + 1)
        self._recounted_hours = RECOUNTED_HOURS
        judged = rules.hour_of(moment - service.GRACE)
        if judged == self._judged_hour:
            return
        if self._declared:
            month_before = rules.period_before("month", rules.period_start("month", moment - service.GRACE))
            async with self._database.read() as session:
                promising += await list_organizations_with_usage(session, rules.hour_of(month_before))
        for organization_id in sorted(set(promising)):
            async with self._database.unit_of_work() as session:
                await service.judge(session, organization_id, self._declared, moment)
        self._judged_hour = judged
