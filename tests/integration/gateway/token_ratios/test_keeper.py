"""Learned ratios outlive the process and reach other replicas, on each storage column; nothing kept can do harm."""

import math

import pytest
from sqlalchemy import select, update

from powerautomation.gateway.families import family_of
from powerautomation.gateway.providers import Deployment, Provider, Timeouts
from powerautomation.gateway.proxy.token_ratios import TokenRatios
from powerautomation.gateway.token_ratios import ENOUGH_SAMPLES, LEAST_RATIO, MOST_RATIO, LearnedRatio, RatioKeeper
from powerautomation.gateway.token_ratios.service import FORGET_MS, WRITE_BATCH
from powerautomation.gateway.token_ratios.tables import TokenRatioRow
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import Problem


def deployment(name: str = "infini/kimi", organization_id: str | None = None) -> Deployment:
    waits = Timeouts(1, 1, 1)
    provider = Provider(
        "infini", "infini", "openai-chat", "http://127.0.0.1:1", "sk", waits, "file", organization_id=organization_id
    )
    return Deployment(name, provider, "kimi", "kimi-k2.6", family_of("kimi-k2.6"))


class Replica:
    """One process: what it learned, and who keeps it."""

    def __init__(self, db: Database) -> None:
        self.ratios = TokenRatios()
        self.keeper = RatioKeeper(db, self.ratios)

    def learn(self, value: float, samples: int, *, name: str = "infini/kimi", organization_id: str = "") -> None:
        learned = [LearnedRatio(organization_id, name, value, samples)]
        self.ratios.take_over(learned)
        self.ratios.give_back(learned)

    def counts(self, name: str = "infini/kimi", organization_id: str | None = None) -> int:
        return self.ratios.corrected(deployment(name, organization_id), 1000)


async def test_a_new_replica_starts_with_what_others_learned(db: Database) -> None:
    one = Replica(db)
    one.learn(1.25, 8)
    one.learn(0.8, 3, organization_id="org_a")
    await one.keeper.stop()
    two = Replica(db)
    await two.keeper.start()
    try:
        assert (two.counts(), two.counts(organization_id="org_a"), two.counts(organization_id="org_b")) == (
            1250,
            800,
            1000,
        )
    finally:
        await two.keeper.stop()


async def test_replicas_take_over_what_was_learned_from_more(db: Database) -> None:
    one, two = Replica(db), Replica(db)
    one.learn(1.2, ENOUGH_SAMPLES)
    await one.keeper.exchange()
    two.learn(0.7, 1)
    await two.keeper.exchange()
    assert (one.counts(), two.counts()) == (1200, 1200)
    two.learn(1.3, ENOUGH_SAMPLES)
    await two.keeper.exchange()
    await one.keeper.exchange()
    assert (one.counts(), two.counts()) == (1300, 1300)


@pytest.mark.parametrize(
    ("kept", "counted"), [(50.0, MOST_RATIO), (-3.0, LEAST_RATIO), (math.inf, 1.0)], ids=["huge", "negative", "endless"]
)
async def test_a_kept_value_beyond_reason_is_bounded(db: Database, kept: float, counted: float) -> None:
    one = Replica(db)
    one.learn(1.2, 5)
    await one.keeper.exchange()
    async with db.unit_of_work() as session:
        await session.execute(update(TokenRatioRow).values(value=kept))
    two = Replica(db)
    await two.keeper.exchange()
    assert two.counts() == 1000 * counted


async def test_many_are_written_in_batches_and_old_ones_are_forgotten(db: Database) -> None:
    one = Replica(db)
    for number in range(WRITE_BATCH + 2):
        one.learn(1.1, 5, name=f"infini/{number}")
    await one.keeper.exchange()
    async with db.unit_of_work() as session:
        late = TokenRatioRow.deployment == "infini/0"
        await session.execute(update(TokenRatioRow).where(late).values(updated_ms=TokenRatioRow.updated_ms - FORGET_MS))
    two = Replica(db)
    await two.keeper.start()
    await two.keeper.stop()
    assert (two.counts("infini/0"), two.counts("infini/1"), two.counts(f"infini/{WRITE_BATCH + 1}")) == (
        1000,
        1100,
        1100,
    )
    async with db.read() as session:
        assert len(list(await session.scalars(select(TokenRatioRow.deployment)))) == WRITE_BATCH + 1


async def test_what_a_database_did_not_take_is_written_later(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Replica(db)
    one.learn(1.4, 5)

    async def refuse(*given: object) -> None:
        raise Problem("The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr("powerautomation.gateway.token_ratios.service.put_rows", refuse)
        with pytest.raises(Problem):
            await one.keeper.exchange()
    await one.keeper.exchange()
    two = Replica(db)
    await two.keeper.exchange()
    assert two.counts() == 1400
