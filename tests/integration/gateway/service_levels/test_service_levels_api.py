"""Service levels over HTTP on both storage columns: measured, judged once, seen by their owner alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.gateway.service_levels.jobs import ServiceLevelKeeper
from powerautomation.gateway.service_levels.rules import declared_promises, hour_of
from powerautomation.gateway.service_levels.service import measure_hours
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.integration.app.installation import Installation, Person, installation, settings_with
from tests.unit.gateway.metering.records import attempt_of, record_of

LAST_MONTH = datetime(2026, 10, 15, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
PROMISE = {
    "availability_percent": "99.9",
    "latency_p95_ms": 300,
    "error_rate_percent": None,
    "credits": [{"below_percent": "99.9", "credit_percent": "10"}],
}


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    declared = {
        "dialect": "openai-chat",
        "base_url": "http://127.0.0.1:1/v1",
        "promise": {"availability_percent": 99.5},
    }
    settings = settings_with(
        column,
        providers={"filed": declared},
        models={"m": {"deployments": [{"provider": "filed", "model": "kimi-k2.6"}]}},
    )
    async with installation(settings) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    return await here.administrator()


async def fill(here: Installation, organization_id: str, at: datetime, *, good: int, failed: int) -> None:
    """Put attempts at ``infini`` into the ledger and measure their hour."""
    started = int(at.timestamp() * 1000)
    failure = attempt_of(
        outcome="failed", failure_kind="server", first_token_us=None, started_ms=started, cost_nanos=0, currency="USD"
    )
    prefix = f"{organization_id}-{started}"
    records = [
        record_of(
            f"{prefix}-{number}",
            organization_id=organization_id,
            started_ms=started + number,
            attempts=[attempt_of(started_ms=started, first_token_us=450_000)],
        )
        for number in range(good)
    ] + [
        record_of(
            f"{prefix}-f{number}",
            organization_id=organization_id,
            started_ms=started,
            attempts=[failure],
            outcome="failed",
        )
        for number in range(failed)
    ]
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records(records)])
    async with here.application.database.unit_of_work() as session:
        await measure_hours(session, organization_id, hour_of(at), hour_of(at) + 1)


async def test_attempts_of_the_ledger_become_hours_days_and_months(here: Installation, admin: Person) -> None:
    at = clock.now() - timedelta(minutes=1)
    await fill(here, admin.principal.organization_id, at, good=97, failed=3)
    for period in ("hour", "day", "month"):
        items = (await admin.ok("GET", f"service-levels?period={period}"))["items"]
        (infini,) = [item for item in items if item["provider"] == "infini"]
        measured = infini["periods"][-1]
        assert (measured["attempts"], measured["failed"], measured["availability_percent"]) == (100, 3, 97.0)
        assert 330 < measured["latency_p50_ms"] < 580
        assert infini["promise"] is None


async def test_counting_twice_changes_nothing(here: Installation, admin: Person) -> None:
    at = clock.now() - timedelta(minutes=1)
    await fill(here, admin.principal.organization_id, at, good=10, failed=0)
    async with here.application.database.unit_of_work() as session:
        await measure_hours(session, admin.principal.organization_id, hour_of(at), hour_of(at) + 1)
    items = (await admin.ok("GET", "service-levels"))["items"]
    assert [item["this_month"]["attempts"] for item in items if item["provider"] == "infini"] == [10]


async def test_a_broken_promise_is_a_breach_an_event_and_a_credit_once(
    here: Installation, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization_id = admin.principal.organization_id
    await admin.ok("PUT", "service-levels/infini/promise", PROMISE)
    await fill(here, organization_id, LAST_MONTH, good=95, failed=5)
    monkeypatch.setattr("powerautomation.gateway.service_levels.jobs.now", lambda: NOW)
    for _ in range(3):
        keeper = ServiceLevelKeeper(here.application.database, declared_promises(here.application.settings))
        await keeper.work()
    breaches = (await admin.ok("GET", "service-levels/breaches"))["items"]
    assert {(one["period"], one["measure"]) for one in breaches} == {
        ("month", "availability"),
        ("month", "latency_p95"),
    }
    (credit,) = (await admin.ok("GET", "service-levels/credits"))["items"]
    spent = 95 * 485_000
    assert (credit["month"], credit["spent_nanos"], credit["amount_nanos"]) == ("2026-10", spent, spent // 10)
    assert credit["measured_percent"] == 95.0
    exported = await admin.call("GET", "service-levels/credits.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.text.splitlines()[1].startswith("2026-10,infini,USD,0.004607500,0.046075000,10,")
    async with here.application.database.read() as session:
        kinds = list(
            await session.scalars(
                select(OutboxEventRow.kind).where(OutboxEventRow.kind.startswith("service_levels.", autoescape=True))
            )
        )
    assert sorted(kinds) == ["service_levels.breached", "service_levels.breached", "service_levels.credited"]


async def test_a_month_is_judged_only_when_it_is_over(
    here: Installation, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await admin.ok("PUT", "service-levels/infini/promise", PROMISE)
    await fill(here, admin.principal.organization_id, LAST_MONTH, good=95, failed=5)
    monkeypatch.setattr(
        "powerautomation.gateway.service_levels.jobs.now", lambda: datetime(2026, 10, 31, 23, 50, tzinfo=UTC)
    )
    await ServiceLevelKeeper(here.application.database, {}).work()
    assert (await admin.ok("GET", "service-levels/credits"))["items"] == []


async def test_a_promise_of_the_file_is_read_only(admin: Person) -> None:
    items = (await admin.ok("GET", "service-levels"))["items"]
    (filed,) = [item for item in items if item["provider"] == "filed"]
    assert (filed["declared"], filed["promise"]["availability_percent"]) == (True, 99.5)
    refused = await admin.call("PUT", "service-levels/filed/promise", PROMISE)
    assert (refused.status_code, refused.json()["code"]) == (409, "service_levels.promise_read_only")


async def test_a_promise_can_be_changed_and_forgotten(admin: Person) -> None:
    await admin.ok("PUT", "service-levels/infini/promise", PROMISE)
    await admin.ok("PUT", "service-levels/infini/promise", {**PROMISE, "latency_p95_ms": 500})
    items = {item["provider"]: item for item in (await admin.ok("GET", "service-levels"))["items"]}
    assert items["infini"]["promise"]["latency_p95_ms"] == 500
    await admin.ok("DELETE", "service-levels/infini/promise")
    again = await admin.call("DELETE", "service-levels/infini/promise")
    assert (again.status_code, again.json()["code"]) == (404, "service_levels.promise_not_found")


@pytest.mark.parametrize(
    "body",
    [{}, {"availability_percent": 101}, {"latency_p95_ms": 0}, {**PROMISE, "more": 1}],
    ids=["nothing", "too much", "zero", "unknown field"],
)
async def test_a_promise_that_makes_no_sense_is_refused(admin: Person, body: dict[str, object]) -> None:
    assert (await admin.call("PUT", "service-levels/infini/promise", body)).status_code in (400, 422)


async def test_nobody_sees_or_changes_what_another_organization_has(here: Installation, admin: Person) -> None:
    stranger = await here.stranger()
    await admin.ok("PUT", "service-levels/infini/promise", PROMISE)
    await fill(here, admin.principal.organization_id, clock.now(), good=30, failed=0)
    items = (await stranger.ok("GET", "service-levels"))["items"]
    assert [item["provider"] for item in items] == ["filed"]
    assert (await stranger.call("DELETE", "service-levels/infini/promise")).status_code == 404
    assert (await here.browser().get("/api/v1/service-levels")).status_code == 401
    assert msgspec.json.decode((await stranger.call("GET", "service-levels/credits")).content) == {"items": []}
