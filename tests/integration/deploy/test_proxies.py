"""The recipes for reverse proxies, run by the real proxies before the real server."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.fixtures.clients import PATHS, Caller, request_body
from tests.fixtures.console import Console
from tests.fixtures.deployment import DEPLOY, ROOT
from tests.fixtures.ports import free_port
from tests.fixtures.server import Server, clean_environment, running_server
from tests.fixtures.simulators import Simulator, say

MEGABYTE = 1024 * 1024
KEEPALIVE_SECONDS = 1.0
PROXIES = ("caddy", "compose", "nginx")


def caddy_program() -> str:
    """Caddy: the machine's, or the one that `make setup` unpacked."""
    unpacked = ROOT / ".cache" / "caddy" / "usr" / "bin" / "caddy"
    return os.environ.get("POWERAUTOMATION_TEST_CADDY") or shutil.which("caddy") or str(unpacked)


def nginx_program() -> str:
    """nginx of the machine."""
    return shutil.which("nginx") or "/usr/sbin/nginx"


def command_of(proxy: str, folder: Path, port: int, inside: int) -> tuple[list[str], dict[str, str]]:
    """Write a recipe for this port and this server; return the command that runs it, and its environment."""
    environment = clean_environment({"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})
    if proxy == "nginx":
        site = (DEPLOY / "nginx" / "powerautomation.conf").read_text()
        site = site.replace("127.0.0.1:8080", f"127.0.0.1:{inside}").replace("listen 80;", f"listen 127.0.0.1:{port};")
        places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log off;\nclient_body_temp_path {folder}/body;\n{places}{site}\n}}\n"
        )
        return [nginx_program(), "-p", str(folder), "-c", str(folder / "nginx.conf")], environment
    recipe = (DEPLOY / proxy / "Caddyfile").read_text()
    if proxy == "caddy":
        recipe = "{\n\tadmin off\n}\n" + recipe.replace("ai.example.org", f"http://127.0.0.1:{port}")
        recipe = recipe.replace("127.0.0.1:8080", f"127.0.0.1:{inside}")
    else:
        environment |= {
            "SITE_ADDRESS": f"http://127.0.0.1:{port}",
            "UPSTREAM_HOST": "localhost",
            "UPSTREAM_PORT": str(inside),
        }
    (folder / "Caddyfile").write_text(recipe)
    return [caddy_program(), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"], environment


@contextlib.contextmanager
def running(proxy: str, folder: Path, server: Server) -> Iterator[str]:
    """The address of a running proxy before a server."""
    port = free_port()
    folder.mkdir()
    command, environment = command_of(proxy, folder, port, server.port)
    if not Path(command[0]).exists():
        pytest.skip(f"{command[0]} is not installed on this machine; `make setup` says how")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if httpx2.get(f"http://127.0.0.1:{port}/readyz", verify=False).status_code == 200:
                    break
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def server(sim: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    moonshot = {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-moonshot"}
    config = {
        "gateway": {"keepalive_seconds": KEEPALIVE_SECONDS},
        "providers": {"moonshot": moonshot},
        "models": {"kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}},
    }
    with running_server(tmp_path_factory.mktemp("server"), config) as started:
        yield started


@pytest.fixture(scope="module", params=PROXIES)
def address(request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(request.param, tmp_path_factory.mktemp("proxy") / "run", server) as found:
        yield found


@pytest.fixture(autouse=True)
def forget(sim: Simulator) -> None:
    sim.reset()


def test_stream_passes_event_by_event(address: str, server: Server, sim: Simulator) -> None:
    """The vendor holds the rest of its answer back until the beginning is at the client."""
    sim.moonshot.always(say("word " * 40, chunk=5, hold_after=10))
    released = threading.Event()

    def first_piece() -> None:
        released.set()
        sim.release()

    with Caller(address, server.key, "anthropic-messages") as caller:
        seen = caller.ask("kimi", stream=True, on_first_piece=first_piece)
    assert released.is_set()
    assert seen.text == "word " * 40


def test_silence_is_bridged_by_keep_alives(address: str, server: Server, sim: Simulator) -> None:
    sim.moonshot.always(say("late", first_token_delay=3 * KEEPALIVE_SECONDS))
    body = request_body("anthropic-messages", "kimi", "hi", stream=True)
    began, heard = time.monotonic(), []
    with (
        httpx2.Client(verify=False, timeout=30) as http,
        http.stream(
            "POST", address + PATHS["anthropic-messages"], json=body, headers={"x-api-key": server.key}
        ) as answer,
    ):
        for piece in answer.iter_bytes():
            heard.append((time.monotonic() - began, piece))
    early = b"".join(piece for at, piece in heard if at < 2.5 * KEEPALIVE_SECONDS)
    assert b"ping" in early
    assert b"late" in b"".join(piece for _, piece in heard)


def test_large_request_passes_and_a_too_large_one_is_refused(address: str, server: Server, sim: Simulator) -> None:
    sim.moonshot.always(say("read"))
    with Caller(address, server.key, "openai-chat") as caller:
        picture = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(16 * MEGABYTE)).decode()
        image = [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": "What is it?"}]
        seen = caller.ask("kimi", [{"role": "user", "content": image}])
        assert (seen.status, seen.text) == (200, "read"), seen.raw[:500]
    (exchange,) = sim.moonshot.exchanges
    assert len(exchange.body) > 20 * MEGABYTE
    body = json.dumps(request_body("openai-chat", "kimi", "x" * (33 * MEGABYTE), stream=False)).encode()
    headers = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
    with contextlib.suppress(httpx2.WriteError):
        answer = httpx2.post(address + PATHS["openai-chat"], content=body, headers=headers, verify=False, timeout=60)
        assert answer.status_code == 413
    assert len(sim.moonshot.exchanges) == 1


def test_consoles_websocket_passes(address: str, server: Server) -> None:
    async def first_message() -> object:
        headers = {"cookie": cookie, "origin": address}
        async with connect(address.replace("http", "ws", 1) + "/realtime", additional_headers=headers) as socket:
            async with asyncio.timeout(10):
                return json.loads(await socket.recv())

    with Console(server) as console:
        cookie = str(console.http.headers["cookie"])
        assert isinstance(asyncio.run(first_message()), dict)


def test_connections_are_kept_and_used_again(address: str, server: Server, sim: Simulator) -> None:
    sim.moonshot.always(say("again"))
    with Caller(address, server.key, "openai-chat") as caller:
        assert [caller.ask("kimi").text for _ in range(20)] == ["again"] * 20


def test_client_that_leaves_is_noticed_behind_the_proxy(address: str, server: Server, sim: Simulator) -> None:
    sim.moonshot.always(say("word " * 40, chunk=5, hold_after=5))
    body = request_body("openai-chat", "kimi", "hi", stream=True)
    headers = {"authorization": f"Bearer {server.key}"}
    with (
        httpx2.Client(verify=False, timeout=30) as http,
        http.stream("POST", address + PATHS["openai-chat"], json=body, headers=headers) as answer,
    ):
        request_id = answer.headers["x-request-id"]
        next(answer.iter_bytes())
    with Console(server) as console:
        assert console.request(request_id)["outcome"] == "cancelled"
    sim.release()
