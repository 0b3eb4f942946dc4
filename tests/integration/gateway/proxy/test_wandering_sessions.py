"""Long sessions that change provider at every turn, at random: tools, thinking and history travel, and nobody refuses.

The client keeps what its dialect gave it and sends that back, as real clients do; the simulated vendors refuse what the
real ones refuse: unsigned or foreign thinking, ids of the wrong shape, results that do not follow their calls.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.clients import READ, WRITE, Caller, DialectName, Json, Seen
from tests.fixtures.databases import TestRun
from tests.fixtures.hostile import PIXEL
from tests.fixtures.server import running_server
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think, Vendor
from tests.fixtures.simulators.gemini_rules import DUMMIES
from tests.integration.app.replicas import services, two_replicas
from tests.integration.gateway.proxy.conftest import DIALECT_OF, Lane

TURNS = 50


def _answer(chance: random.Random, turn: int) -> Answer:
    """What the model says this turn: text, or calls with or without words, often after thinking."""
    calls = [
        Call("Read", {"path": f"file-{turn}-{number}"})
        if chance.random() < 0.7
        else Call("Write", {"text": f"“é” 世界 {turn}-{number}"})
        for number in range(chance.choice([0, 0, 1, 1, 2, 3]))
    ]
    thought = (Think(f"Thinking of turn {turn}."),) if chance.random() < 0.6 else ()
    words = (Text(f"Turn {turn}."),) if not calls or chance.random() < 0.5 else ()
    return Answer((*thought, *words, *calls), chunk=chance.choice([3, 9, 40]))


class _History:
    """The conversation as a client of one dialect keeps it."""

    def __init__(self, dialect: DialectName, *, keeps_reasoning: bool) -> None:
        self.dialect = dialect
        self.keeps_reasoning = keeps_reasoning
        self.items: list[Json] = [{"role": "user", "content": "Begin."}]

    def add(self, seen: Seen, chance: random.Random, turn: int, *, picture: bool = False) -> None:
        """Append the answer as the client got it, and what the client says next, with a picture or without."""
        getattr(self, f"_add_{self.dialect.replace('-', '_')}")(seen, chance, turn)
        if picture:
            self._show(chance)

    def _show(self, chance: random.Random) -> None:
        """Put a picture into the last thing the client said; sometimes into a tool's result, where there is one."""
        last = self.items[-1]
        if self.dialect == "gemini":
            last["parts"].append({"inlineData": {"mimeType": "image/png", "data": PIXEL}})
        elif self.dialect == "anthropic-messages":
            shown = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
            block = last["content"][0]
            if block["type"] == "tool_result" and chance.random() < 0.5:
                block["content"] = [{"type": "text", "text": block["content"]}, shown]
            else:
                last["content"].append(shown)
        elif self.dialect == "openai-responses":
            parts = [{"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"}]
            if last.get("type") == "function_call_output":
                last["output"] = [{"type": "input_text", "text": last["output"]}, *parts]
            else:
                last["content"] = [{"type": "input_text", "text": last["content"]}, *parts]
        else:
            self.items.append(
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}],
                }
            )

    def _add_anthropic_messages(self, seen: Seen, chance: random.Random, turn: int) -> None:
        blocks: list[Json] = []
        if seen.thinking:
            blocks.append({"type": "thinking", "thinking": seen.thinking, "signature": seen.signature})
        if seen.text:
            blocks.append({"type": "text", "text": seen.text})
        for identifier, name, arguments in seen.calls:
            blocks.append({"type": "tool_use", "id": identifier, "name": name, "input": json.loads(arguments)})
        self.items.append({"role": "assistant", "content": blocks})
        results: list[Json] = [
            {
                "type": "tool_result",
                "tool_use_id": identifier,
                "content": f"result of turn {turn}",
                "is_error": chance.random() < 0.2,
            }
            for identifier, _, _ in seen.calls
        ]
        words = [{"type": "text", "text": f"Go on after {turn}."}] if not results or chance.random() < 0.3 else []
        self.items.append({"role": "user", "content": [*results, *words]})

    def _add_openai_chat(self, seen: Seen, chance: random.Random, turn: int) -> None:
        message: Json = {"role": "assistant", "content": seen.text or None}
        if seen.thinking and self.keeps_reasoning:
            message["reasoning_content"] = seen.thinking
        if seen.calls:
            message["tool_calls"] = [
                {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}
                for identifier, name, arguments in seen.calls
            ]
        self.items.append(message)
        for identifier, _, _ in seen.calls:
            self.items.append({"role": "tool", "tool_call_id": identifier, "content": f"result of turn {turn}"})
        if not seen.calls or chance.random() < 0.3:
            self.items.append({"role": "user", "content": f"Go on after {turn}."})

    def _add_gemini(self, seen: Seen, chance: random.Random, turn: int) -> None:
        said = [part for event in seen.events for part in event["candidates"][0]["content"]["parts"]]
        kept = [part for part in said if part.get("text") != "" or "thoughtSignature" in part]
        if not self.keeps_reasoning:
            kept = [
                {name: value for name, value in part.items() if name != "thoughtSignature"}
                for part in kept
                if not part.get("thought") and part.get("text") != ""
            ]
        self.items.append({"role": "model", "parts": kept})
        parts: list[Json] = [
            {"functionResponse": {"id": identifier, "name": name, "response": {"output": f"result of turn {turn}"}}}
            for identifier, name, _ in seen.calls
        ]
        if not seen.calls or chance.random() < 0.3:
            parts.append({"text": f"Go on after {turn}."})
        self.items.append({"role": "user", "parts": parts})

    def _add_openai_responses(self, seen: Seen, chance: random.Random, turn: int) -> None:
        done = [event for event in seen.events if event.get("type") == "response.completed"]
        output = (done[0]["response"] if done else json.loads(seen.raw))["output"]
        self.items += [item for item in output if self.keeps_reasoning or item["type"] != "reasoning"]
        for item in output:
            if item["type"] == "function_call":
                result = f"result of turn {turn}"
                self.items.append({"type": "function_call_output", "call_id": item["call_id"], "output": result})
        if not seen.calls or chance.random() < 0.3:
            self.items.append({"role": "user", "content": f"Go on after {turn}."})


