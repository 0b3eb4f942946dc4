"""A model without a price is announced once a day, whoever notices it, and stops being missing once it has one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from powerautomation.gateway.metering import PriceAlarm, RequestRecord
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.integration.app.installation import Installation, Person, installation
from tests.unit.gateway.metering.records import attempt_of, record_of

CSV = "vendor,model,input,output\nacme,mystery-1,1,2\n"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    return await here.administrator()


def unpriced(admin: Person, request_id: str, model: str = "mystery-1", **more: Any) -> RequestRecord:
    attempt = attempt_of(provider="acme", model=model, cost_nanos=None)
    organization_id = more.pop("organization_id", admin.principal.organization_id)
    return record_of(
        request_id,
        organization_id=organization_id,
        attempts=[attempt],
        cost_nanos=None,
        started_ms=clock.now_ms(),
        **more,
    )


async def written(here: Installation, *records: RequestRecord) -> None:
    for record in records:
        here.application.gateway.journal.append(record)
    await here.application.flusher.flush_now()


async def alarms(here: Installation) -> list[tuple[str, str]]:
    async with here.application.database.read() as session:
        rows = await session.scalars(select(OutboxEventRow).where(OutboxEventRow.kind == "prices.unknown"))
        return sorted((row.organization_id, row.payload["model"]) for row in rows)


async def test_a_model_without_a_price_is_announced_once_a_day(
    here: Installation, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = admin.principal.organization_id
    await written(here, unpriced(admin, "req_1"), unpriced(admin, "req_2"))
    await written(here, unpriced(admin, "req_3"))
    assert await alarms(here) == [(own, "mystery-1")]
    # Another process, which has not announced it, finds that it is known.
    await PriceAlarm(here.application.database).on_batch([unpriced(admin, "req_4")])
    assert await alarms(here) == [(own, "mystery-1")]
    tomorrow = clock.from_ms(clock.now_ms() + 86_400_000)
    monkeypatch.setattr("powerautomation.gateway.metering.price_alarm.now", lambda: tomorrow)
    await written(here, unpriced(admin, "req_5"), unpriced(admin, "req_6", model="mystery-2"))
    assert await alarms(here) == [(own, "mystery-1"), (own, "mystery-1"), (own, "mystery-2")]


async def test_what_is_free_priced_or_the_demo_models_is_no_alarm(here: Installation, admin: Person) -> None:
    own = admin.principal.organization_id
    await written(
        here,
        record_of("req_1", organization_id=own),
        record_of("req_2", organization_id=own, attempts=[attempt_of(cost_nanos=0)], cost_nanos=0),
        unpriced(admin, "req_3", demo=True),
    )
    assert await alarms(here) == []


async def test_a_price_that_is_stated_ends_the_alarm(here: Installation, admin: Person) -> None:
    await written(here, unpriced(admin, "req_1"))
    (missing,) = (await admin.ok("GET", "prices/missing"))["items"]
    assert (missing["provider"], missing["vendor"], missing["model"]) == ("acme", "acme", "mystery-1")
    stated = {"file_name": "stated.csv", "content": CSV, "dry_run": False}
    await admin.ok("POST", "prices/import", stated)
    assert (await admin.ok("GET", "prices/missing"))["items"] == []
    checks = {one["id"]: one for one in (await admin.ok("GET", "doctor"))["checks"]}
    assert checks["prices"]["state"] == "ok"
    await written(here, unpriced(admin, "req_2"))
    assert len((await admin.ok("GET", "prices/missing"))["items"]) == 1


async def test_an_alarm_that_cannot_be_stored_is_tried_again(
    here: Installation, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from powerautomation.gateway.metering import price_alarm
    from powerautomation.kernel.errors import Problem

    async def refuse(*arguments: object) -> bool:
        raise Problem("The database is away.", code="database.unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(price_alarm, "insert_alarm", refuse)
        await written(here, unpriced(admin, "req_1"))
    assert await alarms(here) == []
    await written(here, unpriced(admin, "req_2"))
    assert await alarms(here) == [(admin.principal.organization_id, "mystery-1")]
