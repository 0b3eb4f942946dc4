"""How long a large audit log takes, to verify and to search.

``python -m tests.load.audit [--events 1000000] [--searched 1000000] [--database-url postgresql://…]``

The log is made as the product makes it, into a file and into an empty database: a SQLite file of a temporary folder, or
the one that is named.
"""

import argparse
import asyncio
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from powerautomation.governance.audit import Filters, Signer, export_line, make_months, search_events
from powerautomation.governance.audit.entities import (
    FIRST_PREVIOUS_HASH,
    Actor,
    AuditEvent,
    Change,
    Head,
    NewEvent,
    Origin,
    Target,
)
from powerautomation.governance.audit.person_keys import hold_keys
from powerautomation.governance.audit.repository import append, hold_head
from powerautomation.governance.audit.rules import event_object, hash_of
from powerautomation.governance.audit.sealing import KEY_BYTES, Keys, sealed
from powerautomation.governance.audit_verifier import verify_files
from powerautomation.governance.encryption import unlock_installation
from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.migrations import migrate
from powerautomation.infrastructure.settings import Settings

OWNER = "org_load"
BATCH = 5_000
ROUNDS = 20
PEOPLE = [f"usr_{number}" for number in range(200)]
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
ACTIONS = ("api_keys.create", "providers.update", "sessions.sign_in", "limits.update", "routes.update")
SEARCHES = {
    "newest": Filters(),
    "one action": Filters(action="limits.update"),
    "one person": Filters(actor_id="usr_17"),
    "one thing": Filters(target_id="thg_4711"),
    "refused": Filters(outcome="refused"),
    "an old day": Filters(since=BEGINNING + timedelta(days=3), until=BEGINNING + timedelta(days=4)),
    "refused of one person on old days": Filters(
        actor_id="usr_17", outcome="refused", until=BEGINNING + timedelta(days=9)
    ),
    "a common text": Filters(text="laptop"),
    "a text nobody wrote (one page)": Filters(text="zanzibar"),
}


def events(count: int, keys: Keys) -> Iterator[AuditEvent]:
    """Yield a chain whose people's parts are sealed with their keys."""
    luck = random.Random(0)
    previous = FIRST_PREVIOUS_HASH
    for sequence in range(1, count + 1):
        new = NewEvent(
            id=f"aud_{sequence:026d}",
            organization_id=OWNER,
            occurred_at=BEGINNING + timedelta(seconds=sequence * 20),
            actor=Actor("user", luck.choice(PEOPLE), "Somebody"),
            on_behalf_of=None,
            origin=Origin("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", f"req_{sequence}"),
            action=luck.choice(ACTIONS),
            target=Target("thing", f"thg_{luck.randrange(50_000)}", "laptop of somebody"),
            outcome="refused" if luck.random() < 0.01 else "done",
            changes=(Change("amount", luck.randrange(10**9), luck.randrange(10**9)), Change("tags", [], ["a", "b"])),
            reason="",
            approved_by=None,
        )
        told, actor, target = sealed(new, keys)
        digest = hash_of(event_object(told, sequence, previous, actor, target))
        yield AuditEvent(told, sequence, previous, digest, actor, target)
        previous = digest


def write_log(log: Path, count: int) -> Head:
    """Write a log into a file; return its head."""
    last = Head(OWNER, 0, FIRST_PREVIOUS_HASH)
    with log.open("wb") as file:
        for one in events(count, {person: secrets.token_bytes(KEY_BYTES) for person in PEOPLE}):
            file.write(export_line(one))
            last = Head(OWNER, one.sequence, one.hash)
    return last


async def fill(database: Database, count: int) -> None:
    """Write a log into a database."""
    batch: list[AuditEvent] = []
    async with database.unit_of_work() as session:
        await hold_head(session, OWNER)
        keys = await hold_keys(session, OWNER, PEOPLE)
    for one in events(count, keys):
        batch.append(one)
        if len(batch) == BATCH or one.sequence == count:
            async with database.unit_of_work() as session:
                await hold_head(session, OWNER)
                await append(session, batch)
            batch = []


async def search(database: Database, filters: Filters) -> tuple[float, float]:
    """Return the median and 95th percentile of one search's first page, in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        async with database.read() as session:
            await search_events(session, OWNER, filters, None, 50)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000, help="how many to verify")
    parser.add_argument("--searched", type=int, default=1_000_000, help="how many to search among")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database to search in")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log, heads = Path(folder) / "log.jsonl", Path(folder) / "heads.jsonl"
        signer = Signer(b"k" * 32)
        heads.write_bytes(signer.line(write_log(log, given.events)))
        began = time.perf_counter()
        report = verify_files(log, heads, [signer.public_key])
        seconds = time.perf_counter() - began
        assert report.ok, report
        size = log.stat().st_size / 2**20
        print(f"verified {report.events:,} events, {size:.0f} MiB, in {seconds:.1f} s", flush=True)
        settings = Settings(data_dir=Path(folder), database_url=given.database_url)
        migrate(settings)
        database = open_database(settings)
        month = BEGINNING
        while month < BEGINNING + timedelta(days=300):
            await make_months(database, month)
            month += timedelta(days=80)
        await unlock_installation(settings, database)
        began = time.perf_counter()
        await fill(database, given.searched)
        if given.database_url:
            # What PostgreSQL does by itself within a minute (autovacuum), which servers for tests have switched off.
            async with database.unit_of_work() as session:
                await session.execute(text("ANALYZE audit_events"))
        print(f"stored {given.searched:,} events in {time.perf_counter() - began:.0f} s", flush=True)
        for name, filters in SEARCHES.items():
            median, late = await search(database, filters)
            print(f"search {name}: median {median:.1f} ms, p95 {late:.1f} ms", flush=True)
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
