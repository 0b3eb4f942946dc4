"""The real Claude Code compacts by itself, in time for Kimi's window, from the numbers and words we hand on.

It never asks ``count_tokens`` for that. It compares the usage of the last answer, and a guess for what came since, with
the window it believes in less room for a summary; and it compacts when it reads that a prompt is too long.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Step, Text, say
from tests.scenario.agreement import ledger_agrees, nothing_odd
from tests.scenario.claude_code import ClaudeCode, Turn

Json = dict[str, Any]

KIMI_WINDOW = 262_144
# What Claude Code 2.1.329 keeps free of a window: for the summary, and to be safe.
KEPT_FREE = 20_000 + 13_000
SET = {"CLAUDE_CODE_AUTO_COMPACT_WINDOW": str(KIMI_WINDOW)}
SUMMARY = "The notes say PLUM; answer the question."
TOO_LONG = json.dumps(
    {
        "error": {
            "message": "Invalid request: Your request exceeded model token limit: 262144 (requested: 262911)",
            "type": "invalid_request_error",
        }
    }
)
CLAUDE_TOO_LONG = json.dumps(
    {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "prompt is too long: 262911 tokens > 200000 maximum"},
    }
)


@pytest.fixture
def claude(server: Server, sim: Simulator, tmp_path: Path) -> ClaudeCode:
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    (project / "notes.txt").write_text("The secret word is PLUM.\n")
    return ClaudeCode(server.url, server.key, project, home)


def boundaries(turn: Turn) -> list[Json]:
    """What Claude Code says about the compactions of one turn."""
    return [event["compact_metadata"] for event in turn.events if event.get("subtype") == "compact_boundary"]


def working_model(claude: ClaudeCode, prompt_tokens: int) -> Callable[[Json], Step]:
    """A model that reads the notes, at the end of a prompt of so many tokens, and summarizes when it is asked to."""

    def answer(body: Json) -> Step:
        if "detailed summary" in json.dumps(body["messages"][-1]):
            return say(f"<analysis>Little.</analysis>\n<summary>{SUMMARY}</summary>")
        if SUMMARY in json.dumps(body["messages"]):
            return say("PLUM, from the summary.")
        if any(message["role"] == "tool" for message in body["messages"]):
            return Answer((Text("PLUM, from the file."),), prompt_tokens=prompt_tokens)
        return Answer((Call("Read", {"file_path": str(claude.project / "notes.txt")}),), prompt_tokens=prompt_tokens)

    return answer


def get_talking(claude: ClaudeCode, sim: Simulator) -> None:
    """Two turns, so that there is something to summarize."""
    for vendor in (sim.infini, sim.moonshot):
        vendor.respond(lambda body: say("Hello."))
    claude.say("hi there")
    claude.say("hi again")


@pytest.mark.parametrize(
    ("model", "window"),
    [("claude-sonnet-4-5", 200_000), ("claude-opus-4-8", KIMI_WINDOW), ("kimi-k2.6", KIMI_WINDOW)],
    ids=["name with a smaller window", "name with a larger window", "name it does not know"],
)
@pytest.mark.parametrize("over", [False, True], ids=["below", "above"])
def test_it_compacts_when_the_usage_of_an_answer_nears_the_window(
    claude: ClaudeCode,
    server: Server,
    sim: Simulator,
    model: str,
    window: int,
    over: bool,
) -> None:
    claude.model = model
    claude.environment |= SET
    get_talking(claude, sim)
    tokens = window - KEPT_FREE + (500 if over else -1_000)
    for vendor in (sim.infini, sim.moonshot):
        vendor.respond(working_model(claude, tokens))
    turn = claude.say("What is the secret word in notes.txt?")
    assert turn.code == 0
    if over:
        assert turn.text == "PLUM, from the summary."
        (compaction,) = boundaries(turn)
        assert compaction["trigger"] == "auto"
        assert tokens <= compaction["pre_tokens"] < tokens + 500
        assert compaction["post_tokens"] < tokens / 10
    else:
        assert turn.text == "PLUM, from the file."
        assert boundaries(turn) == []
    assert claude.say("Once more?").text.startswith("PLUM")
    assert not any(exchange.path.endswith("count_tokens") for exchange in sim.ledger.exchanges())
    nothing_odd(sim)
    ledger_agrees(server, sim)


def test_it_compacts_when_every_vendor_says_the_prompt_is_too_long(
    claude: ClaudeCode, server: Server, sim: Simulator
) -> None:
    """Without a window set, and with a name it knows, Claude Code waits for exactly this."""
    get_talking(claude, sim)
    working = working_model(claude, 200)

    def refuse_once(body: Json) -> Step:
        asked = working(body)
        long = isinstance(asked, Answer) and asked.parts and asked.parts[0] == Text("PLUM, from the file.")
        return Failure("caller", body=TOO_LONG) if long else asked

    for vendor in (sim.infini, sim.moonshot):
        vendor.respond(refuse_once)
    sim.anthropic.always(Failure("caller", body=CLAUDE_TOO_LONG))
    turn = claude.say("What is the secret word in notes.txt?")
    assert (turn.code, turn.text) == (0, "PLUM, from the summary.")
    assert [compaction["trigger"] for compaction in boundaries(turn)] == ["auto"]
    rows = ledger_agrees(server, sim)
    (refused,) = [row for row in rows if row["outcome"] != "completed"]
    assert [attempt["provider"] for attempt in refused["attempts"]] == ["infini", "moonshot", "anthropic"]
