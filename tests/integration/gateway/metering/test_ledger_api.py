"""The ledger over HTTP: pages, filters, details, sums in every zone, and nothing of another organization."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from powerautomation.gateway.metering import has_requests, summary_of
from powerautomation.gateway.metering.repository import listing
from powerautomation.identity.api_keys.tables import ApiKeyRow
from powerautomation.kernel import clock
from powerautomation.kernel.clock import from_ms
from tests.unit.gateway.metering.records import STARTED_MS, attempt_of, record_of

HOUR_MS = 3_600_000
MIDNIGHT_MS = STARTED_MS // (24 * HOUR_MS) * 24 * HOUR_MS
PATHS = ("requests", "requests/req_1", "usage")


def moment(milliseconds: int) -> str:
    return from_ms(milliseconds).isoformat().replace("+00:00", "Z")


async def answer_of(browser, path, **query):
    answer = await browser.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pages_of(browser, **query):
    pages = [await answer_of(browser, "requests", **query)]
    while pages[-1]["next_cursor"]:
        assert len(pages) < 50
        pages.append(await answer_of(browser, "requests", **query, cursor=pages[-1]["next_cursor"]))
    return [[item["id"] for item in page["items"]] for page in pages]


@contextmanager
def statements_on(db):
    """Collect the statements that ask the database something, without those that open and close transactions."""
    asked = []

    def note(connection, cursor, statement, parameters, context, many):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(statement)

    # Where what only reads has connections of its own, on SQLite, these are the ones that are used here.
    engine = db._reading_engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_nobody_reads_the_ledger_without_signing_in_or_without_the_permission(people):
    without_role = await people.sign_in("eve", "org_3", "none")
    for path in PATHS:
        assert (await people.stranger.get(path)).status_code == 401
        refused = await without_role.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "access.permission_missing")


async def test_an_organization_sees_its_own_requests_only(people, ledger):
    await ledger.insert(record_of("req_1"), record_of("req_2", organization_id="org_2"))
    two = await people.sign_in("bob", "org_2", "system_admin")
    for browser, own, other in ((people.one, "req_1", "req_2"), (two, "req_2", "req_1")):
        assert await pages_of(browser) == [[own]]
        assert (await answer_of(browser, f"requests/{own}"))["id"] == own
        refused = await browser.get(f"requests/{other}")
        assert (refused.status_code, refused.json()["code"]) == (404, "requests.not_found")
        report = await answer_of(browser, "usage", **{"from": moment(MIDNIGHT_MS), "to": moment(STARTED_MS + HOUR_MS)})
        assert [total["requests"] for total in report["totals"]] == [1]
        half_hours = await answer_of(
            browser,
            "usage",
            utc_offset_minutes=330,
            **{"from": moment(MIDNIGHT_MS), "to": moment(STARTED_MS + HOUR_MS)},
        )
        assert [total["requests"] for total in half_hours["totals"]] == [1]


async def test_an_organization_without_requests_has_none_whatever_others_have(people, ledger):
    await ledger.insert(record_of("req_2", organization_id="org_2"))
    async with ledger.db.read() as session:
        assert not await has_requests(session, "org_1")
        assert await has_requests(session, "org_2")
    assert await answer_of(people.one, "requests") == {"items": [], "next_cursor": None}


async def test_a_request_is_shown_with_what_it_cost_and_saved(people, ledger):
    record = record_of("req_1")
    await ledger.insert(record)
    async with ledger.db.unit_of_work() as session:
        session.add(
            ApiKeyRow(
                id="key_1",
                organization_id="org_1",
                name="laptop",
                token_hmac=b"0" * 32,
                hint="abcd",
                created_by_kind="user",
                created_by="usr_ada",
                created_at=clock.now(),
                expires_at=None,
                revoked_at=clock.now(),
                last_used_at=None,
            )
        )
    (item,) = (await answer_of(people.one, "requests"))["items"]
    assert item == {
        "id": "req_1",
        "started_at": "2026-11-18T11:06:40Z",
        "dialect": "anthropic-messages",
        "requested_model": "claude-sonnet-4-5",
        "deployment": "infini/kimi-k2-instruct",
        "route": "claude-to-k2",
        "stream": True,
        "outcome": "completed",
        "status": 200,
        "error_code": "",
        "duration_ms": 1250.0,
        "first_token_ms": 360.0,
        "overhead_ms": 0.41,
        "input_tokens": 100,
        "cached_input_tokens": 2000,
        "cache_write_tokens": 0,
        "output_tokens": 50,
        "reasoning_tokens": 10,
        "usage_estimated": False,
        "cost_nanos": 485_000,
        "currency": "USD",
        "baseline_nanos": 1_650_000,
        "baseline_model": "claude-sonnet-4-5",
        "baseline_currency": "USD",
        "savings_nanos": 1_165_000,
        "attempts_count": 1,
        "api_key_id": "key_1",
        "api_key_name": "laptop",
        "demo": False,
        "session": "session-1",
        "repeats": 0,
    }
    live = summary_of(record, "laptop")
    assert {name: getattr(live, name) for name in item} == item | {"started_at": from_ms(STARTED_MS)}


async def test_unknown_money_is_null_and_zero_is_zero(people, ledger):
    await ledger.insert(
        record_of("req_1", cost_nanos=None),
        record_of("req_2", baseline_nanos=None, baseline_model="", baseline_currency=""),
        record_of("req_3", cost_nanos=0),
        record_of("req_4", cost_nanos=0, baseline_nanos=None, demo=True),
        record_of("req_5", attempts=[], first_token_us=None, outcome="failed", cost_nanos=0),
    )
    items = {item["id"]: item for item in (await answer_of(people.one, "requests"))["items"]}
    assert [(items[name]["cost_nanos"], items[name]["savings_nanos"]) for name in sorted(items)] == [
        (None, None),
        (485_000, None),
        (0, 1_650_000),
        (0, None),
        (0, 1_650_000),
    ]
    assert (items["req_5"]["deployment"], items["req_5"]["first_token_ms"]) == (None, None)


async def test_a_request_page_says_why_in_english_and_as_data(people, ledger):
    stored = '[["model","kimi-k2"],["passed_over","infini/kimi-k2-instruct","images"],["answered_next","anthropic/*"]]'
    await ledger.insert(record_of("req_1", reason=stored))
    detail = await answer_of(people.one, "requests/req_1")
    assert detail["reason"] == (
        "kimi-k2 is a configured model. infini/kimi-k2-instruct was passed over: cannot read images. "
        "anthropic/* answered as the next able choice."
    )
    assert detail["reason_parts"] == [
        {"code": "model", "values": ["kimi-k2"]},
        {"code": "passed_over", "values": ["infini/kimi-k2-instruct", "images"]},
        {"code": "answered_next", "values": ["anthropic/*"]},
    ]


async def test_a_request_page_shows_why_and_every_attempt_in_order(people, ledger):
    first = attempt_of(
        deployment="moonshot/kimi-k2.6",
        outcome="failed",
        status=429,
        failure_kind="overloaded",
        failure_message="too many requests",
        first_token_us=None,
        cost_nanos=None,
        estimated=True,
    )
    await ledger.insert(record_of("req_1", attempts=[first, attempt_of(price_effective="2026-10-07")], cost_nanos=None))
    detail = await answer_of(people.one, "requests/req_1")
    assert (detail["attempts_count"], detail["input_tokens"], detail["usage_estimated"]) == (2, 200, True)
    assert (detail["reason"], detail["reason_parts"]) == ("claude-to-k2 sends claude-* to kimi-k2.", [])
    assert [attempt["deployment"] for attempt in detail["attempts"]] == [
        "moonshot/kimi-k2.6",
        "infini/kimi-k2-instruct",
    ]
    assert detail["attempts"][0] == {
        "deployment": "moonshot/kimi-k2.6",
        "provider": "infini",
        "model": "kimi-k2-instruct",
        "dialect": "openai-chat",
        "started_at": "2026-11-18T11:06:40Z",
        "duration_ms": 1200.0,
        "first_token_ms": None,
        "outcome": "failed",
        "status": 429,
        "failure_kind": "overloaded",
        "failure_message": "too many requests",
        "input_tokens": 100,
        "cached_input_tokens": 2000,
        "cache_write_5m_tokens": 0,
        "cache_write_1h_tokens": 0,
        "output_tokens": 50,
        "reasoning_tokens": 10,
        "estimated": True,
        "cost_nanos": None,
        "currency": "USD",
        "price_effective": "",
        "price_band": "",
    }
    assert detail["attempts"][1]["price_effective"] == "2026-10-07"


async def test_pages_are_newest_first_and_hold_each_request_once(people, ledger):
    # Three at each moment: the id decides, and a page may end between them.
    await ledger.insert(*[record_of(f"req_{number:02d}", started_ms=STARTED_MS + number // 3) for number in range(11)])
    newest_first = [f"req_{number:02d}" for number in range(10, -1, -1)]
    pages = await pages_of(people.one, limit=4)
    assert [len(page) for page in pages] == [4, 4, 3]
    assert [name for page in pages for name in page] == newest_first
    assert await pages_of(people.one, limit=11) == [newest_first]


async def test_new_requests_do_not_shift_the_next_page(people, ledger):
    await ledger.insert(*[record_of(f"req_{number}", started_ms=STARTED_MS + number) for number in range(4)])
    first = await answer_of(people.one, "requests", limit=2)
    await ledger.insert(record_of("req_new", started_ms=STARTED_MS + 99))
    second = await answer_of(people.one, "requests", limit=2, cursor=first["next_cursor"])
    assert [item["id"] for item in second["items"]] == ["req_1", "req_0"]


FILTERS = (
    ({"model": "claude-haiku-4-5"}, ["req_2"]),
    ({"deployment": "moonshot/kimi-k2.6"}, ["req_3"]),
    ({"outcome": "failed"}, ["req_4"]),
    ({"api_key_id": "key_2"}, ["req_5"]),
    ({"from": moment(STARTED_MS + 5), "to": moment(STARTED_MS + 6)}, ["req_5"]),
    ({"to": moment(STARTED_MS + 2)}, ["req_1"]),
    ({"model": "claude-sonnet-4-5", "outcome": "completed", "api_key_id": "key_1"}, ["req_3", "req_1"]),
    ({"model": "claude-%"}, []),
)


async def test_filters_narrow_the_list(people, ledger):
    await ledger.insert(
        record_of("req_1", started_ms=STARTED_MS + 1),
        record_of("req_2", started_ms=STARTED_MS + 2, requested_model="claude-haiku-4-5"),
        record_of("req_3", started_ms=STARTED_MS + 3, attempts=[attempt_of(deployment="moonshot/kimi-k2.6")]),
        record_of("req_4", started_ms=STARTED_MS + 4, outcome="failed"),
        record_of("req_5", started_ms=STARTED_MS + 5, api_key_id="key_2"),
    )
    for query, found in FILTERS:
        assert (query, await pages_of(people.one, **query)) == (query, [found])


async def test_filters_by_price_demo_model_and_currency(people, ledger):
    await ledger.insert(
        record_of("req_1", started_ms=STARTED_MS + 1),
        record_of("req_2", started_ms=STARTED_MS + 2, cost_nanos=None),
        record_of("req_3", started_ms=STARTED_MS + 3, cost_nanos=0, demo=True),
        record_of("req_4", started_ms=STARTED_MS + 4, currency="CNY"),
        record_of("req_5", started_ms=STARTED_MS + 5, currency="CNY", cost_nanos=None, outcome="cancelled"),
        record_of("req_6", started_ms=STARTED_MS + 6, organization_id="org_2", demo=True, currency="CNY"),
    )
    for query, found in (
        ({"priced": "true"}, ["req_4", "req_3", "req_1"]),
        ({"priced": "false"}, ["req_5", "req_2"]),
        ({"demo": "true"}, ["req_3"]),
        ({"demo": "false"}, ["req_5", "req_4", "req_2", "req_1"]),
        ({"currency": "CNY"}, ["req_5", "req_4"]),
        ({"currency": "EUR"}, []),
        ({"currency": "CNY", "priced": "false", "outcome": "cancelled"}, ["req_5"]),
    ):
        assert (query, await pages_of(people.one, **query)) == (query, [found])


async def test_what_did_not_end_well_and_what_a_key_sent_are_found_by_an_index(people, ledger):
    usual = [record_of(f"req_{number}", attempts=[]) for number in range(600)]
    await ledger.insert(*usual, record_of("req_x", outcome="failed"), record_of("req_y", api_key_id="key_2"))
    async with ledger.db.unit_of_work() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        if not is_sqlite:
            await session.execute(text("ANALYZE gateway_requests"))
        for filters, index in (
            ({"outcome": "failed"}, "ix_gateway_requests_organization_id_unfinished"),
            ({"api_key_id": "key_2"}, "ix_gateway_requests_organization_id_api_key_id"),
        ):
            query = listing("org_1", filters=filters, after=(STARTED_MS + 1, "req_2")).limit(50)
            words = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
            plan = " ".join(map(str, (await session.execute(text(f"{explain} {words}"))).all()))
            assert index in plan, plan
            assert "TEMP B-TREE" not in plan, plan


REFUSED = (
    ("requests", {"cursor": "nonsense!"}, "requests.cursor_invalid"),
    ("requests", {"cursor": "MTIz"}, "requests.cursor_invalid"),
    ("requests", {"cursor": "4pGgLnJlcV8x"}, "requests.cursor_invalid"),
    ("requests", {"cursor": "MS4A"}, "requests.cursor_invalid"),
    ("requests", {"limit": "0"}, "invalid_input"),
    ("requests", {"limit": "201"}, "invalid_input"),
    ("requests", {"outcome": "lost"}, "invalid_input"),
    ("requests", {"model": "a\x00"}, "invalid_input"),
    ("requests", {"priced": "perhaps"}, "invalid_input"),
    ("requests", {"currency": "usd"}, "invalid_input"),
    ("requests", {"from": "2026-11-18T00:00:00"}, "invalid_input"),
    ("requests/" + "r" * 65, {}, "invalid_input"),
    ("requests/a%00b", {}, "invalid_input"),
    ("usage", {"bucket": "week"}, "invalid_input"),
    ("usage", {"utc_offset_minutes": "841"}, "invalid_input"),
    ("usage", {"from": "2026-11-18T00:00:00Z", "to": "2026-11-18T00:00:00Z"}, "usage.range_invalid"),
    ("usage", {"from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "usage.range_invalid"),
    ("usage", {"from": "9999-12-31T00:00:00Z"}, "invalid_input"),
)


async def test_bad_questions_are_refused_in_words(people):
    for path, query, code in REFUSED:
        refused = await people.one.get(path, params=query)
        assert (path, query, refused.status_code, refused.json()["code"]) == (path, query, 422, code)


async def test_the_database_is_asked_the_same_few_times_however_long_a_page_is(people, ledger):
    async def questions(path, **query):
        with statements_on(ledger.db) as asked:
            await answer_of(people.one, path, **query)
        return [re.search(r"FROM (gateway_\w+|usage_hourly|api_keys)", statement) for statement in asked]

    def tables(found):
        return [match[1] for match in found if match]

    await ledger.insert(record_of("req_1"))
    for_one = tables(await questions("requests"))
    await ledger.insert(*[record_of(f"req_{number}", api_key_id=f"key_{number}") for number in range(2, 60)])
    # The names of keys take two questions: one for those that work, one for those that ended.
    assert for_one == tables(await questions("requests")) == ["gateway_requests", "api_keys", "api_keys"]
    detail = tables(await questions("requests/req_1"))
    assert detail == ["gateway_requests", "gateway_attempts", "api_keys", "api_keys"]
    assert tables(await questions("usage", group_by="model")) == ["usage_hourly"]


async def usage_of(browser, start, end, **query):
    return await answer_of(browser, "usage", **{"from": moment(start), "to": moment(end)}, **query)


def as_spoken(report):
    """``(start, group, currency): requests`` of a report's buckets."""
    return {(one["start"], one["group"], one["currency"]): one["requests"] for one in report["buckets"]}


