"""Announces models that are used and have no price: the event ``prices.unknown``, once for each model and day."""

from collections.abc import Iterable

import structlog

from powerautomation.gateway.metering.entities import RequestRecord
from powerautomation.gateway.metering.unpriced_sql import insert_alarm
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

UNKNOWN = "prices.unknown"
MOST_REMEMBERED = 10_000
# A client chooses the names of models: more new ones than this in one batch wait for their next request.
MOST_AT_ONCE = 50
_log = structlog.get_logger("prices")

_Model = tuple[str, str, str]


class PriceAlarm:
    """Looks at what was written to the ledger. Each process remembers what is announced; the table settles the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._announced: set[_Model] = set()
        self._day = ""

    async def on_batch(self, records: Iterable[RequestRecord]) -> None:
        """Announce the models of these records whose cost is unknown. When the database refuses, the next request of
        such a model tries again."""
        day = now().date().isoformat()
        if day != self._day or len(self._announced) > MOST_REMEMBERED:
            self._announced.clear()
            self._day = day
        new = {model for record in records for model in _unpriced(record)} - self._announced
        if not new:
            return
        models = sorted(new)[:MOST_AT_ONCE]
        try:
            async with self._database.unit_of_work() as session:
                for organization_id, provider, model in models:
                    if await insert_alarm(session, organization_id, provider, model, day):
                        payload = {"provider": provider, "model": model, "day": day}
                        record_event(session, organization_id, UNKNOWN, payload)
        except Problem as problem:
            _log.warning("prices.unknown_not_announced", code=problem.code, reason=problem.message)
            return
        self._announced.update(models)


def _unpriced(record: RequestRecord) -> Iterable[_Model]:
    if record.demo or record.cost_nanos is not None:
        return ()
    return {
        (record.organization_id, one.provider[:100], one.model[:200])
        for one in record.attempts
        if one.cost_nanos is None
    }
