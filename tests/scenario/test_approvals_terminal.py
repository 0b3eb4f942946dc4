"""``powerautomation approvals`` at the server's terminal: seen, agreed to with one key, edited, denied."""

import contextlib
import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fixtures.server import COMMAND, Server, clean_environment, run_command
from tests.scenario.test_approvals import asking_key

Json = dict[str, Any]
SECONDS = 60.0


class Terminal:
    """A command that a person types at."""

    def __init__(self, *arguments: str, editor: str = "true") -> None:
        self._master, slave = pty.openpty()
        environment = clean_environment({"EDITOR": editor, "VISUAL": "", "TERM": "dumb", "COLUMNS": "200"})
        self.process = subprocess.Popen(
            [COMMAND, *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.shown = ""

    def sees(self, text: str) -> None:
        """Wait until something is shown, and go on after it."""
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} was not shown: {self.shown!r}"
            if select.select([self._master], [], [], 0.2)[0]:
                with contextlib.suppress(OSError):
                    self.shown += os.read(self._master, 65536).decode("utf-8", "replace")
        self.shown = self.shown.partition(text)[2]

    def types(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._master)


@pytest.fixture
def agent(server: Server) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {asking_key(server)}"}
    with httpx2.Client(base_url=f"{server.url}/api/v1/", headers=headers, timeout=30) as http:
        yield http


def ask(agent: httpx2.Client, command: str, **more: str) -> Json:
    asking = {"tool": "Bash", "arguments": {"command": command, **more}, "cwd": "/work"}
    answer = agent.post("approvals", json=asking)
    assert answer.status_code == 201, answer.text
    asked: Json = answer.json()
    return asked


def look(agent: httpx2.Client, asked: Json) -> Json:
    found: Json = agent.get(f"approvals/{asked['id']}", params={"wait_seconds": 20}).json()
    return found


def test_person_at_the_terminal_answers_with_one_key(server: Server, agent: httpx2.Client) -> None:
    first = ask(agent, "npm install left-pad", description="\x1b[2J harmless")
    terminal = Terminal("approvals", "watch", "--data", str(server.data_dir), editor="sed -i s/asked/edited/")
    try:
        terminal.sees("wants: Bash")
        terminal.sees("\\u001b[2J")
        terminal.sees("[s]kip")
        terminal.types("a")
        terminal.sees("approved")
        found = look(agent, first)
        assert (found["state"], found["votes"][0]["channel"]) == ("approved", "terminal")
        second = ask(agent, "npm install asked")
        terminal.sees("[s]kip")
        terminal.types("e")
        terminal.sees("npm install edited")
        terminal.sees("Agree to this instead?")
        terminal.types("y\n")
        terminal.sees("approved")
        assert look(agent, second)["arguments"] == {"command": "npm install edited"}
        third = ask(agent, "npm install never")
        terminal.sees("[s]kip")
        terminal.types("d")
        terminal.sees("Why")
        terminal.types("Not that one.\n")
        terminal.sees("denied")
        assert look(agent, third)["votes"][0]["reason"] == "Not that one."
    finally:
        terminal.close()


def test_agent_without_a_terminal_agrees_to_nothing(server: Server, agent: httpx2.Client) -> None:
    asked = ask(agent, "npm install left-pad")
    data = ("--data", str(server.data_dir))
    (listed,) = json.loads(run_command("approvals", "list", "--json", *data).stdout)
    assert (listed["id"], listed["digest"]) == (asked["id"], asked["digest"])
    refused = run_command("approvals", "approve", asked["id"], *data)
    assert refused.returncode == 2
    assert "Nothing was agreed to" in refused.stderr
    assert "npm install left-pad" in run_command("approvals", "show", asked["id"][-8:], *data).stdout
    assert run_command("approvals", "deny", asked["id"], "--reason", "No.", *data).returncode == 0
    assert look(agent, asked)["state"] == "denied"