async def test_usage_by_hour_adds_up_to_its_totals(people, ledger):
    await ledger.insert(
        record_of("req_1", started_ms=MIDNIGHT_MS),
        record_of("req_2", started_ms=MIDNIGHT_MS + HOUR_MS - 1),
        record_of("req_3", started_ms=MIDNIGHT_MS + HOUR_MS, cost_nanos=2_000_000),
        record_of("req_4", started_ms=MIDNIGHT_MS + 2 * HOUR_MS, cost_nanos=None),
        record_of("req_5", started_ms=MIDNIGHT_MS + 3 * HOUR_MS),
    )
    report = await usage_of(people.one, MIDNIGHT_MS, MIDNIGHT_MS + 3 * HOUR_MS, bucket="hour")
    assert [(one["start"], one["requests"], one["savings_nanos"]) for one in report["buckets"]] == [
        ("2026-11-18T00:00:00Z", 2, 2_330_000),
        ("2026-11-18T01:00:00Z", 1, -350_000),
        ("2026-11-18T02:00:00Z", 1, 0),
    ]
    assert report["totals"] == [
        {
            "currency": "USD",
            "requests": 4,
            "failed": 0,
            "refused": 0,
            "input_tokens": 400,
            "cached_input_tokens": 8000,
            "output_tokens": 200,
            "reasoning_tokens": 40,
            "spent_nanos": 2_970_000,
            "cost_nanos": 2_970_000,
            "baseline_nanos": 4_950_000,
            "savings_nanos": 1_980_000,
            "unpriced_requests": 1,
            "demo_requests": 0,
        }
    ]
    assert (report["from"], report["to"]) == ("2026-11-18T00:00:00Z", "2026-11-18T03:00:00Z")


