"""Kept thoughts on each storage column: whose they are, how long and how much is kept; losing them does no harm."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from powerautomation.gateway.dialects import (
    ChatRequest,
    Event,
    Message,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSignature,
    ToolCall,
    ToolCallStarted,
)
from powerautomation.gateway.families import family_of
from powerautomation.gateway.thoughts import Listener, NewestTurns, ThoughtStore
from powerautomation.gateway.thoughts.tables import GatewayThoughtRow
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.infrastructure.cache import Cache, InProcessCache, make_cache
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.fixtures.encryption import new_box

CLAUDE = family_of("claude-sonnet-4-6")
THOUGHT = Thinking("I think “é”.", "SIGNED", "", "anthropic")


def new_store(
    db: Database, column: Settings, *, days: float = 7, most_bytes: int = 20_000, shared: Cache | None = None
) -> ThoughtStore:
    box = new_box()
    newest = None if shared is None else NewestTurns(shared, box)
    return ThoughtStore(db, box, b"secret" * 6, days=days, most_bytes=most_bytes, newest=newest)


async def kept_and_shared(store: ThoughtStore, *calls: str) -> None:
    """Keep a turn of each call and wait, as the end of an answer does; nothing is written to the database."""
    for call in calls:
        listener = Listener("openai-chat")
        listener.hear([ThinkingDelta(THOUGHT.text), ThinkingSignature(THOUGHT.signature), ToolCallStarted(0, call, "")])
        told = store.keep("org_a", "openai-chat", listener, None)
        if told is not None:
            await told


@pytest.fixture
async def store(db: Database, column: Settings) -> ThoughtStore:
    """A store for two organizations, with seven days and 20 KB for each."""
    async with db.unit_of_work() as session:
        for name in ("org_a", "org_b"):
            session.add(OrganizationRow(id=name, name=name, created_at=clock.now()))
    return new_store(db, column)


def conversation(*said: Message) -> ChatRequest:
    return ChatRequest("model", (Message("user", (Text("Begin."),)), *said))


def calling(identifier: str) -> Message:
    return Message("assistant", (ToolCall(identifier, "Read", ""),))


def keep(
    store: ThoughtStore, *events: Event, organization_id: str = "org_a", history: ChatRequest | None = None
) -> None:
    listener = Listener("openai-chat")
    listener.hear([ThinkingDelta(THOUGHT.text), ThinkingSignature(THOUGHT.signature), *events])
    store.keep(organization_id, "openai-chat", listener, (history or conversation()).messages)


async def thinking(store: ThoughtStore, *said: Message, organization_id: str = "org_a") -> list[object]:
    """What a request of a chat client to Claude says before each turn of the assistant."""
    request = conversation(*said)
    told = await store.recall(organization_id, "openai-chat", request, "anthropic-messages", CLAUDE)
    return [message.parts[0] for message in told.messages if message.role == "assistant"]


async def count(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(GatewayThoughtRow)) or 0


async def test_a_thought_is_found_at_once_and_after_a_restart_and_on_another_replica(
    store: ThoughtStore, db: Database, column: Settings
) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    keep(store, TextDelta("Done."), history=conversation(calling("a")))
    said = (calling("a"), Message("assistant", (Text("Done."),)))
    assert await thinking(store, *said) == [THOUGHT, THOUGHT]
    await store.stop()
    assert await thinking(new_store(db, column), *said) == [THOUGHT, THOUGHT]


async def test_another_organization_finds_nothing(store: ThoughtStore) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    await store.stop()
    assert await thinking(store, calling("a"), organization_id="org_b") == [calling("a").parts[0]]


async def test_what_is_stored_says_nothing_to_who_reads_the_database(store: ThoughtStore, db: Database) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    await store.stop()
    async with db.read() as session:
        row = (await session.execute(select(GatewayThoughtRow.id, GatewayThoughtRow.content))).one()
    assert b"think" not in row.content
    assert len(row.id) == 40


async def test_the_latest_of_the_same_turn_wins(store: ThoughtStore, db: Database, column: Settings) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    await store.stop()
    listener = Listener("openai-chat")
    listener.hear([ThinkingDelta("Again."), ToolCallStarted(0, "a", "Read")])
    store.keep("org_a", "openai-chat", listener, None)
    await store.stop()
    assert await thinking(new_store(db, column), calling("a")) == [Thinking("Again.")]
    assert await count(db) == 1


async def test_what_expired_is_not_found_and_is_cleaned_up(store: ThoughtStore, db: Database, column: Settings) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    await store.stop()
    async with db.unit_of_work() as session:
        await session.execute(update(GatewayThoughtRow).values(expires_ms=clock.now_ms() - 1))
    other = new_store(db, column)
    assert await thinking(other, calling("a")) == [calling("a").parts[0]]
    assert await other.clean_up() == 1
    assert await count(db) == 0


async def test_the_oldest_beyond_what_an_organization_may_keep_go_first(
    store: ThoughtStore, db: Database, column: Settings
) -> None:
    for number in range(6):
        listener = Listener("openai-chat")
        listener.hear([ThinkingDelta("x" * 5_000), ToolCallStarted(0, f"call-{number}", "Read")])
        store.keep("org_a", "openai-chat", listener, None)
        await store.stop()
    keep(store, ToolCallStarted(0, "b", "Read"), organization_id="org_b")
    await store.stop()
    assert await store.clean_up() == 3
    other = new_store(db, column)
    told = await thinking(other, *(calling(f"call-{number}") for number in range(6)))
    assert [isinstance(part, Thinking) for part in told] == [False, False, False, True, True, True]
    assert await thinking(other, calling("b"), organization_id="org_b") == [THOUGHT]


async def test_a_database_that_does_not_answer_breaks_no_request(
    store: ThoughtStore, db: Database, column: Settings
) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    await store.stop()
    other = new_store(db, column)
    await db.close()
    assert await thinking(store, calling("a")) == [THOUGHT]
    assert await thinking(other, calling("zz"), calling("a"))


async def test_a_row_that_was_tampered_with_counts_as_none(store: ThoughtStore, db: Database, column: Settings) -> None:
    keep(store, ToolCallStarted(0, "a", "Read"))
    await store.stop()
    async with db.unit_of_work() as session:
        await session.execute(update(GatewayThoughtRow).values(content=b"v1.nonsense"))
    assert await thinking(new_store(db, column), calling("a")) == [calling("a").parts[0]]


async def test_thoughts_are_written_behind_the_answers_by_themselves(
    store: ThoughtStore, db: Database, column: Settings
) -> None:
    store.start()
    for number in range(300):
        keep(store, ToolCallStarted(0, f"call-{number}", "Read"))
    await store.stop()
    assert await count(db) == 300


@pytest.fixture
async def shared(column: Settings) -> AsyncIterator[Cache]:
    """What replicas share: Redis, or, where there is none, this process's memory."""
    cache = make_cache(column)
    try:
        yield cache
    finally:
        await cache.close()


