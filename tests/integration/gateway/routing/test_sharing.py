"""Where conversations have their prompt cache, known to every replica."""

import asyncio
import contextlib
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from powerautomation.gateway.routing.affinity import CACHE_MS, LONG_CACHE_MS, Affinity, Home
from powerautomation.gateway.routing.sharing import MOST_IN_BATCH, MOST_WAITING, TOPIC, HomeSharing
from powerautomation.infrastructure.events import EventBus, EventBusUnavailable, InProcessEventBus
from powerautomation.infrastructure.settings import Settings
from tests.conftest import TEST_SECRET_KEY
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, installation, settings_with

CONVERSATIONS = 40
TURNS = 8
LIMIT_SECONDS = 10.0
# Long enough that vendors keep it.
OPENING = "The whole source of a program. " * 400


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another task brings about."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.fixture
def sqlite_column(sqlite_template: Path, tmp_path: Path) -> Settings:
    """Settings of a fresh installation on SQLite."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(sqlite_template, data_dir / "powerautomation.db")
    return Settings(data_dir=data_dir, secret_key=TEST_SECRET_KEY)


@contextlib.asynccontextmanager
async def replicas_of(column: Settings, sim: Simulator) -> AsyncIterator[list[Installation]]:
    """Three replicas, or the one process of a column without Redis; two equal deployments that take turns."""

    def at(vendor: Any) -> dict[str, str]:
        return {"dialect": "openai-chat", "base_url": vendor.base_url, "api_key": "sk-of-the-file-1234"}

    settings = settings_with(
        column,
        providers={"one": at(sim.moonshot), "two": at(sim.infini)},
        models={
            "kimi": {
                "deployments": [
                    {"provider": "one", "model": "kimi-k2.6"},
                    {"provider": "two", "model": "kimi-k2-instruct"},
                ]
            }
        },
        routes=[{"name": "turns", "match": {"model": "kimi"}, "use": ["kimi"], "policy": "round_robin"}],
    )
    async with contextlib.AsyncExitStack() as stack:
        running = []
        for number in range(3 if column.redis_url else 1):
            folder = column.data_dir if number == 0 else column.data_dir.parent / f"data-{number}"
            folder.mkdir(exist_ok=True)
            own = settings.model_copy(update={"data_dir": folder})
            running.append(await stack.enter_async_context(installation(own)))
        yield running


async def test_conversations_stay_at_home_whichever_replica_their_turns_reach(column: Settings, sim: Simulator) -> None:
    chance = random.Random(7)
    async with replicas_of(column, sim) as running:
        admin = await running[0].administrator()
        doors = [one.browser() for one in running]
        for one in running:
            await one.application.snapshots.reload()
            async with asyncio.timeout(LIMIT_SECONDS):
                while not await one.application.event_bus.connected():
                    await asyncio.sleep(0.005)

        async def converse(number: int) -> tuple[int, int]:
            """Return how many turns after the first one conversation had, and how many of them went elsewhere."""
            messages = [{"role": "user", "content": f"Conversation {number}. {OPENING}"}]
            home, moved = "", 0
            for turn in range(TURNS):
                answer = await chance.choice(doors).post(
                    "/v1/chat/completions",
                    json={"model": "kimi", "messages": messages},
                    headers={"authorization": f"Bearer {admin.key}"},
                )
                assert answer.status_code == 200, answer.text
                where = answer.headers["x-powerautomation-route"]
                moved += bool(home) and where != home
                home = where
                said = answer.json()["choices"][0]["message"]["content"]
                messages += [{"role": "assistant", "content": said}, {"role": "user", "content": f"Go on {turn}."}]
                # No client is quicker than this from one answer to its next turn.
                await asyncio.sleep(0.05)
            return TURNS - 1, moved

        found = []
        for start in range(0, CONVERSATIONS, 10):
            found += await asyncio.gather(*(converse(start + number) for number in range(10)))
        used = {exchange.vendor for exchange in sim.ledger.exchanges()}
    later, moved = sum(turns for turns, _ in found), sum(elsewhere for _, elsewhere in found)
    assert {"moonshot", "infini"} <= used, "conversations must have had different homes"
    assert moved <= later * 0.01, f"{moved} of {later} turns left the conversation's home"


async def test_a_process_whose_redis_is_away_keeps_its_own_conversations_at_home(
    sqlite_column: Settings, sim: Simulator
) -> None:
    away = sqlite_column.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with replicas_of(away, sim) as running:
        admin = await running[0].administrator()
        for number in range(3):
            homes = set()
            for turn in range(4):
                messages = [{"role": "user", "content": f"Conversation {number}. {OPENING}"}]
                messages += [{"role": "user", "content": f"Go on {n}."} for n in range(turn)]
                answer = await admin.http.post(
                    "/v1/chat/completions",
                    json={"model": "kimi", "messages": messages},
                    headers={"authorization": f"Bearer {admin.key}"},
                )
                assert answer.status_code == 200, answer.text
                homes.add(answer.headers["x-powerautomation-route"])
            assert len(homes) == 1


class Interrupted(InProcessEventBus):
    """A bus between replicas that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.sent = 0

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send, unless it is away."""
        self.sent += 1
        if self.away:
            raise EventBusUnavailable("away")
        await super().publish(topic, payload)


@contextlib.asynccontextmanager
async def sharing(bus: EventBus) -> AsyncIterator[Affinity]:
    """What one replica remembers, shared over a bus."""
    affinity = Affinity()
    running = HomeSharing(affinity, bus)
    running.start()
    await asyncio.sleep(0)
    try:
        yield affinity
    finally:
        await running.stop()


def home_for(milliseconds: int = CACHE_MS) -> Home:
    """Return a home that holds for so long."""
    return Home("one/kimi-k2.6", 5_000, int(time.monotonic() * 1000) + milliseconds)


async def test_what_could_not_be_told_is_told_when_the_bus_is_back() -> None:
    bus = Interrupted()
    async with sharing(bus) as first, sharing(bus) as second:
        bus.away = True
        first.settle("early", home_for())
        await until(lambda: bus.sent > 0)
        first.settle("late", home_for())
        first.settle("early", home_for()._replace(deployment="two/kimi-k2"))
        bus.away = False
        await until(lambda: len(second) == 2)
        known = second.home_of("early", int(time.monotonic() * 1000))
        assert known is not None
        assert known.deployment == "two/kimi-k2", "the newer one of a conversation is told"
    assert first.on_home is None


async def test_a_burst_is_told_in_few_messages_and_what_waits_is_bounded() -> None:
    bus = Interrupted()
    async with sharing(bus) as first, sharing(bus) as second:
        for number in range(MOST_WAITING + 100):
            first.settle(f"conversation {number}", home_for())
        await until(lambda: len(second) >= MOST_WAITING)
        assert len(second) == MOST_WAITING
        assert bus.sent == MOST_WAITING // MOST_IN_BATCH


async def test_nonsense_and_what_has_ended_is_not_learned() -> None:
    bus = Interrupted()
    async with sharing(bus) as affinity, sharing(bus) as other:
        other.settle("ended", home_for(-1))
        for payload in (
            b"\xff",
            msgspec.msgpack.encode(["x", [["", "d", 5, 1000]]]),
            msgspec.msgpack.encode(["x", [["k" * 201, "d", 5, 1000], ["k", "d", 5, -1], ["k", "d", 0, 1000]]]),
            msgspec.msgpack.encode(["x", [["k", "d", "many", 1000]]]),
            msgspec.msgpack.encode(["x", [["right", "d", 5, 10**12]]]),
        ):
            await bus.publish(TOPIC, payload)
        await until(lambda: len(affinity) > 0)
        now_ms = int(time.monotonic() * 1000)
        assert len(affinity) == 1
        assert affinity.home_of("right", now_ms) is not None
        assert affinity.home_of("right", now_ms + LONG_CACHE_MS + 1000) is None, "a replica cannot make it last longer"
