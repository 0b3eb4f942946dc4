"""The journal: one line per record, locked by the living, taken over from the dead, never half-written."""

import errno
import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.metering import Journal, JournalFull
from powerautomation.gateway.metering.journal import claim_abandoned, journal_files
from powerautomation.gateway.metering.journal_reader import (
    JournalFile,
    count_lines,
    decode_lines,
    read_batch,
    set_aside,
)
from tests.unit.gateway.metering.records import attempt_of, record_of


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal")
    yield journal
    journal.close()


def records_in(journal):
    found = []
    for path in journal_files(journal.own_folder):
        batch = read_batch(JournalFile(path, is_growing=path == journal.path), 1 << 20)
        records, rejected = decode_lines(batch.lines)
        assert not rejected
        found += records
    return found


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
counts = st.integers(min_value=0, max_value=10**12)
nanos = st.none() | st.integers(min_value=0, max_value=10**15)
attempts = st.builds(
    attempt_of, model=text, failure_message=text, output_tokens=counts, cost_nanos=nanos, first_token_us=st.none()
)
some_records = st.builds(
    record_of,
    text,
    requested_model=text,
    session=text,
    attempts=st.lists(attempts, max_size=3),
    cost_nanos=nanos,
    baseline_nanos=nanos,
    demo=st.booleans(),
)


@given(st.lists(some_records, max_size=5))
def test_what_is_appended_is_read_back(tmp_path_factory, appended):
    journal = Journal(tmp_path_factory.mktemp("journal"))
    for record in appended:
        journal.append(record)
    assert records_in(journal) == appended
    journal.close()


def test_a_record_is_one_line_in_the_file_when_append_returns(journal):
    journal.append(record_of("req_1"))
    written = journal.path.read_bytes()
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    assert len(written) == journal.size


def test_half_characters_are_replaced_instead_of_refused(journal):
    journal.append(record_of("req_1", requested_model="claude-\ud800"))
    assert [record.requested_model for record in records_in(journal)] == ["claude-?"]


def test_the_character_no_database_holds_is_left_out_and_text_that_looks_like_it_is_kept(journal):
    journal.append(record_of("req_1", session="a\x00b", attempts=[attempt_of(failure_message="\x00")]))
    journal.append(record_of("req_2", session="a\\u0000b"))
    first, second = records_in(journal)
    assert (first.session, first.attempts[0].failure_message) == ("ab", "")
    assert second.session == "a\\u0000b"


def test_a_full_file_is_followed_by_another(tmp_path):
    journal = Journal(tmp_path, rotate_bytes=2000)
    for number in range(20):
        journal.append(record_of(f"req_{number}"))
    files = journal_files(journal.own_folder)
    assert len(files) > 3
    assert files[-1] == journal.path
    assert all(path.stat().st_size < 3000 for path in files)
    assert [record.request_id for record in records_in(journal)] == [f"req_{number}" for number in range(20)]
    journal.close()


def test_a_full_disk_refuses_the_record_and_leaves_nothing_half_written(journal, monkeypatch):
    journal.append(record_of("req_1"))
    write = os.write

    def nearly_full(descriptor, line):
        return write(descriptor, line[:40])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", nearly_full)
        with pytest.raises(JournalFull) as refused:
            journal.append(record_of("req_2"))
    assert refused.value.status == 503
    assert "Free disk space" in refused.value.action
    journal.append(record_of("req_3"))
    assert [record.request_id for record in records_in(journal)] == ["req_1", "req_3"]
    assert journal.total == 2


def test_half_a_line_that_cannot_be_taken_back_does_not_spoil_the_next_one(journal, monkeypatch):
    journal.append(record_of("req_1"))
    write = os.write

    def broken(descriptor, line):
        return write(descriptor, line[:40])

    def refuse(descriptor, size):
        raise OSError(errno.EIO, "no")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", broken)
        patch.setattr(os, "ftruncate", refuse)
        with pytest.raises(JournalFull):
            journal.append(record_of("req_2"))
    journal.append(record_of("req_3"))
    assert [record.request_id for record in records_in(journal)] == ["req_1", "req_3"]