async def test_another_replica_finds_a_turn_before_it_is_in_the_database(
    store: ThoughtStore, db: Database, column: Settings, shared: Cache
) -> None:
    here, there = new_store(db, column, shared=shared), new_store(db, column, shared=shared)
    await kept_and_shared(here, "a", "b")
    assert await count(db) == 0
    assert await thinking(there, calling("a"), calling("b")) == [THOUGHT, THOUGHT]
    unshared = new_store(db, column)
    assert await thinking(unshared, calling("a")) == [calling("a").parts[0]]


async def test_what_is_shared_is_another_organizations_nothing_and_cannot_be_read_or_moved(
    store: ThoughtStore, db: Database, column: Settings
) -> None:
    seen = _Seen()
    await kept_and_shared(new_store(db, column, shared=seen), "a", "b")
    there = new_store(db, column, shared=seen)
    assert await thinking(there, calling("a"), organization_id="org_b") == [calling("a").parts[0]]
    (first, of_a), (_, of_b) = seen.values.items()
    assert of_a != of_b
    assert b"think" not in of_a
    assert 0 < seen.longest_seconds <= 120
    seen.values[first] = of_b
    assert await thinking(new_store(db, column, shared=seen), calling("a")) == [calling("a").parts[0]]


class _Seen(InProcessCache):
    """A cache that shows what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, bytes] = {}
        self.longest_seconds = 0.0

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        self.values[key] = value
        self.longest_seconds = max(self.longest_seconds, ttl_seconds)


class _Silent(InProcessCache):
    """A cache that never answers."""

    async def get(self, key: str) -> bytes | None:
        await asyncio.Event().wait()
        return None

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        await asyncio.Event().wait()


async def test_a_shared_cache_that_does_not_answer_delays_little_and_breaks_nothing(
    store: ThoughtStore, db: Database, column: Settings
) -> None:
    here = new_store(db, column, shared=_Silent())
    async with asyncio.timeout(5):
        await kept_and_shared(here, "a")
        await here.stop()
        assert await thinking(new_store(db, column, shared=_Silent()), calling("a")) == [THOUGHT]


async def test_no_more_is_shared_than_its_bound(
    store: ThoughtStore, db: Database, column: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("powerautomation.gateway.thoughts.sharing.MOST_SHARED_BYTES", 100)
    seen = _Seen()
    here = new_store(db, column, shared=seen)
    await kept_and_shared(here, *(f"call-{number}" for number in range(10)))
    assert 1 <= len(seen.values) <= 4
    await here.stop()
    assert await count(db) == 10, "the database keeps them all"