class _Told:
    """What each vendor said in each turn, and what the others must be told of it later."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, Answer]] = []

    def add(self, vendor: str, answer: Answer) -> None:
        self.turns.append((vendor, answer))

    def calling(self, vendor: str) -> dict[str, str]:
        """What a vendor thought in its turns that called tools, by the arguments of the turn's first call."""
        turns: dict[str, str] = {}
        for who, answer in self.turns:
            calls = [part for part in answer.parts if isinstance(part, Call)]
            if who == vendor and calls:
                thought = "".join(part.text for part in answer.parts if isinstance(part, Think))
                turns[json.dumps(calls[0].arguments, sort_keys=True)] = thought
        return turns


def _own(arguments: Any) -> str:
    return json.dumps(json.loads(arguments) if isinstance(arguments, str) else arguments, sort_keys=True)


Pair = tuple[object, object]


def _check_google(body: Json, told: _Told) -> Iterator[Pair]:
    """Every call Google made comes back with the signature Google gave it, nothing that stands in for one."""
    own = told.calling("google")
    for content in body["contents"]:
        called = [part for part in content["parts"] if "functionCall" in part]
        if called and _own(called[0]["functionCall"]["args"]) in own:
            yield called[0]["thoughtSignature"] in DUMMIES, False


def _check_google_chat(body: Json, told: _Told) -> Iterator[Pair]:
    """The same through Google's endpoint of OpenAI's format."""
    own = told.calling("gemini")
    for message in body["messages"]:
        called = message.get("tool_calls")
        if called and _own(called[0]["function"]["arguments"]) in own:
            yield called[0]["extra_content"]["google"]["thought_signature"] in DUMMIES, False


def _check_openai(body: Json, told: _Told) -> Iterator[Pair]:
    """What OpenAI sealed stands before the calls it thought about."""
    own = told.calling("responses")
    items = [item for item in body["input"] if item.get("type", "message") != "message"]
    for before, item in itertools.pairwise([{}, *items]):
        thought = own.get(_own(item["arguments"])) if item["type"] == "function_call" else ""
        if thought:
            yield before.get("summary"), [{"type": "summary_text", "text": thought}]


def _check_anthropic(body: Json, told: _Told) -> Iterator[Pair]:
    """Claude sees the thinking it signed."""
    own = told.calling("anthropic")
    for message in body["messages"]:
        blocks = message["content"] if isinstance(message["content"], list) else []
        called = [block for block in blocks if block["type"] == "tool_use"]
        thought = own.get(_own(called[0]["input"])) if called else ""
        if thought:
            yield blocks[0].get("thinking"), thought


def _check_kimi(body: Json, told: _Told) -> Iterator[Pair]:
    """Kimi is told what it thought itself."""
    own = told.calling("moonshot")
    for message in body["messages"]:
        called = message.get("tool_calls")
        thought = own.get(_own(called[0]["function"]["arguments"])) if called else ""
        if thought:
            yield message["reasoning_content"], thought


_CHECKS = {
    "google": _check_google, "gemini": _check_google_chat, "responses": _check_openai, "anthropic": _check_anthropic,
    "moonshot": _check_kimi,
}  # fmt: skip


