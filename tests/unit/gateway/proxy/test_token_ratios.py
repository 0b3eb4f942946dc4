"""Offline counts of prompts, corrected by what a deployment really counted."""

import json
import random

import pytest

from powerautomation.gateway.proxy import token_ratios
from tests.fixtures.clients import DialectName
from tests.fixtures.simulators import Failure, Simulator, say
from tests.unit.gateway.proxy.conftest import DataPlane

WORDS = ("understanding", "configuration", "a", "file", "documentation", "is", "responsibility", "read", "by", "me")


def prompt_of(number: int) -> str:
    chance = random.Random(number)
    return " ".join(chance.choice(WORDS) for _ in range(200 + 40 * number))


async def counted(plane: DataPlane, prompt: str) -> tuple[int, str]:
    client = plane.begin(dialect="anthropic-messages", path="/v1/messages/count_tokens", prompt=prompt)
    await client.end()
    return json.loads(client.seen.raw)["input_tokens"], client.seen.headers["x-powerautomation-token-count"]


@pytest.mark.parametrize("dialect", ["anthropic-messages", "openai-chat"])
async def test_counts_come_within_five_per_cent_after_twenty_requests(
    plane: DataPlane, sim: Simulator, dialect: DialectName
) -> None:
    plane.offer(sim.moonshot, "a")
    before, how = await counted(plane, prompt_of(30))
    assert how == "estimated"
    for number in range(20):
        sim.moonshot.then(say("Yes."))
        await plane.ask(dialect=dialect, messages=[{"role": "user", "content": prompt_of(number)}])
        await plane.gateway.token_ratios.settled()
    after, _ = await counted(plane, prompt_of(30))
    sim.moonshot.then(say("Yes."))
    await plane.ask(dialect="anthropic-messages", messages=[{"role": "user", "content": prompt_of(30)}])
    real = sim.moonshot.exchanges[-1].usage
    assert real is not None
    told = real.input + real.cached
    assert abs(after - told) <= 0.05 * told
    assert abs(before - told) > 0.05 * told, "without learning it would have been right: this test shows nothing"


async def test_what_is_learned_is_bounded(plane: DataPlane, sim: Simulator) -> None:
    plane.offer(sim.moonshot, "a")
    plain, _ = await counted(plane, prompt_of(3))
    for _ in range(3):
        sim.moonshot.then(say("Yes.", cached_tokens=1_000_000))
        await plane.ask(messages=[{"role": "user", "content": prompt_of(1)}])
        await plane.gateway.token_ratios.settled()
    wild, _ = await counted(plane, prompt_of(3))
    assert plain / 2 <= wild <= plain * 2 + 1


async def test_prompt_of_an_upstream_that_never_told_its_usage_is_counted_for_the_ledger(
    plane: DataPlane, sim: Simulator
) -> None:
    plane.offer(sim.moonshot, "a")
    for number in range(20):
        sim.moonshot.then(say("Yes."))
        await plane.ask(messages=[{"role": "user", "content": prompt_of(number)}])
        await plane.gateway.token_ratios.settled()
    sim.moonshot.then(Failure("cut_after_head"))
    # What is long and no prompt.
    await plane.ask(stream=True, messages=[{"role": "user", "content": prompt_of(4)}], user="u" * 2_000)
    lost = plane.ledger[-1].attempts[0]
    real = sim.moonshot.exchanges[-1].prompt
    assert lost.estimated
    assert abs(lost.input_tokens - real.input - real.cached) <= 0.05 * lost.input_tokens


async def test_few_prompts_are_counted_at_once(
    plane: DataPlane, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.offer(sim.moonshot, "a")
    monkeypatch.setattr(token_ratios, "MOST_COUNTS_AT_ONCE", 0)
    sim.moonshot.then(Failure("cut_after_head"))
    await plane.ask(stream=True, messages=[{"role": "user", "content": prompt_of(4)}])
    lost = plane.ledger[-1].attempts[0]
    assert lost.estimated
    assert lost.input_tokens == pytest.approx(len(prompt_of(4)) / 4, rel=0.1)
