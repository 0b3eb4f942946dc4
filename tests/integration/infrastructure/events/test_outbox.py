"""Events are committed with their cause and published at least once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.events import (
    EventBus,
    EventBusUnavailable,
    InProcessEventBus,
    OutboxRelay,
    Subscription,
    make_event_bus,
    record_event,
)
from powerautomation.infrastructure.events.outbox import BATCH_SIZE
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now


class BrokenBus(InProcessEventBus):
    """Cannot reach the others until it is mended."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = True
        self.tries = 0

    async def publish(self, topic: str, payload: bytes) -> None:
        self.tries += 1
        if self.broken:
            raise EventBusUnavailable("away")
        await super().publish(topic, payload)


@pytest.fixture
async def bus(column: Settings) -> AsyncIterator[EventBus]:
    bus = make_event_bus(column)
    await bus.start()
    yield bus
    await bus.close()


async def record(db: Database, *kinds: str) -> list[str]:
    async with db.unit_of_work() as session:
        return [record_event(session, "org_1", kind, {"name": kind}) for kind in kinds]


async def received(subscription: Subscription, number: int) -> list[dict[str, object]]:
    async with asyncio.timeout(10):
        return [json.loads((await subscription.receive()).payload) for _ in range(number)]


async def unpublished(db: Database) -> int:
    async with db.read() as session:
        return len(list(await session.scalars(select(OutboxEventRow).where(OutboxEventRow.published_at.is_(None)))))


async def test_an_event_arrives_in_order_with_its_kind_organization_and_payload(db: Database, bus: EventBus) -> None:
    subscription = bus.subscribe("api_keys.*")
    ids = await record(db, "api_keys.created", "providers.changed", "api_keys.revoked")

    assert await OutboxRelay(db, bus).publish_pending() == 3

    assert await received(subscription, 2) == [
        {"id": ids[0], "organization_id": "org_1", "kind": "api_keys.created", "payload": {"name": "api_keys.created"}},
        {"id": ids[2], "organization_id": "org_1", "kind": "api_keys.revoked", "payload": {"name": "api_keys.revoked"}},
    ]
    assert await unpublished(db) == 0
    assert await OutboxRelay(db, bus).publish_pending() == 0


async def test_what_rolls_back_never_happened(db: Database, bus: EventBus) -> None:
    async def fail() -> None:
        async with db.unit_of_work() as session:
            record_event(session, "org_1", "api_keys.created", {})
            await session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()

    assert await OutboxRelay(db, bus).publish_pending() == 0


async def test_a_local_commit_wakes_the_relay_without_waiting_for_its_poll(db: Database, bus: EventBus) -> None:
    subscription = bus.subscribe("*")
    relay = OutboxRelay(db, bus, poll_seconds=600)
    relay.start()
    try:
        await record(db, "first")
        await received(subscription, 1)
        await record(db, "second")
        assert (await received(subscription, 1))[0]["kind"] == "second"
    finally:
        await relay.stop()


async def test_events_of_another_process_are_found_by_polling(column: Settings, db: Database, bus: EventBus) -> None:
    elsewhere = open_database(column)
    subscription = bus.subscribe("*")
    relay = OutboxRelay(db, bus, poll_seconds=0.05)
    relay.start()
    try:
        await record(elsewhere, "k")
        assert len(await received(subscription, 1)) == 1
    finally:
        await relay.stop()
        await elsewhere.close()


async def test_more_than_a_batch_goes_out_and_several_relays_share_the_work(db: Database, bus: EventBus) -> None:
    subscription = bus.subscribe("*", queue_size=10_000)
    number = BATCH_SIZE * 2 + 7
    await record(db, *(f"k{index}" for index in range(number)))
    relays = [OutboxRelay(db, bus, poll_seconds=0.05) for _ in range(3)]
    for relay in relays:
        relay.start()
    try:
        seen: list[object] = []
        async with asyncio.timeout(20):
            while len(set(seen)) < number:
                seen.append((await received(subscription, 1))[0]["kind"])
    finally:
        for relay in relays:
            await relay.stop()
    if db.dialect_name == "postgresql":
        assert len(seen) == number, "on PostgreSQL no two relays take the same event"


async def test_while_the_bus_is_away_events_wait_and_then_all_go_out(db: Database) -> None:
    bus = BrokenBus()
    subscription = bus.subscribe("*")
    relay = OutboxRelay(db, bus, poll_seconds=0.02)
    relay.start()
    try:
        await record(db, "a", "b")
        async with asyncio.timeout(10):
            while bus.tries < 3:
                await asyncio.sleep(0.01)
        assert await unpublished(db) == 2
        bus.broken = False
        assert [event["kind"] for event in await received(subscription, 2)] == ["a", "b"]
    finally:
        await relay.stop()


async def test_a_relay_that_meets_an_unexpected_error_lives_on(db: Database) -> None:
    class Odd(InProcessEventBus):
        failures = 1

        async def publish(self, topic: str, payload: bytes) -> None:
            if self.failures:
                self.failures -= 1
                raise ZeroDivisionError
            await super().publish(topic, payload)

    bus = Odd()
    subscription = bus.subscribe("*")
    relay = OutboxRelay(db, bus, poll_seconds=0.02)
    relay.start()
    try:
        await record(db, "k")
        assert len(await received(subscription, 1)) == 1
    finally:
        await relay.stop()


async def test_only_published_events_older_than_a_week_are_purged(db: Database, bus: EventBus) -> None:
    old, fresh, waiting = await record(db, "old", "fresh", "waiting")
    async with db.unit_of_work() as session:
        for event_id, age in ((old, timedelta(days=7, minutes=1)), (fresh, timedelta(days=6))):
            await session.execute(
                update(OutboxEventRow).where(OutboxEventRow.id == event_id).values(published_at=now() - age)
            )

    await OutboxRelay(db, bus).purge()

    async with db.read() as session:
        left = set(await session.scalars(select(OutboxEventRow.id)))
    assert left == {fresh, waiting}


async def test_a_payload_that_is_not_json_is_refused_where_it_is_recorded(db: Database) -> None:
    async with db.unit_of_work() as session:
        with pytest.raises(TypeError):
            record_event(session, "org_1", "k", {"x": object()})
