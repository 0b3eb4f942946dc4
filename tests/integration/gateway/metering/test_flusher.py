"""From the journal into the ledger: everything once, whatever happens on the way."""

import asyncio
import os
from contextlib import asynccontextmanager

import pytest

from powerautomation.gateway.metering import Journal, flusher, rules
from powerautomation.gateway.metering.journal import journal_files
from powerautomation.infrastructure.database import DatabaseUnavailable
from powerautomation.kernel.clock import now_ms
from tests.integration.gateway.metering.conftest import open_ledger, until
from tests.unit.gateway.metering.records import STARTED_MS, attempt_of, record_of

HOUR = STARTED_MS // 3_600_000


async def test_a_request_gets_a_row_its_attempts_and_its_share_of_the_hour(ledger):
    failed = attempt_of(outcome="failed", status=429, failure_kind="overloaded", cost_nanos=0, output_tokens=0)
    ledger.journal.append(record_of("req_1", attempts=[failed, attempt_of()]))
    await ledger.flusher.flush_now()
    assert await ledger.ids() == ["req_1"]
    assert await ledger.count_attempts() == 2
    assert await ledger.sums() == [
        {
            "organization_id": "org_1",
            "hour": HOUR,
            "requested_model": "claude-sonnet-4-5",
            "deployment": "infini/kimi-k2-instruct",
            "api_key_id": "key_1",
            "currency": "USD",
            "requests": 1,
            "failed": 0,
            "refused": 0,
            "input_tokens": 200,
            "cached_input_tokens": 4000,
            "output_tokens": 50,
            "reasoning_tokens": 20,
            "spent_nanos": 485_000,
            "cost_nanos": 485_000,
            "baseline_nanos": 1_650_000,
            "unpriced_requests": 0,
            "demo_requests": 0,
        }
    ]
    assert ledger.told == [record_of("req_1", attempts=[failed, attempt_of()])]


async def test_only_requests_that_can_be_compared_count_in_a_saving(ledger):
    for record in (
        record_of("req_compared"),
        record_of("req_no_cost", cost_nanos=None),
        record_of("req_no_baseline", baseline_nanos=None, baseline_model="", baseline_currency=""),
        record_of("req_other_currency", baseline_currency="CNY"),
        record_of("req_failed", outcome="failed", cost_nanos=0, baseline_nanos=None),
        record_of("req_cancelled", outcome="cancelled", cost_nanos=7, baseline_nanos=None),
        record_of("req_demo", demo=True, cost_nanos=0, baseline_nanos=None),
    ):
        ledger.journal.append(record)
    await ledger.flusher.flush_now()
    (sums,) = await ledger.sums()
    assert (sums["requests"], sums["failed"], sums["demo_requests"], sums["unpriced_requests"]) == (7, 1, 1, 3)
    assert (sums["cost_nanos"], sums["baseline_nanos"]) == (485_000, 1_650_000)
    assert sums["spent_nanos"] == 3 * 485_000 + 7


async def test_sums_are_kept_apart_by_hour_model_deployment_key_currency_and_organization(ledger):
    ledger.journal.append(record_of("req_0"))
    for number, changes in enumerate(
        (
            {"started_ms": STARTED_MS + 3_600_000},
            {"requested_model": "claude-haiku-4-5"},
            {"attempts": [attempt_of(deployment="moonshot/kimi-k2.6")]},
            {"api_key_id": "key_2"},
            {"currency": "CNY"},
            {"organization_id": "org_2"},
        ),
        start=1,
    ):
        ledger.journal.append(record_of(f"req_{number}", **changes))
    await ledger.flusher.flush_now()
    assert [sums["requests"] for sums in await ledger.sums()] == [1] * 7


async def test_many_requests_come_through_whole_in_order_and_in_several_files(db, tmp_path):
    ledger = open_ledger(db, tmp_path / "journal", rotate_bytes=100_000, batch_bytes=50_000)
    expected = [f"req_{number:05d}" for number in range(1500)]
    for name in expected:
        ledger.journal.append(record_of(name, attempts=[attempt_of()] * (1 + (name > "req_01000"))))
    assert len(journal_files(ledger.journal.own_folder)) > 5
    assert ledger.flusher.lag_records == 1500
    await ledger.flusher.flush_now()
    assert ledger.flusher.lag_records == 0
    assert [record.request_id for record in ledger.told] == expected
    assert await ledger.ids() == expected
    assert await ledger.count_attempts() == 1500 + 499
    assert sum(sums["requests"] for sums in await ledger.sums()) == 1500
    assert journal_files(ledger.journal.own_folder) == (ledger.journal.path,)
    await ledger.flusher.stop()
    ledger.journal.close()
    assert list(ledger.folder.iterdir()) == []