def test_a_disk_that_fails_is_told_in_words(journal, monkeypatch):
    def fail(descriptor, line):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(JournalFull, match="Input/output error"):
        journal.append(record_of("req_1"))


def test_a_record_is_safe_also_when_there_is_no_room_for_another_file(tmp_path, monkeypatch):
    journal = Journal(tmp_path, rotate_bytes=500)
    open_file = os.open

    def no_new_files(path, flags, *mode):
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return open_file(path, flags, *mode)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", no_new_files)
        journal.append(record_of("req_1"))
        journal.append(record_of("req_2"))
    assert len(journal_files(journal.own_folder)) == 1
    journal.append(record_of("req_3"))
    assert len(journal_files(journal.own_folder)) == 2
    assert [record.request_id for record in records_in(journal)] == ["req_1", "req_2", "req_3"]
    journal.close()


def test_every_written_file_is_synced_once(tmp_path, monkeypatch):
    journal = Journal(tmp_path, rotate_bytes=1000)
    for number in range(4):
        journal.append(record_of(f"req_{number}"))
    synced = []
    fsync = os.fsync

    def note(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    written = {path.stat().st_ino for path in journal_files(journal.own_folder) if path.stat().st_size}
    journal.sync()
    assert written <= set(synced)
    synced.clear()
    journal.sync()
    assert synced == []
    journal.close()


def test_a_file_is_emptied_only_when_all_of_it_was_read(journal):
    journal.append(record_of("req_1"))
    read_to = journal.size
    journal.append(record_of("req_2"))
    assert not journal.empty_if_size(read_to)
    assert journal.empty_if_size(journal.size)
    journal.append(record_of("req_3"))
    assert [record.request_id for record in records_in(journal)] == ["req_3"]


def test_a_journal_without_records_leaves_nothing_behind(tmp_path):
    Journal(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_living_journal_is_nobody_elses(journal):
    journal.append(record_of("req_1"))
    assert claim_abandoned(journal.folder, 8) == []


def test_what_a_closed_journal_leaves_is_claimed_by_one_only(tmp_path):
    left = Journal(tmp_path)
    left.append(record_of("req_1"))
    left.close()
    claimed = claim_abandoned(tmp_path, 8)
    assert [(folder.folder, folder.files) for folder in claimed] == [(left.own_folder, (left.path,))]
    assert claim_abandoned(tmp_path, 8) == []
    claimed[0].release()
    assert left.path.exists()
    again = claim_abandoned(tmp_path, 8)
    left.path.unlink()
    again[0].release()
    assert list(tmp_path.iterdir()) == []


def test_folders_that_are_no_journal_are_left_alone(tmp_path):
    (tmp_path / "somebody-elses").mkdir()
    (tmp_path / "1795000000000-1-0123abcd").write_text("a file")
    assert claim_abandoned(tmp_path, 8) == []
    assert list((tmp_path / "somebody-elses").iterdir()) == []


def test_oldest_folders_are_claimed_first_and_not_more_than_wanted(tmp_path):
    journals = [Journal(tmp_path) for _ in range(3)]
    for journal in journals:
        journal.append(record_of("req_1"))
        journal.close()
    oldest = sorted(journal.own_folder for journal in journals)[:2]
    claimed = claim_abandoned(tmp_path, 2)
    assert [folder.folder for folder in claimed] == oldest
    for folder in claimed:
        folder.release()


def test_a_folder_that_came_back_from_a_backup_without_its_lock_is_claimed(tmp_path):
    left = Journal(tmp_path)
    left.append(record_of("req_1"))
    left.close()
    (left.own_folder / "lock").unlink()
    (folder,) = claim_abandoned(tmp_path, 8)
    assert folder.files == (left.path,)
    folder.release()


def test_the_end_of_a_growing_file_is_left_until_it_is_whole(journal):
    journal.append(record_of("req_1"))
    with journal.path.open("ab") as file:
        file.write(b'["req_2","org')
    batch = read_batch(JournalFile(journal.path, is_growing=True), 1 << 20)
    assert len(batch.lines) == 1
    assert batch.consumed == journal.size
    assert not batch.is_torn


def test_the_torn_end_of_a_dead_file_is_passed_over(journal):
    journal.append(record_of("req_1"))
    with journal.path.open("ab") as file:
        file.write(b'["req_2","org')
    batch = read_batch(JournalFile(journal.path, is_growing=False), 1 << 20)
    assert len(batch.lines) == 1
    assert batch.is_torn
    assert batch.consumed == journal.path.stat().st_size


def test_a_whole_record_at_the_end_of_a_dead_file_counts_without_its_line_end(journal):
    journal.append(record_of("req_1"))
    os.truncate(journal.path, journal.size - 1)
    batch = read_batch(JournalFile(journal.path, is_growing=False), 1 << 20)
    assert not batch.is_torn
    assert [record.request_id for record in decode_lines(batch.lines)[0]] == ["req_1"]


@pytest.mark.parametrize("batch_bytes", [1, 100, 700, 5000])
def test_any_batch_size_reads_every_line_once(journal, batch_bytes):
    for number in range(9):
        journal.append(record_of(f"req_{number}"))
    file = JournalFile(journal.path, is_growing=False)
    found = []
    while (batch := read_batch(file, batch_bytes)).consumed:
        found += [record.request_id for record in decode_lines(batch.lines)[0]]
        file.offset += batch.consumed
    assert found == [f"req_{number}" for number in range(9)]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"\x00" * 40,
        b"\xff\xfe",
        msgspec.json.encode(record_of("r")).replace(b"60000", b"6" * 30),
        msgspec.json.encode(record_of("r")).replace(b"60000", b"-1"),
        msgspec.json.encode(record_of("r")).replace(b"60000", b'"many"'),
        msgspec.json.encode(record_of("r"))[:-1],
    ],
)
def test_a_line_that_is_no_record_is_rejected(line):
    good = msgspec.json.encode(record_of("req_1"))
    records, rejected = decode_lines([good, line, good])
    assert [record.request_id for record in records] == ["req_1", "req_1"]
    assert rejected == [line]


