"""The usage explorer over HTTP: dimensions, filters, zones, currencies, broken caches, CSV, on both columns."""

import csv
import io

import pytest

from powerautomation.infrastructure.settings import ExchangeRateSettings
from tests.integration.gateway.metering.test_ledger_api import answer_of, moment
from tests.unit.gateway.metering.records import STARTED_MS, attempt_of, record_of

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PERIOD = {"from": moment(STARTED_MS - DAY_MS), "to": moment(STARTED_MS + DAY_MS)}


async def explored(browser, **query):
    return await answer_of(browser, "usage/explore", **(PERIOD | query))


def by_group(report, *names):
    return {row["group"]: tuple(row[name] for name in names) for row in report["rows"]}


@pytest.fixture
async def three(ledger):
    """A request that failed over between two providers, one of another person and project, one of a stranger."""
    failed = attempt_of(
        deployment="moonshot/kimi-k2.6", provider="moonshot", model="kimi-k2.6", outcome="failed", cost_nanos=7
    )
    one = {"person": "usr_ada", "project": "web", "tags": ("team-a", "nightly"), "task": "task-1"}
    two = {"person": "usr_bob", "project": "app", "tags": ("team-a",), "session": "session-2", "api_key_id": "key_2"}
    await ledger.insert(
        record_of("req_1", attempts=[failed, attempt_of()], cost_nanos=485_007, **one),
        record_of("req_2", started_ms=STARTED_MS + HOUR_MS, requested_model="claude-opus-4-8", **two),
        record_of("req_3", organization_id="org_2"),
    )


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("none", {"": 2}),
        ("model", {"claude-sonnet-4-5": 1, "claude-opus-4-8": 1}),
        ("served_model", {"kimi-k2-instruct": 2, "kimi-k2.6": 0}),
        ("provider", {"infini": 2, "moonshot": 0}),
        ("person", {"usr_ada": 1, "usr_bob": 1}),
        ("project", {"web": 1, "app": 1}),
        ("api_key", {"key_1": 1, "key_2": 1}),
        ("tag", {"team-a": 2, "nightly": 1}),
        ("session", {"session-1": 1, "session-2": 1}),
        ("task", {"task-1": 1, "": 1}),
    ],
)
async def test_requests_are_counted_by_every_dimension_and_once_in_the_totals(people, three, group_by, expected):
    report = await explored(people.one, bucket="none", group_by=group_by)
    assert {group: count for group, (count,) in by_group(report, "requests").items()} == expected
    (total,) = report["totals"]
    assert (total["requests"], total["attempts"], total["spent_nanos"]) == (2, 3, 970_007)


async def test_each_provider_is_charged_its_own_attempts(people, three):
    report = await explored(people.one, bucket="none", group_by="provider")
    assert by_group(report, "spent_nanos", "input_tokens") == {"infini": (970_000, 200), "moonshot": (7, 100)}


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("model", "claude-opus-4-8", 1), ("provider", "moonshot", 0), ("served_model", "kimi-k2-instruct", 2),
        ("deployment", "infini/kimi-k2-instruct", 2), ("person", "usr_bob", 1), ("project", "web", 1),
        ("api_key", "key_2", 1), ("tag", "team-a", 2), ("tag", "nightly", 1), ("tag", "team", 0), ("tag", "TEAM-A", 0),
        ("session", "session-2", 1), ("task", "task-1", 1), ("model", "%", 0),
    ],
)  # fmt: skip
async def test_sums_are_narrowed_by_every_dimension(people, three, name, value, count):
    report = await explored(people.one, bucket="none", **{name: value})
    assert sum(total["requests"] for total in report["totals"]) == count


async def test_days_are_those_of_the_zone_also_where_clocks_change(people, ledger):
    # 2026-10-25: Berlin's clocks go back at 01:00 UTC, so that the day has 25 hours.
    midnight = 1_792_879_200_000  # 2026-10-24T22:00:00Z
    await ledger.insert(
        record_of("req_1", started_ms=midnight), record_of("req_2", started_ms=midnight + 25 * HOUR_MS - 1),
        record_of("req_3", started_ms=midnight + 25 * HOUR_MS), record_of("req_4", started_ms=midnight - 1),
    )  # fmt: skip
    period = {"from": moment(midnight - DAY_MS), "to": moment(midnight + 3 * DAY_MS)}
    report = await answer_of(people.one, "usage/explore", time_zone="Europe/Berlin", **period)
    assert [(row["start"], row["requests"]) for row in report["rows"]] == [
        ("2026-10-23T22:00:00Z", 1),
        ("2026-10-24T22:00:00Z", 2),
        ("2026-10-25T23:00:00Z", 1),
    ]
    hours = await answer_of(people.one, "usage/explore", time_zone="Asia/Kolkata", bucket="hour", **period)
    assert hours["rows"][0]["start"] == "2026-10-24T21:30:00Z"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"time_zone": "Nowhere/Town"}, "usage.zone_unknown"),
        ({"time_zone": "../../etc/passwd"}, "request.invalid"),
        ({"from": moment(STARTED_MS), "to": moment(STARTED_MS)}, "usage.range_invalid"),
        ({"group_by": "password"}, "request.invalid"),
    ],
)
async def test_questions_that_make_no_sense_are_refused(people, query, code):
    answer = await people.one.get("usage/explore", params=PERIOD | query)
    assert answer.status_code in (400, 422), answer.text
    assert "traceback" not in answer.text.lower()
    if code.startswith("usage"):
        assert answer.json()["code"] == code


