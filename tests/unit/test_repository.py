"""Rules that hold for the whole repository: files, names, locks, migrations, routes."""

import ast
import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE_LINES = 600
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "data", "info"}
# Hosts of package registries, in pieces so that this file does not name one.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("registry", "yarnpkg"),
        ("npmmirror", "com"),
        ("static", "crates", "io"),
        ("deb", "debian", "org"),
    )
)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is, or with the next commit may be, part of the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout.decode()
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def python_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py" and path.is_relative_to(ROOT / "powerautomation")]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_names_a_package_registry() -> None:
    pattern = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)).encode())
    assert [relative(path) for path in tracked_files() if pattern.search(path.read_bytes())] == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    python_locks = sorted(ROOT.glob("requirements*.lock"))
    assert [lock.name for lock in python_locks] == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements.lock",
    ]
    for lock in python_locks:
        text = lock.read_text()
        assert "://" not in text, lock.name
        assert "-index" not in text, lock.name
        requirements = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
        assert [one.splitlines()[0] for one in requirements if "--hash=sha256:" not in one] == [], lock.name


@pytest.mark.parametrize("name", ["package-lock.json", "tests/fixtures/client_packages/package-lock.json"])
def test_npm_lock_has_no_addresses_and_every_platform_of_optional_packages(name: str) -> None:
    packages = json.loads((ROOT / name).read_text())["packages"]
    assert [key for key, one in packages.items() if "://" in str(one.get("resolved", ""))] == []
    # `npm ci` refuses a lock that lacks one, even when it is for another platform.
    missing = [
        dependency
        for key, one in packages.items()
        for dependency, version in one.get("optionalDependencies", {}).items()
        if version[0].isdigit()
        and f"node_modules/{dependency}" not in packages
        and f"{key}/node_modules/{dependency}" not in packages
    ]
    assert missing == []


def test_runtime_lock_covers_every_python_it_promises() -> None:
    """A lock made for one interpreter misses what another needs: the redis client wants a backport before 3.11.3."""
    assert "async-timeout==" in (ROOT / "requirements.lock").read_text()


def test_runtime_lock_is_part_of_the_development_lock() -> None:
    runtime, development = (
        set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime
    assert runtime - development == set()


def test_no_source_file_is_too_long() -> None:
    long = {relative(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE_LINES} == {}


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    named = {
        relative(path): {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} for path in python_files()
    }
    assert {name: parts & BANNED_NAMES for name, parts in named.items() if parts & BANNED_NAMES} == {}


def test_every_module_and_public_name_says_what_it_is_for() -> None:
    silent = []
    for path in python_files():
        if path.is_relative_to(ROOT / "powerautomation" / "migrations" / "versions"):
            continue
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree):
            silent.append(relative(path))
        for node in tree.body:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{relative(path)}: {node.name}")
    assert silent == []


def test_migrations_are_one_line() -> None:
    versions = {}
    for path in sorted((ROOT / "powerautomation" / "migrations" / "versions").glob("*.py")):
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision")
        }
        assert values["revision"] == path.stem
        versions[values["revision"]] = values["down_revision"]
    revisions = sorted(versions)
    assert revisions
    # Restores and the doctor compare revisions by their text, so their order must be the order of the line.
    assert [versions[revision] for revision in revisions] == [None, *revisions[:-1]]


def test_every_route_declares_who_may_use_it() -> None:
    from powerautomation.app.asgi import create_control_app
    from powerautomation.identity.access import declared_routes
    from powerautomation.infrastructure.settings import Settings

    declared = declared_routes(create_control_app(Settings()))
    # The console's pages are files for everybody; they are the route that takes every other path.
    undeclared = {route for route, permission in declared.items() if not permission} - {"GET /{path}", "HEAD /{path}"}
    undeclared -= {"GET /{path:path}", "HEAD /{path:path}"}
    assert undeclared == set()
    assert declared["GET /api/v1/connect"] == "connect:read"


def test_nothing_but_life_signs_and_signing_in_is_public() -> None:
    from powerautomation.app.asgi import create_control_app
    from powerautomation.identity.access import declared_routes
    from powerautomation.infrastructure.settings import Settings

    declared = declared_routes(create_control_app(Settings()))
    public = {route for route, permission in declared.items() if permission == "public"}
    assert public <= {
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
        "GET /docs",
        "HEAD /",
        "HEAD /api/hello",
        "GET /api/v1/doctor/stream",
        "POST /api/v1/session",
        "POST /api/v1/session/link",
        "POST /api/v1/session/invitation",
        "POST /api/v1/session/invitation/accept",
        "POST /api/v1/session/second-step",
        "GET /api/v1/session/providers",
        "POST /api/v1/session/providers/{provider_id}/logout",
        "POST /api/v1/session/providers/{provider_id}/start",
        "POST /api/v1/session/providers/{provider_id}/password",
        "GET /api/v1/session/callback",
        "POST /api/v1/session/callback",
        "POST /api/v1/session/answer",
        "GET /api/v1/session/metadata",
        "GET /api/v1/session/metadata/{provider_id}",
        "POST /api/v1/session/passkey",
        "POST /api/v1/session/passkey/options",
        "DELETE /api/v1/session",
    }


def test_version_is_the_same_everywhere() -> None:
    import tomllib

    from powerautomation import __version__

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_silenced_type_error_says_why() -> None:
    """Beside the line, or once for a whole function that says ``Types are silenced below``."""
    unexplained = []
    for path in sorted((ROOT / "powerautomation").rglob("*.py")):
        explained = False
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.match(r"\s*(async )?def ", line):
                explained = False
            if "# Types are silenced below: " in line:
                explained = True
            elif re.search(r"# type: ignore\[[a-z-]+\](?!  # \w)", line) and not explained:
                unexplained.append(f"{path.relative_to(ROOT)}:{number}")
    assert unexplained == []
