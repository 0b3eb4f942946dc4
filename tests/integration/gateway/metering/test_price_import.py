"""Price files over HTTP: dry run, report, what is charged afterwards, and refusals; the same on both columns."""

from datetime import date
from decimal import Decimal

import pytest

from powerautomation.gateway.metering import load_imported_tables
from powerautomation.kernel import clock
from powerautomation.operations.health import Installation
from powerautomation.operations.health.storage import check_prices
from tests.integration.gateway.metering.test_ledger_api import answer_of
from tests.unit.gateway.metering.records import attempt_of, record_of

YAML = """
vendors:
  - vendor: infini
    source: a contract
    read_on: "2026-11"
    models:
      kimi-k2-instruct: {input: "0.50", cached_input: "0.10", output: "2.00"}
  - vendor: moonshot
    source: a contract
    read_on: "2026-11"
    models:
      kimi-k2.6:
        - {input: "0.90", cached_input: "0.16", output: "4.00", effective_from: 2026-11-01}
        - {input: "6.5", output: "27", currency: CNY}
"""
CSV = """vendor,model,currency,effective_from,input,cached_input,output,above_tokens,above_input,above_output
acme,rock,USD,2026-01-01,1,,2,100000,3,4
anthropic,claude-haiku-4-5,USD,,1,0.10,6,,,
"""


async def load(browser, token, content, name="prices.yaml", dry_run=False):
    body = {"file_name": name, "content": content, "dry_run": dry_run}
    return await browser.post("prices/import", json=body, headers={"x-csrf-token": token})


@pytest.fixture
async def token(people):
    return (await people.one.get("session")).json()["csrf_token"]


def kinds(answer):
    assert answer.status_code == 200, answer.text
    return {(one["vendor"], one["model"], one["price"]["currency"]): one["kind"] for one in answer.json()["changes"]}


async def tables(people):
    async with people.db.read() as session:
        return await load_imported_tables(session)


async def test_a_dry_run_says_the_same_and_changes_nothing(people, token):
    tried = await load(people.one, token, YAML, dry_run=True)
    assert await tables(people) == {}
    done = await load(people.one, token, YAML)
    assert (
        kinds(tried)
        == kinds(done)
        == {
            ("infini", "kimi-k2-instruct", "USD"): "added",
            ("moonshot", "kimi-k2.6", "USD"): "added",
            ("moonshot", "kimi-k2.6", "CNY"): "added",
        }
    )
    assert set(kinds(await load(people.one, token, YAML)).values()) == {"unchanged"}


async def test_imported_prices_hold_from_their_day_for_their_organization_only(people, token):
    await load(people.one, token, YAML)
    await load(people.one, token, CSV, "list.CSV")
    found = await tables(people)
    assert list(found) == ["org_1"]
    table = found["org_1"]
    assert table.price_of("infini", "kimi-k2-instruct", date(2026, 11, 21)).output == Decimal("2.00")
    assert table.price_of("moonshot", "kimi-k2.6", date(2026, 10, 31)).input == Decimal("0.95")
    assert table.price_of("moonshot", "kimi-k2.6", date(2026, 11, 1)).input == Decimal("0.90")
    assert table.price_of("moonshot", "kimi-k2.6", date(2026, 11, 1), "CNY").output == Decimal(27)
    assert table.baseline_price("claude-haiku-4-5", date(2026, 11, 1)).output == Decimal(6)
    rock = table.price_of("acme", "rock", date(2026, 1, 1))
    assert (rock.above_tokens, rock.above.output, rock.cached_input) == (100_000, Decimal(4), None)
    assert table.price_of("acme", "rock", date(2025, 12, 31)) is None
    two = await people.sign_in("bob", "org_2", "system_admin")
    shown = {(one["vendor"], one["model"]) for one in (await answer_of(two, "prices"))["items"]}
    assert ("acme", "rock") not in shown
    assert ("moonshot", "kimi-k2.6") in shown


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", "vendors: 3", "not a price list"),
        ("a.yaml", "vendors: [", "not a price list"),
        ("a.yaml", "vendors: []", "0 prices"),
        ("a.yaml", YAML.replace('"0.50"', '"-1"'), "input must be from 0"),
        ("a.yaml", YAML.replace('"0.50"', '"NaN"'), ""),
        ("a.yaml", YAML.replace("source: a contract", "source: &a contract", 1), "anchors"),
        ("a.csv", "vendor,model,input,output\nx,y,1\n", "Line 2"),
        ("a.csv", "vendor,model,input,output\nx,y,one,2\n", "Line 2"),
        ("a.csv", "vendor,model,input,output,speed\n", "Unknown: ['speed']"),
        ("a.csv", "vendor,model,input,output\nx,y,1,2\nx,y,1,3\n", "two prices"),
        ("a.csv", "vendor,model,input,output,above_input\nx,y,1,2,3\n", "above_tokens"),
        (
            "a.csv",
            "vendor,model,input,cached_input,output,above_tokens,above_input\nx,y,1,0.1,2,9,3\n",
            "above_cached_input",
        ),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(people, token, name, content, said):
    answer = await load(people.one, token, content, name)
    assert answer.json()["code"] == "prices.file_invalid"
    assert said in answer.json()["detail"]
    assert await tables(people) == {}


async def test_nobody_imports_without_the_permission(people):
    assert (await people.stranger.get("prices")).status_code == 401
    without_role = await people.sign_in("eve", "org_3", "none")
    own = (await without_role.get("session")).json()["csrf_token"]
    assert (await load(without_role, own, YAML)).status_code == 403
    assert (await without_role.get("prices")).status_code == 403


async def test_models_that_were_used_without_a_price_are_named_to_their_organization(people, ledger):
    unpriced = {"cost_nanos": None, "started_ms": clock.now_ms() - 60_000}
    for number in range(3):
        attempt = attempt_of(provider="local", model="my-finetune", cost_nanos=None)
        await ledger.insert(record_of(f"req_{number}", attempts=[attempt_of(), attempt], **unpriced))
    other = attempt_of(provider="local", model="secret", cost_nanos=None)
    await ledger.insert(record_of("req_other", organization_id="org_2", attempts=[other], **unpriced))
    await ledger.insert(record_of("req_old", attempts=[other], cost_nanos=None, started_ms=1_700_000_000_000))
    (only,) = (await answer_of(people.one, "prices/missing"))["items"]
    assert (only["provider"], only["model"], only["attempts"]) == ("local", "my-finetune", 3)
    check = await check_prices(Installation(people.app.state.settings, [], people.db, organization_id="org_1"))
    assert check is not None
    assert (check.state, "local/my-finetune (3)" in check.detail, "secret" in check.detail) == (
        "warning",
        True,
        False,
    )
    everywhere = await check_prices(Installation(people.app.state.settings, [], people.db))
    assert everywhere is not None
    assert "local/secret" in everywhere.detail
    assert (await people.stranger.get("prices/missing")).status_code == 401
