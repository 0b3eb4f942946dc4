"""The main job: the real Claude Code works through the gateway on Kimi, and the ledger agrees with the vendors."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Step, Text, Think, call, say
from tests.scenario.agreement import ledger_agrees, nothing_odd
from tests.scenario.claude_code import ClaudeCode

pytestmark = pytest.mark.usefixtures("cold_starts")

Json = dict[str, Any]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "hello.py").write_text("print('hello')\n")
    (folder / "notes.txt").write_text("Say goodbye instead of hello. — Grüße\n")
    (folder / "picture.png").write_bytes(_png())
    return folder


@pytest.fixture
def claude(server: Server, project: Path, tmp_path: Path) -> ClaudeCode:
    home = tmp_path / "home"
    home.mkdir()
    return ClaudeCode(server.url, server.key, project, home)


def _png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + bytes((row * 16, 90, 200)) * 16 for row in range(16)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _results(body: Json) -> int:
    return sum(1 for message in body["messages"] if message["role"] == "tool")


def test_claude_code_edits_a_file_through_kimi_with_a_failover_in_the_middle(
    claude: ClaudeCode, server: Server, sim: Simulator, project: Path
) -> None:
    paths = {name: str(project / name) for name in ("hello.py", "notes.txt", "picture.png")}
    reads = (Call("Read", {"file_path": paths["hello.py"]}), Call("Read", {"file_path": paths["notes.txt"]}))
    edit = {"file_path": paths["hello.py"], "old_string": "hello", "new_string": "goodbye"}
    sim.infini.then(
        Answer((Text("I read both. — 好的"), *reads), quirks=("interleave", "utf8_split"), chunk=7),
        Failure("overloaded"),
        say("Changed hello to goodbye."),
    )
    sim.moonshot.then(call("Edit", edit, think="The notes ask for goodbye. 改一改"))
    first = claude.say("Read hello.py and notes.txt, then do what the notes say.")
    assert (first.code, first.text) == (0, "Changed hello to goodbye.")
    assert (project / "hello.py").read_text() == "print('goodbye')\n"
    assert [block["name"] for block in first.blocks("assistant", "tool_use")] == ["Read", "Read", "Edit"]
    assert [block["thinking"] for block in first.blocks("assistant", "thinking")] == [
        "The notes ask for goodbye. 改一改"
    ]

    sim.infini.then(call("Read", {"file_path": paths["picture.png"]}), say("Back at the first."))
    sim.moonshot.then(Answer((Think("A blue square."), Text("It shows a blue square."))))
    second = claude.say("Now look at picture.png.")
    assert (second.code, second.text) == (0, "It shows a blue square.")
    images = [exchange for exchange in sim.moonshot.exchanges if b"data:image/png;base64," in exchange.body]
    assert len(images) == 1, "only the model that reads images may get one"

    nothing_odd(sim)
    assert [exchange.outcome for exchange in sim.infini.exchanges] == ["completed", "failed", "completed", "completed"]
    rows = ledger_agrees(server, sim)
    assert [len(row["attempts"]) for row in rows] == [1, 2, 1, 1, 1]
    assert {row["requested_model"] for row in rows} == {"claude-sonnet-4-5"}
    assert {row["route"] for row in rows} == {"claude-to-k2"}
    assert len({row["session"] for row in rows}) == 1
    assert rows[0]["session"]
    assert all(row["outcome"] == "completed" and row["stream"] for row in rows)
    assert rows[1]["deployment"] == "moonshot/kimi-k2.6"
    assert all(row["cost_nanos"] > 0 for row in rows)
    # The failover left a prompt cache behind that the asked-for model would still have had: that turn saves nothing.
    assert [row["savings_nanos"] > 0 for row in rows] == [True, False, True, True, True]
    assert sum(row["savings_nanos"] for row in rows) > 0
    billing = b"x-anthropic-billing-header"
    assert not any(billing in exchange.body for exchange in sim.ledger.exchanges() if exchange.vendor != "anthropic")


def test_a_session_moves_from_kimi_to_claude_and_back_in_the_middle_of_tool_use(
    claude: ClaudeCode, server: Server, sim: Simulator, project: Path
) -> None:
    """Claude's signatures must come back untouched, and Kimi's thoughts must never be passed off as signed."""
    path = str(project / "hello.py")
    read = {"file_path": path}
    sim.infini.always(Failure("server_error"))
    sim.moonshot.then(call("Read", read, think="Kimi thinks first."), Failure("overloaded", retry_after="120"))
    sim.anthropic.then(
        call("Edit", {"file_path": path, "old_string": "hello", "new_string": "bye"}, think="Claude thinks next."),
        say("Done by Claude."),
    )
    turn = claude.say("Change hello to bye in hello.py")
    assert (turn.code, turn.text) == (0, "Done by Claude.")
    assert (project / "hello.py").read_text() == "print('bye')\n"
    assert all(exchange.outcome != "rejected" for exchange in sim.ledger.exchanges()), [
        exchange.rejection for exchange in sim.ledger.exchanges()
    ]
    ledger_agrees(server, sim)


@pytest.mark.parametrize("model", ["kimi-k2.6", "claude-opus-4-8"])
def test_names_that_make_claude_code_speak_differently(
    claude: ClaudeCode, server: Server, sim: Simulator, project: Path, model: str
) -> None:
    """For names it does not know and the newest ones it puts system messages in the middle of the conversation."""
    claude.model = model
    vendor = sim.moonshot if model == "kimi-k2.6" else sim.infini
    vendor.then(call("Read", {"file_path": str(project / "notes.txt")}, think="" if vendor is sim.infini else "Hm."))
    vendor.then(say("Read."), say("Yes, still here."))
    assert claude.say("Read notes.txt").text == "Read."
    assert claude.say("Are you still there?").text == "Yes, still here."
    nothing_odd(sim)
    ledger_agrees(server, sim)


def test_context_and_compaction(claude: ClaudeCode, server: Server, sim: Simulator) -> None:
    def answer(body: Json) -> Step:
        asked = json.dumps(body["messages"][-1])
        if "detailed summary" in asked or "<summary>" in asked:
            return say("<analysis>Little.</analysis>\n<summary>They said hi; the secret word is PLUM.</summary>")
        return say("Hello." if "PLUM" not in json.dumps(body) else "The word is PLUM.")

    responder: Callable[[Json], Step] = answer
    sim.infini.respond(responder)
    assert claude.say("hi there").text == "Hello."
    context = claude.say("/context")
    assert "Context Usage" in json.dumps(context.events)
    compacted = claude.say("/compact")
    (boundary,) = [event for event in compacted.events if event.get("subtype") == "compact_boundary"]
    assert boundary["compact_metadata"]["pre_tokens"] > boundary["compact_metadata"]["post_tokens"]
    assert claude.say("What is the word?").text == "The word is PLUM."
    nothing_odd(sim)
    ledger_agrees(server, sim)


def test_claude_code_says_it_clearly_when_everything_is_down(
    claude: ClaudeCode, server: Server, sim: Simulator
) -> None:
    for vendor in sim.vendors.values():
        vendor.always(Failure("overloaded", retry_after="1"))
    turn = claude.say("hi")
    assert turn.result["is_error"] is True
    assert "529" in turn.text or "verloaded" in turn.text
    with Console(server) as console:
        rows = console.requests()
    assert rows
    assert all(row["outcome"] == "failed" for row in rows)


def test_a_wrong_gateway_key_is_reported_as_such(claude: ClaudeCode, sim: Simulator) -> None:
    claude.key = "pa_not-a-key"
    turn = claude.say("hi")
    assert turn.result["is_error"] is True
    assert "401" in turn.text or "key" in turn.text.lower()
    assert sim.ledger.exchanges() == []