GROUPS = {
    "none": {"": 3},
    "model": {"claude-sonnet-4-5": 2, "claude-haiku-4-5": 1},
    "deployment": {"infini/kimi-k2-instruct": 2, "moonshot/kimi-k2.6": 1},
    "api_key": {"key_1": 2, "key_2": 1},
}


@pytest.mark.parametrize("utc_offset_minutes", [0, 330])
async def test_usage_is_grouped_as_asked(people, ledger, utc_offset_minutes):
    await ledger.insert(
        record_of("req_1"),
        record_of("req_2", requested_model="claude-haiku-4-5"),
        record_of("req_3", api_key_id="key_2", attempts=[attempt_of(deployment="moonshot/kimi-k2.6")]),
    )
    span = (MIDNIGHT_MS, MIDNIGHT_MS + 24 * HOUR_MS)
    for group_by, groups in GROUPS.items():
        report = await usage_of(people.one, *span, group_by=group_by, utc_offset_minutes=utc_offset_minutes)
        assert {one["group"]: one["requests"] for one in report["buckets"]} == groups


async def test_currencies_are_never_added_up(people, ledger):
    await ledger.insert(
        record_of("req_1"),
        record_of("req_2", currency="CNY", baseline_currency="CNY", cost_nanos=10, baseline_nanos=30),
    )
    report = await usage_of(people.one, MIDNIGHT_MS, MIDNIGHT_MS + 24 * HOUR_MS)
    assert as_spoken(report) == {
        ("2026-11-18T00:00:00Z", "", "CNY"): 1,
        ("2026-11-18T00:00:00Z", "", "USD"): 1,
    }
    assert [(total["currency"], total["savings_nanos"]) for total in report["totals"]] == [
        ("CNY", 20),
        ("USD", 1_165_000),
    ]


