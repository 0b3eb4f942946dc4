"""What the server says while it starts, when it cannot start, and when it is told to stop."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg
import pytest
import yaml

from powerautomation.app.asgi import Front
from powerautomation.app.workers import START_TRIES
from powerautomation.infrastructure.migrations import migrate
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused
from tests.fixtures.clients import Caller
from tests.fixtures.databases import TestRun
from tests.fixtures.ports import free_port, held_port
from tests.fixtures.server import COMMAND, Server, clean_environment, prepare_server, run_command, running_server
from tests.integration.app.installation import ORIGIN, started
from tests.integration.app.replicas import services

pytestmark = pytest.mark.usefixtures("cold_starts")


async def test_life_and_progress_are_told_while_a_migration_runs(
    column: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(settings: Settings) -> Any:
        assert go_on.wait(30)
        return migrate(settings)

    monkeypatch.setattr("powerautomation.app.application.migrate", slow)
    front = Front(column, base_url=ORIGIN)
    ready = asyncio.Event()
    front.on_ready = lambda welcome: ready.set()
    async with started(front), httpx2.AsyncClient(transport=httpx2.ASGITransport(app=front), base_url=ORIGIN) as http:
        await asyncio.sleep(0)
        assert (await http.get("/healthz")).json() == {"status": "live"}
        for path in ("/readyz", "/v1/messages", "/api/v1/providers", "/"):
            waiting = await http.get(path)
            assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "1"), path
            said = waiting.json()
            if path == "/v1/messages":
                assert said["type"] == "error", "a client of the gateway is told in its own dialect"
            else:
                assert (said["status"], bool(said["detail"])) == ("migrating", True)
        go_on.set()
        await asyncio.wait_for(ready.wait(), 30)
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
        redis = {"redis": "ok"} if column.redis_url else {}
        assert answer.json()["checks"] == {"start": "ready", "database": "ok", **redis}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StartRefused("No.", action="Do this.", code="test.refused"), "test.refused"),
        (RuntimeError("a secret of the program"), "server.start_failed"),
    ],
    ids=["refused", "defect"],
)
async def test_failed_start_is_told_and_ends_the_server(
    column: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fails(settings: Settings) -> None:
        raise error

    monkeypatch.setattr("powerautomation.app.application.migrate", fails)
    front = Front(column, base_url=ORIGIN)
    failed = asyncio.Event()
    front.on_start_failed = failed.set
    async with started(front), httpx2.AsyncClient(transport=httpx2.ASGITransport(app=front), base_url=ORIGIN) as http:
        await asyncio.wait_for(failed.wait(), 30)
        assert front.start_error is not None
        assert front.start_error.code == code
        assert front.start_error.action
        assert "secret" not in front.start_error.message
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")


def refused(*arguments: str, environment: dict[str, str] | None = None, code: str) -> str:
    """Start a server that must refuse; what it said on standard error."""
    done = run_command("serve", "--port", str(free_port()), *arguments, environment=environment)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert f"({code})" in done.stderr, said
    assert "What to do:" in done.stderr, said
    assert "Traceback" not in said
    return done.stderr


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder an installation used; tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("used") / "data"
    assert run_command("keys", "create", "--name", "x", "--data", str(folder)).returncode == 0
    return folder


def test_wrong_secret_key_is_refused(used: Path) -> None:
    other = {"POWERAUTOMATION_SECRET_KEY": "another-key-that-is-long-enough-0123456789"}
    said = refused("--data", str(used), environment=other, code="encryption.wrong_key")
    assert "another-key" not in said


def test_newer_database_is_refused(used: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(used, tmp_path / "data"))
    with sqlite3.connect(folder / "powerautomation.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
    connection.close()
    refused("--data", str(folder), code="database.too_new")


def test_data_folder_that_cannot_be_made_or_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    said = refused("--data", str(file / "data"), code="database.read_only")
    assert str(file / "data") in said
    assert "it is a file" in refused("--data", str(file), code="database.read_only")


def test_a_command_on_a_mistyped_folder_says_that_it_made_an_installation(used: Path, tmp_path: Path) -> None:
    listed = run_command("keys", "list", "--json", "--data", str(tmp_path / "dtaa"))
    assert f"no installation in {tmp_path / 'dtaa'}" in listed.stderr
    assert "no installation" not in run_command("keys", "list", "--data", str(used)).stderr


@pytest.mark.parametrize(
    ("text", "where"),
    [("server:\n  port: [", "line"), ("\x00", ""), ("server:\n  port: many\n", "line 2")],
    ids=["syntax", "binary", "value"],
)
def test_configuration_that_cannot_be_read_is_refused(tmp_path: Path, text: str, where: str) -> None:
    config = tmp_path / "powerautomation.yaml"
    config.write_text(text)
    done = run_command("serve", "--config", str(config), "--data", str(tmp_path / "data"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert str(config) in done.stderr
    assert where in done.stderr
    assert "What to do:" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("rule", "line", "words"),
    [
        ({"match": {"model": "*", "when": "tokns > 1"}}, "when:", ["1:1", "tokns", "Did you mean tokens?"]),
        ({"match": {"model": "*", "when": "tokens > 1 and stream"}}, "when:", ["1:12", "&& for “and”"]),
        ({"match": {"model": "*"}, "guardrails": {"kinds": {"pasport": "mask"}}}, "kinds:", ["pasport", "email"]),
    ],
    ids=["name", "syntax", "guardrail"],
)
def test_a_route_that_is_wrong_is_refused_with_file_line_and_hint(
    tmp_path: Path, rule: dict[str, Any], line: str, words: list[str]
) -> None:
    config = tmp_path / "powerautomation.yaml"
    model = {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}
    moonshot = {"dialect": "openai-chat", "base_url": "https://api.moonshot.cn/v1", "api_key": "sk-1"}
    first = {"name": "first", "match": {"model": "a"}, "use": ["kimi"]}
    routes = [first, {"name": "second", "use": ["kimi"], **rule}]
    config.write_text(
        yaml.safe_dump({"providers": {"moonshot": moonshot}, "models": {"kimi": model}, "routes": routes})
    )
    number = next(at for at, text in enumerate(config.read_text().splitlines(), 1) if line in text)
    done = run_command("serve", "--port", "0", "--config", str(config), "--data", str(tmp_path / "data"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert f"{config}, line {number}:" in done.stderr
    for word in ("second", *words):
        assert word in done.stderr


def test_unreachable_database_is_refused_without_its_password(tmp_path: Path) -> None:
    with held_port() as nobody:
        url = f"postgresql://someone:canary-password@127.0.0.1:{nobody}/nothing"
        done = run_command(
            "serve", "--port", "0", "--data", str(tmp_path / "data"), environment={"POWERAUTOMATION_DATABASE_URL": url}
        )
    assert done.returncode == 1
    assert "What to do:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary-password" not in done.stdout + done.stderr


def test_workers_without_services_are_refused(tmp_path: Path) -> None:
    said = refused("--workers", "2", "--data", str(tmp_path / "data"), code="server.workers_need_services")
    assert "PostgreSQL and Redis" in said
    assert "--workers 1" in said


@pytest.fixture
def workers(test_run: TestRun, postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh installation served by two processes."""
    with services(test_run, postgresql_server) as environment:
        given = {**environment, "POWERAUTOMATION_SERVER_WORKERS": "2"}
        with running_server(tmp_path_factory.mktemp("workers"), "", environment=given) as server:
            yield server