async def test_a_request_that_is_in_the_ledger_already_changes_nothing(ledger):
    assert await ledger.insert(record_of("req_1")) == [record_of("req_1")]
    before = await ledger.sums()
    ledger.journal.append(record_of("req_1", cost_nanos=999))
    ledger.journal.append(record_of("req_2"))
    ledger.journal.append(record_of("req_2", cost_nanos=999))
    await ledger.flusher.flush_now()
    assert await ledger.ids() == ["req_1", "req_2"]
    assert [record.request_id for record in ledger.told] == ["req_2"]
    (sums,) = await ledger.sums()
    assert sums == {**before[0], **{name: 2 * value for name, value in before[0].items() if isinstance(value, int)}} | {
        "hour": HOUR
    }


async def test_one_request_several_times_in_one_batch_counts_once(ledger):
    for number in range(600):
        ledger.journal.append(record_of(f"req_{number % 100}"))
    await ledger.flusher.flush_now()
    assert len(await ledger.ids()) == 100
    assert await ledger.count_attempts() == 100
    (sums,) = await ledger.sums()
    assert sums["requests"] == 100


async def test_what_a_dead_process_left_is_adopted_once(ledger):
    dead = Journal(ledger.folder, rotate_bytes=2000)
    for number in range(12):
        dead.append(record_of(f"req_{number:02d}"))
    dead.close()
    ledger.journal.append(record_of("req_99"))
    await ledger.flusher.flush_now()
    assert await ledger.ids() == [f"req_{number:02d}" for number in range(12)] + ["req_99"]
    assert not dead.own_folder.exists()
    assert ledger.flusher.lag_records == 0


async def test_of_what_a_dead_process_had_noted_only_the_unfinished_counts(ledger):
    dead = Journal(ledger.folder)
    dead.note_running([record_of("req_1", outcome="failed"), record_of("req_2", outcome="failed")])
    dead.append(record_of("req_1"))
    os.close(dead._lock)
    await ledger.flusher.flush_now()
    assert await ledger.outcomes() == {"req_1": "completed", "req_2": "failed"}
    assert not dead.own_folder.exists()
    assert ledger.flusher.lag_records == 0


async def test_a_process_that_ends_well_leaves_no_notes(ledger):
    ended = Journal(ledger.folder)
    ended.note_running([record_of("req_1")])
    ended.note_running([record_of("req_2")])
    ended.note_running(())
    ended.close()
    assert list(ledger.folder.iterdir()) == [ledger.journal.own_folder]
    await ledger.flusher.flush_now()
    assert await ledger.ids() == []


async def test_the_journal_of_a_living_process_is_left_alone(ledger, db):
    living = open_ledger(db, ledger.folder)
    living.journal.append(record_of("req_living"))
    await ledger.flusher.flush_now()
    assert await ledger.ids() == []
    await living.flusher.flush_now()
    assert await ledger.ids() == ["req_living"]
    living.journal.close()


async def test_a_torn_end_is_passed_over_and_a_corrupt_line_set_aside_and_counted(ledger):
    dead = Journal(ledger.folder)
    dead.append(record_of("req_1"))
    with dead.path.open("ab") as file:
        file.write(b"\x00" * 50 + b"\n")
    dead.append(record_of("req_2"))
    dead.close()
    with dead.path.open("ab") as file:
        file.write(b'["req_3","org_1"')
    await ledger.flusher.flush_now()
    assert await ledger.ids() == ["req_1", "req_2"]
    assert (ledger.flusher.rejected, ledger.flusher.torn) == (1, 1)
    assert ledger.rejected() == [b"\x00" * 50]
    assert not dead.path.exists()


async def test_a_record_no_column_can_hold_does_not_keep_the_others_out(ledger, column, monkeypatch):
    ledger.journal.append(record_of("req_1"))
    # Longer than the column: PostgreSQL refuses it, SQLite has no lengths and takes it.
    ledger.journal.append(record_of("req_2", dialect="d" * 100))
    ledger.journal.append(record_of("req_3"))
    await ledger.flusher.flush_now()
    if column.database_url:
        assert await ledger.ids() == ["req_1", "req_3"]
        assert ledger.flusher.rejected == 1
        assert b"req_2" in ledger.rejected()[0]
    else:
        assert await ledger.ids() == ["req_1", "req_2", "req_3"]
        assert ledger.rejected() == []
    (sums, *_) = await ledger.sums()
    assert sums["requests"] == len(await ledger.ids())
    assert ledger.flusher.lag_records == 0


