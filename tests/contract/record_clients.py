"""Records what the real command lines send, for the tests of every pair of dialects: ``python -m
tests.contract.record_clients`` runs Claude Code, Codex and Gemini CLI against a gateway in front of simulated vendors
and writes one file per request to ``tests/contract/recorded``.

What belongs to a machine or a person is replaced by what PLACEHOLDERS says, and long texts (system prompts,
descriptions of tools) are shortened to their first MOST_CHARACTERS characters.
"""

import base64
import http.client
import json
import platform
import re
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fixtures.hostile import PIXEL
from tests.fixtures.server import running_server
from tests.fixtures.simulators import Answer, Call, Simulator, Text, Think, call, say
from tests.scenario.claude_code import ClaudeCode
from tests.scenario.codex import Codex
from tests.scenario.gemini_cli import GeminiCli

Json = dict[str, Any]
# What is run, by the name of its file.
Runs = Iterator[tuple[str, Callable[[], None]]]
RECORDED = Path(__file__).with_name("recorded")
MOST_CHARACTERS = 2000
CUT = " […]"
# What must come back as it was: a vendor checks it, or it is no prose.
_WHOLE = {"signature", "thoughtSignature", "encrypted_content", "data", "definition"}
_HEADERS = ("anthropic-version", "anthropic-beta")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])")
PLACEHOLDERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "0" * 64),
    (re.compile(r"cc_version=[0-9.]+[0-9a-f]*"), "cc_version=0.0.0.000"),
    (re.compile(r"\bcch=[0-9a-f]+"), "cch=00000"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"), "2026-01-01"),
    (re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \w+ \d{1,2}, 20\d\d"), "Thursday, January 1, 2026"),
    (re.compile(r"(<timezone>)[^<]*"), r"\1Etc/UTC"),
    (re.compile(r"(OS Version: )[^\n]*"), r"\1Linux 6"),
    (re.compile(r"(Process Group PGID: )\d+"), r"\g<1>100"),
    (re.compile(r'(Chunk ID: |"chunk_id":")\w+'), r"\g<1>000000"),
    (re.compile(r'(Wall time:? |"wall_time_seconds":)[\d.]+'), r"\g<1>0.1"),
    (re.compile(r'("(?:turn_started_at_unix_ms|started_at)\w*":)\d+'), r"\g<1>0"),
)
_PROVIDERS = {
    "anthropic": "anthropic-messages",
    "responses": "openai-responses",
    "google": "gemini",
    "moonshot": "openai-chat",
}
_MODELS = {
    "claude-sonnet-4-6": "anthropic",
    "gpt-5.5": "responses",
    "gemini-2.5-pro": "google",
    "gemini-3.8-flash": "google",
    "kimi-k2": "moonshot",
    "gpt-6.1-sol": "moonshot",
}


class Scrubber:
    """Replaces what is not to be kept; the same id becomes the same placeholder throughout a file."""

    def __init__(self, folders: dict[str, str]) -> None:
        self._folders = sorted(folders.items(), key=lambda item: -len(item[0]))
        self._seen: dict[str, str] = {}

    def scrub(self, value: Any, key: str = "") -> Any:
        """Return a JSON value without anything of this machine."""
        if isinstance(value, dict):
            return {name: self.scrub(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.scrub(inner, key) for inner in value]
        if not isinstance(value, str) or key in _WHOLE:
            return value
        for folder, instead in self._folders:
            value = value.replace(folder, instead)
        value = _UUID.sub(self._numbered, value)
        for pattern, instead in PLACEHOLDERS:
            value = pattern.sub(instead, value)
        return value if len(value) <= MOST_CHARACTERS else value[:MOST_CHARACTERS] + CUT

    def _numbered(self, found: re.Match[str]) -> str:
        return self._seen.setdefault(found[0], f"00000000-0000-4000-8000-{len(self._seen) + 1:012}")


@contextmanager
def recorder(target: str) -> Iterator[tuple[str, list[Json]]]:
    """Stand in front of a server at ``target``; yields the address and, growing, the posted requests."""
    seen: list[Json] = []
    where = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.command == "POST":
                headers = {name: self.headers[name] for name in _HEADERS if name in self.headers}
                seen.append({"path": self.path, "headers": headers, "body": json.loads(body)})
            upstream = http.client.HTTPConnection(where.hostname or "", where.port)
            kept = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            upstream.request(self.command, self.path, body, kept)
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("content-type", answer.getheader("content-type", ""))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            upstream.close()

        do_GET = do_POST = do_HEAD = _pass  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what was recorded is what counts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def claude_code(url: str, key: str, sim: Simulator, project: Path, home: Path) -> Runs:
    """Runs of Claude Code, by the model it asks for."""
    for model in ("claude-sonnet-4-6", "kimi-k2"):
        vendor = sim.anthropic if model.startswith("claude") else sim.moonshot
        reads = (
            Call("Read", {"file_path": str(project / "notes.txt")}),
            Call("Read", {"file_path": str(project / "missing.txt")}),
            Call("Read", {"file_path": str(project / "picture.png")}),
        )

        def run(model: str = model, vendor: Any = vendor, reads: tuple[Call, ...] = reads) -> None:
            vendor.then(
                Answer((Think("I read the notes. 想"), Text("Reading — 好."), *reads)),
                call("Bash", {"command": "echo Grüße", "description": "Greets"}),
                say("Done with it."),
            )
            turn = ClaudeCode(url, key, project, home, model).say("Read the notes. — Grüße, 世界")
            assert turn.text == "Done with it.", turn

        yield f"claude-code-{model}", run


def codex(url: str, key: str, sim: Simulator, project: Path, home: Path) -> Runs:
    """Runs of Codex, by the model it asks for: each has other tools."""
    greet = Call("exec_command", {"cmd": "echo Grüße"})
    patch = {"input": "*** Begin Patch\n*** Add File: greeting.txt\n+Grüße\n*** End Patch\n"}
    script = Call("functions__exec", {"input": 'text(await tools.exec_command({cmd: "echo Grüße"}))'})
    calls = {
        "kimi-k2": (sim.moonshot, (greet, Call("multi_agent_v1__close_agent", {"target": "nobody"}))),
        "gpt-5.5": (sim.responses, (greet, Call("apply_patch", patch))),
        "gpt-6.1-sol": (sim.moonshot, (script,)),
    }
    for model, (vendor, made) in calls.items():

        def run(model: str = model, vendor: Any = vendor, made: tuple[Call, ...] = made) -> None:
            vendor.then(Answer((Think("I greet. 想"), Text("Greeting — 好."), *made)), say("Done with it."))
            turn = Codex(url, key, project, home, model).say("Greet me. — Grüße, 世界")
            assert turn.text == "Done with it.", turn

        yield f"codex-{model}", run


def gemini_cli(url: str, key: str, sim: Simulator, project: Path, home: Path) -> Runs:
    """Runs of Gemini CLI: two models it knows, and one it lets a small model choose."""
    for model in ("gemini-2.5-pro", "gemini-3.8-flash", ""):

        def run(model: str = model) -> None:
            if not model:
                sim.google.then(say('{"complexity_reasoning": "easy", "complexity_score": 5}'))
            # Arguments without a path: Google signs them.
            greet = Call("run_shell_command", {"command": "echo Grüße", "description": "Greets"})
            sim.google.then(Answer((Think("I greet. 想"), Text("Greeting — 好."), greet)), say("Done with it."))
            turn = GeminiCli(url, key, project, home, model).say("Greet me. — Grüße, 世界")
            assert turn.text == "Done with it.", turn

        yield f"gemini-cli-{model or 'chooses'}", run


def prepare(project: Path) -> None:
    """Fill a project folder with what the command lines read."""
    project.mkdir(parents=True)
    (project / "notes.txt").write_text("Say goodbye instead of hello. — Grüße\n")
    (project / "picture.png").write_bytes(base64.b64decode(PIXEL))


def write(name: str, seen: list[Json], folders: dict[str, str]) -> list[Path]:
    """Write the last request of each kind of a run, which holds all that came before, and return the files."""
    written = []
    last = {one["path"]: one for one in seen if "count" not in one["path"].lower()}
    if name.endswith("chooses"):
        # What follows the choice of a model is as if that model had been asked for.
        last = {path: one for path, one in last.items() if "stream" not in path}
    for number, one in enumerate(last.values(), start=1):
        path = RECORDED / (f"{name}-{number}.json" if len(last) > 1 else f"{name}.json")
        text = json.dumps({**one, "body": Scrubber(folders).scrub(one["body"])}, ensure_ascii=False, indent=1) + "\n"
        path.write_text(text, "utf-8")
        written.append(path)
    return written


def personal(text: str, folder: Path) -> list[str]:
    """Return what of this machine is still in a text; ``folder`` is where the clients ran."""
    told = (socket.gethostname(), platform.release(), tempfile.gettempdir() + "/", folder.name)
    return [one for one in told if re.search(rf"(?<![\w/]){re.escape(one)}", text)]


def main(wanted: list[str]) -> int:
    """Record the runs whose name contains one of the words, or all; returns the exit code."""
    # Codex puts no helper programs below the folder for temporary files.
    folder = Path(tempfile.mkdtemp(prefix="recording-", dir=Path.home()))
    RECORDED.mkdir(exist_ok=True)
    found = 0
    try:
        with Simulator() as sim:
            config = {
                "providers": {
                    name: {"dialect": dialect, "base_url": sim.vendors[name].base_url, "api_key": "sk-recording"}
                    for name, dialect in _PROVIDERS.items()
                },
                "models": {
                    name: {
                        "deployments": [{"provider": vendor, "model": "kimi-k2.6" if vendor == "moonshot" else name}]
                    }
                    for name, vendor in _MODELS.items()
                },
                "routes": [
                    {"name": "small", "match": {"model": "claude-haiku-*"}, "use": ["claude-sonnet-4-6"]},
                    {"name": "chosen", "match": {"model": "gemini-*"}, "use": ["gemini-3.8-flash"]},
                ],
            }
            with running_server(folder / "server", config) as server, recorder(server.url) as (url, seen):
                for client in (claude_code, codex, gemini_cli):
                    project, home = folder / client.__name__ / "project", folder / client.__name__ / "home"
                    prepare(project)
                    home.mkdir()
                    folders = {str(project): "/home/user/project", str(home): "/home/user", str(folder): "/home/user"}
                    folders |= {str(project).replace("/", "-"): "-home-user-project"}
                    for name, run in client(url, server.key, sim, project, home):
                        if wanted and not any(word in name for word in wanted):
                            continue
                        sim.reset()
                        seen.clear()
                        run()
                        for path in write(name, seen, folders):
                            left = personal(path.read_text("utf-8"), folder)
                            found += bool(left)
                            print(f"{path.name}: {path.stat().st_size} bytes{f', still with {left}' if left else ''}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
