"""Installs what the project needs, each step only when its inputs changed. Runs on a bare Python 3.11, no packages.

``python3 scripts/setup.py runtime`` prepares what ``make run`` needs; ``... test`` adds what ``make test`` needs;
``... chromium`` prints where the browser for the tests is. What was installed from which inputs is noted in
``.cache/setup.json``; deleting that file (or an output) repeats the step.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
NOTES = CACHE / "setup.json"
VENV = ROOT / ".venv"
CONSOLE = ROOT / "powerautomation" / "console"
CLIENTS = ROOT / "tests" / "fixtures" / "client_packages"
CLAUDE = ROOT / "node_modules" / ".bin" / "claude"
CLAUDE_CODE = CLIENTS / "node_modules" / "@anthropic-ai" / "claude-code"
CODEX = CLIENTS / "node_modules" / ".bin" / "codex"
GEMINI_CLI = CLIENTS / "node_modules" / ".bin" / "gemini"
CADDY = CACHE / "caddy" / "usr" / "bin" / "caddy"
SLAPD = CACHE / "slapd" / "usr" / "sbin" / "slapd"
SOFTHSM = CACHE / "softhsm" / "usr" / "bin" / "softhsm2-util"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WEB_SOURCES = (
    "*.ts",
    "*.tsx",
    "*.css",
    "*.html",
    "*.json",
    "*.svg",
    "*.png",
    "*.webmanifest",
    "*.woff2",
    "*.js",
    "*.mjs",
)


class SetupFailed(Exception):
    """A step cannot be done; the text says why and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to install: a title, the files it depends on, what must exist afterwards, and how it is done."""

    name: str
    title: str
    inputs: Callable[[], Iterable[Path]]
    outputs: tuple[Path, ...]
    work: Callable[[], None]
    facts: tuple[str, ...] = ()


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a program, showing what it prints. Raises SetupFailed naming the program when it fails or is missing."""
    words = [str(word) for word in command]
    try:
        code = subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        raise SetupFailed(f"{words[0]} was not found. Install it and run the same command again.") from None
    if code != 0:
        raise SetupFailed(f"`{' '.join(words)}` ended with exit code {code}; the lines above say why.")


def works(*command: str | Path) -> bool:
    """Say whether a program is there and runs (version managers leave names behind that do not)."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([str(word) for word in command], capture_output=True, timeout=60).returncode == 0
    return False


def find_uv() -> str:
    """Return a working uv, installing one of our own with pip, hashes checked, when the machine has none."""
    own = CACHE / "uv" / "bin" / "uv"
    for candidate in filter(None, (shutil.which("uv"), own)):
        if works(candidate, "--version"):
            return str(candidate)
    python = Path(sys.executable)
    if not works(python, "-m", "pip", "--version"):
        # Debian's Python has no pip of its own, but may be able to make an environment that has one.
        bootstrap = CACHE / "bootstrap"
        if not works(python, "-m", "venv", bootstrap):
            raise SetupFailed(
                "Neither uv nor pip was found. Install one of them, for example with `apt-get install python3-pip`."
            )
        python = bootstrap / "bin" / "python"
    # --target works on Pythons that the system manages (PEP 668), and touches nothing outside this folder.
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
        "--upgrade", "--target", CACHE / "uv", "-r", "requirements-build.lock")  # fmt: skip
    return str(own)


def package_index() -> dict[str, str]:
    """Return what makes uv use the package index that pip is configured for; uv does not read pip's files."""
    environment = {"UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE")):
        return environment
    found = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    ).stdout
    settings = dict(line.split("=", 1) for line in found.splitlines() if "=" in line)
    for setting, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        values = [settings.get(f"{level}.{setting}", "").strip("'\"") for level in (":env:", "install", "global")]
        value = next(filter(None, values), "")
        if value and variable not in os.environ:
            environment[variable] = value
    return environment


def install_python(lock: str) -> None:
    """Make ``.venv`` hold exactly what a lock file lists, hashes checked, and this project, editable."""
    uv, environment = find_uv(), package_index()
    python = VENV / "bin" / "python"
    if not works(python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV, env=environment)
    run(uv, "pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode", lock, env=environment)
    # The build tools are checked against their own lock; they live in a folder of uv's, not among our packages.
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", "--build-constraints",
        "requirements-build.lock", "--editable", ".", env=environment)  # fmt: skip