async def test_nobody_else_reads_the_sums(people, three):
    assert (await people.stranger.get("usage/explore")).status_code == 401
    assert (await people.stranger.get("usage/explore.csv")).status_code == 401
    without_role = await people.sign_in("eve", "org_3", "none")
    assert (await without_role.get("usage/explore")).status_code == 403
    two = await people.sign_in("bob", "org_2", "system_admin")
    assert [total["requests"] for total in (await explored(two))["totals"]] == [1]


async def test_savings_across_currencies_are_converted_at_the_rate_of_the_day_and_say_so(people, ledger):
    yuan = {"attempts": [attempt_of(currency="CNY", cost_nanos=1_000)], "cost_nanos": 1_000, "currency": "CNY"}
    await ledger.insert(record_of("req_1", baseline_nanos=500, **yuan))
    (unrated,) = (await explored(people.one))["totals"]
    assert (unrated["currency"], unrated["baseline_nanos"], unrated["unpriced_requests"]) == ("CNY", 0, 1)
    rates = [
        {"from": "USD", "to": "CNY", "rate": "9", "date": "2026-12-01"},
        {"from": "USD", "to": "CNY", "rate": "7.1", "date": "2026-11-01", "source": "a bank"},
        {"from": "CNY", "to": "USD", "rate": "5", "date": "2026-01-01"},
    ]
    people.app.state.settings = people.app.state.settings.model_copy(
        update={"exchange_rates": [ExchangeRateSettings.model_validate(rate) for rate in rates]}
    )
    report = await explored(people.one)
    (total,) = report["totals"]
    assert (total["baseline_nanos"], total["savings_nanos"], total["unpriced_requests"]) == (3_550, 2_550, 0)
    assert report["rates"] == [{"base": "USD", "quote": "CNY", "rate": "7.1", "on": "2026-11-01", "source": "a bank"}]


async def test_a_prompt_paid_again_because_another_deployment_served_the_session_is_stated(people, ledger):
    def turn(number, deployment, after_ms, prompt, cached=0, **more):
        attempt = attempt_of(deployment=deployment, input_tokens=prompt - cached, cached_input_tokens=cached)
        return record_of(
            f"req_{number}", started_ms=STARTED_MS + after_ms, attempts=[attempt], cache_discount_nanos=2_000_000_000,
            **more,
        )  # fmt: skip

    await ledger.insert(
        turn(1, "a/x", 0, 10_000),
        turn(2, "b/x", 60_000, 12_000, cached=1_000),  # 10,000 were known to a; 1,000 of them b had: 9,000 lost
        turn(3, "b/x", 120_000, 13_000, cached=12_000),  # stays: nothing lost
        turn(4, "a/x", 1_000_000, 14_000),  # the cache had ended by itself
        turn(5, "b/x", 1_001_000, 500, requested_model="claude-haiku-4-5"),  # another conversation of the session
    )
    report = await explored(people.one, bucket="none", group_by="deployment")
    assert by_group(report, "cache_breaks", "cache_lost_tokens", "cache_lost_nanos") == {
        "a/x": (0, 0, 0), "b/x": (1, 9_000, 18_000_000),
    }  # fmt: skip


async def test_csv_has_the_same_sums_exact_and_no_formulas(people, ledger):
    await ledger.insert(record_of("req_1", requested_model='=cmd("x"),1', cost_nanos=1))
    answer = await people.one.get("usage/explore.csv", params=PERIOD | {"group_by": "model"})
    assert answer.headers["content-type"].startswith("text/csv")
    (line,) = csv.DictReader(io.StringIO(answer.text))
    assert (line["start"], line["group"], line["currency"]) == ("2026-11-18T00:00:00+00:00", '\'=cmd("x"),1', "USD")
    assert (line["requests"], line["spent"], line["compared"]) == ("1", "0.000485", "0.000000001")
