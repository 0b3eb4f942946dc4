"""A graceful stop lets running streams finish and takes no new ones."""

import contextlib
import signal
import threading
import time

import httpx2
import pytest

from tests.fixtures.clients import Caller, Seen
from tests.fixtures.console import Console
from tests.fixtures.ports import free_port
from tests.fixtures.server import Server, run_command
from tests.fixtures.simulators import Simulator, say

pytestmark = pytest.mark.usefixtures("cold_starts")

STREAMS = 12


def test_running_streams_finish_before_the_server_stops(server: Server, sim: Simulator) -> None:
    sim.moonshot.always(say("first part, last part", chunk=11, hold_after=1))
    seen: list[Seen] = []

    def one(number: int) -> None:
        with Caller(server.url, server.key, "anthropic-messages" if number % 2 else "openai-chat") as caller:
            seen.append(caller.ask("kimi-k2.6", stream=True))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(STREAMS)]
    for thread in threads:
        thread.start()
    sim.ledger.wait_for(STREAMS)
    _until(lambda: all(exchange.deltas_sent == 1 for exchange in sim.moonshot.exchanges))
    server.terminate()
    _until(lambda: _refuses(server))
    assert server.process is not None
    assert server.process.poll() is None, "the server stopped although streams are running"
    sim.release()
    for thread in threads:
        thread.join(30)
    assert [(item.text, item.complete, item.error) for item in seen] == [
        ("first part, last part", True, None)
    ] * STREAMS
    assert server.wait(15) == 0
    server.start()
    with Console(server) as console:
        for item in seen:
            assert console.request(item.request_id)["outcome"] == "completed"


def test_a_second_stop_ends_the_server_now_and_without_a_traceback(server: Server, sim: Simulator) -> None:
    sim.moonshot.always(say("first part, last part", chunk=11, hold_after=1))
    seen: list[Seen] = []

    def one() -> None:
        with Caller(server.url, server.key, "anthropic-messages") as caller:
            seen.append(caller.ask("kimi-k2.6", stream=True))

    thread = threading.Thread(target=one)
    thread.start()
    sim.ledger.wait_for(1)
    _until(lambda: all(exchange.deltas_sent == 1 for exchange in sim.moonshot.exchanges))
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    _until(lambda: _refuses(server))
    server.process.send_signal(signal.SIGINT)
    server.wait(15)
    sim.release()
    thread.join(30)
    assert "Traceback" not in server.log
    assert not seen[0].complete
    server.start()
    with Console(server) as console:
        assert console.request(seen[0].request_id)["outcome"] in ("cancelled", "failed")


def test_a_second_server_on_one_folder_is_refused(server: Server) -> None:
    done = run_command("serve", "--port", str(free_port()), "--data", str(server.data_dir))
    assert done.returncode == 1
    assert "(server.already_running)" in done.stderr
    assert server.url in done.stderr


def test_an_idle_server_stops_at_once(server: Server) -> None:
    began = time.monotonic()
    server.terminate()
    assert server.wait(10) == 0
    assert time.monotonic() - began < 5
    assert "Traceback" not in server.log


def _refuses(server: Server) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        return httpx2.get(f"{server.url}/readyz", timeout=2).status_code == 503
    return True


def _until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < deadline, "the awaited state did not come"
        time.sleep(0.01)
