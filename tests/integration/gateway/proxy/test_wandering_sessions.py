"""Long sessions that change provider at every turn, at random: tools, thinking and history travel, and nobody refuses.

The client keeps what its dialect gave it and sends that back, as real clients do; the simulated vendors refuse what the
real ones refuse: unsigned or foreign thinking, ids of the wrong shape, results that do not follow their calls.
"""

import json
import random
from typing import Any

import pytest

from tests.fixtures.clients import READ, WRITE, Caller, DialectName, Json, Seen
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think
from tests.integration.gateway.proxy.conftest import Lane

TURNS = 50


def _answer(chance: random.Random, turn: int) -> Answer:
    """What the model says this turn: text, or calls with or without words, often after thinking."""
    calls = [
        Call("Read", {"path": f"file-{turn}-{number}"})
        if chance.random() < 0.7
        else Call("Write", {"text": "“é” 世界"})
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

    def add(self, seen: Seen, chance: random.Random, turn: int) -> None:
        """Append the answer as the client got it, and what the client says next."""
        getattr(self, f"_add_{self.dialect.replace('-', '_')}")(seen, chance, turn)

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


@pytest.mark.parametrize("keeps_reasoning", [True, False], ids=["keeps reasoning", "drops reasoning"])
def test_session_changes_provider_at_every_turn_without_a_refusal(
    caller: Caller, lane: Lane, sim: Simulator, stream: bool, keeps_reasoning: bool
) -> None:
    chance = random.Random(f"{caller.dialect} {stream} {keeps_reasoning}")
    models = {
        lane.kimi: sim.moonshot,
        lane.instruct: sim.infini,
        lane.sonnet: sim.anthropic,
        "gpt": sim.openai,
        "native-gpt": sim.responses,
        "native-gemini": sim.google,
    }
    options: dict[str, Any] = {"tools": [READ, WRITE], "stream": stream}
    if caller.dialect == "anthropic-messages":
        options |= {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
    elif caller.dialect == "openai-responses":
        options |= {"include": ["reasoning.encrypted_content"], "reasoning": {"effort": "medium"}}
    history = _History(caller.dialect, keeps_reasoning=keeps_reasoning)
    model = ""
    for turn in range(TURNS):
        model = chance.choice([name for name in models if name != model])
        models[model].then(_answer(chance, turn))
        seen = caller.ask(model, list(history.items), **options)
        assert (seen.status, seen.error) == (200, None), f"turn {turn} at {model}: {seen.error}"
        assert seen.complete
        assert seen.text or seen.calls
        history.add(seen, chance, turn)
    assert [exchange.status for exchange in sim.ledger.exchanges()] == [200] * TURNS
