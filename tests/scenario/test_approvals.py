"""The real Claude Code under approval: what is denied does not run, what is approved runs once, what is edited runs
edited, and without the server nothing runs."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.console import Console
from tests.fixtures.server import Server, run_command
from tests.fixtures.simulators import Simulator, call, say
from tests.scenario.claude_code import ClaudeCode, Turn

Json = dict[str, Any]
SECONDS = 60.0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def claude(server: Server, project: Path, tmp_path: Path) -> ClaudeCode:
    """Claude Code of a person whose every tool call asks first, as the product's own command set it up."""
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    claude = ClaudeCode(server.url, server.key, project, home)
    connect(server, home, "--url", server.url, "--key", asking_key(server))
    return claude


def asking_key(server: Server) -> str:
    made = run_command(
        "keys", "create", "--name", "agent", "--scope", "approvals:request", "--data", str(server.data_dir)
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().splitlines()[-1]


def connect(server: Server, home: Path, *more: str) -> str:
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    done = run_command(
        "connect", "claude-code", "--yes", "--data", str(server.data_dir), *more, environment=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def console(server: Server) -> Iterator[Console]:
    with Console(server) as signed_in:
        yield signed_in


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return value


def waiting(console: Console) -> Json:
    """The request that waits, once there is one."""
    found: Json = until(lambda: console.get("approvals", state="pending")["items"])[0]
    return found


def decide(console: Console, approval: Json, decision: str, **more: Any) -> None:
    answer = console.http.post(f"/api/v1/approvals/{approval['id']}/decisions", json={"decision": decision, **more})
    assert answer.status_code == 200, answer.text


class Saying(threading.Thread):
    """One turn of Claude Code that goes on while a person decides."""

    def __init__(self, claude: ClaudeCode, prompt: str) -> None:
        super().__init__(daemon=True)
        self._claude, self._prompt = claude, prompt
        self._turn: Turn | None = None
        self.start()

    def run(self) -> None:
        self._turn = self._claude.say(self._prompt)

    def turn(self) -> Turn:
        self.join(2 * SECONDS)
        assert self._turn is not None, "Claude Code did not end"
        return self._turn


def settled(console: Console, approval: Json) -> Json:
    def ended() -> Json | None:
        found = console.get(f"approvals/{approval['id']}")
        return found if found["state"] in ("succeeded", "failed") else None

    found: Json = until(ended)
    return found


def test_denied_command_does_not_run(claude: ClaudeCode, sim: Simulator, console: Console, project: Path) -> None:
    sim.infini.then(call("Bash", {"command": "rm -f kept; echo gone > ran"}), say("I may not."))
    (project / "kept").write_text("kept")
    saying = Saying(claude, "Remove the file.")
    asked = waiting(console)
    assert (asked["tool"], asked["agent"], asked["cwd"]) == ("Bash", "claude-code", str(project))
    assert asked["arguments"]["command"] == "rm -f kept; echo gone > ran"
    decide(console, asked, "deny", reason="It is needed.")
    turn = saying.turn()
    assert turn.text == "I may not."
    assert (project / "kept").exists()
    assert not (project / "ran").exists()
    (told,) = turn.blocks("user", "tool_result")
    assert "said no: It is needed." in json.dumps(told)


def test_approved_command_runs_once_and_its_end_is_known(
    claude: ClaudeCode, sim: Simulator, console: Console, project: Path
) -> None:
    sim.infini.then(call("Bash", {"command": "rm -f old; echo once >> ran"}), say("Done."))
    saying = Saying(claude, "Run it.")
    asked = waiting(console)
    assert not (project / "ran").exists(), "it waits for the answer"
    decide(console, asked, "approve")
    assert saying.turn().text == "Done."
    assert (project / "ran").read_text() == "once\n"
    assert settled(console, asked)["state"] == "succeeded"


def test_edited_command_runs_edited_and_a_failed_one_is_said_to_have_failed(
    claude: ClaudeCode, sim: Simulator, console: Console, project: Path
) -> None:
    sim.infini.then(
        call("Bash", {"command": "rm -f old; echo asked > asked"}),
        call("Bash", {"command": "rm -f old; exit 3"}),
        say("Done."),
    )
    saying = Saying(claude, "Run both.")
    first = waiting(console)
    decide(console, first, "approve", arguments={**first["arguments"], "command": "echo edited > edited"})
    second = waiting(console)
    decide(console, second, "approve")
    assert saying.turn().text == "Done."
    assert not (project / "asked").exists()
    assert (project / "edited").read_text() == "edited\n"
    found = settled(console, first)
    assert (found["state"], found["original_arguments"]["command"]) == ("succeeded", "rm -f old; echo asked > asked")
    assert settled(console, second)["state"] == "failed"


def test_server_killed_while_somebody_waits_still_brings_the_answer(
    claude: ClaudeCode, server: Server, sim: Simulator, project: Path
) -> None:
    sim.infini.then(call("Bash", {"command": "rm -f old; echo late >> ran"}), say("Done."))
    saying = Saying(claude, "Run it.")
    with Console(server) as before:
        asked = waiting(before)
    server.kill()
    server.start()
    with Console(server) as after:
        decide(after, asked, "approve")
        assert saying.turn().text == "Done."
        assert settled(after, asked)["state"] == "succeeded"
    assert (project / "ran").read_text() == "late\n"


def test_without_the_server_nothing_runs_and_the_agent_is_told_why(
    claude: ClaudeCode, server: Server, sim: Simulator, project: Path
) -> None:
    from tests.fixtures.ports import held_port

    sim.infini.then(call("Bash", {"command": "rm -f old; echo never > ran"}), say("I could not."))
    with held_port() as nobody:
        connect(server, claude.home, "--url", f"http://127.0.0.1:{nobody}", "--key", "pa_none")
        turn = claude.say("Run it.")
    assert turn.text == "I could not."
    assert not (project / "ran").exists()
    assert "cannot be reached" in json.dumps(turn.blocks("user", "tool_result"))


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_permission_prompt_tool_asks_people_too(
    server: Server, sim: Simulator, console: Console, project: Path, tmp_path: Path, decision: str
) -> None:
    home = tmp_path / "plain"
    home.mkdir()
    sim.infini.then(call("Bash", {"command": "rm -f old; echo asked > asked"}), say("Over."))
    headers = {"Authorization": f"Bearer {asking_key(server)}"}
    asking = {"type": "http", "url": f"{server.url}/mcp/approvals?cwd={project}", "headers": headers}
    config = tmp_path / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"powerautomation": asking}}))
    options = ("--mcp-config", str(config), "--permission-prompt-tool", "mcp__powerautomation__approve")
    claude = ClaudeCode(server.url, server.key, project, home, options=options, skips_permissions=False)
    saying = Saying(claude, "Run it.")
    asked = waiting(console)
    assert (asked["tool"], asked["cwd"]) == ("Bash", str(project))
    edited = {"arguments": {**asked["arguments"], "command": "echo edited > edited"}} if decision == "approve" else {}
    decide(console, asked, decision, **edited)
    turn = saying.turn()
    assert turn.text == "Over."
    assert not (project / "asked").exists()
    assert (project / "edited").exists() is (decision == "approve")
    if decision == "deny":
        assert "somebody said no" in json.dumps(turn.blocks("user", "tool_result"))


def test_connect_shows_what_it_changes_and_remove_undoes_it_exactly(server: Server, tmp_path: Path) -> None:
    home = tmp_path / "somebody"
    settings = home / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True)
    before = '{\n   "model": "opus",\n "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": []}]}}\n'
    settings.write_text(before)
    shown = connect(server, home, "--url", server.url, "--key", "pa_x")
    assert "+" in shown
    assert "PreToolUse" in shown
    written = json.loads(settings.read_text())
    assert written["model"] == "opus"
    assert len(written["hooks"]["PreToolUse"]) == 2
    assert (settings.parent / "settings.json.before-powerautomation").read_text() == before
    assert (home / ".config" / "powerautomation" / "claude-code" / "config.json").stat().st_mode & 0o077 == 0
    connect(server, home, "--url", server.url, "--key", "pa_x")
    assert json.loads(settings.read_text()) == written, "twice is once"
    connect(server, home, "--remove")
    assert settings.read_text() == before
    connect(server, home, "--url", server.url, "--key", "pa_x")
    changed = json.loads(settings.read_text()) | {"model": "sonnet"}
    settings.write_text(json.dumps(changed))
    connect(server, home, "--remove")
    assert json.loads(settings.read_text()) == {**json.loads(before), "model": "sonnet"}
