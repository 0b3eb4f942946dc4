"""Bills over HTTP on both storage columns: compared, kept once, seen by their owner alone, refused when unreadable."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx2
import pytest

from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.gateway.reconciliation import MOST_BILL_BYTES
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Person, installation, settings_with
from tests.unit.gateway.metering.records import attempt_of, record_of

HEAD = "date,model,input_tokens,cached_input_tokens,output_tokens,amount,currency\n"
LATE = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)  # already November in Shanghai
EARLY = datetime(2026, 10, 5, 3, tzinfo=UTC)


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    rates = [{"from": "USD", "to": "CNY", "rate": "8", "date": "2026-01-01", "source": "a bank"}]
    async with installation(settings_with(column, exchange_rates=rates)) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    person = await here.administrator()
    for moment in (EARLY, LATE):
        started = int(moment.timestamp() * 1000)
        attempts = [attempt_of(started_ms=started, cost_nanos=2_000_000_000)]
        records = [
            record_of(
                f"{started}-{number}",
                organization_id=person.principal.organization_id,
                started_ms=started,
                attempts=attempts,
            )
            for number in range(10)
        ]
        async with here.application.database.unit_of_work() as session:
            await insert_prepared(session, [prepare_records(records)])
    return person


async def upload(person: Person, content: str | bytes, month: str = "2026-10", **query: str) -> httpx2.Response:
    body = content.encode() if isinstance(content, str) else content
    return await person.http.post(
        "/api/v1/reconciliations",
        params={"provider": "infini", "month": month, "file_name": "bill.csv", **query},
        content=body,
        headers={"content-type": "application/octet-stream"},
    )


def line(day: str, amount: str = "20", currency: str = "USD", output: int = 500) -> str:
    return f"{day},kimi-k2-instruct,1000,20000,{output},{amount},{currency}\n"


async def test_a_bill_is_compared_and_the_latest_result_of_a_month_is_kept(admin: Person) -> None:
    wrong = await upload(admin, HEAD + line("2026-10-05", "25") + line("2026-10-31"))
    assert wrong.status_code == 200, wrong.text
    body = wrong.json()
    assert (body["status"], body["differing_count"]) == ("differs", 1)
    assert [(one["day"], one["finding"]) for one in body["lines"]] == [
        ("2026-10-05", "price"),
        ("2026-10-31", "agrees"),
    ]
    tried = await upload(admin, HEAD + line("2026-10-05") + line("2026-10-31"), dry_run="true")
    assert tried.json()["status"] == "agrees"
    (kept,) = (await admin.ok("GET", "reconciliations"))["items"]
    assert (kept["provider"], kept["month"], kept["status"]) == ("infini", "2026-10", "differs")
    await upload(admin, HEAD + line("2026-10-05") + line("2026-10-31"))
    (kept,) = (await admin.ok("GET", "reconciliations"))["items"]
    assert (kept["status"], kept["tokens_agree"]) == ("agrees", True)
    again = await admin.ok("GET", "reconciliations/infini/2026-10")
    assert {one["finding"] for one in again["lines"]} == {"agrees"}
    assert again["totals"] == [
        {
            "currency": "USD",
            "here_nanos": 40_000_000_000,
            "there_nanos": 40_000_000_000,
            "credits_nanos": 0,
            "agrees": True,
            "rates": [],
        }
    ]


async def test_days_begin_on_the_bills_clocks(admin: Person) -> None:
    october = await upload(admin, HEAD + line("2026-10-05"), time_zone="Asia/Shanghai")
    assert october.json()["status"] == "agrees"
    november = await upload(admin, HEAD + line("2026-11-01"), "2026-11", time_zone="Asia/Shanghai")
    assert november.json()["status"] == "agrees"
    unknown = await upload(admin, HEAD + line("2026-11-01"), "2026-11", time_zone="Asia/Nowhere")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "reconciliations.bill_invalid")


async def test_another_currency_is_converted_and_the_rate_is_named(admin: Person) -> None:
    done = (await upload(admin, HEAD + line("2026-10-05", "160", "CNY") + line("2026-10-31", "160", "CNY"))).json()
    assert done["status"] == "agrees"
    assert done["totals"][0]["rates"] == ["1 USD = 8 CNY (2026-01-01, a bank)"]


async def test_what_cannot_be_compared_is_refused_and_nothing_is_kept(admin: Person) -> None:
    for content, month in [("what", "2026-10"), (HEAD + line("2026-09-05"), "2026-10"), (b"\xff\xff", "2026-10")]:
        refused = await upload(admin, content, month)
        assert (refused.status_code, refused.json()["code"]) == (422, "reconciliations.bill_invalid")
        assert refused.json()["action"]
    assert (await upload(admin, HEAD, "2026-13")).status_code == 422
    huge = await upload(admin, bytes(MOST_BILL_BYTES + 1))
    assert huge.status_code == 413
    assert (await admin.ok("GET", "reconciliations"))["items"] == []
    missing = await admin.call("GET", "reconciliations/infini/2026-10")
    assert (missing.status_code, missing.json()["code"]) == (404, "reconciliations.not_found")


async def test_of_a_bill_of_several_providers_and_accounts_the_wished_lines_count(admin: Person) -> None:
    bill = (
        "date,model,output_tokens,provider,account\n2026-10-05,m,1,infini,a\n2026-10-05,m,10,infini,b\n"
        "2026-10-05,m,100,moonshot,a\n"
    )
    for account, tokens in (("", 11), ("b", 10)):
        done = await upload(admin, bill, account=account)
        assert [one["there"]["output"] for one in done.json()["lines"] if one["model"] == "m"] == [tokens]


async def test_a_bill_larger_than_other_bodies_is_taken(admin: Person) -> None:
    rows = "".join(f"2026-10-05,m,0,0,1,,,{'x' * 150}\n" for _ in range(9_000))
    done = await upload(admin, HEAD.replace("\n", ",note\n") + rows)
    assert done.status_code == 200, done.text
    assert [one["there"]["output"] for one in done.json()["lines"] if one["model"] == "m"] == [9_000]


async def test_strangers_and_nobody_see_and_change_nothing(here: Installation, admin: Person) -> None:
    await upload(admin, HEAD + line("2026-10-05") + line("2026-10-31"))
    stranger = await here.stranger()
    assert (await stranger.ok("GET", "reconciliations"))["items"] == []
    assert (await stranger.call("GET", "reconciliations/infini/2026-10")).status_code == 404
    theirs = (await upload(stranger, HEAD + line("2026-10-05"))).json()
    assert {one["finding"] for one in theirs["lines"]} == {"missing_here"}
    assert (await admin.ok("GET", "reconciliations"))["items"][0]["status"] == "agrees"
    nobody = here.browser()
    assert (await nobody.get("/api/v1/reconciliations")).status_code == 401
    assert (await nobody.get("/api/v1/reconciliations/infini/2026-10")).status_code == 401
    path = "/api/v1/reconciliations?provider=infini&month=2026-10"
    assert (await nobody.post(path, content=b"x", headers={"content-type": "text/csv"})).status_code in (401, 403)
