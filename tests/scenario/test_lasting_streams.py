"""Streams that outlive their upstream, as the real clients see them: the vendors' SDKs and Claude Code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from tests.fixtures.narrator import begun, narrator
from tests.fixtures.server import Server, prepare_server
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think
from tests.scenario.agreement import ledger_agrees, nothing_odd
from tests.scenario.claude_code import ClaudeCode
from tests.scenario.conftest import house_config

TEXT = "A long answer, cut in the middle of a word and brought to its end by somebody else — 世界."
READ_SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
HI: Any = [{"role": "user", "content": "hi"}]


@pytest.fixture
def server(sim: Simulator, tmp_path: Path) -> Iterator[Server]:
    """The house, whose routes ask for streams that survive."""
    config = house_config(sim)
    for name, models in (("old-first", ["old-claude", "kimi-k2.6"]), ("kimi-first", ["kimi-k2.6", "old-claude"])):
        config["routes"].append({"name": name, "match": {"model": name}, "use": models})
    config["models"]["old-claude"] = {"deployments": [{"provider": "anthropic", "model": "claude-sonnet-4-5"}]}
    for route in config["routes"]:
        route["continue_streams"] = True
    server = prepare_server(tmp_path / "server", config)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.mark.parametrize("cut", [1, 4, 9, 16])
@pytest.mark.parametrize("model", ["kimi-first", "old-first"])
def test_anthropics_sdk_reads_one_message(server: Server, sim: Simulator, model: str, cut: int) -> None:
    said = narrator(Think("Hm."), Text(TEXT), Call("Read", {"path": "a.py"}), break_after=cut)
    sim.moonshot.respond(said)
    sim.anthropic.respond(said)
    tools: Any = [{"name": "Read", "description": "Reads.", "input_schema": READ_SCHEMA}]
    with (
        anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0, timeout=20) as client,
        client.messages.stream(model=model, max_tokens=500, messages=HI, tools=tools) as stream,
    ):
        message = stream.get_final_message()
    assert "".join(block.text for block in message.content if block.type == "text") == TEXT
    calls = [block for block in message.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [("Read", {"path": "a.py"})]
    assert message.stop_reason == "tool_use"


@pytest.mark.parametrize("cut", [1, 4, 9])
@pytest.mark.parametrize("model", ["kimi-first", "old-first"])
def test_openais_sdk_reads_one_completion_and_one_response(
    server: Server, sim: Simulator, model: str, cut: int
) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as client:
        said = narrator(Text(TEXT), break_after=cut)
        sim.moonshot.respond(said)
        sim.anthropic.respond(said)
        with client.chat.completions.stream(model=model, messages=HI) as stream:
            completion = stream.get_final_completion()
        assert completion.choices[0].message.content == TEXT
        assert completion.choices[0].finish_reason == "stop"

        said = narrator(Text(TEXT), break_after=cut)
        sim.moonshot.respond(said)
        sim.anthropic.respond(said)
        with client.responses.stream(model=model, input="hi") as answer:
            response = answer.get_final_response()
        assert response.output_text == TEXT
        assert response.status == "completed"
        kept = client.responses.retrieve(response.id)
        assert kept.output_text == TEXT


def test_claude_code_does_not_notice_that_its_upstream_died(server: Server, sim: Simulator, tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    (project / "hello.py").write_text("print('hello')\n")
    read = Call("Read", {"file_path": str(project / "hello.py")})
    story = {0: (Text("Let me read the file first."), read), 1: (Text(TEXT),)}
    broken = 0

    def first(request: dict[str, Any]) -> Answer:
        nonlocal broken
        broken += 1
        results = sum(1 for message in request["messages"] if message["role"] == "tool")
        return Answer(story[results], chunk=5, break_after=3 if results else 9)

    def second(request: dict[str, Any]) -> Answer:
        results = sum(1 for message in request["messages"] if message["role"] == "tool")
        said, told = begun(request)
        assert told or not said
        text, *calls = story[results]
        assert isinstance(text, Text)
        rest = text.text[len(said) :]
        return Answer((*([Text(rest)] if rest else []), *calls), chunk=9)

    sim.infini.respond(first)
    sim.moonshot.respond(second)
    turn = ClaudeCode(server.url, server.key, project, home).say("Read hello.py and tell me about it.")
    assert (turn.code, turn.text) == (0, TEXT)
    assert [block["input"] for block in turn.blocks("assistant", "tool_use")] == [read.arguments]
    # The route's order is kept: both turns began where they broke off.
    assert broken == 2
    nothing_odd(sim)
    rows = ledger_agrees(server, sim)
    outcomes = [[attempt["outcome"] for attempt in row["attempts"]] for row in rows]
    assert outcomes == [["failed", "completed"], ["failed", "completed"]]
    assert '"continued"' in json.dumps(rows[0]["reason_parts"])
