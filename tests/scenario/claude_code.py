"""Runs the real Claude Code command line against a server, without any network but loopback."""

import json
import os
import platform
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fixtures.server import clean_environment

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
RUN_SECONDS = 120.0
STUB_BYTES = 4096


def find_claude() -> list[str]:
    """The command that starts Claude Code: ``POWERAUTOMATION_TEST_CLAUDE``, else what npm installed in this repository.

    npm's post-install step puts the native program in the place of a small stub; where it did not run, the native
    package beside it is started directly.
    """
    given = os.environ.get("POWERAUTOMATION_TEST_CLAUDE")
    if given:
        return [given]
    cpu = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine().lower(), "")
    for modules in (ROOT / "node_modules", ROOT / "web" / "e2e" / "node_modules"):
        linked = modules / ".bin" / "claude"
        if linked.exists() and linked.resolve().stat().st_size > STUB_BYTES:
            return [str(linked)]
        for variant in ("", "-musl"):
            name = f"claude-code-{platform.system().lower()}-{cpu}{variant}"
            native = modules / "@anthropic-ai" / name / "claude"
            if native.exists():
                return [str(native)]
    raise AssertionError(
        "Claude Code is not installed. Run `make setup` (npm ci installs @anthropic-ai/claude-code), or set "
        "POWERAUTOMATION_TEST_CLAUDE to the path of a claude program."
    )


@dataclass(slots=True)
class Turn:
    """What one run of the command line printed. ``events`` is its stream-json."""

    code: int
    stderr: str
    events: list[Json]

    @property
    def result(self) -> Json:
        """The closing event."""
        assert self.events, f"Claude Code printed nothing; it ended with {self.code}: {self.stderr[-2000:]}"
        assert self.events[-1]["type"] == "result", self.events[-1]
        return self.events[-1]

    @property
    def text(self) -> str:
        """The final answer."""
        return str(self.result.get("result", ""))

    def blocks(self, role: str, kind: str) -> list[Json]:
        """Content blocks of one type that an assistant or user turn held, in order."""
        return [
            block
            for event in self.events
            if event["type"] == role and isinstance(event["message"]["content"], list)
            for block in event["message"]["content"]
            if block["type"] == kind
        ]


@dataclass(slots=True)
class ClaudeCode:
    """A person with a project folder who talks to Claude Code in one session, turn by turn."""

    url: str
    key: str
    project: Path
    home: Path
    model: str = "claude-sonnet-4-5"
    environment: dict[str, str] = field(default_factory=dict)
    session: str = ""
    options: tuple[str, ...] = ()
    skips_permissions: bool = True

    def say(self, prompt: str) -> Turn:
        """One turn; the session goes on from the turn before. AssertionError when Claude Code does not end in time."""
        command = [*find_claude(), "-p", prompt, "--output-format", "stream-json", "--verbose"]
        command += ["--model", self.model, *self.options]
        if self.skips_permissions:
            command += ["--dangerously-skip-permissions"]
        if self.session:
            command += ["--resume", self.session]
        environment = clean_environment(
            {
                "ANTHROPIC_BASE_URL": self.url,
                "ANTHROPIC_AUTH_TOKEN": self.key,
                "HOME": str(self.home),
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "CLAUDE_CODE_MAX_RETRIES": "1",
                "DISABLE_TELEMETRY": "1",
                "DISABLE_AUTOUPDATER": "1",
                "IS_SANDBOX": "1",
                **self.environment,
            }
        )
        for name in [name for name in environment if name.startswith("CLAUDE") and name not in _KEPT]:
            if name not in self.environment:
                del environment[name]
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
            raise AssertionError(f"Claude Code did not end within {RUN_SECONDS:.0f} s: {error.stdout!r}") from error
        turn = Turn(done.returncode, done.stderr, [json.loads(line) for line in done.stdout.splitlines() if line])
        self.session = str(turn.result["session_id"])
        return turn


_KEPT = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "CLAUDE_CODE_MAX_RETRIES"}
