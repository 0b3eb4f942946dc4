"""``kill -9`` of one worker under load: nothing completed is lost, the others serve on, and another takes its place."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.fixtures.clients import PATHS, request_body
from tests.fixtures.console import Console
from tests.fixtures.databases import TestRun
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.replicas import services
from tests.scenario.conftest import house_config

pytestmark = pytest.mark.usefixtures("cold_starts")

WORKERS = 3
CALLERS = 24
LONG_ENOUGH = 300


@pytest.fixture
def workers(test_run: TestRun, postgresql_server: str, sim: Simulator, tmp_path: Path) -> Iterator[Server]:
    """One server with three worker processes."""
    with services(test_run, postgresql_server) as environment:
        given = {**environment, "POWERAUTOMATION_SERVER_WORKERS": str(WORKERS)}
        with running_server(tmp_path / "server", house_config(sim), environment=given) as server:
            yield server


def worker_processes(server: Server) -> dict[int, psutil.Process]:
    """The workers that run now, by process id."""
    found = {}
    for child in psutil.Process(server.pid).children():
        try:
            if child.is_running() and "spawn_main" in " ".join(child.cmdline()):
                found[child.pid] = child
        except psutil.Error:
            continue
    return found


class Load:
    """Callers that ask one streamed request after another, each over a connection of its own, until told to stop."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stop = threading.Event()
        self.killed_at = float("inf")
        self.completed: list[str] = []
        self.cut: list[float] = []
        self.refused: list[int] = []
        self.begun_after_kill = 0
        self.lock = threading.Lock()

    def run(self, number: int) -> None:
        """One caller."""
        body = request_body("openai-chat", "kimi-k2.6", f"caller {number}", stream=True)
        headers = {"authorization": f"Bearer {self.server.key}"}
        while not self.stop.is_set():
            began, raw, request_id = time.monotonic(), b"", ""
            try:
                with (
                    httpx2.Client(verify=False, base_url=self.server.url, timeout=60) as http,
                    http.stream("POST", PATHS["openai-chat"], json=body, headers=headers) as answer,
                ):
                    request_id = answer.headers["x-request-id"]
                    if answer.status_code != 200:
                        self.refused.append(answer.status_code)
                        continue
                    for piece in answer.iter_bytes():
                        raw += piece
            except httpx2.TransportError:
                pass
            with self.lock:
                if b"[DONE]" in raw:
                    self.completed.append(request_id)
                    self.begun_after_kill += began > self.killed_at
                else:
                    self.cut.append(began)

    def wait_for(self, count: int) -> None:
        """Return once so many requests are complete in all."""
        deadline = time.monotonic() + 120
        while len(self.completed) < count:
            assert time.monotonic() < deadline, f"{len(self.completed)} of {count}: {self.server.log[-2000:]}"
            time.sleep(0.02)


@pytest.mark.timeout(400)
def test_kill_9_of_one_worker_loses_nothing_that_was_completed(workers: Server, sim: Simulator) -> None:
    sim.moonshot.respond(lambda body: say("word " * 20, chunk=5, delta_delay=0.01))
    before = worker_processes(workers)
    assert len(before) == WORKERS
    load = Load(workers)
    with ThreadPoolExecutor(CALLERS) as pool:
        futures = [pool.submit(load.run, number) for number in range(CALLERS)]
        try:
            load.wait_for(LONG_ENOUGH // 2)
            victim = next(iter(before.values()))
            load.killed_at = time.monotonic()
            victim.kill()
            load.wait_for(len(load.completed) + LONG_ENOUGH)
        finally:
            load.stop.set()
        for future in futures:
            future.result(60)
    deadline = time.monotonic() + 90
    while len(after := worker_processes(workers)) < WORKERS or victim.pid in after:
        assert time.monotonic() < deadline, workers.log[-2000:]
        time.sleep(0.05)
    assert len(before.keys() & after.keys()) == WORKERS - 1, "the others are the same processes as before"

    assert load.refused == []
    assert load.cut, "the kill came too late to interrupt anything"
    assert load.begun_after_kill >= LONG_ENOUGH - CALLERS
    # Only what was under way, or in the dead process's hands for a moment, may break; nobody else notices.
    assert all(began < load.killed_at + 1 for began in load.cut)
    with Console(workers) as console:
        deadline = time.monotonic() + 90
        while missing := set(load.completed) - {row["id"] for row in console.requests(model="kimi-k2.6")}:
            assert time.monotonic() < deadline, f"{len(missing)} completed requests are not in the ledger"
            time.sleep(0.2)
        rows = console.requests(model="kimi-k2.6")
    assert max(Counter(row["id"] for row in rows).values()) == 1
    outcomes = {row["id"]: row["outcome"] for row in rows}
    assert {outcomes[request_id] for request_id in load.completed} == {"completed"}
    assert workers.stop() == 0
    assert "Traceback" not in workers.log
