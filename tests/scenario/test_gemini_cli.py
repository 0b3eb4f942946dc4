"""The real Gemini CLI works through the gateway, on Kimi and on Gemini, and the ledger agrees with the vendors."""

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Text, Think, call, say
from tests.scenario.agreement import ledger_agrees, nothing_odd
from tests.scenario.claude_code import ClaudeCode
from tests.scenario.gemini_cli import GeminiCli

Json = dict[str, Any]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "hello.py").write_text("print('hello')\n")
    (folder / "notes.txt").write_text("Say goodbye instead of hello. — Grüße\n")
    return folder


@pytest.fixture
def gemini(server: Server, project: Path, tmp_path: Path) -> GeminiCli:
    home = tmp_path / "home"
    home.mkdir()
    return GeminiCli(server.url, server.key, project, home)


def edit_of(project: Path, word: str) -> dict[str, object]:
    """The arguments of a call that changes the greeting."""
    path = str(project / "hello.py")
    return {"file_path": path, "instruction": "Change it.", "old_string": "'hello'", "new_string": f"'{word}'"}


def test_gemini_cli_edits_a_file_through_kimi_with_a_failover_in_the_middle(
    gemini: GeminiCli, server: Server, sim: Simulator, project: Path
) -> None:
    reads = [Call("read_file", {"file_path": str(project / name)}) for name in ("hello.py", "notes.txt")]
    sim.infini.then(
        Answer((Text("I read both. — 好的"), *reads), quirks=("interleave", "utf8_split"), chunk=7),
        Failure("overloaded"),
        say("Changed hello to goodbye. 完成"),
    )
    sim.moonshot.then(call("replace", edit_of(project, "goodbye"), think="The notes ask for goodbye. 改一改"))
    turn = gemini.say("Read hello.py and notes.txt, then do what the notes say.")
    assert (turn.code, turn.text) == (0, "Changed hello to goodbye. 完成"), turn.stderr
    assert turn.tool_calls == {"read_file": (2, 2), "replace": (1, 1)}
    assert (project / "hello.py").read_text() == "print('goodbye')\n"
    nothing_odd(sim)
    rows = ledger_agrees(server, sim)
    assert [len(row["attempts"]) for row in rows] == [1, 2, 1]
    assert {(row["requested_model"], row["route"], row["dialect"]) for row in rows} == {
        ("gemini-2.5-pro", "gemini-to-k2", "gemini")
    }
    assert all(row["outcome"] == "completed" and row["stream"] for row in rows)
    assert all(row["cost_nanos"] > 0 for row in rows)


@pytest.mark.parametrize("model", ["gemini-3.1-pro-preview", "gemini-3.5-flash"])
def test_gemini_cli_edits_a_file_through_gemini(
    gemini: GeminiCli, server: Server, sim: Simulator, project: Path, model: str
) -> None:
    """Gemini's signatures must come back untouched: the simulated vendor verifies each."""
    gemini.model = model
    reads = [Call("read_file", {"file_path": str(project / name)}) for name in ("hello.py", "notes.txt")]
    sim.google.then(
        Answer((Think("First I read."), *reads)),
        call("replace", edit_of(project, "bye"), think="Now I change it."),
        say("Done by Gemini."),
    )
    turn = gemini.say("Change hello to bye in hello.py")
    assert (turn.code, turn.text) == (0, "Done by Gemini."), turn.stderr
    assert turn.tool_calls == {"read_file": (2, 2), "replace": (1, 1)}
    assert (project / "hello.py").read_text() == "print('bye')\n"
    nothing_odd(sim)
    assert b"thoughtSignature" in sim.google.exchanges[-1].body
    assert b"skip_thought_signature_validator" not in sim.google.exchanges[-1].body
    rows = ledger_agrees(server, sim)
    assert {row["deployment"] for row in rows} == {"google/gemini-3.8-flash"}
    assert all(row["reasoning_tokens"] > 0 for row in rows[:2])


def test_gemini_cli_goes_on_at_gemini_where_kimi_began(
    gemini: GeminiCli, server: Server, sim: Simulator, project: Path
) -> None:
    """Calls Kimi made carry no signature of Google's, and Gemini refuses a turn without one."""
    sim.infini.then(
        call("read_file", {"file_path": str(project / "hello.py")}), Failure("overloaded", retry_after="120")
    )
    sim.moonshot.always(Failure("overloaded", retry_after="120"))
    sim.google.then(call("replace", edit_of(project, "ciao"), think="Gemini goes on."), say("Done by both."))
    turn = gemini.say("Change hello to ciao in hello.py")
    assert (turn.code, turn.text) == (0, "Done by both."), turn.stderr
    assert (project / "hello.py").read_text() == "print('ciao')\n"
    nothing_odd(sim)
    ledger_agrees(server, sim)


def test_gemini_cli_asks_a_small_model_which_model_to_use(gemini: GeminiCli, server: Server, sim: Simulator) -> None:
    """Without a model it asks for a JSON answer of a schema in Google's own spelling first."""
    gemini.model = ""
    sim.google.then(say('{"complexity_reasoning": "easy", "complexity_score": 5}'), say("Hi there."))
    turn = gemini.say("hi")
    assert (turn.code, turn.text) == (0, "Hi there."), turn.stderr
    nothing_odd(sim)
    rows = ledger_agrees(server, sim)
    assert [row["stream"] for row in rows] == [False, True]


def test_gemini_cli_takes_the_name_of_any_model(gemini: GeminiCli, server: Server, sim: Simulator) -> None:
    gemini.model = "claude-sonnet-4-5"
    sim.infini.then(say("Kimi here."))
    turn = gemini.say("hi")
    assert (turn.code, turn.text) == (0, "Kimi here."), turn.stderr
    (row,) = ledger_agrees(server, sim)
    assert row["requested_model"] == "claude-sonnet-4-5"


def test_gemini_cli_is_told_clearly_of_a_wrong_key(gemini: GeminiCli, sim: Simulator) -> None:
    gemini.key = "pa_not-a-key"
    turn = gemini.say("hi")
    assert turn.code != 0
    assert "gateway key is unknown" in turn.stderr
    assert sim.ledger.exchanges() == []


def test_claude_code_works_on_gemini_over_several_turns(
    server: Server, sim: Simulator, project: Path, tmp_path: Path
) -> None:
    """Its dialect cannot carry Gemini's signatures, so what Gemini gets instead must be what it accepts."""
    home = tmp_path / "home"
    home.mkdir()
    claude = ClaudeCode(server.url, server.key, project, home, model="gemini")
    path = str(project / "hello.py")
    reads = (Call("Read", {"file_path": path}), Call("Read", {"file_path": str(project / "notes.txt")}))
    sim.google.then(
        Answer((Think("I should look."), Text("Reading both. 好"), *reads)),
        call("Edit", {"file_path": path, "old_string": "hello", "new_string": "servus"}, think="Now change it."),
        say("Done."),
    )
    first = claude.say("Change hello to servus in hello.py")
    assert (first.code, first.text) == (0, "Done.")
    assert (project / "hello.py").read_text() == "print('servus')\n"
    sim.google.then(call("Read", {"file_path": path}), say("It says servus."))
    assert claude.say("What does it say now?").text == "It says servus."
    nothing_odd(sim)
    rows = ledger_agrees(server, sim)
    assert {row["deployment"] for row in rows} == {"google/gemini-3.8-flash"}