@pytest.mark.parametrize(
    ("utc_offset_minutes", "midnight"),
    [(0, "00:00"), (480, "16:00"), (-300, "05:00"), (330, "18:30"), (345, "18:15"), (-210, "03:30"), (840, "10:00")],
)
async def test_a_day_begins_at_midnight_of_the_zone_asked_for(people, ledger, utc_offset_minutes, midnight):
    local_midnight_ms = MIDNIGHT_MS - utc_offset_minutes * 60_000
    await ledger.insert(
        record_of("req_1", started_ms=local_midnight_ms - 1),
        record_of("req_2", started_ms=local_midnight_ms),
        record_of("req_3", started_ms=local_midnight_ms + 24 * HOUR_MS - 1),
        record_of("req_4", started_ms=local_midnight_ms + 24 * HOUR_MS),
    )
    report = await usage_of(
        people.one,
        local_midnight_ms,
        local_midnight_ms + 24 * HOUR_MS,
        bucket="day",
        utc_offset_minutes=utc_offset_minutes,
    )
    assert [(one["start"], one["requests"]) for one in report["buckets"]] == [(moment(local_midnight_ms), 2)]
    assert moment(local_midnight_ms)[11:16] == midnight
    assert (report["from"], report["to"]) == (moment(local_midnight_ms), moment(local_midnight_ms + 24 * HOUR_MS))


