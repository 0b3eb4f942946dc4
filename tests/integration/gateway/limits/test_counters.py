"""One process and many replicas count alike: random sequences give the same answers in memory and in a real Redis."""

import asyncio
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from powerautomation.gateway.limits.adapters.redis_counters import RedisCounters
from powerautomation.gateway.limits.entities import Claim
from powerautomation.gateway.limits.memory import InProcessCounters

LEASE_MS = 5_000
DONE_MS = 10**9
KEEP_MS = 10**10
ROUNDING = 1e-9
ORGANIZATION = "org_1"
BUDGETS = ("month:100", "day:7")
RATES = {"bucket:60": (60, 60 / 60_000), "bucket:7": (10, 7 / 3_600), "odd": (5, 1 / 3_000)}
COUNTERS = (*BUDGETS, *RATES, "at-once")


def claim_of(counter: str, *asks: int) -> Claim:
    """A claim on one of the counters; all of a name agree on everything but what they ask."""
    if counter in RATES:
        capacity, rate = RATES[counter]
        return Claim(counter, asks, capacity, rate, False, KEEP_MS)
    if counter == "at-once":
        return Claim(counter, (1,) * len(asks), 3, 0.0, False, KEEP_MS)
    return Claim(counter, asks, int(counter.split(":")[1]), 0.0, True, KEEP_MS)


@st.composite
def claims_of_one_request(draw: st.DrawFn) -> tuple[Claim, ...]:
    """Claims on some counters, of a request that may be answered at one to four places."""
    counters = draw(st.lists(st.sampled_from(COUNTERS), min_size=1, max_size=4, unique=True))
    places = draw(st.integers(1, 4))
    asks = st.lists(st.integers(0, 12), min_size=places, max_size=places)
    return tuple(claim_of(counter, *draw(asks)) for counter in counters)


class Twins(RuleBasedStateMachine):
    """Does everything to both and compares what they say."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            client.flushdb()
        self.now_ms = 1_800_000_000_000
        self.memory = InProcessCounters(clock_ms=lambda: self.now_ms, lease_ms=LEASE_MS, done_ms=DONE_MS)
        self.shared = RedisCounters(self.url, lease_ms=LEASE_MS, done_ms=DONE_MS, now_ms=self.now_ms)
        self.leases: dict[str, tuple[Claim, ...]] = {}
        self.number = 0

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.shared._redis.aclose())
        self.loop.close()

    @initialize(seeds=st.lists(st.sampled_from(BUDGETS), unique=True))
    def seed_some(self, seeds: list[str]) -> None:
        for name in seeds:
            self.seed(name, 3)

    @rule(name=st.sampled_from(BUDGETS), level=st.integers(0, 20))
    def seed(self, name: str, level: int) -> None:
        self.run(self.memory.seed(ORGANIZATION, name, level, KEEP_MS))
        self.run(self.shared.seed(ORGANIZATION, name, level, KEEP_MS))

    @rule(milliseconds=st.one_of(st.integers(0, 50), st.integers(0, 8_000)))
    def time_passes(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        self.shared.now_ms = self.now_ms

    @rule(claims=claims_of_one_request())
    def reserve(self, claims: tuple[Claim, ...]) -> None:
        self.number += 1
        lease = f"lease-{self.number:05d}"
        here = self.run(self.memory.reserve(ORGANIZATION, lease, claims))
        there = self.run(self.shared.reserve(ORGANIZATION, lease, claims))
        assert here == there
        if here.admitted:
            held = tuple(claim.of(here.fitting) for claim in claims)
            self.leases[lease] = held
            assert all(level <= claim.capacity for level, claim in zip(here.levels, claims, strict=True))
            before = [level - claim.ask for level, claim in zip(here.levels, held, strict=True)]
            for place in range(len(claims[0].asks)):
                # By how much the fullest counter would be passed.
                over = max(
                    level + claim.asks[place] - claim.capacity for level, claim in zip(before, claims, strict=True)
                )
                assert over <= ROUNDING if place in here.fitting else over > -ROUNDING

    @rule(which=st.integers(0, 30), used=st.lists(st.integers(0, 15), min_size=4, max_size=4))
    def settle(self, which: int, used: list[int]) -> None:
        """Also one that expired, and one that was settled before."""
        if self.leases:
            lease, claims = list(self.leases.items())[which % len(self.leases)]
            amounts = [0 if claim.counter == "at-once" else used[place] for place, claim in enumerate(claims)]
            here = self.memory.settle_now(ORGANIZATION, lease, claims, amounts)
            assert here == self.run(self.shared.settle_now(ORGANIZATION, lease, claims, amounts))

    @rule(which=st.integers(0, 30))
    def renew(self, which: int) -> None:
        if self.leases:
            lease, claims = list(self.leases.items())[which % len(self.leases)]
            self.memory.renew_now(ORGANIZATION, lease, claims)
            self.run(self.shared.renew_now(ORGANIZATION, lease, claims))

    @invariant()
    def levels_agree(self) -> None:
        here = self.run(self.memory.levels(ORGANIZATION, COUNTERS))
        assert here == self.run(self.shared.levels(ORGANIZATION, COUNTERS))
        assert all(level is None or level >= 0 for level in here)


@pytest.mark.timeout(170)
def test_memory_and_redis_give_the_same_answers(redis_url: str) -> None:
    machine = type("Machine", (Twins,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=120,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
