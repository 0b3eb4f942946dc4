"""The cache on both storage columns: hits in every dialect, misses where there must be, never across organizations."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.clients import DialectName, Seen, read_answer, request_body
from tests.fixtures.simulators import Answer, Failure, Simulator, say
from tests.integration.app.installation import Installation, Person, installation, settings_with

PATHS = {
    "anthropic-messages": "/v1/messages",
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
}
DIALECTS: tuple[DialectName, ...] = ("anthropic-messages", "openai-chat", "openai-responses")
PRICE = {"input": "1", "output": "2"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def sim(simulator: Simulator) -> Simulator:
    simulator.reset()
    return simulator


@pytest.fixture
async def here(column: Settings, sim: Simulator) -> AsyncIterator[Installation]:
    chat = {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-moonshot"}
    messages = {"dialect": "anthropic-messages", "base_url": sim.anthropic.base_url, "api_key": "sk-ant"}
    settings = settings_with(
        column,
        providers={"chat": chat, "messages": messages},
        models={
            "kimi": {"deployments": [{"provider": "chat", "model": "kimi-k2.6", "price": PRICE}]},
            "claude": {"deployments": [{"provider": "messages", "model": "claude-sonnet-4-6", "price": PRICE}]},
        },
        routes=[
            {"name": "cached", "match": {"model": "cached-*"}, "use": ["kimi"], "cache": {"max_temperature": 1}},
            {"name": "claude", "match": {"model": "kept-claude"}, "use": ["claude"], "cache": {"max_temperature": 1}},
            {
                "name": "alike",
                "match": {"model": "alike"},
                "use": ["kimi"],
                "cache": {"max_temperature": 1, "semantic": True, "similarity": 0.7},
            },
            {"name": "strict", "match": {"model": "strict"}, "use": ["kimi"], "cache": {}},
            {
                "name": "own",
                "match": {"model": "own"},
                "use": ["kimi"],
                "cache": {"max_temperature": 1, "per_key": True},
            },
            {"name": "plain", "match": {"model": "plain"}, "use": ["kimi"]},
            {
                "name": "guarded",
                "match": {"model": "guarded"},
                "use": ["kimi"],
                "cache": {"max_temperature": 1, "semantic": True, "similarity": 0.5},
                "guardrails": {"personal_data": "mask", "secrets": "refuse"},
            },
        ],
    )
    async with installation(settings) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    return await here.administrator()


async def ask(
    person: Person,
    model: str,
    prompt: str = "hi",
    *,
    dialect: DialectName = "openai-chat",
    stream: bool = False,
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> Seen:
    """Ask in a dialect; the answer as its client understands it."""
    body = {**request_body(dialect, model, prompt, stream=stream), **fields}
    answer: httpx2.Response = await person.http.post(
        PATHS[dialect], json=body, headers={"authorization": f"Bearer {person.key}", **(headers or {})}
    )
    seen = Seen(answer.status_code, {name.lower(): value for name, value in answer.headers.items()})
    seen.raw = answer.content
    read_answer(dialect, seen)
    return seen


def state(seen: Seen) -> str | None:
    return seen.headers.get("x-powerautomation-cache")


@pytest.mark.parametrize("first_stream", [False, True], ids=["made whole", "made as a stream"])
@pytest.mark.parametrize("first", DIALECTS)
async def test_one_stored_answer_serves_every_dialect_whole_and_streamed(
    admin: Person, sim: Simulator, first: DialectName, first_stream: bool
) -> None:
    sim.moonshot.then(say("你好, the answer is 42."))
    made = await ask(admin, "cached-a", dialect=first, stream=first_stream)
    assert (made.text, state(made)) == ("你好, the answer is 42.", "miss")
    for dialect in DIALECTS:
        for stream in (False, True):
            seen = await ask(admin, "cached-a", dialect=dialect, stream=stream)
            assert (seen.status, seen.text, seen.complete, seen.error) == (200, made.text, True, None)
            assert state(seen) == "hit", (dialect, stream)
            assert seen.request_id != made.request_id
    assert len(sim.moonshot.exchanges) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_answers_that_pass_through_untouched_are_kept_too(admin: Person, sim: Simulator, stream: bool) -> None:
    sim.anthropic.then(say("From Claude."))
    made = await ask(admin, "kept-claude", dialect="anthropic-messages", stream=stream)
    seen = await ask(admin, "kept-claude", dialect="openai-chat", stream=stream)
    assert (made.text, seen.text, state(seen)) == ("From Claude.", "From Claude.", "hit")


async def test_organizations_never_share_an_answer(here: Installation, admin: Person, sim: Simulator) -> None:
    stranger = await here.stranger()
    sim.moonshot.then(say("secret of the first"), say("of the second"))
    await ask(admin, "alike", "What is our secret plan?")
    for _ in range(2):
        seen = await ask(stranger, "alike", "What is our secret plan?")
        assert seen.text == "of the second"
    assert (await ask(admin, "alike", "What is our secret plan?")).text == "secret of the first"
    assert len(sim.moonshot.exchanges) == 2


async def test_without_a_word_of_the_route_nothing_is_kept(admin: Person, sim: Simulator) -> None:
    for _ in range(2):
        assert state(await ask(admin, "plain", temperature=0)) is None
    assert len(sim.moonshot.exchanges) == 2


async def test_answers_that_vary_are_not_repeated_unless_the_route_says_so(admin: Person, sim: Simulator) -> None:
    for _ in range(2):
        assert state(await ask(admin, "strict")) is None
    assert len(sim.moonshot.exchanges) == 2


async def test_an_operator_can_switch_it_off_at_once(admin: Person, sim: Simulator) -> None:
    sim.moonshot.always(say("Paris."))
    assert [state(await ask(admin, "cached-a")) for _ in range(2)] == ["miss", "hit"]
    await admin.ok("POST", "flags/gateway.answer-cache/switch", {"is_on": False})
    assert state(await ask(admin, "cached-a")) is None
    assert len(sim.moonshot.exchanges) == 2
    await admin.ok("POST", "flags/gateway.answer-cache/switch", {"is_on": True})
    assert state(await ask(admin, "cached-a")) == "hit"


@pytest.mark.parametrize("headers", [{"cache-control": "no-store"}, {"x-powerautomation-cache": "off"}])
async def test_a_client_can_go_past_the_cache(admin: Person, sim: Simulator, headers: dict[str, str]) -> None:
    sim.moonshot.then(say("one"), say("two"), say("three"))
    assert (await ask(admin, "cached-a", headers=headers)).text == "one"
    assert (await ask(admin, "cached-a")).text == "two"
    assert (await ask(admin, "cached-a", headers=headers)).text == "three"
    assert (await ask(admin, "cached-a")).text == "two"


async def test_a_fresh_answer_can_be_asked_for_and_replaces_the_old(admin: Person, sim: Simulator) -> None:
    sim.moonshot.then(say("old"), say("new"))
    await ask(admin, "cached-a")
    assert (await ask(admin, "cached-a", headers={"cache-control": "no-cache"})).text == "new"
    assert (await ask(admin, "cached-a")).text == "new"


async def test_a_question_in_other_words_gets_the_same_answer_where_the_route_says_so(
    admin: Person, sim: Simulator
) -> None:
    sim.moonshot.then(say("Click on reset."), say("点击重置。"), say("other"), say("others"))
    await ask(admin, "alike", "How do I reset my password?")
    await ask(admin, "alike", "如何重置密码？")
    english = await ask(admin, "alike", "how can I reset my password", stream=True)
    chinese = await ask(admin, "alike", "怎么重置密码", dialect="anthropic-messages")
    assert (english.text, state(english)) == ("Click on reset.", "semantic")
    assert (chinese.text, state(chinese)) == ("点击重置。", "semantic")
    assert state(await ask(admin, "alike", "How do I not reset my password?")) == "miss"
    assert state(await ask(admin, "cached-a", "how can I reset my password")) == "miss"


async def test_identical_requests_of_the_same_moment_are_asked_once_and_recorded_each(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    sim.moonshot.always(say("the one answer"))
    seen = await asyncio.gather(*(ask(admin, "cached-a", stream=bool(n % 2)) for n in range(12)))
    assert {one.text for one in seen} == {"the one answer"}
    assert sorted(map(str, map(state, seen))) == ["hit"] * 11 + ["miss"]
    assert len(sim.moonshot.exchanges) == 1
    await here.application.flusher.flush_now()
    rows = [await admin.ok("GET", f"requests/{one.request_id}") for one in seen]
    assert sorted(len(row["attempts"]) for row in rows) == [0] * 11 + [1]


async def test_who_waits_for_an_answer_that_fails_asks_for_one_of_their_own(admin: Person, sim: Simulator) -> None:
    sim.moonshot.always(Failure("caller"))
    refused = await asyncio.gather(*(ask(admin, "cached-a") for _ in range(4)))
    assert {one.status for one in refused} == {400}
    assert len(sim.moonshot.exchanges) == 4
    sim.moonshot.always(say("now"))
    assert {one.text for one in await asyncio.gather(*(ask(admin, "cached-a") for _ in range(4)))} == {"now"}


async def test_nobody_waits_for_ever_for_the_answer_another_has_made(
    admin: Person, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("powerautomation.gateway.proxy.answers.LONGEST_FLIGHT_SECONDS", 0.05)
    sim.moonshot.then(say("slow " * 9, hold_after=1), say("quick"))
    slow = asyncio.create_task(ask(admin, "cached-a"))
    while not sim.moonshot.exchanges:
        await asyncio.sleep(0.01)
    assert (await ask(admin, "cached-a")).text == "quick"
    sim.release()
    assert (await slow).text.startswith("slow")


async def test_questions_that_differ_do_not_wait_for_each_other(admin: Person, sim: Simulator) -> None:
    sim.moonshot.then(say("slow " * 9, hold_after=1), say("other"))
    slow = asyncio.create_task(ask(admin, "cached-a", "one"))
    while not sim.moonshot.exchanges:
        await asyncio.sleep(0.01)
    assert (await ask(admin, "cached-a", "two")).text == "other"
    sim.release()
    assert (await slow).text.startswith("slow")


MAIL = "anna.k@firma-nord.de"


def _repeat(body: dict[str, Any]) -> Answer:
    return say(f"You said: {body['messages'][-1]['content']}")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_masked_question_is_kept_masked_and_answered_with_the_originals(
    here: Installation, admin: Person, sim: Simulator, stream: bool
) -> None:
    sim.moonshot.respond(_repeat)
    question = f"Write to {MAIL} now."
    kept: list[bytes] = []
    cache = here.application.gateway.answer_cache
    assert cache is not None
    store, put = cache._store, cache._store.set

    async def seen_set(key: str, value: bytes, ttl_seconds: float) -> None:
        kept.append(value)
        await put(key, value, ttl_seconds)

    store.set = seen_set  # type: ignore[method-assign]  # what reaches the store is the point
    first = await ask(admin, "guarded", question, stream=stream)
    again = await ask(admin, "guarded", question, dialect="anthropic-messages", stream=not stream)
    assert (first.text, state(first)) == (f"You said: {question}", "miss")
    assert (again.text, state(again)) == (f"You said: {question}", "hit")
    other = await ask(admin, "guarded", "Write to bernd@firma-nord.de now.", stream=stream)
    assert (other.text, state(other)) == ("You said: Write to bernd@firma-nord.de now.", "miss")
    assert len(kept) >= 2
    assert not any(MAIL.encode() in value for value in kept)
    assert not any(MAIL.encode() in exchange.body for exchange in sim.moonshot.exchanges)


async def test_a_prompt_is_refused_whatever_is_kept_and_others_routes_keep_answers(
    admin: Person, sim: Simulator
) -> None:
    secret = "My key is ghp_" + "a1B2c3D4" * 5
    assert [state(await ask(admin, "cached-a", secret)) for _ in range(2)] == ["miss", "hit"]
    assert [(await ask(admin, "guarded", secret)).status for _ in range(2)] == [400, 400]
    assert [state(await ask(admin, "guarded", "harmless")) for _ in range(2)] == ["miss", "hit"]


@pytest.mark.parametrize("bad", [say("half", stop="length"), say("half", break_after=0)], ids=["cut off", "broken"])
async def test_what_is_not_a_whole_answer_is_never_repeated(admin: Person, sim: Simulator, bad: Answer) -> None:
    sim.moonshot.then(bad, say("whole"), say("whole"))
    await ask(admin, "cached-a", stream=True)
    seen = await ask(admin, "cached-a")
    assert seen.text == "whole"


async def test_the_ledger_says_that_it_cost_nothing_and_what_it_saved(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    await ask(admin, "cached-a")
    hit = await ask(admin, "cached-a")
    await here.application.flusher.flush_now()
    found = await admin.ok("GET", f"requests/{hit.request_id}")
    assert (found["outcome"], found["cost_nanos"], found["attempts"], found["output_tokens"]) == ("completed", 0, [], 0)
    part = found["reason_parts"][-1]
    assert (part["code"], part["values"][:2]) == ("cached", ["hit", "chat/kimi-k2.6"])
    assert "The cache answered" in found["reason"]


async def test_hits_are_counted_and_the_cache_can_be_emptied_by_its_owner_alone(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    stranger = await here.stranger()
    for _ in range(3):
        await ask(admin, "cached-a")
    await here.application.flusher.flush_now()
    report = await admin.ok("GET", "answer-cache?utc_offset_minutes=480")
    items = report["items"]
    assert (sum(one["hits"] for one in items), sum(one["misses"] for one in items)) == (2, 1)
    assert {one["route"] for one in items} == {"cached"}
    assert sum(one["saved_nanos"] for one in items) > 0
    assert {one["currency"] for one in items if one["hits"]} == {"USD"}
    assert {one["start"][11:] for one in items} == {"16:00:00Z"}, "midnight in China"
    alike = next(route for route in report["routes"] if route["name"] == "alike")
    assert (alike["pattern"], alike["semantic"], alike["similarity"]) == ("alike", True, 0.7)
    assert report["store"] == ("redis" if here.application.settings.redis_url else "memory")
    backwards = await admin.call("GET", "answer-cache?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z")
    assert (backwards.status_code, backwards.json()["code"]) == (422, "usage.range_invalid")
    assert (await stranger.ok("GET", "answer-cache"))["items"] == []
    await stranger.ok("DELETE", "answer-cache")
    assert state(await ask(admin, "cached-a")) == "hit"
    await admin.ok("DELETE", "answer-cache")
    assert state(await ask(admin, "cached-a")) == "miss"
    assert (await here.browser().get("/api/v1/answer-cache")).status_code == 401
