"""Runs the real Gemini CLI against a server, without any network but loopback."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fixtures.server import clean_environment

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "tests" / "fixtures" / "client_packages" / "node_modules" / ".bin" / "gemini"
RUN_SECONDS = 120.0
_SETTINGS: Json = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "privacy": {"usageStatisticsEnabled": False},
    "telemetry": {"enabled": False},
    "general": {"disableAutoUpdate": True, "disableUpdateNag": True},
}


def find_gemini_cli() -> str:
    """The program: ``POWERAUTOMATION_TEST_GEMINI_CLI``, else what npm installed for the tests."""
    given = os.environ.get("POWERAUTOMATION_TEST_GEMINI_CLI")
    if given:
        return given
    if INSTALLED.exists():
        return str(INSTALLED)
    raise AssertionError(
        "Gemini CLI is not installed. Run `make setup` (it installs @google/gemini-cli for the tests), or set "
        "POWERAUTOMATION_TEST_GEMINI_CLI to the path of a gemini program."
    )


@dataclass(slots=True)
class Turn:
    """What one run printed. ``result`` is its JSON."""

    code: int
    stderr: str
    result: Json

    @property
    def text(self) -> str:
        """The final answer."""
        return str(self.result.get("response", ""))

    @property
    def tool_calls(self) -> Json:
        """How many calls were made, and how many of them went well, by tool."""
        by_name: Json = self.result["stats"]["tools"]["byName"]
        return {name: (one["count"], one["success"]) for name, one in by_name.items()}


@dataclass(slots=True)
class GeminiCli:
    """A person with a project folder who asks Gemini CLI for something. ``model`` empty: it chooses itself, which
    costs a call to a small model first."""

    url: str
    key: str
    project: Path
    home: Path
    model: str = "gemini-2.5-pro"

    def say(self, prompt: str) -> Turn:
        """One run. AssertionError when it does not end in time."""
        folder = self.home / ".gemini"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(_SETTINGS))
        command = [find_gemini_cli(), "-p", prompt, "--output-format", "json", "--skip-trust", "--yolo"]
        if self.model:
            command += ["-m", self.model]
        environment = clean_environment(
            {
                "GEMINI_API_KEY": self.key,
                "GOOGLE_GEMINI_BASE_URL": self.url,
                "GEMINI_CLI_TRUST_WORKSPACE": "true",
                "HOME": str(self.home),
            }
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
            raise AssertionError(f"Gemini CLI did not end within {RUN_SECONDS:.0f} s: {error.stderr!r}") from error
        at = done.stdout.find("{")
        assert at >= 0 or done.returncode, f"Gemini CLI printed nothing: {done.stderr[-2000:]}"
        # What went wrong is printed elsewhere, after the traces.
        return Turn(done.returncode, done.stderr, json.loads(done.stdout[at:]) if at >= 0 else {})