def test_two_workers_serve_until_told_to_stop_and_the_printed_link_opens_the_console(workers: Server) -> None:
    children = psutil.Process(workers.pid).children(recursive=True)
    assert len([child for child in children if "spawn_main" in " ".join(child.cmdline())]) == 2
    with Caller(workers.url, workers.key, "openai-chat") as caller:
        assert [caller.ask("anything").status for _ in range(6)] == [200] * 6
    found = re.findall(r"/sign-in#token=([\w-]+)", workers.log)
    assert len(found) == 1
    with httpx2.Client(verify=False, base_url=workers.url) as browser:
        opened = browser.post("/api/v1/session/link", json={"token": found[0]})
        assert opened.status_code == 200, opened.text
    assert workers.stop() == 0
    assert "Traceback" not in workers.log


def worker_processes(server: Server) -> list[psutil.Process]:
    """The workers that run now."""
    children = psutil.Process(server.pid).children(recursive=True)
    found = []
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def until(condition: Callable[[], object], seconds: float = 150.0) -> None:
    """Return once a condition holds. AssertionError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to this in time"
        time.sleep(0.05)


@pytest.mark.timeout(400)
def test_worker_that_cannot_start_is_tried_again_while_the_others_serve(workers: Server) -> None:
    first, *_ = worker_processes(workers)
    address = workers.environment["POWERAUTOMATION_DATABASE_URL"]
    # What takes the place of a dead worker finds the database changed by a newer version.
    with psycopg.connect(address, autocommit=True) as connection:
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
        first.kill()
        until(lambda: workers.log.count("database.too_new") >= 2)
        with Caller(workers.url, workers.key, "openai-chat") as caller:
            assert caller.ask("anything").status == 200
        connection.execute("UPDATE alembic_version SET version_num = %s", (version,))
    until(lambda: len(worker_processes(workers)) == 2 and first not in worker_processes(workers))
    assert workers.stop() == 0
    assert "server.worker_failed" not in workers.log
    assert "Traceback" not in workers.log


@pytest.mark.timeout(400)
def test_workers_that_all_fail_to_start_several_times_end_the_server_with_a_word(workers: Server) -> None:
    with psycopg.connect(workers.environment["POWERAUTOMATION_DATABASE_URL"]) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    for process in worker_processes(workers):
        process.kill()
    assert workers.wait(200) == 1
    assert "(server.worker_failed)" in workers.log
    assert workers.log.count("database.too_new") >= 2 * START_TRIES
    assert "Traceback" not in workers.log


def test_first_start_prints_a_key_that_works_and_a_link_that_opens(tmp_path: Path) -> None:
    server = Server(free_port(), tmp_path / "data", tmp_path / "none.yaml", tmp_path / "log", {})
    server.config_path.write_text("")
    server.start()
    try:
        (key,) = re.findall(r"ANTHROPIC_AUTH_TOKEN=(pa_[\w-]+)", server.log)
        (token,) = re.findall(r"/sign-in#token=([\w-]+)", server.log)
        with Caller(server.url, key, "anthropic-messages") as caller:
            assert caller.ask("claude-sonnet-4-5").status == 200
        with httpx2.Client(verify=False, base_url=server.url) as browser:
            assert browser.post("/api/v1/session/link", json={"token": token}).status_code == 200
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.log


def test_stop_during_the_start_ends_with_zero_and_leaves_a_usable_installation(tmp_path: Path) -> None:
    server = prepare_server(tmp_path, "")
    with server.log_path.open("ab") as log:
        server.process = subprocess.Popen(
            [COMMAND, "serve", "--port", str(server.port), "--data", str(server.data_dir)],
            env=clean_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        while not _listens(server.port) and server.process.poll() is None:
            os.sched_yield()
    assert server.stop() == 0, server.log
    assert "Traceback" not in server.log
    server.start()
    assert server.stop() == 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
