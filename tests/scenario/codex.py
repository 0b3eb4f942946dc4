"""Runs the real Codex command line against a server, without any network but loopback."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fixtures.server import clean_environment

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "tests" / "fixtures" / "client_packages" / "node_modules" / ".bin" / "codex"
RUN_SECONDS = 120.0

_CONFIG = """\
model = {model}
model_provider = "gateway"
{extra}
[model_providers.gateway]
name = "gateway"
base_url = {base_url}
env_key = "GATEWAY_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""


def find_codex() -> str:
    """The codex program: ``POWERAUTOMATION_TEST_CODEX``, else what npm installed for the tests."""
    given = os.environ.get("POWERAUTOMATION_TEST_CODEX")
    if given:
        return given
    if INSTALLED.exists():
        return str(INSTALLED)
    raise AssertionError(
        "Codex is not installed. Run `make setup` (it installs @openai/codex for the tests), or set "
        "POWERAUTOMATION_TEST_CODEX to the path of a codex program."
    )


@dataclass(slots=True)
class Turn:
    """What one run of the command line printed, as its JSON events."""

    code: int
    stderr: str
    events: list[Json]

    def items(self, kind: str) -> list[Json]:
        """The finished items of one type, in order."""
        done = [event["item"] for event in self.events if event["type"] == "item.completed"]
        return [item for item in done if item["type"] == kind]

    @property
    def text(self) -> str:
        """The last message of the agent."""
        messages = self.items("agent_message")
        assert messages, f"Codex said nothing and ended with {self.code}: {self.events} {self.stderr[-2000:]}"
        return str(messages[-1]["text"])

    @property
    def errors(self) -> list[str]:
        """What Codex reported as having gone wrong."""
        return [json.dumps(event) for event in self.events if event["type"] in ("error", "turn.failed")]

    @property
    def usage(self) -> Json:
        """The tokens Codex counted."""
        return dict(next(event["usage"] for event in self.events if event["type"] == "turn.completed"))


@dataclass(slots=True)
class Codex:
    """A person with a project folder who talks to Codex in one thread, turn by turn. ``home`` must not be under /tmp:
    Codex refuses to put its helpers there."""

    url: str
    key: str
    project: Path
    home: Path
    model: str = "kimi-k2"
    config: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    thread: str = ""

    def say(self, prompt: str) -> Turn:
        """One turn; the thread goes on from the turn before. AssertionError when Codex does not end in time."""
        self.home.mkdir(parents=True, exist_ok=True)
        settings = _CONFIG.format(
            model=json.dumps(self.model), base_url=json.dumps(f"{self.url}/v1"), extra=self.config
        )
        (self.home / "config.toml").write_text(settings)
        options = ["--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
        command = [find_codex(), "exec", *options, "-C", str(self.project)]
        command += ["resume", self.thread, prompt] if self.thread else [prompt]
        environment = clean_environment(
            {"CODEX_HOME": str(self.home), "HOME": str(self.home), "GATEWAY_KEY": self.key, **self.environment}
        )
        try:
            done = subprocess.run(
                command,
                cwd=self.project,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"Codex did not end within {RUN_SECONDS:.0f} s: {error.stdout!r}") from error
        turn = Turn(done.returncode, done.stderr, [json.loads(line) for line in done.stdout.splitlines() if line])
        self.thread = next(
            (str(event["thread_id"]) for event in turn.events if event["type"] == "thread.started"), self.thread
        )
        return turn