def test_a_line_of_a_later_version_with_more_fields_is_read():
    line = msgspec.json.encode(record_of("req_1"))[:-1] + b',"new"]'
    assert decode_lines([line])[0] == [record_of("req_1")]


@given(st.data())
def test_wherever_a_dead_file_ends_all_whole_records_are_read_and_no_other(tmp_path_factory, data):
    journal = Journal(tmp_path_factory.mktemp("journal"))
    ends = []
    for number in range(3):
        journal.append(record_of(f"req_{number}", attempts=[]))
        ends.append(journal.size)
    cut = data.draw(st.integers(min_value=0, max_value=journal.size))
    os.truncate(journal.path, cut)
    batch = read_batch(JournalFile(journal.path, is_growing=False), 1 << 20)
    records, rejected = decode_lines(batch.lines)
    # A record is whole when nothing but its line end is missing.
    assert [record.request_id for record in records] == [f"req_{n}" for n, end in enumerate(ends) if cut >= end - 1]
    assert rejected == []
    assert batch.is_torn == (cut not in {0, *ends, *(end - 1 for end in ends)})
    assert batch.consumed == cut
    journal.close()


def test_lines_are_set_aside_below_the_journal_for_a_person(journal):
    journal.append(record_of("req_1"))
    path = set_aside(journal.folder, journal.path, [b"one"])
    assert set_aside(journal.folder, journal.path, [b"two"]) == path
    assert path.suffix == ".rejected"
    assert path.read_bytes() == b"one\ntwo\n"
    assert claim_abandoned(journal.folder, 8) == []


def test_lines_are_counted_and_a_file_that_is_gone_has_none(journal):
    for number in range(7):
        journal.append(record_of(f"req_{number}"))
    assert count_lines(journal.path) == 7
    assert count_lines(journal.path.with_stem("gone")) == 0