def install_node() -> None:
    """Install the web packages exactly as locked."""
    version = (
        subprocess.run(["node", "--version"], capture_output=True, text=True).stdout if shutil.which("node") else ""
    )
    if not version.startswith("v") or int(version[1:].split(".")[0]) < 20:
        raise SetupFailed(f"Node.js 20 or newer is needed to build the console; found {version.strip() or 'none'}.")
    run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")


def build_console() -> None:
    """Build the console into the Python package."""
    run("npm", "run", "--silent", "build")


def install_clients() -> None:
    """Install the real clients for the scenario tests."""
    run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=CLIENTS)
    # No install script runs: some would compile what no test needs. This one puts a program into place.
    run("node", "install.cjs", cwd=CLAUDE_CODE)
    program = CLIENTS / "node_modules" / ".bin" / "claude"
    if not works(program, "--version"):
        raise SetupFailed(f"Claude Code was installed but does not run: {program} --version")
    if not works(CODEX, "--version"):
        raise SetupFailed(f"Codex was installed but does not run: {CODEX} --version")
    if not works(GEMINI_CLI, "--version"):
        raise SetupFailed(f"Gemini CLI was installed but does not run: {GEMINI_CLI} --version")
    # Kept apart from the web packages, which `make run` needs too: it has 360 MB. Tests look for it among them.
    CLAUDE.unlink(missing_ok=True)
    CLAUDE.symlink_to(program)


def find_chromium() -> str | None:
    """Return a Chromium of the system, or one that Playwright has downloaded."""
    for name in CHROMIUM_NAMES:
        path = shutil.which(name)
        if path and works(path, "--version"):
            return path
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloaded = sorted(folder.glob("chromium-*/chrome-linux*/chrome")) + sorted(
        folder.glob("chromium-*/chrome-mac*/*")
    )
    return str(downloaded[-1]) if downloaded else None


def install_chromium() -> None:
    """Bring a Chromium for the browser tests, unless the machine has one."""
    if find_chromium():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "-qq", "update", env=quiet)
        run("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium", env=quiet)
    else:
        run("npx", "playwright", "install", "chromium")
    if not find_chromium():
        raise SetupFailed("No Chromium for the browser tests. Install chromium or google-chrome and try again.")


def unpack_packages(place: Path, *names: str) -> None:
    """Unpack Debian packages beside our own files, without root and without installing them.

    Where there is no apt nothing happens: the tests that need what is inside say that it is missing.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    fetch = ("apt-get", "-qq", "download", *names)
    if subprocess.run(fetch, cwd=place, stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
        if os.geteuid() == 0:
            run("apt-get", "-qq", "update")
        run(*fetch, cwd=place)
    for package in sorted(place.glob("*.deb")):
        run("dpkg-deb", "--extract", package, place)
        package.unlink()


def install_caddy() -> None:
    """Unpack Debian's Caddy for the tests of its recipe, unless the machine has one."""
    if not shutil.which("caddy"):
        unpack_packages(CACHE / "caddy", "caddy")


def install_slapd() -> None:
    """Unpack Debian's directory server for the tests of signing in by LDAP, unless the machine has one."""
    if not find_slapd():
        unpack_packages(CACHE / "slapd", "slapd", "libltdl7", "libodbc2", "libwrap0")


def install_softhsm() -> None:
    """Unpack Debian's SoftHSM for the tests of keys in a security module, unless the machine has one."""
    if not shutil.which("softhsm2-util"):
        unpack_packages(CACHE / "softhsm", "softhsm2", "libsofthsm2")


def find_slapd() -> str | None:
    """Return where a directory server is installed; the folder of its program is rarely on the path."""
    return shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/libexec")


def _web_sources() -> Iterator[Path]:
    for folder in (ROOT / "web" / "console", ROOT / "web" / "packages"):
        for pattern in _WEB_SOURCES:
            for path in folder.rglob(pattern):
                if "node_modules" not in path.parts and ".test." not in path.name and "dev" not in path.parts:
                    yield path
    yield ROOT / "package-lock.json"


