"""Three replicas under load with Kimi at two providers: both keep their rates, and one may die in the middle."""

import asyncio
import json
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest

from tests.fixtures.clients import DialectName, Seen, posted, read_answer, request_body
from tests.fixtures.databases import TestRun
from tests.fixtures.narrator import begun
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Simulator, Text, say
from tests.integration.app.replicas import replicas, services
from tests.scenario.conftest import ordered_route

Json = dict[str, Any]
# Requests per second that the two vendors grant.
INFINI, MOONSHOT = 500, 60
DIALECTS: tuple[DialectName, ...] = ("openai-chat", "anthropic-messages", "openai-responses", "gemini")
TEXT = "An answer of a few words that is said whole, whoever says it — 世界."


@dataclass
class House:
    """Three replicas, the vendors they call, and one vendor that will die."""

    servers: list[Server]
    sim: Simulator
    dying: Simulator


def config_of(sim: Simulator, dying: Simulator) -> Json:
    """Kimi at Infini and at Moonshot with what each grants, and at one that dies and a spare that can take over."""

    def at(url: str, **more: Any) -> Json:
        return {"dialect": "openai-chat", "base_url": url, "api_key": "sk-of-the-house", **more}

    def models(**deployments: list[tuple[str, str]]) -> Json:
        return {
            name: {"deployments": [{"provider": who, "model": what} for who, what in listed]}
            for name, listed in deployments.items()
        }

    infini, moonshot = ("infini", "kimi-k2-instruct"), ("moonshot", "kimi-k2.6")
    return {
        "gateway": {"connect_timeout_seconds": 5, "first_token_timeout_seconds": 60, "idle_timeout_seconds": 60},
        "providers": {
            "infini": at(sim.infini.base_url, requests_per_second=INFINI),
            "moonshot": at(sim.moonshot.base_url, requests_per_second=MOONSHOT),
            "dying": at(dying.infini.base_url),
            "spare": at(sim.moonshot.base_url, preset="moonshot", requests_per_second=INFINI),
        },
        "models": models(
            fast=[infini, moonshot],
            slow=[moonshot, infini],
            mortal=[("dying", "kimi-k2-instruct"), ("spare", "kimi-k2.6")],
        ),
        "routes": [
            ordered_route("fast", "fast", "fast"),
            ordered_route("slow", "slow", "slow"),
            ordered_route("mortal", "mortal", "mortal") | {"continue_streams": True},
        ],
    }


@pytest.fixture(scope="module")
def running(
    test_run: TestRun, postgresql_server: str, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The house, started once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    folder = tmp_path_factory.mktemp("two-providers")
    with (
        Simulator() as sim,
        Simulator() as dying,
        services(test_run, postgresql_server, postgresql_template) as environment,
        replicas(folder, config_of(sim, dying), environment, 3) as servers,
    ):
        yield House(servers, sim, dying)


@pytest.fixture
def house(running: House) -> House:
    """The house, with vendors that remember nothing."""
    running.sim.reset()
    return running


async def ask_at_once(servers: Sequence[Server], model: str, number: int) -> list[Seen]:
    """Send so many requests at once, whole and streamed, in every dialect, to every replica; return what came."""
    limits = httpx2.Limits(max_connections=number, max_keepalive_connections=0)
    async with httpx2.AsyncClient(verify=False, timeout=150, limits=limits) as http:

        async def one(place: int) -> Seen:
            dialect = DIALECTS[place % 4]
            stream = place // 4 % 2 == 0
            path, body = posted(dialect, request_body(dialect, model, f"Question {place}", stream=stream))
            headers = {"x-api-key": servers[0].key, "anthropic-version": "2023-06-01"}
            server = servers[place // 8 % len(servers)]
            answer = await http.post(f"{server.url}{path}", content=json.dumps(body), headers=headers)
            seen = Seen(answer.status_code, dict(answer.headers.items()))
            seen.raw = answer.content
            read_answer(dialect, seen)
            return seen

        return await asyncio.gather(*(one(place) for place in range(number)))


def failures(answers: Sequence[Seen]) -> list[str]:
    """Return what clients saw that was not the whole answer."""
    return [
        f"{seen.status} {seen.error} {seen.text!r}"
        for seen in answers
        if seen.status != 200 or seen.error or not seen.complete or seen.text != TEXT
    ]


def test_the_slower_provider_is_queued_for_a_moment_and_the_rest_spills_over(house: House) -> None:
    house.sim.infini.always(say(TEXT))
    house.sim.moonshot.always(say(TEXT))
    began = time.time()
    answers = asyncio.run(ask_at_once(house.servers, "slow", 600))
    assert failures(answers) == []
    slow, fast = house.sim.moonshot.exchanges, house.sim.infini.exchanges
    assert len(slow) + len(fast) == 600
    # A second's worth at once, what is waited for, and then as much as seconds grant: three replicas as one.
    seconds = max(exchange.arrived for exchange in slow) - began
    assert MOONSHOT < len(slow) <= MOONSHOT * (seconds + 1) + 1
    assert fast, "nobody waits longer than a moment: the rest goes to the other"


def test_what_the_faster_provider_grants_stays_with_it(house: House) -> None:
    house.sim.infini.always(say(TEXT))
    answers = asyncio.run(ask_at_once(house.servers, "fast", 300))
    assert failures(answers) == []
    assert (len(house.sim.infini.exchanges), len(house.sim.moonshot.exchanges)) == (300, 0)


def test_no_client_sees_a_provider_die_under_load(house: House) -> None:
    """Of 520 requests at once every third answer waits in its middle when the vendor is gone, socket and all."""
    numbers = count()

    def until_it_dies(request: Json) -> Answer:
        return Answer((Text(TEXT),), chunk=7, hold_after=3 if next(numbers) % 3 == 0 else None)

    def the_rest(request: Json) -> Answer:
        said, _ = begun(request)
        assert TEXT.startswith(said)
        return Answer((Text(TEXT[len(said) :]),), chunk=7)

    house.dying.infini.respond(until_it_dies)
    house.sim.moonshot.respond(the_rest)

    async def load() -> list[Seen]:
        asking = asyncio.create_task(ask_at_once(house.servers, "mortal", 520))
        await asyncio.to_thread(house.dying.ledger.wait_for, 300, timeout=60)
        await asyncio.to_thread(house.dying.stop)
        return await asking

    answers = asyncio.run(load())
    assert failures(answers) == []
    told = [begun(exchange.json)[0] for exchange in house.sim.moonshot.exchanges]
    assert any(told), "streams must have been in their middle"
    assert not all(told), "others must have begun anew"
    completed = [exchange for exchange in house.dying.ledger.exchanges() if exchange.outcome == "completed"]
    assert len(completed) >= 100, "it must have worked before"