def _wander(
    callers: Sequence[Caller],
    models: dict[str, Vendor],
    sim: Simulator,
    chance: random.Random,
    *,
    keeps_reasoning: bool,
    stream: bool,
    blind: str = "",
    before: Callable[[int], None] = lambda turn: None,
) -> None:
    """Hold a conversation of many turns, each with another model and the next of the callers. From its middle on there
    are pictures, and ``blind``, a model that cannot see, is left out."""
    dialect = callers[0].dialect
    options: dict[str, Any] = {"tools": [READ, WRITE], "stream": stream}
    if dialect == "anthropic-messages":
        options |= {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
    elif dialect == "openai-responses":
        options |= {"include": ["reasoning.encrypted_content"], "reasoning": {"effort": "medium"}}
    history = _History(dialect, keeps_reasoning=keeps_reasoning)
    told = _Told()
    model = ""
    for turn in range(TURNS):
        before(turn)
        sees = turn > TURNS // 2
        model = chance.choice([name for name in models if name != model and not (sees and name == blind)])
        answer = _answer(chance, turn)
        models[model].then(answer)
        told.add(models[model].name, answer)
        seen = callers[turn % len(callers)].ask(model, list(history.items), **options)
        assert (seen.status, seen.error) == (200, None), f"turn {turn} at {model}: {seen.error}"
        assert seen.complete
        assert seen.text or seen.calls
        history.add(seen, chance, turn, picture=sees and chance.random() < 0.3)
    assert [exchange.status for exchange in sim.ledger.exchanges()] == [200] * TURNS
    if not keeps_reasoning and dialect in ("anthropic-messages", "openai-responses"):
        # These formats carry thinking; a client that leaves it out gets the stand-ins.
        return
    pairs = [
        pair
        for exchange in sim.ledger.exchanges()
        if exchange.vendor in _CHECKS
        for pair in _CHECKS[exchange.vendor](exchange.json, told)
    ]
    assert len(pairs) >= 20, "too little was checked"
    lost = [pair for pair in pairs if pair[0] != pair[1]]
    assert not lost


@pytest.mark.parametrize("keeps_reasoning", [True, False], ids=["keeps reasoning", "drops reasoning"])
def test_session_changes_provider_at_every_turn_without_a_refusal_and_nothing_is_lost(
    caller: Caller, lane: Lane, sim: Simulator, stream: bool, keeps_reasoning: bool
) -> None:
    models = {
        lane.kimi: sim.moonshot,
        lane.instruct: sim.infini,
        lane.sonnet: sim.anthropic,
        "gpt": sim.openai,
        "native-gpt": sim.responses,
        "native-gemini": sim.google,
        "chat-gemini": sim.vendors["gemini"],
    }
    chance = random.Random(f"{caller.dialect} {stream} {keeps_reasoning}")
    _wander([caller], models, sim, chance, keeps_reasoning=keeps_reasoning, stream=stream, blind=lane.instruct)


_REPLICATED = {
    "moonshot": "kimi-k2.6",
    "anthropic": "claude-sonnet-4-6",
    "responses": "gpt-5.5",
    "google": "gemini-3.8-flash",
}


def _replicated_config(sim: Simulator) -> Json:
    providers = {
        name: {
            "dialect": DIALECT_OF.get(name, "openai-chat"),
            "base_url": getattr(sim, name).base_url,
            "api_key": "sk-x",
        }
        for name in _REPLICATED
    }
    models = {name: {"deployments": [{"provider": name, "model": model}]} for name, model in _REPLICATED.items()}
    return {"providers": providers, "models": models}


@pytest.mark.parametrize("dialect", ["anthropic-messages", "openai-chat"])
def test_nothing_is_lost_between_two_replicas_that_take_turns_and_start_again(
    dialect: DialectName,
    sim: Simulator,
    test_run: TestRun,
    postgresql_server: str,
    postgresql_template: str,
    tmp_path: Path,
) -> None:
    with (
        services(test_run, postgresql_server, postgresql_template) as environment,
        two_replicas(tmp_path, _replicated_config(sim), environment) as replicas,
        ExitStack() as closing,
    ):
        key = replicas[0].key
        callers = [closing.enter_context(Caller(server.url, key, dialect)) for server in replicas]

        def before(turn: int) -> None:
            if turn == TURNS // 2:
                for server in replicas:
                    server.stop()
                    server.start()

        models = {name: getattr(sim, name) for name in _REPLICATED}
        chance = random.Random(dialect)
        _wander(callers, models, sim, chance, keeps_reasoning=dialect != "openai-chat", stream=True, before=before)


def test_nothing_is_lost_when_the_only_process_starts_again(sim: Simulator, tmp_path: Path) -> None:
    with (
        running_server(tmp_path, _replicated_config(sim)) as server,
        Caller(server.url, server.key, "openai-chat") as caller,
    ):

        def before(turn: int) -> None:
            if turn in (20, 35):
                server.stop()
                server.start()

        models = {name: getattr(sim, name) for name in _REPLICATED}
        _wander([caller], models, sim, random.Random(7), keeps_reasoning=False, stream=False, before=before)