async def test_zones_that_share_no_hour_with_utc_are_told_the_same_money(people, ledger):
    kinds = (
        {},
        {"cost_nanos": None},
        {"baseline_nanos": None, "baseline_currency": ""},
        {"baseline_currency": "CNY"},
        {"outcome": "failed", "cost_nanos": 0, "baseline_nanos": None},
        {"outcome": "cancelled", "cost_nanos": 7, "baseline_nanos": None},
        {"demo": True, "cost_nanos": 0, "baseline_nanos": None},
        {"attempts": [attempt_of(cache_write_1h_tokens=40), attempt_of()]},
    )
    await ledger.insert(*[record_of(f"req_{number}", **kind) for number, kind in enumerate(kinds)])
    whole = await usage_of(people.one, MIDNIGHT_MS, MIDNIGHT_MS + 24 * HOUR_MS)
    part = await usage_of(people.one, MIDNIGHT_MS, MIDNIGHT_MS + 24 * HOUR_MS, utc_offset_minutes=345)
    assert part["totals"] == whole["totals"]
    assert whole["totals"][0]["unpriced_requests"] == 3


async def test_a_range_is_widened_to_whole_hours_and_says_so(people, ledger):
    await ledger.insert(record_of("req_1", started_ms=STARTED_MS))
    report = await usage_of(people.one, STARTED_MS + 1, STARTED_MS + 2)
    assert [total["requests"] for total in report["totals"]] == [1]
    assert (report["from"], report["to"]) == ("2026-11-18T11:00:00Z", "2026-11-18T12:00:00Z")


async def test_usage_without_a_range_is_that_of_the_last_thirty_days(people, ledger):
    now = datetime.now(UTC)
    for name, days in (("req_now", 0), ("req_week", 7), ("req_old", 40)):
        await ledger.insert(record_of(name, started_ms=int((now - timedelta(days=days)).timestamp() * 1000)))
    report = await answer_of(people.one, "usage")
    assert [total["requests"] for total in report["totals"]] == [2]


async def test_an_answer_of_too_many_sums_is_refused_instead_of_cut(people, ledger, monkeypatch):
    monkeypatch.setattr("powerautomation.gateway.metering.service.MOST_BUCKETS", 2)
    await ledger.insert(*[record_of(f"req_{number}", started_ms=MIDNIGHT_MS + number * HOUR_MS) for number in range(3)])
    span = {"from": moment(MIDNIGHT_MS), "to": moment(MIDNIGHT_MS + 24 * HOUR_MS)}
    refused = await people.one.get("usage", params={**span, "bucket": "hour"})
    assert (refused.status_code, refused.json()["code"]) == (422, "usage.range_invalid")
    assert (await people.one.get("usage", params={**span, "bucket": "day"})).status_code == 200
