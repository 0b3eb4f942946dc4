"""kill -9 at any moment loses no request somebody was told of, and counts none twice."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from powerautomation.gateway.metering.journal import journal_files
from tests.integration.gateway.metering.conftest import WAIT_SECONDS, open_ledger

PROCESSES = 4


@contextlib.contextmanager
def appending(folder, name) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.integration.gateway.metering.appending_process", str(folder), name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()})
    try:
        yield process
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
        process.stdout.close()


def read_until_killed(process, at_least) -> list[str]:
    """Let a process acknowledge so many records, kill it, and return every id it acknowledged before it died."""
    told = b""
    deadline = time.monotonic() + 60
    while told.count(b"\n") < at_least:
        more = os.read(process.stdout.fileno(), 65536)
        assert more, "the process ended by itself"
        assert time.monotonic() < deadline
        told += more
    process.kill()
    while more := os.read(process.stdout.fileno(), 65536):
        told += more
    return told.decode().split("\n")[:-1]


@pytest.fixture
def crashed(tmp_path):
    """A journal folder with what killed processes left, each ending in a torn line, and what they acknowledged."""
    folder = tmp_path / "journal"
    acknowledged = []
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(appending(folder, str(number))) for number in range(PROCESSES)]
        for number, process in enumerate(processes):
            acknowledged += read_until_killed(process, 1 + number * 137)
    left = [own for own in folder.iterdir() if journal_files(own)]
    assert len(left) == PROCESSES
    for own in left:
        with journal_files(own)[-1].open("ab") as file:
            file.write(b'["req_torn_' + own.name.encode() + b'","org_1","key')
    return folder, acknowledged


async def test_every_acknowledged_request_is_in_the_ledger_exactly_once(crashed, db):
    folder, acknowledged = crashed
    assert len(acknowledged) == len(set(acknowledged)) > PROCESSES
    ledger = open_ledger(db, folder, batch_bytes=20_000)
    await ledger.flusher.flush_now()
    found = await ledger.ids()
    assert set(acknowledged) <= set(found)
    # Killed between writing a record and telling of it: one more for each process at most.
    assert len(found) - len(acknowledged) <= PROCESSES
    assert await ledger.count_attempts() == sum(1 + int(name.rsplit("_", 1)[1]) % 3 for name in found)
    assert sum(sums["requests"] for sums in await ledger.sums()) == len(found)
    assert (ledger.flusher.torn, ledger.flusher.rejected, ledger.flusher.lag_records) == (PROCESSES, 0, 0)
    assert sorted(record.request_id for record in ledger.told) == found
    assert [path for path in folder.iterdir() if path != ledger.journal.own_folder] == []
    ledger.journal.close()


async def test_a_flusher_that_dies_half_way_leaves_the_rest_to_the_next(crashed, db):
    folder, acknowledged = crashed
    first = open_ledger(db, folder, batch_bytes=20_000)
    await first.flusher._adopt()
    await first.flusher._flush_batch()
    begun = len(first.told)
    assert 0 < begun < len(acknowledged)
    # Dead before it could note how far it was: everything is read again, nothing counts again.
    for claimed in first.flusher._adopted:
        os.close(claimed.lock)
    second = open_ledger(db, folder)
    await second.flusher.flush_now()
    found = await second.ids()
    assert set(acknowledged) <= set(found)
    assert sum(sums["requests"] for sums in await second.sums()) == len(found)
    assert len(second.told) == len(found) - begun
    first.journal.close()
    second.journal.close()
