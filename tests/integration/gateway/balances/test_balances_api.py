"""Balances: asked on demand and hourly, kept for each organization, announced when low, held against the ledger."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from powerautomation.gateway.balances import jobs
from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Installation, Person, installation, settings_with
from tests.unit.gateway.metering.records import attempt_of, record_of

KEY = "sk-balance-key-1234"
PATH = "/users/me/balance"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    simulator.reset()
    return simulator


@pytest.fixture
async def here(column: Settings, sim: Simulator) -> AsyncIterator[Installation]:
    url = sim.moonshot.base_url
    settings = settings_with(
        column,
        providers={
            "kimi": {"preset": "moonshot", "base_url": url, "api_key": KEY},
            "deep": {"preset": "deepseek", "base_url": url, "api_key": KEY, "low_balance": 200},
            "silent": {"dialect": "openai-chat", "base_url": url, "api_key": KEY},
        },
        models={
            name: {"deployments": [{"provider": provider, "model": "kimi-k2.6"}]}
            for name, provider in (("kimi", "kimi"), ("deep", "deep"), ("silent", "silent"))
        },
    )
    async with installation(settings) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    return await here.administrator()


def questions(sim: Simulator) -> int:
    return sum(one.path.endswith(PATH) for one in sim.ledger.account_questions())


async def announced(here: Installation) -> list[dict[str, Any]]:
    async with here.application.database.read() as session:
        rows = await session.scalars(select(OutboxEventRow).where(OutboxEventRow.kind == "providers.balance_low"))
        return [row.payload for row in rows]


async def shown(admin: Person) -> dict[str, Any]:
    return {one["provider"]: one for one in (await admin.ok("GET", "balances"))["items"]}


async def test_a_balance_is_asked_for_with_the_providers_key_and_shown(admin: Person, sim: Simulator) -> None:
    before = await shown(admin)
    assert sorted(before) == ["deep", "kimi"]
    assert (before["kimi"]["code"], before["kimi"]["amounts"]) == ("unasked", [])
    told = await admin.ok("POST", "balances/kimi/ask")
    assert told["amounts"] == [{"currency": "CNY", "available_nanos": 49_588_940_000}]
    assert (told["code"], told["low"]) == ("", False)
    assert sim.ledger.account_questions()[-1].api_key == KEY
    sim.account.available = "110.00"
    assert (await admin.ok("POST", "balances/deep/ask"))["amounts"] == [
        {"currency": "CNY", "available_nanos": 110_000_000_000}
    ]
    # Somebody who clicks often asks once.
    await admin.ok("POST", "balances/kimi/ask")
    assert questions(sim) == 1


async def test_every_hour_one_of_all_replicas_asks(
    here: Installation, admin: Person, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = here.application.balances
    await asyncio.gather(*(keeper.work() for _ in range(4)))
    assert questions(sim) == 1
    hour_later = clock.now_ms() + jobs.HOUR_MS
    monkeypatch.setattr(jobs, "now_ms", lambda: hour_later)
    await keeper.work()
    assert questions(sim) == 2


async def test_a_low_balance_is_announced_once_and_again_after_it_was_filled(
    here: Installation, admin: Person, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_ms = clock.now_ms()
    for number, available in enumerate(("20", "4.99", "1", "-0.5", "30", "2")):
        sim.account.available = available
        monkeypatch.setattr(jobs, "now_ms", lambda number=number: at_ms + number * 10_000)
        told = await admin.ok("POST", "balances/kimi/ask")
        assert told["low"] is (available in ("4.99", "1", "-0.5", "2")), available
    events = await announced(here)
    assert [one["available_nanos"] for one in events] == [{"CNY": "4990000000"}, {"CNY": "2000000000"}]
    checks = {one["id"]: one for one in (await admin.ok("GET", "doctor"))["checks"]}
    assert (checks["balances"]["state"], checks["balances"]["code"]) == ("warning", "balances_low")
    assert "kimi" in checks["balances"]["detail"]


async def test_each_provider_may_have_its_own_threshold(here: Installation, admin: Person, sim: Simulator) -> None:
    sim.account.available = "30"
    before = await admin.ok("POST", "balances/kimi/ask")
    assert before["threshold"] == {"nanos": 5_000_000_000, "days": 3, "source": "default"}
    told = await admin.ok("PUT", "balances/kimi/threshold", {"nanos": 50_000_000_000})
    assert told["threshold"] == {"nanos": 50_000_000_000, "days": 3, "source": "console"}
    assert told["low"], "the balance that is known is judged at once"
    assert [one["provider"] for one in await announced(here)] == ["kimi"]
    back = await admin.ok("PUT", "balances/kimi/threshold", {})
    assert (back["low"], back["threshold"]["source"]) == (False, "default")


async def test_the_configurations_threshold_holds_and_stays(admin: Person, sim: Simulator) -> None:
    sim.account.available = "110.00"
    told = await admin.ok("POST", "balances/deep/ask")
    assert (told["low"], told["threshold"]) == (True, {"nanos": 200_000_000_000, "days": 3, "source": "file"})
    refused = await admin.call("PUT", "balances/deep/threshold", {"nanos": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "balances.threshold_declared")
    unknown = await admin.call("PUT", "balances/silent/threshold", {"nanos": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "balances.not_found")
    assert (await admin.call("PUT", "balances/kimi/threshold", {"nanos": -1})).status_code == 422


async def test_a_threshold_may_be_set_before_the_first_question(admin: Person, sim: Simulator) -> None:
    sim.account.available = "30"
    early = await admin.ok("PUT", "balances/kimi/threshold", {"nanos": 50_000_000_000, "days": 10})
    assert (early["asked_at"], early["code"], early["low"]) == (None, "unasked", False)
    assert (await admin.ok("POST", "balances/kimi/ask"))["low"]


async def test_a_balance_that_lasts_less_than_three_days_is_low(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    spent = attempt_of(provider="kimi", currency="CNY", cost_nanos=70_000_000_000, started_ms=clock.now_ms() - 1000)
    record = record_of(
        "req_1",
        organization_id=admin.principal.organization_id,
        attempts=[spent],
        started_ms=clock.now_ms() - 1000,
    )
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records([record])])
    sim.account.available = "20"
    told = await admin.ok("POST", "balances/kimi/ask")
    assert (told["low"], round(told["lasts_days"], 1)) == (True, 2.0)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (500, None, "unreadable"),
        (403, None, "refused"),
        (200, b"not json", "unreadable"),
        (200, b'{"code":5,"status":false,"data":{"available_balance":1}}', "unreadable"),
        (200, b'{"status":true,"data":{"available_balance":"NaN"}}', "unreadable"),
        (200, b'{"status":true,"data":{"available_balance":1e99}}', "unreadable"),
        (200, b"[" * 60_000, "unreadable"),
        (200, b" " * 100_000, "unreachable"),
    ],
)
async def test_an_answer_of_no_use_harms_nothing_and_tells_no_key(
    admin: Person, sim: Simulator, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes | None, code: str,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    first = await admin.ok("POST", "balances/kimi/ask")
    later = clock.now_ms() + 60_000
    monkeypatch.setattr(jobs, "now_ms", lambda: later)
    sim.account.status, sim.account.body = status, body
    told = await admin.ok("POST", "balances/kimi/ask")
    assert (told["code"], told["amounts"], told["known_at"]) == (code, first["amounts"], first["known_at"])
    sim.moonshot.always(say("Hello."))
    assert (await admin.ask("kimi")).status_code == 200
    assert KEY not in caplog.text + capsys.readouterr().out + str(told)


async def test_a_month_of_balances_is_held_against_the_ledger(
    here: Installation, admin: Person, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    start = int(now.replace(day=2, hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)
    for number, available in enumerate(("50", "49", "99", "97.5")):
        sim.account.available = available
        monkeypatch.setattr(jobs, "now_ms", lambda number=number: start + number * jobs.HOUR_MS)
        await here.application.balances.ask_now(admin.principal.organization_id, "kimi")
    costs = (1_000_000_000, 1_499_000_000)
    records = [
        record_of(
            f"req_{number}",
            organization_id=admin.principal.organization_id,
            started_ms=start + number * 2 * jobs.HOUR_MS + 60_000,
            attempts=[
                attempt_of(
                    provider="kimi",
                    currency="CNY",
                    cost_nanos=cost,
                    started_ms=start + number * 2 * jobs.HOUR_MS + 60_000,
                )
            ],
        )
        for number, cost in enumerate(costs)
    ]
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records(records)])
    (change,) = (await admin.ok("GET", f"balances/months/{now:%Y-%m}"))["items"]
    assert (change["fallen_nanos"], change["raised_nanos"]) == (2_500_000_000, 50_000_000_000)
    assert (change["ledger_nanos"], change["finding"]) == (2_499_000_000, "agrees")
    assert (await admin.ok("GET", "balances/months/2024-01"))["items"] == []


async def test_balances_are_their_organizations_own(here: Installation, admin: Person) -> None:
    await admin.ok("POST", "balances/kimi/ask")
    stranger = await here.stranger()
    assert (await shown(stranger))["kimi"]["amounts"] == []
    assert (await stranger.ok("GET", f"balances/months/{clock.now():%Y-%m}"))["items"] == []
    unknown = await admin.call("POST", "balances/silent/ask")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "balances.not_found")
    nobody = here.browser()
    for method, path in (("GET", "balances"), ("POST", "balances/kimi/ask"), ("GET", "balances/months/2026-01")):
        assert (await nobody.request(method, f"/api/v1/{path}")).status_code == 401