async def test_text_no_database_holds_does_not_stop_the_ledger(ledger):
    ledger.journal.append(record_of("req_1", session="a\x00b", requested_model="x" * 1000, error_code="e" * 500))
    await ledger.flusher.flush_now()
    assert await ledger.ids() == ["req_1"]
    assert ledger.flusher.rejected == 0


async def test_while_the_database_is_away_the_journal_keeps_everything(ledger, monkeypatch):
    work = ledger.db.unit_of_work
    away = True

    @asynccontextmanager
    async def unit_of_work():
        if away:
            raise DatabaseUnavailable("away")
        async with work() as session:
            yield session

    monkeypatch.setattr(ledger.db, "unit_of_work", unit_of_work)
    ledger.journal.append(record_of("req_1", started_ms=now_ms() - 30_000))
    with pytest.raises(DatabaseUnavailable):
        await ledger.flusher.flush_now()
    assert ledger.flusher.lag_records == 1
    assert 28 <= ledger.flusher.lag_seconds <= 50
    ledger.flusher.start()
    ledger.journal.append(record_of("req_2"))
    await asyncio.sleep(0)
    away = False
    await until(lambda: len(ledger.told) == 2)
    assert await ledger.ids() == ["req_1", "req_2"]
    assert (ledger.flusher.lag_records, ledger.flusher.lag_seconds) == (0, 0)
    assert ledger.rejected() == []


async def test_whoever_watches_and_fails_does_not_stop_the_ledger(ledger):
    async def fail(records):
        raise RuntimeError("the watcher broke")

    ledger.flusher._on_batch = fail
    ledger.journal.append(record_of("req_1"))
    await ledger.flusher.flush_now()
    assert await ledger.ids() == ["req_1"]
    assert ledger.flusher.lag_records == 0


async def test_in_the_background_requests_arrive_by_themselves(ledger):
    ledger.flusher.start()
    ledger.journal.append(record_of("req_1"))
    await until(lambda: len(ledger.told) == 1)
    ledger.journal.append(record_of("req_2"))
    await until(lambda: len(ledger.told) == 2)
    assert await ledger.ids() == ["req_1", "req_2"]


async def test_in_the_background_the_journal_is_made_durable(ledger, monkeypatch):
    synced = []
    monkeypatch.setattr(flusher, "sync_files", lambda descriptors, folder: synced.append(len(descriptors)))
    ledger.journal.append(record_of("req_1"))
    ledger.flusher.start()
    await until(lambda: synced == [1])


async def test_far_behind_the_ledger_does_not_rest(db, tmp_path, monkeypatch):
    monkeypatch.setattr(flusher, "REST_FACTOR", 1e9)
    monkeypatch.setattr(flusher, "LONGEST_REST_SECONDS", 3600.0)
    ledger = open_ledger(db, tmp_path / "journal", batch_bytes=4000)
    for number in range(200):
        ledger.journal.append(record_of(f"req_{number:03d}", started_ms=now_ms() - 120_000))
    for number in range(200, 400):
        ledger.journal.append(record_of(f"req_{number:03d}", started_ms=now_ms()))
    ledger.flusher.start()
    await until(lambda: len(ledger.told) > 200)
    # The last old batch may hold a few new records; after it the flusher rests for an hour.
    await asyncio.sleep(0.3)
    assert len(ledger.told) < 230
    await ledger.flusher.stop()
    await ledger.flusher.flush_now()
    assert len(await ledger.ids()) == 400
    ledger.journal.close()


async def test_a_file_that_is_in_the_ledger_is_emptied_when_no_requests_come(ledger, monkeypatch):
    monkeypatch.setattr(flusher, "EMPTY_AFTER_SECONDS", 0.0)
    ledger.flusher.start()
    ledger.journal.append(record_of("req_1"))
    await until(lambda: ledger.told and ledger.journal.size == 0)
    ledger.journal.append(record_of("req_2"))
    await until(lambda: len(ledger.told) == 2)
    assert await ledger.ids() == ["req_1", "req_2"]


async def test_stopping_leaves_to_the_next_start_what_is_not_in_the_ledger(ledger, db):
    ledger.flusher.start()
    ledger.journal.append(record_of("req_1"))
    await until(lambda: len(ledger.told) == 1)
    await ledger.flusher.stop()
    ledger.journal.append(record_of("req_2"))
    ledger.journal.close()
    after = open_ledger(db, ledger.folder)
    await after.flusher.flush_now()
    assert await after.ids() == ["req_1", "req_2"]
    assert [record.request_id for record in after.told] == ["req_2"]
    assert rules.is_compared(after.told[0])
    after.journal.close()
    ledger.journal = Journal(ledger.folder)
