"""One provider's requests per second, shared by replicas in a real Redis."""

import asyncio

import pytest
import redis

from powerautomation.gateway.routing.adapters.redis_turns import RedisTurns
from powerautomation.gateway.routing.turns import InProcessTurns
from tests.fixtures import databases
from tests.fixtures.databases import TestRun

PROVIDER = ("org_1", "infini")


@pytest.fixture
def url(test_run: TestRun) -> str:
    """An empty Redis."""
    found = databases.redis_server(test_run)
    databases.empty_redis(found)
    return found


def test_three_replicas_send_what_one_would(url: str) -> None:
    async def ask() -> list[float | None]:
        replicas = [RedisTurns(url) for _ in range(3)]
        waits = await asyncio.gather(*(replicas[number % 3].turn(PROVIDER, 20.0) for number in range(90)))
        for replica in replicas:
            await replica.close()
        return waits

    waits = asyncio.run(ask())
    taken = sorted(wait for wait in waits if wait is not None)
    # A second's worth at once, another that waits, and what came back while all of them asked.
    assert 40 <= len(taken) <= 50
    assert len([wait for wait in taken if wait == 0]) >= 20
    assert taken[-1] <= 1.001
    with redis.Redis.from_url(url) as client:
        (key,) = client.keys("powerautomation:turns:*")
        assert 0 < client.pttl(key) <= 4_000, "what is not asked for any more is forgotten"


def test_while_redis_is_away_each_replica_counts_for_itself() -> None:
    async def ask() -> list[float | None]:
        turns = RedisTurns("redis://127.0.0.1:1/0")
        waits = [await turns.turn(PROVIDER, 0.01) for _ in range(2)]
        await turns.close()
        return waits

    assert asyncio.run(ask()) == [0.0, None]


def test_both_give_the_same_turns(url: str) -> None:
    async def ask() -> list[list[float | None]]:
        shared = RedisTurns(url)
        alone = InProcessTurns()
        found = [[await turns.turn(PROVIDER, 0.2) for _ in range(4)] for turns in (shared, alone)]
        await shared.close()
        return found

    assert asyncio.run(ask()) == [[0.0, None, None, None]] * 2