def _node_manifests() -> Iterator[Path]:
    yield from (ROOT / "package-lock.json", ROOT / "package.json", ROOT / ".npmrc")
    for path in (ROOT / "web").glob("*/**/package.json"):
        if "node_modules" not in path.parts:
            yield path


def steps_for(purpose: str, notes: dict[str, str]) -> list[Step]:
    """Return the steps, in order. Once an environment has the test packages it keeps them, also for ``make run``."""
    lock = "requirements-dev.lock" if purpose == "test" or notes.get("lock") == "dev" else "requirements.lock"
    notes["lock"] = "dev" if lock == "requirements-dev.lock" else "runtime"
    python_inputs = [ROOT / name for name in (lock, "requirements-build.lock", "pyproject.toml")]
    # Programs in .venv hold its absolute path, so a moved checkout starts again.
    place = (str(ROOT), lock)
    steps = [
        Step("python", f"Python packages ({lock})", lambda: python_inputs, (VENV / "bin" / "powerautomation",),
             lambda: install_python(lock), place),
        Step("node", "web packages", _node_manifests, (ROOT / "node_modules" / ".bin",), install_node, (str(ROOT),)),
        Step("console", "console", _web_sources, (CONSOLE / "index.html",), build_console),
    ]  # fmt: skip
    if purpose == "test":
        manifests = [CLIENTS / "package.json", CLIENTS / "package-lock.json"]
        steps += [
            Step("clients", "Claude Code and Codex for the tests", lambda: manifests,
                 (CLAUDE, CODEX), install_clients),
            Step("chromium", "Chromium for the browser tests", lambda: (), (), install_chromium,
                 (find_chromium() or "missing",)),
            Step("caddy", "Caddy for the tests of its recipe", lambda: (), (), install_caddy,
                 (shutil.which("caddy") or str(CADDY.exists()),)),
            Step("slapd", "a directory server for the tests", lambda: (), (), install_slapd,
                 (find_slapd() or str(SLAPD.exists()),)),
            Step("softhsm", "SoftHSM for the tests", lambda: (), (), install_softhsm,
                 (shutil.which("softhsm2-util") or str(SOFTHSM.exists()),)),
        ]  # fmt: skip
    return steps


def digest_of(step: Step) -> str:
    """Return a digest over the contents a step depends on."""
    digest = hashlib.sha256("\0".join(step.facts).encode())
    for path in sorted(set(step.inputs())):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def say(text: str) -> None:
    """Print one line of progress, bold on a terminal."""
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\033[1m{text}\033[0m" if bold else text, flush=True)


def _read_notes() -> dict[str, str]:
    try:
        notes: dict[str, str] = json.loads(NOTES.read_text())
    except (OSError, ValueError):
        return {}
    return notes


def prepare(purpose: str) -> None:
    """Do every step whose inputs changed or whose outputs are missing; raises SetupFailed."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another setup of this checkout to finish …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        notes = _read_notes()
        steps = steps_for(purpose, notes)
        for number, step in enumerate(steps, 1):
            digest = digest_of(step)
            if notes.get(step.name) == digest and all(output.exists() for output in step.outputs):
                continue
            say(f"[{number}/{len(steps)}] Installing {step.title} …" if step.name != "console" else
                f"[{number}/{len(steps)}] Building the {step.title} …")  # fmt: skip
            began = time.monotonic()
            step.work()
            notes[step.name] = digest_of(step)
            NOTES.write_text(json.dumps(notes, indent=1))
            say(f"      done in {time.monotonic() - began:.0f} s")


def main() -> int:
    """Run from the command line; returns the exit code."""
    if sys.argv[1:] == ["chromium"]:
        print(find_chromium() or "")
        return 0
    if len(sys.argv) != 2 or sys.argv[1] not in ("runtime", "test"):
        print("usage: setup.py runtime|test|chromium", file=sys.stderr)
        return 2
    try:
        prepare(sys.argv[1])
    except SetupFailed as failed:
        print(f"\nSetup failed: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
